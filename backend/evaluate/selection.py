"""Which predictions may be taken without a human, such that the share of wrong ones among them is bounded.

Conformal selection: Jin and Candès, "Selection by Prediction with Conformal p-values", JMLR 24 (2023); for labels of
language models arXiv 2510.14581. What it rests on is that the reviewed tasks were drawn as the others were. Nothing is
asked of the score but that it orders: a poor one takes less, and is wrong no more often.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import RequestError

DRIFT = 1.628
"""Kolmogorov's distribution is above this once in a hundred times: samples farther apart are not of one kind."""


@dataclass(frozen=True, slots=True)
class ConformalSelection:
    """What may be taken, and what that rests on.

    Attributes:
        taken: the places of those that may be taken, by falling score.
        lowest: the lowest score among them; None if there is none.
        p_values: of all, in their order: how likely a wrong one has a score so high.
        reviewed, wrong: size of the sample, and how many of it were wrong.
        error: the share of wrong ones among the taken that is not passed, on average over samples.
    """

    taken: Sequence[int]
    lowest: float | None
    p_values: NDArray[np.float64]
    reviewed: int
    wrong: int
    error: float


def least_reviewed(error: float) -> int:
    """Return how many reviewed tasks it takes so that anything can be taken at an error rate.

    Raises:
        RequestError: it is no rate.
    """
    if not 0 < error < 1:
        raise RequestError(f"an error rate of {error:g} means nothing - name one between 0 and 1, such as 0.05")
    return max(math.ceil(1 / error - 1e-9) - 1, 1)


def conformal_p_values(reviewed: ArrayLike, is_right: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """Return, for each score, how likely a wrong prediction has one so high.

    (1 + the wrong among n reviewed ones whose score is no lower) / (n + 1).

    Args:
        reviewed: (n,) scores of the reviewed predictions.
        is_right: (n,) whether each was right.
        scores: (m,) of those that nobody has reviewed.
    """
    known, right = np.asarray(reviewed, np.float64), np.asarray(is_right, np.bool_)
    wrong = np.sort(known[~right])
    no_lower = len(wrong) - np.searchsorted(wrong, np.asarray(scores, np.float64), side="left")
    return np.asarray((1 + no_lower) / (len(known) + 1), np.float64)


def benjamini_hochberg(p_values: ArrayLike, level: float) -> NDArray[np.intp]:
    """Return the places of the hypotheses that are rejected, by rising p-value.

    Source: Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995).
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    holds = values[order] * len(values) <= level * np.arange(1, len(values) + 1)
    return order[: int(np.flatnonzero(holds)[-1]) + 1 if holds.any() else 0]


def drift(first: ArrayLike, second: ArrayLike) -> float:
    """Return how far two samples of scores are apart, as a multiple of what chance gives once in a hundred times.

    Kolmogorov and Smirnov's distance over its bound for two samples; ties make it smaller.
    """
    one, other = np.sort(np.asarray(first, np.float64)), np.sort(np.asarray(second, np.float64))
    if not len(one) or not len(other):
        return 0.0
    places = np.concatenate([one, other])
    shares = [np.searchsorted(own, places, side="right") / len(own) for own in (one, other)]
    distance = float(np.abs(shares[0] - shares[1]).max())
    return distance / (DRIFT * math.sqrt((len(one) + len(other)) / (len(one) * len(other))))


def select(
    reviewed: Sequence[float], is_right: Sequence[bool], scores: Sequence[float], error: float
) -> ConformalSelection:
    """Choose what may be taken without a human.

    Args:
        reviewed: scores of the predictions that were reviewed, of tasks chosen by chance.
        is_right: whether each was right.
        scores: of those that were not, of tasks like these.
        error: the share of wrong ones among the taken that is not to be passed, on average.

    Raises:
        RequestError: the sample is too small for that rate, or its scores are not like the others'.
    """
    least = least_reviewed(error)
    if len(reviewed) < least:
        raise RequestError(
            f"{len(reviewed)} reviewed tasks say nothing about an error rate of {error:g} - "
            f"review {least} at least, chosen by chance; some {5 * least} take most"
        )
    if (apart := drift(reviewed, scores)) > 1:
        raise RequestError(
            f"the reviewed tasks are not like the others: their scores lie {apart:.1f} times as far apart as chance "
            "explains - review some of the tasks that came since, chosen by chance"
        )
    p_values = conformal_p_values(reviewed, is_right, scores)
    taken = benjamini_hochberg(p_values, error)
    known = np.asarray(scores, np.float64)
    by_score = [int(place) for place in taken[np.argsort(-known[taken], kind="stable")]]
    lowest = float(known[by_score[-1]]) if by_score else None
    return ConformalSelection(by_score, lowest, p_values, len(reviewed), len(reviewed) - int(sum(is_right)), error)
