"""A project's tasks, read from Label Studio, predicted, and their predictions stored there: without a click."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from backend.engine.engine import Engine
from backend.engine.project import ProjectPlan
from backend.engine.request_log import Outcome
from backend.errors import BatchedError, LabelguardError, PolicyError
from backend.labelstudio.api import LabelStudioApi, NewPrediction, StudioProject
from backend.labelstudio.types import Prediction

PAGE = 100
"""Tasks that are read and stored together."""
PAGES_AT_ONCE = 3
"""So that no provider waits while a page is read, or its last task predicted."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tasks of a project are predicted.

    Attributes:
        tab: the Data Manager's, whose filters choose; None for all of the project.
        every: whether also those that have a prediction of this version; theirs is replaced.
    """

    tab: int | None = None
    every: bool = False


@dataclass(slots=True)
class BulkReport:
    """What has come of the tasks so far.

    Attributes:
        found: how many were chosen.
        predicted: how many were predicted, of which those of a page are stored together.
        stored: how many predictions were stored, or were by another meanwhile.
        passed: how many tasks were passed by: they had a prediction, or are gone.
        failed: why a task has no prediction, by its number.
    """

    found: int = 0
    predicted: int = 0
    stored: int = 0
    passed: int = 0
    failed: dict[int, LabelguardError] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """How many tasks are done with."""
        return self.predicted + self.passed + len(self.failed)

    def reasons(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of the tasks that failed by the code of their failure, the most frequent first."""
        by_code: dict[str, list[int]] = defaultdict(list)
        for task, error in sorted(self.failed.items()):
            by_code[error.code].append(task)
        return dict(sorted(by_code.items(), key=lambda item: -len(item[1])))


class BulkRun:
    """Predicts a project's tasks in pages. Belongs to one event loop. It may be cancelled: what was done is stored.

    Args:
        engine: predicts, as it does for a click.
        api: reads and stores.
        project: whose tasks.
        path: the path prefix of the backend's URL, "" if there is none.

    Attributes:
        report: what has come of it so far.
        on_progress: is called whenever the report has changed.
    """

    def __init__(self, engine: Engine, api: LabelStudioApi, project: StudioProject, path: str = "") -> None:
        self.engine, self.api, self._project, self._path = engine, api, project, path
        self.on_progress: Callable[[], None] = lambda: None
        self.report = BulkReport()
        self._most: dict[int, int] = {}
        self._tried: set[int] = set()
        self._waiting: set[int] = set()

    async def run(self, selection: Selection) -> None:
        """Predict, page by page, until no task of the selection is left that was not tried.

        It may be called again, for those tasks that wait for their answer in a batch.

        Raises:
            LabelStudioError: it cannot be asked any more. What was stored stays.
            ConfigError, PolicyError: the project cannot be predicted.
        """
        job = await self._job()
        without = "" if selection.every else job.model_version
        self._tried -= self._waiting
        waited, self._waiting = self._waiting, set()
        while left := await self._left(selection, without, self._tried):
            self._tried.update(left)
            self._add(found=len(set(left) - waited))
            pages = _pages(left)
            await _side_by_side([self._work(job, pages, without) for _ in range(PAGES_AT_ONCE)])
        await self._settle(job.model_version, list(self._most))  # a click may have stored its own since

    async def _job(self) -> ProjectPlan:
        project = self._project
        title = project.title if self.engine.policy.asks_title else ""
        try:
            return await asyncio.to_thread(self.engine.job, project.label_config, project.reference, self._path, title)
        except PolicyError as error:
            await self.engine.refuse(project.reference, error)
            raise

    async def _left(self, selection: Selection, without: str, tried: set[int]) -> list[int]:
        listed = await self.api.task_ids(self._project.id, selection.tab, without)
        return [task for task in listed if task not in tried]

    async def _work(self, job: ProjectPlan, pages: Iterator[list[int]], without: str) -> None:
        for page in pages:
            await self._predict(job, page, without)

    async def _predict(self, job: ProjectPlan, page: Sequence[int], without: str) -> None:
        """Predict the tasks of a page and store what came of it, also if this is cancelled meanwhile."""
        tasks = await self.api.tasks(self._project.id, page, without)
        self._add(passed=len(page) - len(tasks))
        new: list[NewPrediction] = []

        def keep(index: int, outcome: Outcome) -> None:
            task = int(tasks[index].id)
            if isinstance(outcome, Prediction):
                new.append(NewPrediction(task, outcome))
                self._add(predicted=1)
            elif isinstance(outcome, BatchedError):
                self._waiting.add(task)
            else:
                self._fail({task: outcome})

        try:
            await self.engine.predict(job, [task.task() for task in tasks], keep)
        finally:
            if new:
                totals = {int(task.id): task.total_predictions for task in tasks}
                await _whole(self._store(job.model_version, new, totals, replace=not without))

    async def _store(
        self, version: str, new: Sequence[NewPrediction], totals: Mapping[int, int], *, replace: bool
    ) -> None:
        """Store predictions; in place of those of their version, or else beside the others that there are.

        Args:
            version: theirs.
            new: the predictions.
            totals: how many predictions each task had.
            replace: whether those that had one of this version get this one.
        """
        ours = [one.task for one in new]
        there = await self.api.predicted(self._project.id, ours, version) if replace else {}
        self._most |= {task: totals[task] + (task not in there) for task in ours}
        refused = await self.api.write(self._project.id, new, replace=replace)
        self._add(stored=len(new) - len(refused), predicted=-len(refused))
        self._fail(refused)
        await self._settle(version, ours)

    async def _settle(self, version: str, tasks: Sequence[int]) -> None:
        """Leave one prediction of a version to each task: a click, or another run, may have stored one meanwhile."""
        for page in _pages(tasks):
            totals = await self.api.predicted(self._project.id, page, version)
            for task, total in totals.items():
                if total > self._most[task]:
                    await self.api.keep_newest(task, version)

    def _add(self, **counts: int) -> None:
        for name, count in counts.items():
            setattr(self.report, name, getattr(self.report, name) + count)
        self.on_progress()

    def _fail(self, failed: Mapping[int, LabelguardError]) -> None:
        self.report.failed.update(failed)
        self.on_progress()


def _pages(tasks: Sequence[int]) -> Iterator[list[int]]:
    left = iter(tasks)
    while page := list(islice(left, PAGE)):
        yield page


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Do a work to its end, also if this is cancelled meanwhile."""
    working = asyncio.create_task(work)
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await working
        raise


async def _side_by_side(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do works side by side; if one fails, or this is cancelled, all others are ended, each once."""
    working = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(working, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for work in working:
            work.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    for work in working:
        if not work.cancelled():
            work.result()
