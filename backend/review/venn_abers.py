"""How often what has a score like this was right: inductive Venn-Abers prediction.

Vovk and Petej, "Venn-Abers Predictors", UAI 2014 (arXiv 1211.0025), and Vovk, Petej and Fedorova, NIPS 2015
(arXiv 1511.00213): isotonic regression with the new score once as a wrong one and once as a right one gives two
probabilities, of which one is calibrated whatever the score is worth; p = p1 / (1 - p0 + p1) puts them together.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

Group: TypeAlias = tuple[float, int]
"""The total of some values, and how many they are."""


def isotonic(scored: Iterable[tuple[float, float]]) -> Mapping[float, float]:
    """Fit values that never fall as scores rise, by least squares.

    Args:
        scored: scores, each with the value that is seen; equal scores get one value.

    Returns:
        The value of each score.
    """
    scores, groups = _by_score(scored)
    return dict(zip(scores, _fitted(groups), strict=True))


def _by_score(scored: Iterable[tuple[float, float]]) -> tuple[list[float], list[Group]]:
    """Return the scores that differ, rising, and what is seen of each."""
    seen: dict[float, Group] = {}
    for score, value in scored:
        total, count = seen.get(score, (0.0, 0))
        seen[score] = total + value, count + 1
    scores = sorted(seen)
    return scores, [seen[score] for score in scores]


def _fitted(groups: Iterable[Group]) -> Iterator[float]:
    """Yield a value for each group: pool adjacent violators."""
    pools: list[tuple[float, int, int]] = []  # total, number of values, number of groups
    for group in groups:
        total, count, size = *group, 1
        while pools and pools[-1][0] * count >= total * pools[-1][1]:
            before, more, wide = pools.pop()
            total, count, size = before + total, more + count, wide + size
        pools.append((total, count, size))
    for total, count, size in pools:
        for _ in range(size):
            yield total / count


class VennAbers:
    """Calibrates scores; monotone. Thread-safe.

    Args:
        scores: of what was reviewed.
        is_right: whether each was right.
    """

    def __init__(self, scores: Sequence[float], is_right: Sequence[bool]) -> None:
        self._scores, self._groups = _by_score(zip(scores, map(float, is_right), strict=True))
        self._known: dict[tuple[int, bool], tuple[float, float]] = {}

    def interval(self, score: float) -> tuple[float, float]:
        """Return the two probabilities that what has a score is right, the lower first."""
        place = bisect_left(self._scores, score)
        key = place, self._scores[place : place + 1] == [score]
        if key not in self._known:  # all between two scores have one interval
            self._known[key] = self._with(*key, 0.0), self._with(*key, 1.0)
        return self._known[key]

    def probability(self, score: float) -> float:
        """Return the probability that what has a score is right: of both the one that loses least (log loss)."""
        low, high = self.interval(score)
        return high / (1 - low + high)

    def _with(self, place: int, is_there: bool, value: float) -> float:
        """Return the fitted value of a score that is seen once more, with a value."""
        total, count = self._groups[place] if is_there else (0.0, 0)
        behind = self._groups[place + is_there :]
        fitted = _fitted([*self._groups[:place], (total + value, count + 1), *behind])
        return next(islice(fitted, place, None))
