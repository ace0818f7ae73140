"""What libraries log stays unsaid, whenever they are imported (P5)."""

import subprocess
import sys

import pytest

CODE = """
import logging, sys
from backend.logs import configure_logging, silence_libraries
configure_logging("debug")
for name in ("instructor", "LiteLLM", "openai", "httpx", "faker"):
    logging.getLogger(name).error("secret")
    logging.getLogger(name + ".made.later").error("secret")
    silence_libraries()
    logging.getLogger(name + ".made.later").error("secret")
logging.getLogger("labelguard.x").info("said")
"""


@pytest.fixture(scope="module")
def said():
    return subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stderr


def test_p05_libraries_are_silent_also_below_their_own_loggers(said):
    assert "secret" not in said


def test_our_own_lines_are_written(said):
    assert said.endswith("INFO labelguard.x: said\n")
