"""What Label Studio tells of reviews: its webhooks, and annotations and predictions as its API gives them.

What is not named here is dropped: tokens, user names, e-mail addresses, comments and drafts (P11).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from backend.labelstudio.reduce import reduced_annotation, reduced_prediction
from backend.labelstudio.requests import WireModel, WireTask

EVENTS = frozenset(
    {
        "ANNOTATION_CREATED",
        "ANNOTATION_UPDATED",
        "ANNOTATIONS_CREATED",
        "ANNOTATIONS_DELETED",
        "TASKS_CREATED",
        "TASKS_DELETED",
        "PROJECT_CREATED",
        "PROJECT_UPDATED",
        "PROJECT_DELETED",
        "START_TRAINING",
    }
)
OURS, CALIBRATED = "labelguard-", "."
"""What our model versions begin with, and what stands before the name of a calibration of their scores."""
LARGEST = 2**53
"""Numbers of Label Studio's are below it, here as in its browser pages."""


def _number(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST else 0


def _regions(value: Any) -> Any:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _time(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _words(value: Any) -> Any:
    return value if isinstance(value, str) else ""


def _mapping(reduced: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    return lambda value: reduced(value) if isinstance(value, dict) and value else None


Number = Annotated[int, BeforeValidator(_number)]
"""0 where there is none."""
UnixTime = Annotated[float, BeforeValidator(_time)]
RegionList = Annotated[list[dict[str, Any]], BeforeValidator(_regions), Field(repr=False)]
Words = Annotated[str, BeforeValidator(_words), Field(repr=False)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]


class WirePrediction(WireModel):
    """A prediction that is stored in Label Studio."""

    id: Number = 0
    result: RegionList = Field(default_factory=list, repr=False)
    model_version: Words = ""
    created_at: UnixTime = 0.0


class WireAnnotation(WireModel):
    """An annotation.

    Attributes:
        completed_by: the number of who made it.
        prediction: the one that was there when it was made, where Label Studio says so.
        parent_prediction: the number of the one that it began with.
        lead_time: seconds that it took, 0 if nobody says.
        follows: whether a region of it comes from a prediction.
    """

    id: Number = 0
    task: Number = 0
    result: RegionList = Field(default_factory=list, repr=False)
    was_cancelled: Flag = False
    ground_truth: Flag = False
    created_at: UnixTime = 0.0
    updated_at: UnixTime = 0.0
    lead_time: Annotated[float, BeforeValidator(lambda value: value if isinstance(value, float | int) else 0)] = 0.0
    completed_by: Number = 0
    parent_prediction: Number = 0
    follows: Flag = False
    prediction: Annotated[WirePrediction | None, BeforeValidator(_mapping(dict)), Field(repr=False)] = None


class WebhookProject(WireModel):
    """The project that an event is of; 0 if it names none."""

    id: Number = 0
    title: Words = ""
    label_config: Words = ""


class WebhookRequest(WireModel):
    """POST /webhook, as `backend.labelstudio.reduce` leaves it: one or many of each stand in a list."""

    action: Words = ""
    project: Annotated[WebhookProject, BeforeValidator(lambda value: value if isinstance(value, dict) else {})] = Field(
        default_factory=WebhookProject, repr=False
    )
    annotations: list[WireAnnotation] = Field(default_factory=list, repr=False)
    tasks: list[WireTask] = Field(default_factory=list, repr=False)


class ReviewedTask(WireTask):
    """A task with what was done about it, as the API gives it: reduced as webhooks are."""

    annotations: Annotated[
        list[WireAnnotation], BeforeValidator(lambda value: list(map(reduced_annotation, _regions(value))))
    ] = Field(default_factory=list, repr=False)
    predictions: Annotated[
        list[WirePrediction], BeforeValidator(lambda value: list(map(reduced_prediction, _regions(value))))
    ] = Field(default_factory=list, repr=False)


def began_with(parent: int, made: float, predictions: Sequence[WirePrediction]) -> WirePrediction | None:
    """Return the prediction that an annotation began with, as far as can be told.

    Args:
        parent: the number of the one that the annotation names, 0 if it names none; it is the newest of ours then that
            was there before it.
        made: when the annotation was made, Unix time.
        predictions: those of its task that are known.
    """
    if parent:
        return next((one for one in predictions if one.id == parent), None)
    before = [one for one in predictions if is_of_labelguard(one) and one.created_at <= made]
    return max(before, key=lambda one: (one.created_at, one.id), default=None)


def is_made_blind(annotation: WireAnnotation, predictions: Sequence[WirePrediction]) -> bool:
    """Say whether an annotation was made, and changed last, before there was any prediction that it could follow.

    When in doubt it is not blind: as `labelguard evaluate` judges an export.

    Args:
        annotation: the annotation.
        predictions: all of its task.
    """
    if annotation.parent_prediction or annotation.prediction or annotation.follows or not annotation.created_at:
        return False
    last = max(annotation.created_at, annotation.updated_at)
    return all(prediction.created_at > last for prediction in predictions)


def uncalibrated(version: str) -> str:
    """Return a model version without the name of the calibration of its scores: what it answers is the same."""
    return version.partition(CALIBRATED)[0] if version.startswith(OURS) else version


def is_of_labelguard(prediction: WirePrediction) -> bool:
    """Say whether a prediction is one of Labelguard's."""
    return prediction.model_version.startswith(OURS)
