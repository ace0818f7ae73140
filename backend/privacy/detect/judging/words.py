"""The words of a text, and what recognizers said of each."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backend.privacy.types import Detection

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


class Repeats:
    """Knows which words of a text stand there more than once, but for their case.

    Args:
        every: all words of the text.
    """

    def __init__(self, every: Iterable[Word]) -> None:
        texts = [word.text for word in every]
        self._counts = Counter(map(str.lower, texts))
        self._small = {text for text in texts if text.islower()}

    def is_again(self, word: Word) -> bool:
        """Say whether a word stands there again, in any case."""
        return self._counts[word.text.lower()] > 1

    def is_small(self, word: Word) -> bool:
        """Say whether a word stands there in small letters."""
        return word.text.lower() in self._small


def split_words(text: str, found: Iterable[Detection]) -> list[Word]:
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
