"""Works on what waits in the queue, under the policy in force: behind all that somebody waits for."""

import asyncio
import logging
import os
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from backend.engine.engine import Engine, Outcome
from backend.engine.project import ProjectPlan
from backend.errors import (
    AbandonedError,
    InternalError,
    LabelguardError,
    PolicyError,
    RefusedError,
    StoreError,
    UnreadableError,
)
from backend.labelstudio.types import Prediction, Task
from backend.queue.board import Job
from backend.queue.clicks import Access, Click
from backend.queue.delivery import Delivery
from backend.queue.entries import QueuedTask, Source
from backend.queue.passing import PAUSES_S, retry_pause, was_tried
from backend.queue.queue import HOLD_S, TaskQueue
from backend.system.batches import end_tasks

log = logging.getLogger("labelguard.queue")

AHEAD = 2
"""So many times the tasks are worked on that the largest provider answers at once: it never waits, and whoever opens a
task finds it begun, or free."""
MOST_STORED = 100
"""So many tasks take no place while they are stored: a slow Label Studio keeps no provider waiting, and the more go
together, the less of its time each takes."""
LOOK_EVERY_S = 2.0
"""Seconds between looks for what other processes have queued, or what is to be tried again."""
RENEW_EVERY_S = HOLD_S / 4
PURGE_EVERY_S = 60.0
MOST_TRIES = 2 * len(PAUSES_S)
"""Of a task that ends whoever works on it."""


class QueueWorker:
    """Belongs to one event loop: the engine's.

    Args:
        engine: predicts.
        queue: where tasks wait.
        delivery: stores their predictions; None where they are but kept, to be there when asked again.
    """

    def __init__(self, engine: Engine, queue: TaskQueue, delivery: Delivery | None = None) -> None:
        self._engine, self._queue, self._delivery = engine, queue, delivery
        self._holder = f"worker-{os.getpid()}-{uuid.uuid4().hex}"
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="queue")
        self._woken, self._looking = asyncio.Event(), asyncio.Lock()
        self._access = Access(queue, self._threads, self._woken.set, self._holder, delivery)
        self._working: dict[asyncio.Task[None], str] = {}
        self._storing: set[str] = set()
        self._ended = Counter[tuple[str, str]]()
        self._is_ending = False
        self._renew_at = self._purge_at = 0.0
        self._complained = False

    def click(self, job: ProjectPlan, tasks: Sequence[Task], seconds: float) -> Click:
        """Return what a request's tasks have to do with the queue.

        Args:
            job: the tasks' project.
            tasks: all of them, in order.
            seconds: for which the request may last.
        """
        return Click(self._access, job, tasks, seconds)

    async def jobs(self) -> list[Job]:
        """Return how each project stands.

        Raises:
            StoreError: the database cannot be asked.
        """
        return await self._access.do(self._queue.board.jobs)

    async def run(self) -> None:
        """Work until it is told to end."""
        while not self._is_ending:
            self._woken.clear()
            try:
                async with self._looking:
                    if not self._is_ending:
                        await self._keep_up()
                        await self._take()
                self._complained = False
            except LabelguardError as error:
                self._complain(error)
            except Exception as error:  # whatever it is: without this task nothing would go on
                self._complain(InternalError(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()

    def wind_up(self) -> None:
        """Begin nothing more."""
        self._is_ending = True
        self._woken.set()

    async def aclose(self, seconds: float = 0.0) -> None:
        """End, and let others have what is not done.

        Args:
            seconds: for which what is begun may go on.
        """
        self.wind_up()
        try:
            async with asyncio.timeout(seconds):
                while self._working:
                    await asyncio.wait(self._working, timeout=RENEW_EVERY_S)
                    await self._access.do(self._queue.renew, list(self._working.values()), self._holder)
        except (TimeoutError, StoreError):
            pass
        await end_tasks([*self._working, *self._access.late])
        if self._delivery:
            await self._delivery.aclose()
        try:
            async with self._looking:  # it may be taking some
                await self._access.do(self._queue.release, self._holder)
        except StoreError as error:
            self._complain(error)
        self._threads.shutdown(wait=False)

    async def _keep_up(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._working and now >= self._renew_at:
            await self._access.do(self._queue.renew, list(self._working.values()), self._holder)
            self._renew_at = now + RENEW_EVERY_S
        if now >= self._purge_at:
            await self._access.do(self._queue.purge)
            self._purge_at = now + PURGE_EVERY_S

    async def _take(self) -> None:
        """Take tasks, as soon as half of the places are free."""
        if self._is_ending or not self._has_room():
            return
        claimed = await self._access.do(self._queue.claim, self._holder, self._most() - self._places())
        for queued in () if self._is_ending else claimed:
            task = asyncio.create_task(self._work(queued))
            self._working[task] = queued.name
            task.add_done_callback(self._one_less)
        if not self._working and self._ended:
            self._tell()

    def _one_less(self, task: "asyncio.Task[None]") -> None:
        self._storing.discard(self._working.pop(task))
        self._wake()

    def _wake(self) -> None:
        if self._has_room():
            self._woken.set()

    def _has_room(self) -> bool:
        """Say whether half of the places are free."""
        return self._places() <= self._most() // 2

    def _places(self) -> int:
        """Return how many places are taken."""
        return len(self._working) - min(len(self._storing), MOST_STORED)

    def _most(self) -> int:
        """Return how many are worked on at a time."""
        return AHEAD * max((provider.concurrency for provider in self._engine.policy.providers), default=1)

    async def _work(self, queued: QueuedTask) -> None:
        try:
            outcome, holder = await self._predict(queued), self._holder
            if isinstance(outcome, Prediction) and self._delivery:
                holder = await self._access.do(self._queue.storing, queued.name, holder)
                outcome = await self._store(self._delivery, queued, outcome) if holder else outcome
            if holder:  # else a request has taken it, or another worker
                await self._end(queued, outcome, holder)
        except LabelguardError as error:  # nothing is lost: who takes it next has the answer
            self._complain(error)
        except Exception as error:
            self._complain(InternalError(error))

    async def _predict(self, queued: QueuedTask) -> Outcome:
        if queued.content is None:
            return UnreadableError()
        if queued.tries > MOST_TRIES:
            return AbandonedError(queued.tries - 1)
        source, task = queued.content
        try:
            job = await self._plan(source)
        except PolicyError as error:
            await self._engine.refuse(source.project, error, task.id)
            return error.bare()
        except LabelguardError as error:
            return error.bare()
        return await self._engine.predict_behind(job, task)

    async def _plan(self, source: Source) -> ProjectPlan:
        """Plan a project under the policy in force.

        Raises:
            PolicyError: it lets nothing be sent any more, or nothing be kept.
        """
        asked = source.label_config, source.project, source.path, source.title
        job = await self._access.do(self._engine.job, *asked)
        if not job.keeps_tasks:
            rules = [way.decision.rule for way in job.ways if not way.decision.keeps_tasks]
            raise RefusedError(rules[0], "it lets no task be kept, so that nothing is queued")
        return job

    async def _store(self, delivery: Delivery, queued: QueuedTask, prediction: Prediction) -> Outcome:
        """Store a prediction, if its task and project have numbers; whoever waits for that takes no place."""
        if not queued.project.isdecimal() or not queued.task:
            return prediction
        self._storing.add(queued.name)
        self._wake()
        try:
            await delivery.store(int(queued.project), int(queued.task), prediction)
        except LabelguardError as error:
            return error.bare()
        return prediction

    async def _end(self, queued: QueuedTask, outcome: Outcome, holder: str) -> None:
        """Write down how a task ended, or let it wait to be tried again."""
        if isinstance(outcome, Prediction):
            await self._access.do(self._queue.finish, queued.name, holder)
            self._count(queued, outcome)
        elif seconds := retry_pause(outcome, queued.tries):
            put_off = partial(self._queue.put_off, counts=was_tried(outcome))
            await self._access.do(put_off, queued.name, holder, outcome, seconds)
            self._engine.tally.behind(queued.project, "tried_again")
        else:
            await self._access.do(self._queue.fail, queued.name, holder, outcome)
            self._count(queued, outcome)

    def _count(self, queued: QueuedTask, outcome: Outcome) -> None:
        failure = outcome if isinstance(outcome, LabelguardError) else None
        self._ended[queued.project, f"{failure.code}: {failure.reason}" if failure else "done"] += 1
        self._engine.tally.behind(queued.project, failure.code if failure else "done")

    def _tell(self) -> None:
        """Log what became of the tasks since the queue was empty the last time."""
        for project in dict.fromkeys(project for project, _ in self._ended):
            log.info("project %s: %d tasks done behind", project, self._ended[project, "done"])
        for (project, what), count in self._ended.most_common():
            if what != "done":
                log.warning("project %s: %d tasks failed behind: %s", project, count, what)
        self._ended.clear()

    def _complain(self, error: LabelguardError) -> None:
        """Say it once: the queue is asked again all the same."""
        if not self._complained:
            self._complained = True
            log.warning("the queue does not go on: %s", error.reason)
