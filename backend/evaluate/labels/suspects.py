"""Annotations that are probably wrong: those that sure predictions contradict, found by confident learning.

cleanlab does it (Northcutt, Jiang and Chuang, "Confident learning", 2021, arXiv 1911.00068): it learns from scores and
labels how often which label is given for which, and picks as many as that makes likely, the least likely first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.evaluate.labels.answers import WHOLE, Value
from backend.evaluate.labels.choices import choice_name
from backend.evaluate.labels.pairing import said
from backend.evaluate.labels.resampling import Floats
from backend.evaluate.labels.sample import LabelSample
from backend.evaluate.labels.tasks import AnsweredTask

FEWEST_LABELS = 20
"""Annotations with a scored prediction, below which nothing is said."""


@dataclass(frozen=True, slots=True)
class SuspectLabel:
    """An annotation that is probably wrong.

    Attributes:
        task, annotation: their numbers in Label Studio, "" if they have none.
        given: what was annotated.
        likely: what is more likely right, by the predictions.
        quality: how likely it is that the annotation is right, 0 to 1.
    """

    control: str
    task: str
    annotation: str
    given: str = field(repr=False)
    likely: str = field(repr=False)
    quality: float = 0.0


def suspect_labels(sample: LabelSample) -> list[SuspectLabel]:
    """Return the annotations that are probably wrong, the least likely first.

    Only controls are looked at of which each answer is one choice, and that have scored predictions.
    """
    found = [suspect for control in sample.kinds for suspect in _of_control(sample, control)]
    return sorted(found, key=lambda suspect: (suspect.quality, suspect.control, suspect.task))


def _of_control(sample: LabelSample, control: str) -> list[SuspectLabel]:
    if sample.kinds[control] not in ("choices", "taxonomy") or sample.is_offered(control):
        return []
    given = [
        (task, human.id, label)
        for task in sample.tasks
        for human in task.humans
        if _chances(task, control) and (label := _one(said(human.answer, control, WHOLE, sample.kinds[control])))
    ]
    labels = sorted(
        {label for _, _, label in given} | {name for task, _, _ in given for name in _chances(task, control)}
    )
    if len(given) < FEWEST_LABELS or len(labels) < 2:
        return []
    chances = np.array([_spread(_chances(task, control), labels) for task, _, _ in given])
    wrong, quality = _judge([labels.index(label) for _, _, label in given], chances)
    return [
        SuspectLabel(
            control, given[n][0].id, given[n][1], given[n][2], labels[int(chances[n].argmax())], float(quality[n])
        )
        for n in wrong
        if labels[int(chances[n].argmax())] != given[n][2]
    ]


def _judge(given: Sequence[int], chances: Floats) -> tuple[list[int], Floats]:
    """Return which labels are probably wrong, and how likely each is right."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = np.array(given)
    wrong = find_label_issues(labels, chances, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(n) for n in wrong], get_label_quality_scores(labels, chances)


def _chances(task: AnsweredTask, control: str) -> Mapping[str, Sequence[float]]:
    """Return the scores of the labels that versions predicted for a task."""
    found: dict[str, list[float]] = {}
    for model in task.models.values():
        label = _one(model.answer.values.get((control, WHOLE)))
        score = model.answer.scores.get((control, WHOLE), model.score)
        if label and score is not None:
            found.setdefault(label, []).append(score)
    return found


def _spread(scores: Mapping[str, Sequence[float]], labels: Sequence[str]) -> Floats:
    """Return how likely each label is: the mean over the versions, each of which shares what is left evenly."""
    rows = []
    for label, of_label in scores.items():
        for score in of_label:
            row = np.full(len(labels), (1 - score) / (len(labels) - 1))
            row[labels.index(label)] = score
            rows.append(row)
    mean: Floats = np.mean(rows, axis=0)
    return mean


def _one(value: Value | None) -> str:
    """Return the label of an answer that is one choice, "" of any other."""
    if not isinstance(value, frozenset) or len(value) != 1:
        return ""
    (path,) = value
    return choice_name(path)  # type: ignore[arg-type]  # of choices
