"""How sure a tagger is of each word → the spans that it marks, and how sure it is of them.

A word is outside (tag 0), begins a span of a label (1, 3, …), or is within one (2, 4, …).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from backend.model.distilled.words import Word

OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class Marked:
    """A span that was marked.

    Attributes:
        start, end: where it stands in the text.
        label: its number.
        first, last: its words.
    """

    start: int = field(repr=False)
    end: int = field(repr=False)
    label: int
    first: int
    last: int


def begins(label: int) -> int:
    """Return the tag of a label's first word; that of the others is the next."""
    return 1 + 2 * label


def likeliest_tags(logits: NDArray[np.floating]) -> list[int]:
    """Return the likeliest tag of each word, of all rows of tags that spans can have (Viterbi's algorithm).

    Args:
        logits: by word and tag.
    """
    if not len(logits):
        return []
    odd = logits.shape[1] // 2  # labels
    heads, inner = begins(np.arange(odd)), begins(np.arange(odd)) + 1  # type: ignore[arg-type]  # of all at once
    best: NDArray[np.float64] = logits[0].astype(np.float64)
    best[inner] = -np.inf  # no text begins within a span
    came: list[NDArray[np.int64]] = []
    for own in logits[1:]:
        before = np.full(len(best), int(best.argmax()), dtype=np.int64)
        before[inner] = np.where(best[inner] > best[heads], inner, heads)
        came.append(before)
        best = best[before] + own
    tags = [int(best.argmax())]
    for origin in reversed(came):
        tags.append(int(origin[tags[-1]]))
    return tags[::-1]


def spans_of(words: Sequence[Word], tags: Sequence[int]) -> list[Marked]:
    """Return the spans that tags mark."""
    starts = [place for place, tag in enumerate(tags) if tag % 2]
    found = []
    for first in starts:
        last = first
        while last + 1 < len(tags) and tags[last + 1] == tags[first] + 1:
            last += 1
        found.append(Marked(words[first].start, words[last].end, tags[first] // 2, first, last))
    return found


def sureness(span: Marked, shares: NDArray[np.floating]) -> float:
    """Return how sure a span is: as the most doubtful of its words.

    Args:
        span: which.
        shares: the probability of each tag, by word.
    """
    head = begins(span.label)
    inner = shares[span.first + 1 : span.last + 1, head + 1]
    return float(min([shares[span.first, head], *inner]))


def told_once(text: str, spans: Iterable[tuple[Marked, float]]) -> list[tuple[int, str, float]]:
    """Return labels and words as an answer names them: all mentions of words at once, but where their labels differ.

    Args:
        text: in which they stand.
        spans: each with how sure it is.
    """
    by_words: dict[str, list[tuple[int, str, float]]] = {}
    for span, sure in spans:
        words = text[span.start : span.end]
        by_words.setdefault(words, []).append((span.label, words, sure))
    found: list[tuple[int, str, float]] = []
    for words, mentions in by_words.items():
        if len(list(groupby(mentions, key=lambda one: one[0]))) > 1:
            found += mentions
        else:
            found.append((mentions[0][0], words, float(np.mean([sure for *_, sure in mentions]))))
    return found
