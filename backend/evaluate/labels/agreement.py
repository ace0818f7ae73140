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
    """Return Krippendorff's alpha (Krippendorff, "Content Analysis", 2004, chapter 11), by the package of that name.

    Numbers are at a distance by an interval scale. All others are as far apart as they are unlike: 0 the same, 1
    without anything in common (Passonneau, "Computing reliability for coreference annotation", 2004). nan where all
    answers are the same, there are over `MOST_ANSWERS` different ones, or they are texts.
    """
    import krippendorff

    people = sorted({name for _, _, values in annotations for name in values})
    codes: dict[Value, float] = {}
    table = np.full((len(people), len(annotations)), np.nan)
    for column, (_, _, values) in enumerate(annotations):
        for name, value in values.items():
            code = value if isinstance(value, float) else codes.setdefault(value, float(len(codes)))
            table[people.index(name), column] = code
    if kind == "texts" or len(codes) > MOST_ANSWERS or len(np.unique(table[~np.isnan(table)])) < 2:
        return float("nan")
    if kind == "numbers":
        return float(krippendorff.alpha(reliability_data=table, level_of_measurement="interval"))
    apart = _distances(list(codes), SIMILARITY[kind])

    def distance(_: Any, __: Any, *, i1: Any, i2: Any, **___: Any) -> Any:
        return apart[i1, i2]

    domain = np.arange(len(codes), dtype=np.float64)
    return float(krippendorff.alpha(reliability_data=table, value_domain=domain, level_of_measurement=distance))


def _distances(values: Sequence[Value], alike: Similarity) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return how far all values are from each other; rankings in opposite order are 2 apart."""
    found = np.zeros((len(values), len(values)))
    for one, other in combinations(range(len(values)), 2):
        found[one, other] = found[other, one] = 1 - alike(values[one], values[other])
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
