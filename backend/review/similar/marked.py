"""Stretches that annotators marked → where a text has them again. Hashes of this process alone, and no text."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from backend.review.entries import KeptAnnotation
from backend.review.similar.words import MOST_WORDS, WORD, is_number, label_hash

MOST_MARKED_WORDS = 8
"""Of a stretch; a longer one hardly comes again."""
OFTEN = 0.8
"""Of the annotated tasks that have a stretch, the share that must have it marked."""

MOST_SHAPE_WORDS = 4
"""Of a stretch that is known by its shape."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GOES_ON = re.compile(r"\d\s?[-–—/.,:]\s?$")
"""What before a stretch makes it the end of a longer number."""


class WordMark(NamedTuple):
    """Hashes of a label, of the stretch that it marks, of its shape, 0 if that tells nothing, and of its first word."""

    label: int
    stretch: int
    shape: int
    first: int


NO_MARKS = frozenset[WordMark]()
"""One for all that mark nothing, since each takes room."""


@dataclass(frozen=True, slots=True)
class MarkableText:
    """A text in which is looked for what annotators marked elsewhere.

    Attributes:
        labels: hashes of those that may be given.
        least: annotated tasks that must have a stretch marked.
    """

    text: str = field(repr=False)
    labels: frozenset[int]
    least: int


@dataclass(frozen=True, slots=True)
class MarkedAgain:
    """A stretch of a text that annotators marked elsewhere.

    Attributes:
        start, end: its place.
        label: the label's hash.
        marked: annotated tasks that have it marked so.
        seen: annotated tasks that have it.
    """

    start: int
    end: int
    label: int
    marked: int
    seen: int

    @property
    def score(self) -> float:
        """How likely it is that it would be marked, by Laplace's rule of succession."""
        return (self.marked + 1) / (self.seen + 2)


def marks_in(kept: KeptAnnotation) -> frozenset[WordMark]:
    """Return what an annotation marks, as far as it begins and ends with a word."""
    return frozenset(_marks_in(kept)) or NO_MARKS


def _marks_in(kept: KeptAnnotation) -> Iterator[WordMark]:
    for region in kept.result:
        kind, value = str(region.get("type")), region.get("value")
        said = value.get("text") if isinstance(value, dict) and "start" in value else None
        labels = value.get(kind) if isinstance(value, dict) else None
        if not isinstance(said, str) or not isinstance(labels, list) or len(labels) != 1:
            continue
        if next(word_stretches(said.strip()), None) == (0, len(said.strip())):
            label = label_hash(region.get("from_name"), labels[0])
            yield WordMark(label, stretch_hash(said), shape_hash(said), first_hash(said))


def known_by(marks: Iterable[WordMark]) -> set[int]:
    """Return by what an annotated task is known whose stretches are marked."""
    return {one for mark in marks for one in mark[1:] if one}


def again_marked(asked: MarkableText, place: tuple[int, int], seen: Sequence[Sequence[WordMark]]) -> MarkedAgain | None:
    """Return how a stretch is to be marked; None if it is marked too seldom.

    Args:
        asked: the text.
        place: of the stretch.
        seen: for each annotated task that has the stretch, how it is marked there.
    """
    use = Counter(label for marks in seen for label in {mark.label for mark in marks} & asked.labels)
    # Of two that are used as often the lower hash: then neither is used often enough.
    label, count = min(use.items(), key=lambda each: (-each[1], each[0]), default=(0, 0))
    is_often = count >= max(asked.least, OFTEN * len(seen))
    return MarkedAgain(*place, label, count, len(seen)) if is_often else None


def word_stretches(text: str, firsts: Container[int] | None = None) -> Iterator[tuple[int, int]]:
    """Yield the places of all stretches of a few words, from left to right, of one beginning the longest first.

    Args:
        text: what stands far behind is left out.
        firsts: hashes of the words with which one may begin; None for any.
    """
    words = [found.span() for found in islice(WORD.finditer(text), MOST_WORDS)]
    for first, (start, stop) in enumerate(words):
        if firsts is None or first_hash(text[start:stop]) in firsts:
            for _, end in reversed(words[first : first + MOST_MARKED_WORDS]):
                yield start, end


def first_hash(text: str) -> int:
    """Return a hash of a text's first word, any number in place of its own."""
    found = WORD.search(text)
    return hash(("first", _NUMBER.sub("#", found[0].casefold()) if found else ""))


def shape_hash(text: str) -> int:
    """Return a hash of a stretch with any number in place of its own: `2.5 mg` as `500 mg`; 0 if that tells nothing."""
    words = WORD.findall(text)
    numbers = [word for word in words if not word.isalpha()]
    is_telling = 0 < len(numbers) < len(words) <= MOST_SHAPE_WORDS and all(map(is_number, numbers))
    return hash(_NUMBER.sub("#", " ".join(text.casefold().split()))) if is_telling else 0


def begins_a_number(text: str, start: int) -> bool:
    """Say whether a stretch of a text is no end of a longer number, as `2 mg` is of `1-2 mg`."""
    return _GOES_ON.search(text, max(start - 4, 0), start) is None


def stretch_hash(text: str) -> int:
    """Return a hash of a stretch; upper and lower case and the width of blanks count for nothing."""
    return hash(" ".join(text.casefold().split()))
