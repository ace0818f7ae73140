"""Precision, recall and F1 from counts by unit and label (van Rijsbergen, "Information Retrieval", 1979, chapter 7).

Micro figures take the counts of all labels together; macro ones are the mean over the labels (Opitz and Burst, "Macro
F1 and Macro F1", arXiv 1911.03347: the mean of F1s, not F1 of means).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.evaluate.labels.resampling import Estimate, Floats, Resampling, Statistic, ratio


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well one label was given.

    Attributes:
        wanted: how often it is right by the truth.
        given: how often it was predicted.
    """

    label: str
    wanted: int
    given: int
    precision: float
    recall: float
    f1: Estimate


@dataclass(frozen=True)
class LabelCounts:
    """What was counted.

    Attributes:
        labels: the columns' labels.
        right, given, wanted: by unit and label: predicted and true, predicted, true. Partial credit makes fractions.
    """

    labels: tuple[str, ...]
    right: Floats = field(repr=False)
    given: Floats = field(repr=False)
    wanted: Floats = field(repr=False)

    def precision(self, weights: Floats) -> Floats:
        """Micro precision: the share of what was predicted that is right."""
        return ratio((weights @ self.right).sum(axis=1), (weights @ self.given).sum(axis=1))

    def recall(self, weights: Floats) -> Floats:
        """Micro recall: the share of what is right that was predicted."""
        return ratio((weights @ self.right).sum(axis=1), (weights @ self.wanted).sum(axis=1))

    def f1(self, weights: Floats) -> Floats:
        """Micro F1: the harmonic mean of both."""
        both = (weights @ self.given).sum(axis=1) + (weights @ self.wanted).sum(axis=1)
        return ratio(2 * (weights @ self.right).sum(axis=1), both)

    def f1_macro(self, weights: Floats) -> Floats:
        """Macro F1: the mean of the F1 of all labels that were predicted or are right."""
        by_label = ratio(2 * (weights @ self.right), weights @ self.given + weights @ self.wanted)
        there = ~np.isnan(by_label)
        return ratio(np.where(there, by_label, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64))

    def by_label(self, resampling: Resampling, tasks: Sequence[int]) -> list[LabelFigures]:
        """Return the figures of each label.

        Args:
            resampling: makes their intervals.
            tasks: of which task each unit is.
        """
        ones = np.ones((1, len(tasks)))
        found = []
        for column, label in enumerate(self.labels):
            alone = self.only([label]) if len(self.labels) > 1 else self
            found.append(
                LabelFigures(
                    label,
                    round(float(self.wanted[:, column].sum())),
                    round(float(self.given[:, column].sum())),
                    float(alone.precision(ones)[0]),
                    float(alone.recall(ones)[0]),
                    resampling.estimate(alone.f1, tasks),
                )
            )
        return found

    def only(self, labels: Iterable[str]) -> "LabelCounts":
        """Return the counts of some labels."""
        chosen = set(labels)
        columns = [column for column, label in enumerate(self.labels) if label in chosen]
        kept = tuple(self.labels[column] for column in columns)
        return LabelCounts(kept, self.right[:, columns], self.given[:, columns], self.wanted[:, columns])

    def statistics(self) -> Mapping[str, Statistic]:
        """Return the figures over all labels by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "f1_macro": self.f1_macro}


def count_labels(
    truths: Sequence[Mapping[str, float]],
    predicted: Sequence[Mapping[str, float]],
    right: Sequence[Mapping[str, float]],
) -> LabelCounts:
    """Lay out what was counted, unit by unit.

    Args:
        truths, predicted, right: for each unit, by label: how much is true, was predicted, and both.
    """
    labels = tuple(sorted({label for counts in (*truths, *predicted) for label in counts}))
    place = {label: column for column, label in enumerate(labels)}

    def laid_out(rows: Sequence[Mapping[str, float]]) -> Floats:
        table = np.zeros((len(rows), len(labels)))
        for row, counts in enumerate(rows):
            for label, count in counts.items():
                table[row, place[label]] = count
        return table

    return LabelCounts(labels, laid_out(right), laid_out(predicted), laid_out(truths))
