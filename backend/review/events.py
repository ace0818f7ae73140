"""A webhook → what is worked on later: without text, unless the policy keeps annotations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any, Literal, TypeAlias

from backend.labelstudio.events import (
    ReviewedTask,
    WebhookRequest,
    WireAnnotation,
    WirePrediction,
    began_with,
)
from backend.review.entries import KeptAnnotation, ReviewedProject, ReviewEntries
from backend.review.facts import RegionFact, facts_of

EventKind: TypeAlias = Literal["written", "deleted", "tasks_deleted", "project_deleted"]

KINDS: Mapping[str, EventKind] = {
    "ANNOTATION_CREATED": "written",
    "ANNOTATIONS_CREATED": "written",
    "ANNOTATION_UPDATED": "written",
    "ANNOTATIONS_DELETED": "deleted",
    "TASKS_DELETED": "tasks_deleted",
    "PROJECT_DELETED": "project_deleted",
}
"""The events that are worked on: nothing hangs on others."""
PLAIN_VERSION = re.compile(r"[\w.:+-]{1,64}", re.ASCII)
OTHER_VERSION = "other"
"""In place of a model version that may be anything that somebody wrote."""


@dataclass(frozen=True, slots=True)
class PredictedFacts:
    """A prediction, without text.

    Attributes:
        version: its model version.
    """

    version: str
    facts: tuple[RegionFact, ...]

    @classmethod
    def of(cls, prediction: WirePrediction, entries: ReviewEntries) -> "PredictedFacts":
        """Read a prediction."""
        version = prediction.model_version
        version = version if PLAIN_VERSION.fullmatch(version) else OTHER_VERSION
        return cls(version, tuple(facts_of(prediction.result, entries.digest)))


@dataclass(frozen=True, slots=True)
class AnnotationFacts:
    """An annotation, without text unless it is to be kept.

    Attributes:
        parent: the number of the prediction that it began with, 0 if it names none.
        predicted: that prediction; None where it is not known yet.
        kept: the annotation itself; None where no rule keeps any.
    """

    annotation: int
    task: int
    made: float
    changed: float
    lead_s: float
    cancelled: bool
    ground_truth: bool
    parent: int
    facts: tuple[RegionFact, ...]
    predicted: PredictedFacts | None = None
    kept: KeptAnnotation | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """What happened.

    Attributes:
        project: where; its number is 0 if nobody says.
        annotations: those that were made or changed.
        numbers: of annotations or tasks that were deleted.
    """

    kind: EventKind
    project: ReviewedProject
    annotations: tuple[AnnotationFacts, ...] = ()
    numbers: tuple[int, ...] = ()

    def flat(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "kind": self.kind,
            "project": list(astuple(self.project)),
            "annotations": [_flat(one) for one in self.annotations],
            "numbers": list(self.numbers),
        }

    @classmethod
    def of_flat(cls, flat: Mapping[str, Any]) -> "ReviewEvent":
        """Read what `flat` returned."""
        annotations = tuple(map(_of_flat, flat["annotations"]))
        return cls(flat["kind"], ReviewedProject(*flat["project"]), annotations, tuple(flat["numbers"]))


def read_event(asked: WebhookRequest, path: str, entries: ReviewEntries, *, keeps_text: bool) -> ReviewEvent | None:
    """Read a webhook; None if nothing hangs on it.

    Args:
        asked: the webhook.
        path: the path prefix of its URL, "" if there is none.
        entries: make the keyed hashes.
        keeps_text: whether a rule of the policy keeps annotations.
    """
    kind = KINDS.get(asked.action)
    if kind is None:
        return None
    told = asked.project
    project = ReviewedProject(told.id, told.label_config, path, told.title)
    if kind == "written":
        data = {task.id: task.data for task in asked.tasks} if keeps_text else {}
        found = [
            annotation_facts(one, (), data.get(str(one.task)), entries)
            for one in asked.annotations
            if one.id and one.task
        ]
        return ReviewEvent(kind, project, tuple(found))
    if kind == "deleted":
        return ReviewEvent(kind, project, numbers=tuple(one.id for one in asked.annotations if one.id))
    if kind == "tasks_deleted":
        return ReviewEvent(kind, project, numbers=tuple(int(task.id) for task in asked.tasks if task.id))
    return ReviewEvent(kind, project)


def annotation_facts(
    annotation: WireAnnotation,
    predictions: Sequence[WirePrediction],
    data: Mapping[str, Any] | None,
    entries: ReviewEntries,
) -> AnnotationFacts:
    """Read an annotation.

    Args:
        annotation: as Label Studio gives it.
        predictions: those of its task that are known.
        data: the task's; None to leave out all text.
        entries: make the keyed hashes.
    """
    began = _told(annotation) or began_with(annotation.parent_prediction, annotation.created_at, predictions)
    who = entries.digest(["who", annotation.completed_by]) if annotation.completed_by else ""
    return AnnotationFacts(
        annotation.id,
        annotation.task,
        annotation.created_at,
        annotation.updated_at or annotation.created_at,
        float(annotation.lead_time) if 0 <= annotation.lead_time < 10**7 else 0.0,
        annotation.was_cancelled,
        annotation.ground_truth,
        annotation.parent_prediction,
        tuple(facts_of(annotation.result, entries.digest)),
        PredictedFacts.of(began, entries) if began else None,
        KeptAnnotation(annotation.result, dict(data), who) if data is not None else None,
    )


def facts_of_task(task: ReviewedTask, entries: ReviewEntries, *, keeps_text: bool) -> list[AnnotationFacts]:
    """Read all annotations of a task that the API gave."""
    data = task.data if keeps_text else None
    whole = [one.model_copy(update={"task": int(task.id)}) for one in task.annotations if one.id and task.id]
    return [annotation_facts(one, task.predictions, data, entries) for one in whole]


def with_prediction(
    found: AnnotationFacts, predictions: Sequence[WirePrediction], entries: ReviewEntries
) -> AnnotationFacts:
    """Return an annotation with the prediction that it began with, if it is among those of its task."""
    began = began_with(found.parent, found.made, predictions)
    return replace(found, predicted=PredictedFacts.of(began, entries)) if began else found


def _told(annotation: WireAnnotation) -> WirePrediction | None:
    """Return the prediction that Label Studio says was there, if the annotation did not begin with another."""
    told = annotation.prediction
    return told if told and told.id and annotation.parent_prediction in (0, told.id) else None


def _flat(found: AnnotationFacts) -> dict[str, Any]:
    said = {
        name: getattr(found, name)
        for name in ("annotation", "task", "made", "changed", "lead_s", "cancelled", "ground_truth", "parent")
    }
    said["facts"] = [fact.flat() for fact in found.facts]
    said["predicted"] = (
        [found.predicted.version, [fact.flat() for fact in found.predicted.facts]] if found.predicted else None
    )
    return said | {"kept": asdict(found.kept) if found.kept else None}


def _of_flat(flat: Mapping[str, Any]) -> AnnotationFacts:
    said = dict(flat)
    facts = tuple(map(RegionFact.of_flat, said.pop("facts")))
    predicted, kept = said.pop("predicted"), said.pop("kept")
    before = PredictedFacts(predicted[0], tuple(map(RegionFact.of_flat, predicted[1]))) if predicted else None
    return AnnotationFacts(**said, facts=facts, predicted=before, kept=KeptAnnotation(**kept) if kept else None)
