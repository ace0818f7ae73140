"""Values that a command is given, in no argument: that stands in the shell's history and in the list of processes."""

import sys
from getpass import getpass
from pathlib import Path

from backend.errors import RequestError
from backend.system.disk import problem_of, read_bounded

MOST = 100_000
"""Characters of the standard input or of a file."""


def given_values(what: str, file: Path | None = None) -> list[str]:
    """Read values, one a line; on a terminal one that is typed unseen.

    Args:
        what: they are, for whoever types.
        file: that holds them; None, or `-`, for the standard input.

    Raises:
        RequestError: there are none, or they cannot be read. No value is shown.
    """
    is_piped = file is None or str(file) == "-"
    where = "the standard input" if is_piped else str(file)
    if file is not None and not is_piped:
        written = _content(file)
    elif sys.stdin.isatty():
        written = getpass(f"{what} (not shown): ")
    else:
        try:
            written = sys.stdin.read(MOST + 1)
        except UnicodeDecodeError:
            written = "\ud800"
    if len(written) > MOST or any("\ud800" <= char <= "\udfff" for char in written):
        raise RequestError(f"{where} is not UTF-8, or has more than {MOST} characters")
    values = [line.strip() for line in written.splitlines() if line.strip()]
    if not values:
        raise RequestError(f"no value came {'on' if is_piped else 'in'} {where} - write one a line")
    return values


def _content(file: Path) -> str:
    problem = ""
    try:
        return read_bounded(file).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        problem = f"{file} {problem_of(error)}"
    raise RequestError(problem)
