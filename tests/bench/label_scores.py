"""How right a model's labels are, and how sure a difference between two ways of asking is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Found = frozenset[tuple[int, int, str]]
"""(start, end, label) of each entity, or (0, 0, label) of a choice."""
ROUNDS = 5_000


@dataclass(frozen=True, slots=True)
class Score:
    """A share of what is right: F1, which is accuracy where each task has one label.

    Attributes:
        right: of the labels found and of those wanted, how many have their match.
        all: how many there are of both.
    """

    right: int
    all: int

    @property
    def value(self) -> float:
        """The share; of nothing it is 1."""
        return self.right / self.all if self.all else 1.0


def exact(found: Found, wanted: Found) -> Score:
    """Score by same place and same label."""
    return Score(2 * len(found & wanted), len(found) + len(wanted))


def lenient(found: Found, wanted: Found) -> Score:
    """Score by same label and a place that overlaps."""
    right = sum(any(_touch(a, b) for b in wanted) for a in found)
    right += sum(any(_touch(a, b) for b in found) for a in wanted)
    return Score(right, len(found) + len(wanted))


def _touch(a: tuple[int, int, str], b: tuple[int, int, str]) -> bool:
    return a[2] == b[2] and (a[:2] == b[:2] or (a[0] < b[1] and b[0] < a[1]))


def total(scores: Iterable[Score]) -> Score:
    """Sum scores up: each label counts the same (micro average)."""
    scores = list(scores)
    return Score(sum(score.right for score in scores), sum(score.all for score in scores))


def difference(first: Sequence[Score], last: Sequence[Score], groups: Sequence[str]) -> tuple[float, float, float]:
    """Return by how much the last scores are higher than the first, with a 95 % interval.

    The interval is bootstrapped over groups, pair by pair: tasks of one group are alike.

    Args:
        first: by task.
        last: of the same tasks.
        groups: of each task.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for a, b, group in zip(first, last, groups, strict=True):
        for place, number in enumerate((a.right, a.all, b.right, b.all)):
            sums[group][place] += number
    table = np.array(list(sums.values()), dtype=float)
    drawn = np.random.default_rng(0).integers(0, len(table), (ROUNDS, len(table)))
    low, high = np.quantile(_gain(table[drawn].sum(axis=1)), (0.025, 0.975))
    return float(_gain(table.sum(axis=0)[None])[0]), float(low), float(high)


def _gain(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the differences of rows of sums; a share of nothing is 1."""
    first_right, first_all, last_right, last_all = sums.T
    first = np.divide(first_right, first_all, out=np.ones_like(first_all), where=first_all > 0)
    last = np.divide(last_right, last_all, out=np.ones_like(last_all), where=last_all > 0)
    gain: NDArray[np.float64] = last - first
    return gain
