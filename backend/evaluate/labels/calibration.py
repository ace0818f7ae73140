"""Whether scores tell the truth: of what has a score of 0.8, is 80 % right?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.evaluate.labels.resampling import Floats, Statistic, mean_of, ratio

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of about the same score.

    Attributes:
        low, high: the scores; `high` exclusive, but for 1.
        count: how many.
        score: the mean score.
        right: the share that is right.
    """

    low: float
    high: float
    count: int
    score: float
    right: float


def calibration_statistics(scores: Sequence[float], right: Sequence[bool]) -> Mapping[str, Statistic]:
    """Return ECE, the Brier score and AUROC of scores.

    Args:
        scores: from 0 to 1.
        right: whether what has the score is right.
    """
    squares = [(score - good) ** 2 for score, good in zip(scores, right, strict=True)]
    return {"ece": calibration_error(scores, right), "brier": mean_of(squares), "auroc": auroc(scores, right)}


def calibration_error(scores: Sequence[float], right: Sequence[bool]) -> Statistic:
    """Return the expected calibration error over bins of one width (Guo et al., arXiv 1706.04599, equation 3)."""
    gaps = np.zeros((len(scores), BINS))
    gaps[np.arange(len(scores)), _bins(scores)] = np.asarray(right, dtype=np.float64) - np.asarray(scores)
    return lambda weights: ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def auroc(scores: Sequence[float], right: Sequence[bool]) -> Statistic:
    """Return the chance that a right one has a higher score than a wrong one; a tie counts half.

    It has no value where all are right, or none (Hanley and McNeil, 1982).
    """
    given, good = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    starts = np.unique(given[order], return_index=True)[1]

    def statistic(weights: Floats) -> Floats:
        rights = np.add.reduceat((weights * good)[:, order], starts, axis=1)
        wrongs = np.add.reduceat((weights * (1 - good))[:, order], starts, axis=1)
        below = np.cumsum(wrongs, axis=1) - wrongs / 2
        return ratio((rights * below).sum(axis=1), rights.sum(axis=1) * wrongs.sum(axis=1))

    return statistic


def reliability(scores: Sequence[float], right: Sequence[bool]) -> list[ReliabilityBin]:
    """Return the bins that have any predictions: what a reliability diagram shows (DeGroot and Fienberg, 1983)."""
    given, good, place = np.asarray(scores), np.asarray(right, dtype=np.float64), _bins(scores)
    found = []
    for number in range(BINS):
        inside = place == number
        if inside.any():
            edges = number / BINS, (number + 1) / BINS
            figures = float(given[inside].mean()), float(good[inside].mean())
            found.append(ReliabilityBin(*edges, int(inside.sum()), *figures))
    return found


def _bins(scores: Sequence[float]) -> NDArray[np.intp]:
    return np.minimum((np.asarray(scores, dtype=np.float64) * BINS).astype(np.intp), BINS - 1)
