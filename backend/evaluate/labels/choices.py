"""Figures of Choices, Taxonomy and Pairwise, one choice or several."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from backend.evaluate.labels.answers import TreePath
from backend.evaluate.labels.counting import LabelCounts, count_labels
from backend.evaluate.labels.resampling import Floats, Statistic, mean_of, ratio

STEP = " > "
"""Stands between the parts of a path."""
NO_LABEL = "(none)"

Chosen = Collection[TreePath]


def choice_name(path: TreePath) -> str:
    """Write a choice as one label."""
    return STEP.join(path)


def choice_names(chosen: Chosen) -> str:
    """Write all that was chosen."""
    return ", ".join(sorted(map(choice_name, chosen))) or NO_LABEL


def count_choices(truths: Sequence[Chosen], predicted: Sequence[Chosen]) -> LabelCounts:
    """Count by label."""
    return _count([set(map(choice_name, t)) for t in truths], [set(map(choice_name, p)) for p in predicted])


def count_ancestors(truths: Sequence[Chosen], predicted: Sequence[Chosen]) -> LabelCounts:
    """Count by label, where a path stands for all that lead to it too.

    So a choice beside the right one is better than one in another branch (Kiritchenko, Matwin and Famili, "Functional
    annotation of genes using hierarchical text categorization", 2005: hierarchical precision and recall).
    """
    return _count(
        [set(map(choice_name, ancestors(t))) for t in truths], [set(map(choice_name, ancestors(p))) for p in predicted]
    )


def ancestors(chosen: Chosen) -> set[TreePath]:
    """Return the paths with all that lead to them."""
    return {path[:depth] for path in chosen for depth in range(1, len(path) + 1)}


def choice_statistics(truths: Sequence[Chosen], predicted: Sequence[Chosen]) -> Mapping[str, Statistic]:
    """Return accuracy (all that was chosen is the same), kappa and, where several may be chosen, their overlap."""
    said = [choice_names(t) for t in truths], [choice_names(p) for p in predicted]
    found = {"accuracy": mean_of([float(t == p) for t, p in zip(*said, strict=True)]), "kappa": kappa(*said)}
    if any(len(chosen) > 1 for chosen in (*truths, *predicted)):
        found["overlap"] = mean_of([jaccard(set(t), set(p)) for t, p in zip(truths, predicted, strict=True)])
    return found


def kappa(first: Sequence[str], second: Sequence[str]) -> Statistic:
    """Return Cohen's kappa: agreement beyond what chance gives (Cohen, "A coefficient of agreement …", 1960).

    It has no value where both say one and the same of all.
    """
    names = sorted({*first, *second})
    one, other = (
        np.array([[name == said for name in names] for said in all_said], dtype=np.float64)
        for all_said in (first, second)
    )
    agree = np.array([a == b for a, b in zip(first, second, strict=True)], dtype=np.float64)

    def statistic(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        observed = weights @ agree / total
        chance = ((weights @ one) * (weights @ other)).sum(axis=1) / total**2
        return ratio(observed - chance, np.where(chance > 1 - 1e-12, 0.0, 1 - chance))

    return statistic


def jaccard(first: Collection[object], second: Collection[object]) -> float:
    """Return the share of what either has that both have; 1 if neither has anything (Jaccard, 1901)."""
    one, other = set(first), set(second)
    return len(one & other) / len(one | other) if one | other else 1.0


def dice(first: Collection[object], second: Collection[object]) -> float:
    """Return the F1 of two sets, which is the same both ways; 1 if neither has anything (Dice, 1945)."""
    one, other = set(first), set(second)
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0


def confuse_choices(truths: Sequence[Chosen], predicted: Sequence[Chosen]) -> Counter[tuple[str, str]]:
    """Count what was chosen for what; of several choices those alone that one has and the other has not."""
    counts: Counter[tuple[str, str]] = Counter()
    for truth, guess in zip(truths, predicted, strict=True):
        both = {*truth} & {*guess}
        counts.update((choice_name(path), choice_name(path)) for path in both)
        lacking, needless = sorted({*truth} - both), sorted({*guess} - both)
        for path in lacking:
            counts.update((choice_name(path), choice_name(other)) for other in needless or [(NO_LABEL,)])
        if not lacking:
            counts.update((NO_LABEL, choice_name(other)) for other in needless)
    return counts


def _count(truths: Sequence[set[str]], predicted: Sequence[set[str]]) -> LabelCounts:
    both = [dict.fromkeys(t & p, 1.0) for t, p in zip(truths, predicted, strict=True)]
    return count_labels([dict.fromkeys(t, 1.0) for t in truths], [dict.fromkeys(p, 1.0) for p in predicted], both)
