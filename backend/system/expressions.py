"""Regular expressions that others wrote: tried before they are taken, and matched within bounds of time."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import regex

SECONDS = 1.0
"""That one expression may take on one text; a good one takes a thousandth of it."""
TRIAL_S = 0.3
"""That it may take on one of our own, of 80 characters at most."""
LONGEST = 20_000
"""Characters of an expression."""
LARGEST = 20_000
"""Steps of an expression whose counts are written out: `(a{99}){99}` has 9,801 of them, and compiles as slowly."""

_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,9})(?:,\d*)?\}|\(|\)|.", re.DOTALL)
_PROBED = 40
_PROBES = ("a", "A", "0", " ", "-", ".", "a ", "a0", "a.", "a-", "\u00e9")


class ExpressionError(ValueError):
    """An expression that is not taken. Its text says why, in words that follow its name."""


class SlowError(Exception):
    """An expression took too long on a text."""


def compile_bounded(pattern: str, flags: int = 0) -> Any:
    """Compile an expression for the `regex` package, once it is sure that it does not run away.

    Args:
        pattern: as it was written.
        flags: the package's.

    Raises:
        ExpressionError: it is none, is too large, or takes without measure longer for a longer text.
    """
    if len(pattern) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    if _steps(pattern) > LARGEST:
        raise ExpressionError(f"repeats itself into more than {LARGEST} steps")
    try:
        compiled = regex.compile(pattern, flags)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        where = getattr(error, "pos", None)
        place = f" at its character {where + 1}" if where is not None else ""
        raise ExpressionError(f"is no regular expression{place}") from None
    try:
        for text in _probes(pattern):
            compiled.fullmatch(text, timeout=TRIAL_S)
            compiled.search(text, timeout=TRIAL_S)
    except TimeoutError:
        raise ExpressionError("takes too long on some texts, such as a letter repeated") from None
    return compiled


def whole(compiled: Any) -> Callable[[str], bool]:
    """Return what says whether an expression fits a whole text; other threads run meanwhile.

    What is returned raises SlowError where that takes too long.
    """

    def fits(text: str) -> bool:
        try:
            return compiled.fullmatch(text, timeout=SECONDS, concurrent=True) is not None
        except TimeoutError:
            pass
        raise SlowError

    return fits


def _probes(pattern: str) -> Iterator[str]:
    """Yield texts that an expression which tries all ways to split a text takes for ever on."""
    own = dict.fromkeys(char for char in pattern if char.isalnum())
    for part in dict.fromkeys((*_PROBES, *list(own)[:20])):
        yield part * _PROBED
        yield part * _PROBED + "\x00"


def _steps(pattern: str) -> int:
    """Count the steps of an expression, each as often as the least that it is repeated."""
    open_groups, last = [0], 0
    for token in _TOKENS.finditer(pattern):
        if token[0] == "(":
            open_groups.append(0)
            last = 0
        elif token[0] == ")" and len(open_groups) > 1:
            last = open_groups.pop()
            open_groups[-1] += last
        elif token[1]:
            more = last * (max(int(token[1]), 1) - 1)
            open_groups[-1] += more
            last += more
        else:
            open_groups[-1] += 1
            last = 1
    return sum(open_groups)
