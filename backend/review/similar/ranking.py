"""How like each of many texts another is: BM25 over hashed words.

Texts come and go one by one, which `bm25s` and its like would build anew each time; and no text stays in memory.
"""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from backend.review.similar.words import Words

K1, B = 1.2, 0.75
"""How much a word counts that comes again, and how much less in a long text."""
MOST_ASKED = 64
"""Words of a text by which it is compared: the rarest."""
COMMON = 0.25
"""Of many texts, the share beyond which a word that so many have tells nothing."""
MANY = 1_000
_ROOM = 256

Scores = NDArray[np.float32]


@dataclass(slots=True)
class _Posting:
    """Where a word stands."""

    slots: "array[int]" = field(default_factory=lambda: array("i"))
    counts: "array[float]" = field(default_factory=lambda: array("f"))


class Ranking:
    """Not for several threads at once."""

    def __init__(self) -> None:
        self._postings: dict[int, _Posting] = {}
        self._lengths: Scores = np.zeros(_ROOM, np.float32)
        self._free: list[int] = []
        self._size = self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """How many slots there are, with those that are free."""
        return self._size

    def add(self, words: Words) -> int:
        """Add a text; return its slot, which is a place in the scores."""
        slot = self._free.pop() if self._free else self._size
        self._size = max(self._size, slot + 1)
        if slot >= len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros(len(self._lengths), np.float32)])
        self._lengths[slot] = len(words)
        for word, count in Counter(words.tolist()).items():
            posting = self._postings.get(word)
            if posting is None:
                posting = self._postings[word] = _Posting()
            posting.slots.append(slot)
            posting.counts.append(count)
        self._count += 1
        return slot

    def remove(self, slot: int, words: Words) -> None:
        """Remove a text.

        Args:
            slot: its slot, which another may get.
            words: its words.
        """
        for word in set(words.tolist()):
            posting = self._postings[word]
            place = _place_in(posting.slots, slot)
            posting.slots.pop(place)
            posting.counts.pop(place)
            if not posting.slots:
                del self._postings[word]
        self._lengths[slot] = 0
        self._free.append(slot)
        self._count -= 1

    def scores(self, words: Words) -> Scores:
        """Return how like a text each other is, by slot; 0 is not at all."""
        found = np.zeros(self._size, np.float32)
        if not self._count:
            return found
        lengths = self._lengths[: self._size]
        norm = K1 * (1 - B + B * lengths / max(float(lengths.sum()) / self._count, 1.0))
        for posting in self._asked(words):
            slots = np.frombuffer(posting.slots, np.int32)
            counts = np.frombuffer(posting.counts, np.float32)
            rarity = log(1 + (self._count - len(slots) + 0.5) / (len(slots) + 0.5))
            found[slots] += np.float32(rarity * (K1 + 1)) * counts / (counts + norm[slots])
        return found

    def latest(self, words: Words, most: int) -> list[int]:
        """Return the slots of the latest texts that have the rarest of some words."""
        postings = [self._postings.get(word) for word in set(words.tolist())]
        there = [posting for posting in postings if posting is not None]
        if not there or len(there) < len(postings):
            return []
        return list(min(there, key=lambda posting: len(posting.slots)).slots[-most:])

    def _asked(self, words: Words) -> list[_Posting]:
        # In the order of the text: that of a set hangs on the hashes, which are others in each process.
        there = [posting for word in dict.fromkeys(words.tolist()) if (posting := self._postings.get(word))]
        there.sort(key=lambda posting: len(posting.slots))
        telling = [p for p in there if self._count < MANY or len(p.slots) <= COMMON * self._count]
        return (telling or there[:4])[:MOST_ASKED]


def _place_in(slots: "array[int]", slot: int) -> int:
    return int(np.flatnonzero(np.frombuffer(slots, np.int32) == slot)[0])
