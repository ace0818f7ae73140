"""Runs `labelguard` within this process, since one of its own takes seconds to start.

Each command of the README is also run as it stands there, by tests/unit/test_readme.py.
"""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest import mock

from backend.cli import main


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: as `subprocess.CompletedProcess` has it."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, stdin: str = "") -> Done:
    """Run a command with arguments, as `labelguard` in a shell would be."""
    code: object = 0
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as error, _of_its_own(arguments, stdin):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Done(int(str(code or 0)), out.getvalue(), error.getvalue())


@contextmanager
def _of_its_own(arguments: tuple[object, ...], stdin: str) -> Iterator[None]:
    """Let a command have its own arguments and input, and set up logging for itself alone."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    command = ["labelguard", *map(str, arguments)]
    try:
        with mock.patch.object(sys, "argv", command), mock.patch.object(sys, "stdin", io.StringIO(stdin)):
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
