"""Stretches that annotators marked → where a text has them again. Hashes of this process alone, and no text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from backend.review.entries import KeptAnnotation
from backend.review.similar.words import WORD, label_hash

MOST_MARKED_WORDS = 8
"""Of a stretch; a longer one hardly comes again."""
OFTEN = 0.8
"""Of the annotated tasks that have a stretch, the share that must have it marked."""

Mark: TypeAlias = tuple[int, int]
"""Hashes of a label and of a stretch."""


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


def marks_in(kept: KeptAnnotation) -> frozenset[Mark]:
    """Return what an annotation marks, as far as it begins and ends with a word."""
    return frozenset(_marks_in(kept))


def _marks_in(kept: KeptAnnotation) -> Iterator[Mark]:
    for region in kept.result:
        kind, value = str(region.get("type")), region.get("value")
        said = value.get("text") if isinstance(value, dict) and "start" in value else None
        labels = value.get(kind) if isinstance(value, dict) else None
        if not isinstance(said, str) or not isinstance(labels, list) or len(labels) != 1:
            continue
        if next(stretches(said.strip()), None) == (0, len(said.strip())):
            yield label_hash(region.get("from_name"), labels[0]), stretch_hash(said)


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of all stretches of a few words, from left to right, of one beginning the longest first."""
    words = [found.span() for found in WORD.finditer(text)]
    for first, (start, _) in enumerate(words):
        for _, end in reversed(words[first : first + MOST_MARKED_WORDS]):
            yield start, end


def stretch_hash(text: str) -> int:
    """Return a hash of a stretch; upper and lower case and the width of blanks count for nothing."""
    return hash(" ".join(text.casefold().split()))
