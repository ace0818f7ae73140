"""How far people agree with each other, and whether a model may stand in for one of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np

from backend.evaluate.labels.answers import Kind, Value
from backend.evaluate.labels.choices import ancestors, dice, jaccard
from backend.evaluate.labels.pairing import Annotations
from backend.evaluate.labels.resampling import Floats
from backend.evaluate.labels.scales import chrf, kendall

Similarity = Callable[[Any, Any], float]
FEWEST_EACH = 30
"""Places that an annotator must have answered for the t-test to be trusted."""
PENALTY = 0.2
"""How much better an annotator may be than a model that is to stand in for them, since it costs less: epsilon."""
FALSE_DISCOVERIES = 0.05
MOST_ANSWERS = 2_000
"""Different answers among which all distances are taken."""

SIMILARITY: Mapping[Kind, Similarity] = {
    "choices": jaccard,
    "taxonomy": lambda one, other: dice(ancestors(one), ancestors(other)),
    "spans": dice,
    "texts": chrf,
    "numbers": lambda one, other: -abs(one - other),
    "ranks": kendall,
}
"""How alike two answers are, by the kind of control: more is better."""


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """How far people agree.

    Attributes:
        places: how many were answered by two people at least.
        annotators: who answered any of them.
        alpha: Krippendorff's; nan where it says nothing.
        alike: the mean similarity of two people's answers; of numbers less their mean difference.
    """

    places: int
    annotators: int
    alpha: float
    alike: float

    @property
    def likeness(self) -> str:
        """How alike answers are, in words."""
        return f"mean difference {-self.alike:.2f}" if self.alike < 0 else f"mean likeness {self.alike:.3f}"


@dataclass(frozen=True, slots=True)
class AlternativeTest:
    """Whether a model may stand in for annotators.

    Attributes:
        annotators: who answered enough to be compared.
        winning_rate: the share of them whom the model beats, or nearly does.
        advantage: how often the model's answer is at least as close to the others' as the annotator's own.
        fewest: the smallest number of places that an annotator is compared on.
    """

    annotators: int
    winning_rate: float
    advantage: float
    fewest: int

    @property
    def passes(self) -> bool:
        """Whether it may: it wins against half of them at least."""
        return self.winning_rate >= 0.5


def human_agreement(annotations: Annotations, kind: Kind) -> HumanAgreement | None:
    """Say how far people agree; None where no two of them answered the same."""
    if not annotations:
        return None
    people = {name for _, _, values in annotations for name in values}
    alike = SIMILARITY[kind]
    means = [fmean(alike(a, b) for a, b in combinations(values.values(), 2)) for _, _, values in annotations]
    return HumanAgreement(len(annotations), len(people), krippendorff_alpha(annotations, kind), fmean(means))


def krippendorff_alpha(annotations: Annotations, kind: Kind) -> float:
    """Return Krippendorff's alpha: 1 less the disagreement that is seen over that which chance gives.

    Numbers are at a distance by an interval scale. All others are as far apart as they are unlike: 0 the same, 1
    without anything in common (Krippendorff, "Content Analysis", 2004, chapter 11; Passonneau, "Computing reliability
    for coreference annotation", 2004, has such distances of sets). nan where all answers are the same, there are over
    `MOST_ANSWERS` different ones, or they are texts.
    """
    units = [list(values.values()) for _, _, values in annotations if len(values) > 1]
    codes = {value: code for code, value in enumerate(dict.fromkeys(value for unit in units for value in unit))}
    if kind == "texts" or not 2 <= len(codes) <= MOST_ANSWERS:
        return float("nan")
    apart = _distances(list(codes), SIMILARITY[kind], squared=kind == "numbers")
    counts = np.zeros(len(codes))
    seen = 0.0
    for unit in units:
        said = np.array([codes[value] for value in unit])
        np.add.at(counts, said, 1)
        seen += float(apart[np.ix_(said, said)].sum()) / (len(said) - 1)
    by_chance = float(counts @ apart @ counts) / (counts.sum() - 1)
    return 1 - seen / by_chance if by_chance else float("nan")


def _distances(values: Sequence[Value], alike: Similarity, *, squared: bool) -> Floats:
    """Return how far all values are from each other; rankings in opposite order are 2 apart, numbers by the square."""
    found = np.zeros((len(values), len(values)))
    for one, other in combinations(range(len(values)), 2):
        likeness = alike(values[one], values[other])
        found[one, other] = found[other, one] = likeness**2 if squared else 1 - likeness
    return found


def alternative_test(
    annotations: Annotations, predicted: Mapping[tuple[int, str], Value], kind: Kind, penalty: float = PENALTY
) -> AlternativeTest | None:
    """Say whether a model may stand in for annotators: the alternative annotator test (arXiv 2501.10970, section 3).

    Each annotator is left out in turn. Where the model's answer is at least as close to the others' answers as theirs,
    the model wins. That it wins too seldom, by more than a penalty for what people cost, is rejected by a one-sided
    t-test, with the false discoveries of all annotators bounded (Benjamini and Yekutieli, 2001).

    Args:
        annotations: what several people said of the same.
        predicted: what the model said, by task and unit; where it said nothing, nothing is compared.
        kind: the control's.
        penalty: the paper's epsilon.

    Returns:
        None where no annotator answered `FEWEST_EACH` places together with others.
    """
    from scipy.stats import ttest_1samp

    wins = _wins(annotations, predicted, SIMILARITY[kind])
    compared = {name: found for name, found in wins.items() if len(found) >= FEWEST_EACH}
    if not compared:
        return None
    chances, advantages = [], []
    for found in compared.values():
        lead = np.array([human - model for model, human in found], dtype=np.float64)
        if np.ptp(lead) == 0:  # no spread, of which a t-test makes nothing
            chances.append(0.0 if lead[0] < penalty else 1.0)
        else:
            chances.append(float(ttest_1samp(lead, penalty, alternative="less").pvalue))
        advantages.append(fmean(model for model, _ in found))
    won = len(rejected(chances, FALSE_DISCOVERIES)) / len(compared)
    return AlternativeTest(len(compared), won, fmean(advantages), min(map(len, compared.values())))


def _wins(
    annotations: Annotations, predicted: Mapping[tuple[int, str], Value], alike: Similarity
) -> Mapping[str, list[tuple[bool, bool]]]:
    """Return for each annotator, place by place, whether the model is as close to the others, and whether they are."""
    found: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for task, unit, values in annotations:
        guess = predicted.get((task, unit))
        if guess is None:
            continue
        for name, own in values.items():
            others = [value for other, value in values.items() if other != name]
            ours, theirs = (fmean(alike(said, value) for value in others) for said in (guess, own))
            found[name].append((ours >= theirs, theirs >= ours))
    return found


def rejected(chances: Sequence[float], level: float) -> list[int]:
    """Return which hypotheses are rejected so that the false discoveries stay within a level, however they depend.

    Args:
        chances: their p-values.
        level: the share of false ones among them (Benjamini and Yekutieli, 2001, theorem 1.3).
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    harmonic = sum(1 / rank for rank in range(1, len(chances) + 1))
    bounds = [level * rank / (len(chances) * harmonic) for rank in range(1, len(chances) + 1)]
    last = max((n for n, i in enumerate(order, 1) if chances[i] <= bounds[n - 1]), default=0)
    return order[:last]
