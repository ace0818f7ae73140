"""Where annotations come from: those that the policy keeps, and exports of Label Studio."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.engine.learning import Planner
from backend.engine.project import ProjectPlan
from backend.errors import RequestError
from backend.labelstudio.events import ReviewedTask, WireAnnotation
from backend.labelstudio.reduce import parse
from backend.labelstudio.types import Task
from backend.review.entries import KeptAnnotation, Review, ReviewedProject
from backend.review.reviews import Reviews
from backend.system.disk import problem_of
from backend.system.writing import JSON

SKIPPED = "skipped by its annotator"
NOT_KEPT = "not kept: the policy says so, or its time is over"
UNANNOTATED = "without an annotation"
LACKING = "without a withheld field for which a rule asks: it is not kept"
UNCLEAN = "with a withheld field's value elsewhere in the task, where it could not be found"
NOT_ASKED = "annotated before a control was there that is asked now"
EXPORT_INSTEAD = "export the project from Label Studio, and name the file by --tasks"
EXPORT = "export the tasks from Label Studio as JSON, with their annotations"


@dataclass(frozen=True, slots=True)
class LearnableTask:
    """A task with what people said of it.

    Attributes:
        task: as the engine takes it.
        annotations: the results of each annotation that counts; where one is marked as ground truth, of such alone.
    """

    task: Task
    annotations: tuple[Sequence[JSON], ...] = field(repr=False)


def kept_project(reviews: Reviews, project: int) -> ReviewedProject:
    """Return what the policy is asked about a project of which annotations are known.

    Raises:
        RequestError: none is.
    """
    found = next((one for one, number, _ in reviews.projects() if number == project), None)
    if found is None:
        raise RequestError(f"no annotation of project {project} is known here - see labelguard annotations sync")
    return found


def kept_plan(plan: Planner, project: ReviewedProject) -> ProjectPlan:
    """Plan a project of which annotations are kept.

    A task's meta is not kept: a rule that asks for it would decide otherwise.

    Args:
        plan: under the policy in force.
        project: the project.

    Raises:
        RequestError: a rule asks for it. Names the rule.
        LabelguardError: the project cannot be planned, or a rule refuses all its tasks.
    """
    job = plan(project.label_config, str(project.number), project.path, project.title)
    for way in job.ways:
        if way.rule.match.form.meta:
            what = f"rule {way.decision.rule!r} asks for meta of tasks, which are not kept with annotations"
            raise RequestError(f"{what} - {EXPORT_INSTEAD}")
    return job


def lacking(job: ProjectPlan, kept: KeptAnnotation) -> str:
    """Say why a call made of what is kept would be another than its task's, "" if it would not.

    A field that a rule withholds is not kept. A rule that asks for it would decide otherwise; and where its value
    stands elsewhere in the task, or nobody looked whether it does, it would not be found there. What its annotator was
    not asked would stand there as if nothing applied.
    """
    if job.asks_for(kept.left_out):
        return LACKING
    if not kept.was_asked(control.from_name for control in job.plan.controls):
        return NOT_ASKED
    withholds = any(way.decision.withhold for way in job.ways)
    return UNCLEAN if not kept.is_clean and (withholds or kept.left_out) else ""


def kept_tasks(job: ProjectPlan, reviews: Iterable[Review], now: float, left_out: Counter[str]) -> list[LearnableTask]:
    """Return the tasks of a project of which annotations are kept.

    Args:
        job: the project's.
        reviews: of the project.
        now: Unix time.
        left_out: is told of annotations that do not count, by reason.
    """
    by_task: dict[int, list[Review]] = {}
    for review in reviews:
        kept = review.kept if review.expires > now else None
        reason = SKIPPED if review.cancelled else lacking(job, kept) if kept else NOT_KEPT
        if reason:
            left_out[reason] += 1
        else:
            by_task.setdefault(review.task, []).append(review)
    return [_kept(number, own) for number, own in sorted(by_task.items())]


def _kept(number: int, reviews: Sequence[Review]) -> LearnableTask:
    newest = max(reviews, key=lambda review: (review.changed, review.annotation))
    data = newest.kept.data if newest.kept else {}
    said = [(one.ground_truth, one.kept.result) for one in reviews if one.kept]
    return LearnableTask(Task(data, {}, str(number), is_annotated=True), _counted(said))


def _counted(said: Sequence[tuple[bool, Sequence[JSON]]]) -> tuple[Sequence[JSON], ...]:
    """Return the results that count: those of ground truth, if there is any."""
    truth = [results for is_truth, results in said if is_truth]
    return tuple(truth or [results for _, results in said])


def exported_tasks(file: Path, left_out: Counter[str]) -> list[LearnableTask]:
    """Return the annotated tasks of an export.

    Args:
        file: of Label Studio, as JSON.
        left_out: is told of tasks and annotations that do not count, by reason.

    Raises:
        RequestError: it is none; names the file, and never what stands in it.
    """
    tasks = []
    for item in _items(file):
        found = ReviewedTask.take(item)
        said = [one for one in found.annotations if not one.was_cancelled]
        left_out[SKIPPED] += len(found.annotations) - len(said)
        if said:
            task = Task(found.data, found.meta, found.id, is_annotated=True)
            tasks.append(LearnableTask(task, _counted([_said(one) for one in said])))
        elif not found.annotations:
            left_out[UNANNOTATED] += 1
    return tasks


def _said(annotation: WireAnnotation) -> tuple[bool, Sequence[JSON]]:
    return annotation.ground_truth, annotation.result


def _items(file: Path) -> list[Mapping[str, Any]]:
    problem, found = "", None
    items: list[Any]
    try:
        found = parse(file.read_bytes())
    except OSError as error:
        problem = problem_of(error)
    except ValueError:
        problem = "is no valid JSON, or holds too much"
    items = found if isinstance(found, list) else [found]
    if not problem and not all(isinstance(item, dict) and isinstance(item.get("data"), dict) for item in items):
        problem = "holds something that is no task with data"
    if problem:
        raise RequestError(f"{file} {problem} - {EXPORT}")
    return items
