"""Which of a control's labels a text most likely has: by its words, and by how annotators used them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

import numpy as np

from backend.review.similar.ranking import Ranking, Scores
from backend.review.similar.shelf import LabelUse
from backend.review.similar.words import MOST_WORDS, Words, hashed_words

BEGINNING = 4
"""Letters with which words begin that may be forms of one: `cards` of `card`, `refunded` of `refund`."""
USUAL = 8
"""One in so many of those that are offered is one of the most frequent, whatever the text says."""
_PARTS = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
_LETTERS = re.compile(rf"[^\W\d_]{{{BEGINNING},}}")


class LabelNames:
    """The words of some labels. May be asked by several threads.

    Args:
        labels: all texts that say what a label is, by its place.
    """

    def __init__(self, labels: Iterable[Iterable[str]]) -> None:
        self._ranking = Ranking()
        for texts in labels:
            self._ranking.add(_words(texts))

    def scores(self, texts: Iterable[str]) -> Scores:
        """Return how like each label's words some texts are, by its place; 0 is not at all."""
        return np.round(self._ranking.scores(_words(texts)), 4)


def likeliest(uses: Sequence[LabelUse], named: Sequence[float], most: int) -> list[int]:
    """Return the places of the labels that are likeliest, the first one first.

    Of three, two are what annotators gave to the tasks that are most like it, and one is told by its words, as long as
    there are such; some are the most frequent. Where nothing tells, these are all, then the labels' order.

    Args:
        uses: how annotators used each label.
        named: how like its words the text is.
        most: how many are wanted.
    """
    places = range(len(uses))
    near = sorted((n for n in places if uses[n].likeness > 0), key=lambda n: (-uses[n].likeness, -uses[n].count, n))
    by_words = sorted((n for n in places if named[n] > 0), key=lambda n: (-named[n], -uses[n].count, n))
    usual = sorted(places, key=lambda n: (-uses[n].count, n))
    kept = [n for n in usual if uses[n].count][: most // USUAL]
    telling = list(dict.fromkeys(_in_turns(near, by_words)))
    first = telling[: most - len(kept)]
    return list(dict.fromkeys(chain(first, kept, telling, usual)))[:most]


def _in_turns(near: Sequence[int], by_words: Sequence[int]) -> Iterator[int]:
    for turn in zip_longest(near[::2], near[1::2], by_words):
        yield from (place for place in turn if place is not None)


def _words(texts: Iterable[str]) -> Words:
    """Return hashed words, those of names such as `card_lost` and `cardLost` apart, and what they begin with."""
    said = [_PARTS.sub(" ", text) for text in texts]
    found = islice((match[0] for text in said for match in _LETTERS.finditer(text)), MOST_WORDS)
    begun = [hash((BEGINNING, word[:BEGINNING].casefold())) for word in found]
    return np.concatenate([hashed_words(said), np.array(begun, dtype=np.int64)])
