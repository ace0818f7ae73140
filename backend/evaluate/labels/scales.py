"""Figures of Rating and Number, of Ranker, and of what was written into a TextArea or a DateTime."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from backend.evaluate.labels.answers import TreePath
from backend.evaluate.labels.resampling import Floats, Statistic, mean_of, ratio

Ranking = Sequence[tuple[str, TreePath]]


def number_statistics(truths: Sequence[float], predicted: Sequence[float]) -> Mapping[str, Statistic]:
    """Return the mean absolute error, the share at most 1 beside the truth, the share that is exact, and r."""
    apart = [abs(t - p) for t, p in zip(truths, predicted, strict=True)]
    return {
        "exact": mean_of([float(gap == 0) for gap in apart]),
        "within_1": mean_of([float(gap <= 1) for gap in apart]),
        "mean_error": mean_of(apart),
        "correlation": correlation(truths, predicted),
    }


def correlation(first: Sequence[float], second: Sequence[float]) -> Statistic:
    """Return Pearson's r; it has no value where one of both is always the same (Pearson, 1895)."""
    one, other = (np.asarray(values, dtype=np.float64) for values in (first, second))
    one, other = (values - (values.mean() if len(values) else 0) for values in (one, other))  # for exactness alone

    def statistic(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        mean, mean_other = weights @ one / total, weights @ other / total
        shared = weights @ (one * other) / total - mean * mean_other
        spread = (weights @ one**2 / total - mean**2) * (weights @ other**2 / total - mean_other**2)
        return np.clip(ratio(shared, np.sqrt(np.where(spread > 1e-18, spread, 0.0))), -1, 1)

    return statistic


def text_statistics(truths: Sequence[str], predicted: Sequence[str]) -> Mapping[str, Statistic]:
    """Return the share that is the same but for space at the ends, and the mean chrF."""
    both = list(zip(truths, predicted, strict=True))
    return {
        "exact": mean_of([float(t.strip() == p.strip()) for t, p in both]),
        "chrf": mean_of([chrf(*b) for b in both]),
    }


def chrf(truth: str, predicted: str) -> float:
    """Return how many n-grams of characters are alike, 0 to 1, by sacrebleu (Popović, "chrF", WMT 2015)."""
    from sacrebleu.metrics import CHRF

    if not truth.strip() or not predicted.strip():
        return float(truth.strip() == predicted.strip())
    return float(CHRF().sentence_score(predicted, [truth]).score) / 100


def rank_statistics(truths: Sequence[Ranking], predicted: Sequence[Ranking]) -> Mapping[str, Statistic]:
    """Return the share of rankings that are the same, the mean tau, and of items the share in the right list."""
    both = list(zip(truths, predicted, strict=True))
    found = {"exact": mean_of([float(t == p) for t, p in both]), "tau": mean_of([kendall(t, p) for t, p in both])}
    if any(len(ranking) > 1 for pair in both for ranking in pair):
        found["same_list"] = mean_of([same_list(t, p) for t, p in both])
    return found


def kendall(first: Ranking, second: Ranking) -> float:
    """Return Kendall's tau: of the pairs of items, how many stand in the same order less how many do not, as a share.

    Pairs that both put into one list, the same one, are counted, and items that both have; 1 if there is no such pair
    and both are the same, else 0 (Kendall, "A new measure of rank correlation", 1938).
    """
    one, other = _places(first), _places(second)
    signs = [
        (one[a][1] - one[b][1]) * (other[a][1] - other[b][1])
        for a, b in combinations(sorted(one.keys() & other.keys()), 2)
        if one[a][0] == one[b][0] == other[a][0] == other[b][0]
    ]
    if not signs:
        return float(one == other)
    return float(np.sign(signs).mean())


def same_list(first: Ranking, second: Ranking) -> float:
    """Return the share of the items of either that both put into the same list; 1 if there are none."""
    one, other = _places(first), _places(second)
    items = one.keys() | other.keys()
    same = sum(item in one and item in other and one[item][0] == other[item][0] for item in items)
    return same / len(items) if items else 1.0


def _places(ranking: Ranking) -> dict[str, tuple[str, int]]:
    return {item: (name, place) for name, items in ranking for place, item in enumerate(items)}
