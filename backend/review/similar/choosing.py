"""Which examples teach most about a task: those that are like it, and that show its labels, each a few times."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from backend.review.similar.ranking import Scores
from backend.review.similar.words import Words, is_double, shingles

FIRST = 64
"""The best ones, among which is chosen; beside them the best of each label."""
MOST_LABELS = 1_000
FLOOR = 0.02
"""What one is worth that has no word in common with the task."""
AGAIN = 0.6
"""What one is worth less for each time that its labels were shown."""
SHARE = 0.6
"""Of all examples, the share that may have one label while another was not shown at all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be an example.

    Attributes:
        slot: its place in the scores.
        number: of two that are worth the same the lower comes first, in each process.
        labels: hashes of its labels.
        words: of its text, hashed.
    """

    slot: int
    number: int
    labels: frozenset[int]
    words: Words = field(repr=False)


class Choice:
    """Gives one example after the other, the best first.

    Args:
        worth: what each is worth by its slot; one below 0 is none.
        by_label: the slots of each label.
        candidate: returns what is known of a slot.
        own: words of the task; what is nearly the same is none of its examples.
        most: how many are wanted.
    """

    def __init__(
        self,
        worth: Scores,
        by_label: "Mapping[int, array[int]]",
        candidate: Callable[[int], Candidate],
        own: Words,
        most: int,
    ) -> None:
        self._shown: Counter[int] = Counter()
        self._taken = [shingles(own)]
        self._last = self._taken[0]
        self._cap = max(ceil(most * SHARE), 1)
        self._left: dict[int, tuple[float, Candidate]] = {}
        for slot in {*best_slots(worth), *_best_of_each(worth, by_label)}:
            self._left[slot] = float(worth[slot]), candidate(slot)

    @property
    def slots(self) -> list[int]:
        """Those among which is chosen."""
        return list(self._left)

    def best(self) -> Candidate | None:
        """Return the best that is left, and leave it out from now on; None if none is."""
        shown, unshown = self._shown, self._unshown()

        def worth_of(slot: int) -> tuple[bool, float, int]:
            worth, one = self._left[slot]
            again = min((shown[label] for label in one.labels), default=0)
            is_over = again >= self._cap and bool(unshown - one.labels)
            return not is_over, worth * AGAIN**again, -one.number

        while self._left:
            _, one = self._left.pop(max(self._left, key=worth_of))
            self._last = shingles(one.words)
            if not any(is_double(self._last, other) for other in self._taken):
                return one
        return None

    def take(self, one: Candidate) -> None:
        """Count the last one as an example: what is nearly the same is none now, and its labels are worth less."""
        self._taken.append(self._last)
        self._shown.update(one.labels)

    def _unshown(self) -> frozenset[int]:
        """Return the labels that were not shown, and that what is left could show."""
        there = {label for _, one in self._left.values() for label in one.labels}
        return frozenset(label for label in there if not self._shown[label])


def best_slots(worth: Scores) -> Iterator[int]:
    """Yield the slots of the best ones, in no order; one below 0 is none."""
    count = min(FIRST, len(worth))
    found = np.argpartition(-worth, count - 1)[:count] if count else np.zeros(0, np.int64)
    yield from (int(slot) for slot in found if worth[slot] >= 0)


def _best_of_each(worth: Scores, by_label: "Mapping[int, array[int]]") -> Iterator[int]:
    for label in list(by_label)[:MOST_LABELS]:
        slots = np.frombuffer(by_label[label], np.int32)
        best = int(slots[int(np.argmax(worth[slots]))])
        if worth[best] >= 0:
            yield best
