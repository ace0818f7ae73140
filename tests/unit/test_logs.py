"""What libraries log stays unsaid, whenever they are imported (P5)."""

import json
import logging
import subprocess
import sys
from contextvars import copy_context
from datetime import datetime, timedelta

import pytest

from backend.logs import JsonLine, begin_request

CODE = """
import logging, sys
from backend.logs import configure_logging, silence_libraries
configure_logging("debug", FORMAT)
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


def run(log_format: str) -> str:
    code = CODE.replace("FORMAT", repr(log_format))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr


@pytest.fixture(scope="module")
def said():
    return run("text")


@pytest.fixture(scope="module")
def objects():
    return [json.loads(line) for line in run("json").splitlines()]


def test_p05_libraries_are_silent_also_below_their_own_loggers(said, objects):
    assert "secret" not in said
    assert "secret" not in str(objects)


def test_as_json_an_event_is_an_object(objects, said):
    assert {"time", "level", "logger", "message"} == set().union(*objects)
    assert (objects[-1]["level"], objects[-1]["logger"], objects[-1]["message"]) == ("info", "labelguard.x", "said")
    assert datetime.fromisoformat(objects[-1]["time"]).utcoffset() == timedelta()
    messages = [line.split(": ", 1)[1] for line in said.splitlines()]
    assert [one["message"] for one in objects] == messages


def test_as_json_request_and_project_are_told_where_they_are_known():
    def line(message, *args):
        return json.loads(
            JsonLine().format(logging.LogRecord("labelguard.x", logging.INFO, "", 0, message, args, None))
        )

    def asked():
        begin_request()
        return line("project %s: asked for %d tasks", "12", 40), line("others")

    first, second = copy_context().run(asked)
    assert (first["project"], first["message"]) == ("12", "project 12: asked for 40 tasks")
    assert "project" not in second
    assert first["request"] == second["request"]
    assert copy_context().run(asked)[0]["request"] != first["request"]
    assert "request" not in line("others")


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
