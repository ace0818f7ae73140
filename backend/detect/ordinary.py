"""What taggers took for a name and is none goes: names of products, and words that say what the number behind them is.

Whatever else makes a name of them counts more: `Mr. Word`, `I work for Docker`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from backend.detect.doubt import MAY_BE_NAMES
from backend.detect.labels import labels
from backend.detect.lexicon import is_common
from backend.detect.products import products
from backend.spans import GUESSING, WORD_TYPES, cut_around
from backend.types import Detection

STRUCTURE = "Structure"
"""How recognizers begin that go by keys and columns."""
_WORD = re.compile(r"[^\W_]+")
Span = tuple[int, int]


class _Spans:
    """Stretches of a text in their order, none over another."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for start, end in sorted(spans):
            if self._spans and start < self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((start, end))

    def __bool__(self) -> bool:
        return bool(self._spans)

    def over(self, start: int, end: int) -> list[Span]:
        """Return those that share a place with a stretch."""
        first = bisect_right(self._spans, start, key=lambda span: span[1])
        return self._spans[first : bisect_left(self._spans, end, lo=first, key=lambda span: span[0])]


def spare(text: str, found: Sequence[Detection]) -> list[Detection]:
    """Leave out what is a product's name or a label, and cut it out of what holds more.

    Args:
        text: that was searched.
        found: in it.
    """
    if not found:
        return []
    named = _Spans((d.start, d.end) for d in found if d.recognizer not in GUESSING and d.entity_type in WORD_TYPES)
    guesses = any(d.recognizer in GUESSING for d in found)
    unnamed = _Spans(span for span in products(text) if not named.over(*span)) if guesses else _Spans(())
    said = _Spans(labels(text))
    return [part for d in found for part in _left(text, d, said, unnamed)] if said or unnamed else list(found)


def _left(text: str, found: Detection, said: _Spans, unnamed: _Spans) -> Iterator[Detection]:
    """Yield what is left of a detection."""
    is_guess = found.recognizer in GUESSING
    ours = said.over(found.start, found.end)
    makers = unnamed.over(found.start, found.end) if is_guess else []
    whole = [*(ours if is_guess or found.recognizer.startswith(STRUCTURE) else ()), *makers]
    if any(start <= found.start and found.end <= end for start, end in whole):
        return
    holes = [Detection(start, end, "", 0.0, "") for start, end in sorted({*ours, *makers})]
    if not holes or found.entity_type not in WORD_TYPES:
        yield found
        return
    for part in cut_around([found], holes):
        if _tells(text[part.start : part.end], found.entity_type, is_of_product=bool(makers)):
            yield part


def _tells(left: str, entity_type: str, *, is_of_product: bool) -> bool:
    """Say whether what is left beside what was cut is more than small words or a size: `and`, `11 or`, `Call`."""
    words = _WORD.findall(left)
    if is_of_product:
        words = [word for word in words if not (word.isdecimal() and len(word) < 3)]
    if entity_type == "PERSON":
        return not all(is_common(word) and word.lower() not in MAY_BE_NAMES for word in words)
    return not all(word.islower() and is_common(word) for word in words)
