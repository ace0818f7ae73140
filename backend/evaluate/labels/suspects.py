"""Annotations that are probably wrong: those that sure predictions contradict, found by confident learning.

cleanlab does it (Northcutt, Jiang and Chuang, "Confident learning", 2021, arXiv 1911.00068): it learns from scores and
labels how often which label is given for which, and picks as many as that makes likely, the least likely first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.evaluate.labels.answers import WHOLE, MarkedSpan, Value
from backend.evaluate.labels.choices import NO_LABEL, choice_name
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
        given: what was annotated; `NO_LABEL` of a stretch that was left unmarked.
        likely: what is more likely right, by the predictions.
        quality: how likely it is that the annotation is right, 0 to 1.
    """

    control: str
    task: str
    annotation: str
    given: str = field(repr=False)
    likely: str = field(repr=False)
    quality: float = 0.0


Chances = Mapping[str, Sequence[float]]
"""Scores that versions gave, by the label that they predicted."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one annotation says where versions predicted a label."""

    task: str
    annotation: str
    given: str = field(repr=False)
    chances: Chances = field(repr=False)


def suspect_labels(sample: LabelSample) -> list[SuspectLabel]:
    """Return the annotations that are probably wrong, the least likely first.

    Only controls are looked at that have scored predictions: those of which each answer is one choice, and of spans the
    stretches that a version marks.
    """
    found = [suspect for control in sample.kinds for suspect in _of_control(sample, control)]
    return sorted(found, key=lambda suspect: (suspect.quality, suspect.control, suspect.task))


def _of_control(sample: LabelSample, control: str) -> list[SuspectLabel]:
    kind = sample.kinds[control]
    if kind not in ("choices", "taxonomy", "spans") or sample.is_offered(control):
        return []
    judged = list(_of_spans(sample, control) if kind == "spans" else _of_choices(sample, control))
    labels = sorted({one.given for one in judged} | {name for one in judged for name in one.chances})
    if len(judged) < FEWEST_LABELS or len(labels) < 2:
        return []
    chances = np.array([_spread(one.chances, labels) for one in judged])
    wrong, quality = _judge([labels.index(one.given) for one in judged], chances)
    likely = [labels[int(row.argmax())] for row in chances]
    return [
        SuspectLabel(control, judged[n].task, judged[n].annotation, judged[n].given, likely[n], float(quality[n]))
        for n in wrong
        if likely[n] != judged[n].given and likely[n] in judged[n].chances
    ]


def _of_choices(sample: LabelSample, control: str) -> Iterator[_Judged]:
    for task in sample.tasks:
        chances = _chances(task, control)
        for human in task.humans if chances else ():
            if label := _one(said(human.answer, control, WHOLE, sample.kinds[control])):
                yield _Judged(task.id, human.id, label, chances)


def _of_spans(sample: LabelSample, control: str) -> Iterator[_Judged]:
    """Yield what annotations say of each stretch that a version marks; one with other borders says nothing of it."""
    for task in sample.tasks:
        marked = _marked(task, control)
        for human in task.humans:
            own = list(_spans_of(said(human.answer, control, WHOLE, "spans")))
            for place, chances in marked.items():
                item, start, end = place
                there = [span for span in own if span.item == item and span.start < end and start < span.end]
                labels = {span.label if span[:3] == place else "" for span in there}
                if not there or (len(labels) == 1 and "" not in labels):
                    yield _Judged(task.id, human.id, labels.pop() if labels else NO_LABEL, chances)


def _marked(task: AnsweredTask, control: str) -> dict[tuple[str, int, int], Chances]:
    """Return the stretches that versions mark with a score, and with which labels."""
    found: dict[tuple[str, int, int], dict[str, list[float]]] = {}
    for model in task.models.values():
        for (name, span), score in model.answer.span_scores.items():
            if name == control:
                found.setdefault(span[:3], {}).setdefault(span.label, []).append(score)
    return dict(found)


def _spans_of(value: Value | None) -> Iterable[MarkedSpan]:
    return [span for span in value if isinstance(span, MarkedSpan)] if isinstance(value, frozenset) else ()


def _judge(given: Sequence[int], chances: Floats) -> tuple[list[int], Floats]:
    """Return which labels are probably wrong, and how likely each is right."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = np.array(given)
    wrong = find_label_issues(labels, chances, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(n) for n in wrong], get_label_quality_scores(labels, chances)


def _chances(task: AnsweredTask, control: str) -> Chances:
    """Return the scores of the labels that versions predicted for a task."""
    found: dict[str, list[float]] = {}
    for model in task.models.values():
        label = _one(model.answer.values.get((control, WHOLE)))
        score = model.answer.scores.get((control, WHOLE), model.score)
        if label and score is not None:
            found.setdefault(label, []).append(score)
    return found


def _spread(scores: Chances, labels: Sequence[str]) -> Floats:
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
