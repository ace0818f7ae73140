"""The words of a text, and what recognizers said of each."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backend.types import Detection

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(slots=True)
class Word:
    """A word: code points `start` (inclusive) to `end` (exclusive).

    Attributes:
        claims: what was found that holds a part of it.
    """

    start: int
    end: int
    text: str = field(repr=False)
    claims: list[Detection] = field(default_factory=list, repr=False)


def words(text: str, found: Iterable[Detection]) -> list[Word]:
    """Return the words of a text, each with what was found of it."""
    every = [Word(*match.span(), match[0]) for match in _WORD.finditer(text)]
    ends = [word.end for word in every]
    for d in found:
        for word in over(every, ends, d.start, d.end):
            word.claims.append(d)
    return every


def over(every: Sequence[Word], ends: Sequence[int], start: int, end: int) -> Iterable[Word]:
    """Yield the words that share a place with a stretch.

    Args:
        every: in their order.
        ends: theirs.
        start: of the stretch.
        end: of it.
    """
    place = bisect_left(ends, start + 1)
    while place < len(every) and every[place].start < end:
        yield every[place]
        place += 1
