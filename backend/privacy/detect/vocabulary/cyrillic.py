"""What of a text is worth a look for a model that was not taught Cyrillic: the rest costs most and tells nothing."""

import re
from collections.abc import Iterator

CYRILLIC = re.compile(r"[\u0400-\u052f]")
FOREIGN = re.compile(r"[^\W\d_\u0400-\u052f]")
"""A letter of another script."""
BESIDE = 60
"""Characters of context at each side of what is worth a look, and as many at most to the next space."""

_TELLING = re.compile(rf"{FOREIGN.pattern}|\d(?:\D{{0,2}}\d){{3}}|[^\W\d_]\d{{2}}")
_RUN = re.compile(r"\S*[^\W_\u0400-\u052f]\S*(?:\s+\S*[^\W_\u0400-\u052f]\S*)*")
_CORE = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
_AMOUNT = re.compile(r"[\d\s]*(?:руб|р\.|₽|тыс|млн|млрд|коп|к?г(?![\w.])|мл|мг|шт|ед|см|мм|км|м(?!\w)|%)")
"""What stands behind a number that says how much."""


def is_foreign(text: str) -> bool:
    """Say whether a text holds a letter of another script, or none of Cyrillic."""
    return FOREIGN.search(text) is not None or CYRILLIC.search(text) is None


def readable(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that hold letters of other scripts or long numbers, with some context.

    A text without Cyrillic is one stretch.
    """
    if not CYRILLIC.search(text):
        return [(0, len(text))]
    stretches: list[tuple[int, int]] = []
    for match in _TELLING.finditer(text):
        start, end = _with_context(text, *match.span())
        if stretches and start <= stretches[-1][1]:
            start, _ = stretches.pop()
        stretches.append((start, end))
    return stretches


def _with_context(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = max(start - BESIDE, 0), min(end + BESIDE, len(text))
    before = text.rfind(" ", max(first - BESIDE, 0), first) + 1 if first else 0
    after = text.find(" ", last, last + BESIDE)
    return before or first, after if after >= 0 else last


def read_parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a span that such a model can have read: no words in Cyrillic, no short numbers among them."""
    if not CYRILLIC.search(text, start, end):
        yield start, end
        return
    for run in _RUN.finditer(text, start, end):
        core = _CORE.search(text, *run.span())
        if core and _TELLING.search(text, *core.span()) and not _AMOUNT.match(text, core.end()):
            yield core.span()
