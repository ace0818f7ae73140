"""The sample that is evaluated: tasks of one or several exports, side by side."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from backend.errors import RequestError
from backend.evaluate.labels.answers import Kind, label_parts
from backend.evaluate.labels.tasks import EXPORT, UNWRITTEN, AnsweredTask, BadTaskError, read_answered_task


@dataclass(frozen=True)
class LabelSample:
    """Annotated tasks that have predictions.

    Attributes:
        tasks: each with one annotation at least.
        unannotated: how many tasks have none.
    """

    tasks: tuple[AnsweredTask, ...]
    unannotated: int = 0

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The controls by name, in alphabetical order, and how each is compared."""
        found: dict[str, Kind] = {}
        for task in self.tasks:
            found |= task.kinds
        return dict(sorted(found.items()))

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """The model versions, in the order in which they come."""
        return tuple(dict.fromkeys(version for task in self.tasks for version in task.models))

    @cached_property
    def uncompared(self) -> tuple[str, ...]:
        """Types of results that nothing compares."""
        return tuple(sorted(frozenset().union(*(task.uncompared for task in self.tasks))))

    @cached_property
    def unwritten(self) -> int:
        """Of how many tasks the predictions are not all written out."""
        return sum(task.unwritten for task in self.tasks)

    @cached_property
    def annotators(self) -> int:
        """How many people annotated."""
        return len({human.annotator for task in self.tasks for human in task.humans})

    @cached_property
    def offered(self) -> frozenset[str]:
        """The texts in lists of the tasks' data: choices that a task brings with it stand there."""
        return frozenset(text for task in self.tasks for text in _listed(task.data, inside=False))

    def is_offered(self, control: str) -> bool:
        """Say whether a control's labels come from the tasks, so that they are texts of tasks."""
        if self.kinds[control] not in ("choices", "taxonomy", "spans"):
            return False
        answers = [
            a for t in self.tasks for a in (*(h.answer for h in t.humans), *(m.answer for m in t.models.values()))
        ]
        values = (value for answer in answers for (name, _), value in answer.values.items() if name == control)
        return any(label in self.offered for value in values for label in label_parts(value))

    def narrowed(self, controls: Sequence[str], versions: Sequence[str], *, blind: bool = False) -> "LabelSample":
        """Return the part that is asked for; all where nothing is named.

        Args:
            controls: names of controls.
            versions: model versions.
            blind: leave out what was annotated when a prediction could be seen.

        Raises:
            RequestError: there is no such thing.
        """
        _must_have("--control", controls, self.kinds)
        _must_have("--version", versions, self.versions)
        tasks = self.tasks
        if controls:
            tasks = tuple(replace(t, kinds={n: k for n, k in t.kinds.items() if n in controls}) for t in tasks)
        if versions:
            tasks = tuple(replace(t, models={v: t.models[v] for v in versions if v in t.models}) for t in tasks)
        if blind:
            tasks = tuple(replace(task, humans=tuple(h for h in task.humans if h.is_blind)) for task in tasks)
            tasks = tuple(task for task in tasks if task.humans)
            if not tasks:
                raise RequestError("--blind: no task was annotated before it had a prediction - see docs/evaluate.md")
        return LabelSample(tasks, self.unannotated)


def read_sample(files: Sequence[Path]) -> LabelSample:
    """Read exports, and lay them side by side.

    Raises:
        RequestError: names the file and the task, and what to do; never a text.
    """
    return make_sample({file: read_export(file) for file in files})


def make_sample(exports: Mapping[Path | str, Sequence[AnsweredTask]]) -> LabelSample:
    """Lay exports side by side: tasks that are the same become one, with the annotations and predictions of all.

    Tasks of one project are the same by their number, those of several by their data.

    Args:
        exports: the tasks by what they came from.

    Raises:
        RequestError: they have nothing to compare, or nothing in common.
    """
    by_number = len({task.project for tasks in exports.values() for task in tasks}) == 1
    together: dict[str, AnsweredTask] = {}
    for source, tasks in exports.items():
        named = _named_apart(source, tasks, exports, by_number=by_number)
        keyed = dict(zip(_keys(tasks, by_number=by_number), named, strict=True))
        if together and not together.keys() & keyed.keys():
            raise RequestError(f"{source}: is an export of another project: it has no task that the others have")
        for key, task in keyed.items():
            together[key] = _merged(together[key], task) if key in together else task
    annotated = tuple(task for task in together.values() if task.humans)
    sample = LabelSample(annotated, len(together) - len(annotated))
    _check(sample, " and ".join(map(str, exports)))
    return sample


def read_export(file: Path) -> list[AnsweredTask]:
    """Read all tasks of an export, annotated and not.

    Raises:
        RequestError: names the file and the task, and what to do; never a text.
    """
    problem = ""
    items: Any = None
    try:
        items = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}) - check its name and your rights"
    except (ValueError, RecursionError) as error:
        problem = f"is no JSON in UTF-8 (line {getattr(error, 'lineno', '?')}) - {EXPORT}"
    if not problem and (not isinstance(items, list) or not items):
        problem = f"holds no list of tasks - {EXPORT}"
    tasks = []
    for number, item in enumerate(items if not problem else (), 1):
        try:
            tasks.append(read_answered_task(item))
        except BadTaskError as error:
            problem = f"task no. {number} {error}"
            break
    if problem:
        raise RequestError(f"{file}: {problem}")
    return tasks


def _listed(value: Any, *, inside: bool) -> Iterator[str]:
    """Yield the texts that stand in lists."""
    if isinstance(value, str) and inside:
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _listed(part, inside=inside)
    elif isinstance(value, list):
        for part in value:
            yield from _listed(part, inside=True)


def _keys(tasks: Iterable[AnsweredTask], *, by_number: bool) -> list[str]:
    """Return what tells the tasks of an export apart, and finds the same ones in another."""
    seen: Counter[str] = Counter()
    keys = []
    for task in tasks:
        key = task.id if by_number and task.id else task.fingerprint
        seen[key] += 1
        keys.append(f"{key} {seen[key]}")
    return keys


def _named_apart(
    source: Path | str,
    tasks: Sequence[AnsweredTask],
    exports: Mapping[Path | str, Sequence[AnsweredTask]],
    *,
    by_number: bool,
) -> list[AnsweredTask]:
    """Write the source before a version that another project has too."""
    others = {v for other, found in exports.items() if other != source for task in found for v in task.models}
    if by_number or not others:
        return list(tasks)
    stem = source.stem if isinstance(source, Path) else source
    return [
        replace(task, models={f"{stem}: {v}" if v in others else v: said for v, said in task.models.items()})
        for task in tasks
    ]


def _merged(task: AnsweredTask, other: AnsweredTask) -> AnsweredTask:
    """Take what two exports say of one task together. Who annotated is known within a project alone."""
    humans = list(task.humans)
    if task.project == other.project or not humans:
        known = {human.id for human in humans}
        humans += [human for human in other.humans if not human.id or human.id not in known]
    models = {**task.models, **other.models}
    return replace(task, humans=tuple(humans), models=models, kinds={**task.kinds, **other.kinds})


def _check(sample: LabelSample, named: str) -> None:
    """Refuse a sample in which nothing can be compared."""
    if not sample.tasks:
        raise RequestError(f"{named}: no task is annotated - annotate some, or export them with their annotations")
    if not sample.versions and any(task.unwritten for task in sample.tasks):
        raise RequestError(f"{named}: {UNWRITTEN}")
    if not sample.versions:
        raise RequestError(
            f"{named}: no annotated task has a prediction - have them predicted (labelguard predict --project),"
            " and export them with their predictions"
        )
    if not sample.kinds:
        listed = ", ".join(sample.uncompared) or "none"
        raise RequestError(f"{named}: has no result that can be compared, only: {listed}")


def _must_have(option: str, asked: Sequence[str], there: Iterable[str]) -> None:
    known = list(there)
    if missing := [name for name in asked if name not in known]:
        raise RequestError(f"{option} {', '.join(missing)}: there is none - there are {', '.join(known)}")
