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
import threading, warnings
warnings.warn("secret")
ours = logging.getLogger("labelguard.x")
try:
    raise ValueError("secret")
except ValueError:
    ours.exception("failed", stack_info=True)
def fail(): raise ValueError("secret")
thread = threading.Thread(target=fail)
thread.start(); thread.join()
ours.info("a line\\r\\nX-Injected: 1\\x1b[31m\\u2028 %s", "\\ud800\\x85")
ours.info("%s", "x" * 100_000)
ours.info("%d", "secret")
ours.info("said")
"""


@pytest.fixture(scope="module")
def said():
    return subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stderr


def test_p05_libraries_are_silent_also_below_their_own_loggers(said):
    assert "secret" not in said


def test_our_own_lines_are_written(said):
    assert said.endswith("INFO labelguard.x: said\n")


def test_p05_an_event_is_one_printable_line_of_bounded_length(said):
    lines = said.splitlines()
    assert lines == said.split("\n")[:-1]
    assert all(len(line) < 5_000 and line.isprintable() for line in lines)
    assert sum("X-Injected" in line for line in lines) == 1
    assert not any(line.startswith("X-Injected") for line in lines)


def test_p05_of_an_exception_type_and_place_are_told(said):
    assert "failed: internal error ValueError at (string):" in said
    assert sum("internal error ValueError" in line for line in said.splitlines()) == 2
