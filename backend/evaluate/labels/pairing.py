"""What people said of a task beside what a model said of it: the pairs that every figure is made of."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from backend.evaluate.labels.answers import WHOLE, Kind, LabelAnswer, Value, is_of_kind
from backend.evaluate.labels.sample import LabelSample
from backend.evaluate.labels.tasks import AnsweredTask, HumanAnswer


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """A truth, and what was predicted.

    Attributes:
        task: its index in the sample.
        unit: which region it is about, `WHOLE` for the task.
        truth, predicted: None where nothing was said and nothing stands for that.
        is_blind: whether nobody whom the truth rests on could have seen a prediction.
        score: how sure the prediction was, None if unknown.
    """

    task: int
    unit: str
    truth: Value | None = field(repr=False)
    predicted: Value | None = field(repr=False)
    is_blind: bool
    score: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether both say the same."""
        return self.truth == self.predicted


def unsaid(kind: Kind) -> Value | None:
    """Return what an answer means that says nothing: no choice, no span, no text; None for numbers and rankings."""
    if kind in ("numbers", "ranks"):
        return None
    return "" if kind == "texts" else frozenset()


def said(answer: LabelAnswer, control: str, unit: str, kind: Kind) -> Value | None:
    """Return what an answer says at a place."""
    value = answer.values.get((control, unit))
    return value if value is not None and is_of_kind(value, kind) else unsaid(kind)


def units(answers: Sequence[LabelAnswer], control: str, kind: Kind) -> list[str]:
    """Return the units of a control about which any of the answers says something; of spans always the whole task."""
    found = {unit for answer in answers for name, unit in answer.values if name == control}
    return sorted(found | {WHOLE} if kind == "spans" else found)


def reference(task: AnsweredTask, control: str, unit: str, kind: Kind) -> tuple[Value | None, bool]:
    """Return the truth at a place, and whether it is blind.

    The truth is what the annotation says that is marked as ground truth, else what most annotations say; where as many
    say something else, what the oldest of them says.
    """
    trusted = [human for human in task.humans if human.is_truth][:1] or list(task.humans)
    votes = Counter(said(human.answer, control, unit, kind) for human in trusted)
    return votes.most_common(1)[0][0], all(human.is_blind for human in trusted)


def pairs(sample: LabelSample, control: str, version: str) -> list[AnswerPair]:
    """Return the pairs of a control and a version: of tasks that have a prediction of it.

    A place about which neither says anything is no pair, but that a text has no spans is.
    """
    kind = sample.kinds[control]
    found = []
    for index, task in enumerate(sample.tasks):
        model = task.models.get(version)
        if model is None:
            continue
        for unit in units([model.answer, *(human.answer for human in task.humans)], control, kind):
            truth, blind = reference(task, control, unit, kind)
            predicted = said(model.answer, control, unit, kind)
            if kind == "spans" or truth != predicted or truth != unsaid(kind):
                score = model.answer.scores.get((control, unit), model.score)
                found.append(AnswerPair(index, unit, truth, predicted, blind, score))
    return found


def unpredicted(sample: LabelSample, version: str) -> int:
    """Count the annotated tasks that have no prediction of a version."""
    return sum(version not in task.models for task in sample.tasks)


Annotations = Sequence[tuple[int, str, dict[str, Value]]]
"""Places that several people answered: the task's index, the unit, and what each annotator said."""


def several(sample: LabelSample, control: str) -> Annotations:
    """Return what several people said of the same, by annotator; of one who annotated a task twice the last."""
    kind = sample.kinds[control]
    found = []
    for index, task in enumerate(sample.tasks):
        if len({human.annotator for human in task.humans}) < 2:
            continue
        for unit in units([human.answer for human in task.humans], control, kind):
            values = _by_annotator(task.humans, lambda human, at=unit: said(human.answer, control, at, kind))  # type: ignore[misc]
            if len(values) > 1:
                found.append((index, unit, values))
    return found


def _by_annotator(humans: Sequence[HumanAnswer], take: Callable[[HumanAnswer], Value | None]) -> dict[str, Value]:
    return dict(_taken(humans, take))


def _taken(humans: Sequence[HumanAnswer], take: Callable[[HumanAnswer], Value | None]) -> Iterator[tuple[str, Value]]:
    for human in humans:
        value = take(human)
        if value is not None and human.annotator:
            yield human.annotator, value
