"""How sure predictions were, who made them, and whether they were right: of annotated tasks, without any text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from backend.labelstudio.events import (
    ReviewedTask,
    WireAnnotation,
    WirePrediction,
    is_made_blind,
    is_of_labelguard,
    uncalibrated,
)
from backend.review.entries import ReviewEntries
from backend.review.events import PLAIN_VERSION
from backend.review.facts import MOST_REGIONS, RegionFact, facts_of
from backend.review.tables import CALIBRATIONS, SCORES, TRUSTS

UNJUDGED = frozenset({"textarea", "datetime", "relation"})
"""Results that need not be wrong where people write something else, or that have no score."""
UNSCORED, DETECTED = "", "detection"
"""Sources of the scores of what a model said without any, and of what detection marked."""
CHUNK = 256


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """A part of a prediction.

    Attributes:
        control: the control's name.
        source: how its score came, such as `tokens`; `DETECTED` where detection marked it, `UNSCORED` without one.
        raw: its score before it was calibrated, 0 to 1.
        is_right: whether the annotation has the same.
        label: a keyed hash of its label, "" if it has not one alone.
    """

    control: str = field(repr=False)
    source: str
    raw: float
    is_right: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class ScoredTask:
    """What a version said of a task, held against an annotation.

    Attributes:
        project, task, annotation: Label Studio's numbers.
        version: the model version, without the name of a calibration.
        is_blind: whether nobody could have seen a prediction who annotated.
    """

    project: int
    task: int
    annotation: int
    version: str
    is_blind: bool
    answers: tuple[ScoredAnswer, ...]


def scored_task(project: int, task: ReviewedTask, entries: ReviewEntries) -> list[ScoredTask]:
    """Hold a task's predictions against its annotation: the newest of each version of ours.

    Args:
        project: Label Studio's number.
        task: as the API gives it.
        entries: make the keyed hashes.
    """
    truth = _truth(task)
    if truth is None or not task.id:
        return []
    blind = is_made_blind(truth, task.predictions)
    said = {_key(fact) for fact in facts_of(truth.result, entries.digest)}
    newest = {
        uncalibrated(one.model_version): one
        for one in sorted(task.predictions, key=lambda one: (one.created_at, one.id))
        if is_of_labelguard(one) and PLAIN_VERSION.fullmatch(one.model_version)
    }
    return [
        ScoredTask(project, int(task.id), truth.id, version, blind, answers)
        for version, prediction in newest.items()
        if (answers := tuple(_answers(prediction, said, entries)))
    ]


def _truth(task: ReviewedTask) -> WireAnnotation | None:
    """Return the annotation that counts: ground truth, else a blind one, else the oldest."""
    found = [one for one in task.annotations if one.id and not one.was_cancelled]

    def rank(one: WireAnnotation) -> tuple[bool, bool, float]:
        return not one.ground_truth, not is_made_blind(one, task.predictions), one.created_at

    return min(found, key=rank, default=None)


def _answers(prediction: WirePrediction, said: set[tuple[str, ...]], entries: ReviewEntries) -> Iterator[ScoredAnswer]:
    for region in prediction.result[:MOST_REGIONS]:
        source, score = region.get("raw_score") or (UNSCORED, 0.0)
        for fact in facts_of([region], entries.digest):
            if fact.kind not in UNJUDGED:
                label = fact.labels[0] if len(fact.labels) == 1 else ""
                yield ScoredAnswer(fact.control, source, score, _key(fact) in said, label)


def _key(fact: RegionFact) -> tuple[str, ...]:
    return fact.control, fact.kind, fact.place, fact.value


class ScoreEntries:
    """Writes and reads what stands in the table.

    Args:
        entries: encrypt.
    """

    def __init__(self, entries: ReviewEntries) -> None:
        self._entries = entries

    def write(self, connection: Connection, project: int, tasks: Sequence[int], found: Sequence[ScoredTask]) -> None:
        """Write down what is known of some tasks of a project; what was known before goes."""
        forget_scores(connection, project=project, tasks=tasks)
        if found:
            connection.execute(insert(SCORES), list(map(self._row, found)))

    def read(self, connection: Connection, project: int) -> Iterator[ScoredTask]:
        """Yield what is known of a project, the newest task first; what is under another secret is left out."""
        asked = select(SCORES).where(SCORES.c.project == project).order_by(SCORES.c.task.desc(), SCORES.c.version)
        for row in connection.execute(asked).mappings():
            body = self._entries.open(row["body"], _beside(dict(row)))
            if body is not None:
                answers = tuple(ScoredAnswer(*one) for one in body)
                yield ScoredTask(project, row["task"], row["annotation"], row["version"], bool(row["blind"]), answers)

    def _row(self, found: ScoredTask) -> dict[str, Any]:
        row: dict[str, Any] = {name: getattr(found, name) for name in ("project", "task", "annotation", "version")}
        row["blind"] = int(found.is_blind)
        body = [[one.control, one.source, one.raw, one.is_right, one.label] for one in found.answers]
        return row | {"body": self._entries.close(body, _beside(row))}


def forget_scores(
    connection: Connection, *, project: int = 0, tasks: Sequence[int] = (), annotations: Sequence[int] = ()
) -> None:
    """Forget how sure predictions were: of tasks, by annotations, or all of a project with what it taught.

    Args:
        connection: of a transaction that writes.
        project: theirs, 0 for any.
        tasks, annotations: Label Studio's numbers.
    """
    of_project: list[ColumnElement[bool]] = [SCORES.c.project == project] if project else []
    for column, numbers in ((SCORES.c.task, tasks), (SCORES.c.annotation, annotations)):
        for start in range(0, len(numbers), CHUNK):
            connection.execute(delete(SCORES).where(*of_project, column.in_(numbers[start : start + CHUNK])))
    if project and not tasks and not annotations:
        for table in (SCORES, CALIBRATIONS, TRUSTS):
            connection.execute(delete(table).where(table.c.project == project))


def _beside(row: Mapping[str, Any]) -> list[Any]:
    """Return what stands beside in the open and is vouched for."""
    return ["scores", *(row[name] for name in ("project", "task", "annotation", "version", "blind"))]
