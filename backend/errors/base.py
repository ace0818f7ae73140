"""What all errors have: a reason that is safe to show."""

import unicodedata
from typing import ClassVar, Self

LONGEST_REASON = 2_000
"""Characters of a reason."""

_ANGLES = str.maketrans("<>", "()")


def one_line(text: str, most: int) -> str:
    """Write a text as one printable line: what breaks, hides or turns it is told by its number.

    Args:
        text: may hold what a client sent.
        most: characters that are left.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(char if _is_plain(char) else f"\\u{ord(char):04x}" for char in cut)[:most]


def _is_plain(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] not in "CZ"


class LabelguardError(Exception):
    """Base of all errors; `str()` of it never holds task text."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, reason: str) -> None:
        self.reason = one_line(reason.translate(_ANGLES), LONGEST_REASON)
        super().__init__(self.reason)

    def bare(self) -> Self:
        """Return it without the frames that it came through: they hold the task, and what holds them, itself."""
        self.__context__ = self.__cause__ = None
        return self.with_traceback(None)
