"""What is measured of each kind of control."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.evaluate.labels.answers import Kind
from backend.evaluate.labels.choices import choice_statistics, confuse_choices, count_ancestors, count_choices
from backend.evaluate.labels.counting import LabelCounts
from backend.evaluate.labels.resampling import Statistic, mean_of
from backend.evaluate.labels.scales import number_statistics, rank_statistics, text_statistics
from backend.evaluate.labels.spans import confuse_spans, count_characters, count_exact, count_partial

Confusion = Mapping[tuple[str, str], int]
"""How often what was predicted for what: by truth and prediction."""


@dataclass(frozen=True, slots=True)
class KindMeasures:
    """What is measured of a kind of control.

    Attributes:
        statistics: figures by name.
        counts: by label; None where there are none.
        others: figures that are shown after those of the counts.
        is_single: whether each answer is one label: then precision, recall and F1 are the same.
    """

    statistics: Mapping[str, Statistic]
    counts: LabelCounts | None = None
    others: Mapping[str, Statistic] = field(default_factory=dict)
    confusion: Confusion = field(default_factory=dict)
    is_single: bool = False

    def all_statistics(self, counts: LabelCounts | None) -> dict[str, Statistic]:
        """Return all figures by name, in the order in which they are shown.

        Args:
            counts: by the labels that count.
        """
        counted = dict(counts.statistics()) if counts else {}
        if self.is_single and counts is self.counts:
            counted = {name: counted[name] for name in ("f1", "f1_macro")}
        return {**self.statistics, **counted, **self.others}


def measure_kind(kind: Kind, truths: Sequence[Any], predicted: Sequence[Any]) -> KindMeasures:
    """Measure answers of one kind of control."""
    return _MEASURES[kind](truths, predicted)


def _choices(truths: Sequence[Any], predicted: Sequence[Any]) -> KindMeasures:
    counts, confusion = count_choices(truths, predicted), confuse_choices(truths, predicted)
    single = all(len(chosen) == 1 for chosen in (*truths, *predicted))
    return KindMeasures(choice_statistics(truths, predicted), counts, confusion=confusion, is_single=single)


def _taxonomy(truths: Sequence[Any], predicted: Sequence[Any]) -> KindMeasures:
    others = {"path_f1": count_ancestors(truths, predicted).f1}
    return replace(_choices(truths, predicted), others=others)


def _spans(truths: Sequence[Any], predicted: Sequence[Any]) -> KindMeasures:
    same = mean_of([float(t == p) for t, p in zip(truths, predicted, strict=True)])
    partial, overlap = count_partial(truths, predicted), count_characters(truths, predicted)
    others: Mapping[str, Statistic] = {"partial_f1": partial.f1, "overlap_f1": overlap.f1, "accuracy": same}
    return KindMeasures({}, count_exact(truths, predicted), others, confuse_spans(truths, predicted))


_MEASURES: Mapping[Kind, Callable[[Sequence[Any], Sequence[Any]], KindMeasures]] = {
    "choices": _choices,
    "taxonomy": _taxonomy,
    "spans": _spans,
    "texts": lambda truths, predicted: KindMeasures(text_statistics(truths, predicted)),
    "numbers": lambda truths, predicted: KindMeasures(number_statistics(truths, predicted)),
    "ranks": lambda truths, predicted: KindMeasures(rank_statistics(truths, predicted)),
}
