"""How often what has a score like this was right: inductive Venn-Abers prediction.

Vovk and Petej, "Venn-Abers Predictors", UAI 2014 (arXiv 1211.0025), and Vovk, Petej and Fedorova, NIPS 2015
(arXiv 1511.00213): isotonic regression with the new score once as a wrong one and once as a right one gives two
probabilities, of which one is calibrated whatever the score is worth; p = p1 / (1 - p0 + p1) puts them together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def isotonic(scores: ArrayLike, values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit values that never fall as scores rise, by least squares: pool adjacent violators.

    Args:
        scores: (n,) of which equal ones get one value.
        values: (n,) that are seen.

    Returns:
        The scores that differ, rising, and the value of each.
    """
    places, back, counts = np.unique(np.asarray(scores, np.float64), return_inverse=True, return_counts=True)
    means = np.bincount(back, np.asarray(values, np.float64)) / counts
    pools: list[tuple[float, int, int]] = []  # mean, weight, and how many scores
    for pool in zip(means.tolist(), counts.tolist(), (1,) * len(places), strict=True):
        pools.append(pool)
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            mean, weight, size = pools.pop()
            before, heavy, more = pools.pop()
            both = (before * heavy + mean * weight) / (heavy + weight)
            pools.append((both, heavy + weight, size + more))
    return places, np.repeat([mean for mean, _, _ in pools], [size for _, _, size in pools])


class VennAbers:
    """Calibrates scores; monotone. Thread-safe.

    Args:
        scores: of what was reviewed.
        is_right: whether each was right.
    """

    def __init__(self, scores: Sequence[float], is_right: Sequence[bool]) -> None:
        self._scores, self._right = list(scores), [float(right) for right in is_right]
        self._known: dict[float, float] = {}

    def interval(self, score: float) -> tuple[float, float]:
        """Return the two probabilities that what has a score is right, the lower first."""
        low, high = (self._with(score, value) for value in (0.0, 1.0))
        return low, high

    def probability(self, score: float) -> float:
        """Return the probability that what has a score is right: of both the one that loses least (log loss)."""
        if score not in self._known:
            low, high = self.interval(score)
            self._known[score] = high / (1 - low + high)
        return self._known[score]

    def _with(self, score: float, value: float) -> float:
        places, fitted = isotonic([*self._scores, score], [*self._right, value])
        return float(fitted[np.searchsorted(places, score)])
