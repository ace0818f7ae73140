"""Tasks with what people and models say of them: from Label Studio's JSON, with no name of anybody."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.evaluate.labels.answers import Kind, LabelAnswer, probability, read_answer

NO_VERSION = "(no version)"
EXPORT = "export the project from Label Studio as JSON"
UNWRITTEN = "Label Studio's JSON has of predictions their numbers alone - name the project by --project, or export a\
 snapshot whose predictions are written out (docs/evaluate.md)"


class BadTaskError(Exception):
    """A task that cannot be compared: says what is wrong and what to do, without any text."""


@dataclass(frozen=True, slots=True)
class HumanAnswer:
    """An annotation.

    Attributes:
        annotator: a number for whoever made it; never a name.
        is_blind: whether there was no prediction yet that its annotator could have seen.
        is_truth: whether it is marked as ground truth.
        seconds: for which the task was open; None if nobody measured.
    """

    id: str
    annotator: str
    answer: LabelAnswer
    is_blind: bool
    is_truth: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A prediction.

    Attributes:
        score: how sure the whole is, None if nothing says so.
    """

    answer: LabelAnswer
    score: float | None = None


@dataclass(frozen=True, slots=True)
class AnsweredTask:
    """A task with its annotations and predictions.

    Attributes:
        id: its number, "" if it has none.
        project: its project's, likewise.
        humans: annotations that were not skipped, oldest first.
        models: predictions by model version, of each version the newest.
        kinds: of the controls that anybody answered.
        unwritten: whether it has predictions of which the export has the numbers alone.
    """

    id: str
    project: str
    data: Mapping[str, Any] = field(repr=False)
    humans: tuple[HumanAnswer, ...]
    models: Mapping[str, ModelAnswer]
    kinds: Mapping[str, Kind]
    unwritten: bool = False

    @property
    def fingerprint(self) -> str:
        """A hash of its data: the same in every project that it was imported into."""
        written = json.dumps(self.data, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(written.encode()).hexdigest()

    @property
    def uncompared(self) -> frozenset[str]:
        """Types of results that nothing compares."""
        answers = [human.answer for human in self.humans] + [model.answer for model in self.models.values()]
        return frozenset().union(*(answer.uncompared for answer in answers))


def read_answered_task(item: Any) -> AnsweredTask:
    """Read a task of an export.

    Raises:
        BadTaskError: it is something else, or without what people and models said.
    """
    if not isinstance(item, dict) or not isinstance(item.get("data"), dict):
        raise BadTaskError(f"is no task with data, as JSON-MIN and CSV have none - {EXPORT}")
    annotations = _parts(item, "annotations")
    if not all(isinstance(annotation, dict) for annotation in annotations):
        raise BadTaskError(f"has of its annotations their numbers alone - {EXPORT}, with the annotations written out")
    given = _parts(item, "predictions")
    predictions = [prediction for prediction in given if isinstance(prediction, dict)]
    humans, models = [], {}
    kinds: dict[str, Kind] = {}
    for annotation in sorted(annotations, key=_age):
        if not annotation.get("was_cancelled") and isinstance(annotation.get("result"), list):
            answer, found = read_answer(annotation["result"])
            kinds |= found
            humans.append(_human(annotation, answer, given))
    for prediction in sorted([*_noted(annotations), *predictions], key=_age):
        if isinstance(prediction.get("result"), list):
            answer, found = read_answer(prediction["result"])
            kinds |= found
            models[_version(prediction)] = ModelAnswer(answer, probability(prediction.get("score")))
    return AnsweredTask(
        _number(item, "id"),
        _number(item, "project"),
        item["data"],
        tuple(humans),
        models,
        kinds,
        unwritten=len(predictions) < len(given),
    )


def _noted(annotations: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the predictions that Label Studio noted with annotations: those of the version that the project shows."""
    noted = (annotation.get("prediction") for annotation in annotations)
    yield from (prediction for prediction in noted if isinstance(prediction, dict) and prediction)


def is_blind(annotation: Mapping[str, Any], predictions: Sequence[Any]) -> bool:
    """Say whether an annotation was made, and changed last, before there was any prediction that it could follow.

    Label Studio notes the prediction that an annotation began with (`parent_prediction`), what it took for the one
    that was looked at (`prediction`), and of each result whether it came from one (`origin`). Where it notes nothing,
    their times decide. When in doubt it is not blind.
    """
    if annotation.get("parent_prediction") or annotation.get("prediction"):
        return False
    if any(isinstance(r, dict) and str(r.get("origin", "")).startswith("prediction") for r in annotation["result"]):
        return False
    if not predictions:
        return True
    made = [_time(annotation.get(key)) for key in ("created_at", "updated_at") if annotation.get(key)]
    foretold = [_time(p.get("created_at")) if isinstance(p, dict) else None for p in predictions]
    times = [*made, *foretold]
    known = [time for time in times if time is not None]
    if not made or len(known) < len(times):
        return False
    return max(known[: len(made)]) < min(known[len(made) :])


def _human(annotation: dict[str, Any], answer: LabelAnswer, predictions: Sequence[Any]) -> HumanAnswer:
    seconds = annotation.get("lead_time")
    by = annotation.get("completed_by")
    by = by.get("id") if isinstance(by, dict) else by
    return HumanAnswer(
        id=_number(annotation, "id"),
        annotator=str(by) if isinstance(by, int) else "",
        answer=answer,
        is_blind=is_blind(annotation, predictions),
        is_truth=annotation.get("ground_truth") is True,
        seconds=float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None,
    )


def _parts(item: Mapping[str, Any], key: str) -> list[Any]:
    """Return the annotations or the predictions of a task, or their numbers."""
    given = item.get(key) or []
    if not isinstance(given, list):
        raise BadTaskError(f"its {key} are no list - {EXPORT}")
    return given


def _age(part: Mapping[str, Any]) -> tuple[int, str]:
    number = part.get("id")
    return (number if isinstance(number, int) else 0, str(part.get("created_at") or ""))


def _version(prediction: Mapping[str, Any]) -> str:
    given = prediction.get("model_version")
    return given if isinstance(given, str) and given.strip() else NO_VERSION


def _number(item: Mapping[str, Any], key: str) -> str:
    found = item.get(key)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def _time(written: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else None
