"""Bootstrap intervals: how much a figure would change with other tasks of the same kind.

Tasks are drawn with replacement, never the units of one apart from each other (Field and Welsh, "Bootstrapping
clustered data", 2007), and the interval is that of the percentiles (Efron, "Better bootstrap confidence intervals",
1987, section 2). A resample is a weight for each unit, so that a figure of all resamples is computed at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""A figure: takes weights (resamples by units), and returns its value for each resample, nan where it has none."""
CELLS = 2_000_000
"""Weights that are held at once."""
FEWEST = 10
"""Tasks below which no interval is given: it would be too narrow."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure.

    Attributes:
        value: nan if it cannot be said.
        low, high: ends of its interval; nan if there is none.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True, slots=True)
class Resampling:
    """Resamples that are the same each time.

    Args:
        count: how many; 0 for no intervals.
        seed: which.
        level: the share of the resamples' values that an interval holds.
    """

    count: int = 1000
    seed: int = 0
    level: float = 0.95

    def estimate(self, statistic: Statistic, tasks: Sequence[int]) -> Estimate:
        """Return a figure with its interval.

        Args:
            statistic: the figure.
            tasks: of which task each unit is.
        """
        if not tasks:
            return Estimate(float("nan"))
        value = float(statistic(np.ones((1, len(tasks))))[0])
        kinds, of_unit = np.unique(np.asarray(tasks), return_inverse=True)
        if not self.count or len(kinds) < FEWEST or np.isnan(value):
            return Estimate(value)
        drawn = np.concatenate([statistic(weights) for weights in self._weights(len(kinds), of_unit)])
        drawn = drawn[~np.isnan(drawn)]
        if not len(drawn):
            return Estimate(value)
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Estimate(value, float(low), float(high))

    def difference(
        self, new: Statistic, old: Statistic, new_tasks: Sequence[int], old_tasks: Sequence[int]
    ) -> Estimate:
        """Return by how much a figure of one version is above that of another on the same tasks.

        Both are computed on the same resamples, so that tasks that are hard for both cancel out.

        Args:
            new, old: the figure of each.
            new_tasks, old_tasks: of which task each unit is; both of the same tasks.
        """
        kinds, places = np.unique(np.asarray([*new_tasks, *old_tasks]), return_inverse=True)
        first, second = places[: len(new_tasks)], places[len(new_tasks) :]

        def gap(weights: Floats) -> Floats:
            return new(weights[:, first]) - old(weights[:, second])

        return self.estimate(gap, list(kinds))

    def _weights(self, tasks: int, of_unit: NDArray[np.intp]) -> Iterator[Floats]:
        """Yield how often each unit was drawn, in blocks of resamples."""
        chance = np.random.default_rng(self.seed)
        block = max(1, CELLS // max(tasks, len(of_unit)))
        even = np.full(tasks, 1 / tasks)
        for start in range(0, self.count, block):
            counts = chance.multinomial(tasks, even, size=min(block, self.count - start))
            yield counts[:, of_unit].astype(np.float64)


def mean_of(values: Sequence[float]) -> Statistic:
    """Return the statistic that is the mean of the units' values."""
    given = np.asarray(values, dtype=np.float64)
    return lambda weights: ratio(weights @ given, weights.sum(axis=1))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide, where there is something to divide by; nan elsewhere."""
    divided: Floats = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return divided
