"""A request's tasks and the queue: those that wait there are taken over, those that are not done go on behind."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from backend.engine.project import ProjectPlan
from backend.engine.request_log import Outcome
from backend.errors import InternalError, LabelguardError, StoredError, StoreError
from backend.labelstudio.types import Prediction, Task
from backend.queue.delivery import Delivery
from backend.queue.entries import Ended, Source
from backend.queue.passing import retry_pause
from backend.queue.queue import Held, TaskQueue

log = logging.getLogger("labelguard.queue")
T = TypeVar("T")

LOOK_EVERY_S = 0.5
"""How often a request looks whether a task is free that somebody else works on."""
MOST_ANSWERED = 100
"""Predictions of one answer, where others can be stored behind it. Label Studio stores those of an answer one by one
before its page hears of it: a thousand take a minute and more, and a proxy, or its own server, may end it by then."""
FEW = 100
"""Tasks of a request of which it is told at once how they stand; of more a thread tells."""
SPARE_S = 60.0
"""Seconds for which a request holds its tasks beyond its deadline."""
PATIENCE_S = 4.0
"""Seconds for which a request asks the database again that fails, such as while it is restarted."""
LATE_S = 900.0
"""Seconds for which it is asked again once the request is answered, so that what was not done is not lost."""
MOST_LATE = 100
"""Answered requests that wait for the database, with their tasks in memory."""


@dataclass(frozen=True, slots=True)
class Access:
    """The queue, for an event loop that waits for no database.

    Attributes:
        queue: where tasks wait.
        threads: do what waits for the database.
        nudge: called on the loop when tasks wait.
        worker: the holder of what is worked on in this process: a request takes it, and asks for nothing twice.
        delivery: writes what the queue has done into Label Studio; None if nothing does.
        late: requests that were answered while the database was away.
    """

    queue: TaskQueue
    threads: Executor
    nudge: Callable[[], None]
    worker: str
    delivery: Delivery | None
    late: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def do(self, work: Callable[..., T], *args: Any) -> T:
        """Have work done by a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(work, *args))


class Click:
    """One request. Belongs to one event loop; what the database refuses costs no prediction.

    Args:
        access: to the queue.
        job: the tasks' project.
        tasks: all of them, in order.
        seconds: for which the request may last.
    """

    def __init__(self, access: Access, job: ProjectPlan, tasks: Sequence[Task], seconds: float) -> None:
        self._access, self._queue = access, access.queue
        self._job, self._tasks, self._seconds = job, tasks, seconds
        self._source = source_of(job)
        self._holder = f"click-{uuid.uuid4().hex}"
        self._names: list[str] = []
        self._held = Held()

    async def open(self) -> None:
        """Take over those of the tasks that wait in the queue."""
        try:
            self._held = await self._persistently(self._take_over)
        except Exception as error:  # whatever it is, it costs no prediction
            self._complain(error)

    async def begin(self, index: int) -> None:
        """Wait until nobody else works on a task.

        Raises:
            StoredError: its prediction was stored in Label Studio by then.
            StoreError: the queue cannot be asked.
            LabelStudioError: nor can Label Studio, of what another was about to store.
        """
        name, held = self._names[index] if self._names else "", self._held
        has_waited = name in held.others
        while name in held.others:
            await asyncio.sleep(LOOK_EVERY_S)
            held = await self._access.do(self._hold, [name])
        delivery = self._access.delivery
        if delivery and (name in held.done or (has_waited and await self._is_stored(delivery, index))):
            raise StoredError

    async def _is_stored(self, delivery: Delivery, index: int) -> bool:
        """Say whether a task's prediction is stored: whoever worked on it may have been killed right after that."""
        task = self._tasks[index].id
        return task.isdecimal() and await delivery.has_stored(int(task), self._job.model_version)

    async def end(self, outcomes: Mapping[int, Outcome]) -> set[int]:
        """Write down what became of the tasks.

        Args:
            outcomes: by place; a task that is not there is to go on.

        Returns:
            The places of those that go on behind.
        """
        try:
            return await self._end(outcomes, PATIENCE_S)
        except StoreError as error:
            self._end_late(dict(outcomes), error)
        except Exception as error:  # whatever it is, what is done is answered
            self._complain(error)
        return set()

    async def _end(self, outcomes: Mapping[int, Outcome], seconds: float) -> set[int]:
        is_short = len(self._names) <= FEW
        ended = self._all_ended(outcomes) if is_short else await self._access.do(self._all_ended, outcomes)
        if not ended:
            return set()
        going_on = await self._persistently(self._settle, ended, seconds=seconds)
        if going_on:
            self._access.nudge()
        self._tell([one for one in ended if one.name in going_on and one.code])
        return {place for place, name in enumerate(self._names) if name in going_on}

    def _end_late(self, outcomes: Mapping[int, Outcome], problem: StoreError) -> None:
        """Go on asking the database when the request is answered."""

        async def end() -> None:
            try:
                going_on = await self._end(outcomes, LATE_S)
            except Exception as error:  # whatever it is, nobody waits for it
                self._complain(error)
            else:
                log.info("project %s: the database is there again, %d tasks go on", self._source.project, len(going_on))

        late = self._access.late
        if len(late) >= MOST_LATE:
            self._complain(problem)
            return
        log.warning("project %s: goes on behind once it can be written down: %s", self._source.project, problem.reason)
        task = asyncio.create_task(end())
        late.add(task)
        task.add_done_callback(late.discard)

    def _surplus(self, outcomes: Mapping[int, Outcome]) -> set[int]:
        """Return the places of predictions that are stored behind: their answers are kept, and cost nothing again."""
        if not (self._access.delivery and self._job.keeps_tasks and self._source.project.isdecimal()):
            return set()
        predicted = (place for place in sorted(outcomes) if isinstance(outcomes[place], Prediction))
        return {place for place in islice(predicted, MOST_ANSWERED, None) if self._tasks[place].id}

    def _tell(self, failed: Sequence[Ended]) -> None:
        """Log why tasks go on that were not only late."""
        for reason, count in Counter(f"{one.code}: {one.reason}" for one in failed).most_common():
            log.warning("project %s: %d tasks are tried again behind: %s", self._source.project, count, reason)

    def give_up(self) -> None:
        """Let others have what was taken over: who asked is gone. Waits for nothing."""
        if self._held.known - self._held.others:
            with suppress(RuntimeError):  # the server ends: nobody holds them any more in a while
                self._access.threads.submit(self._queue.release, self._holder)

    async def _persistently(self, work: Callable[..., T], *args: Any, seconds: float = PATIENCE_S) -> T:
        """Have work done, again for a while where the database fails."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            try:
                return await self._access.do(work, *args)
            except StoreError:
                if loop.time() >= end:
                    raise
            await asyncio.sleep(LOOK_EVERY_S)

    def _complain(self, error: Exception) -> None:
        reason = error.reason if isinstance(error, LabelguardError) else InternalError(error).reason
        log.warning("project %s: nothing goes on behind: %s", self._source.project, reason)

    def _take_over(self) -> Held:
        if not self._names:
            name, version = self._queue.entries.name, self._job.model_version
            self._names = [name(self._source, version, task) for task in self._tasks]
        return self._hold(self._names)

    def _hold(self, names: Sequence[str]) -> Held:
        return self._queue.hold(names, self._holder, self._seconds + SPARE_S, self._access.worker)

    def _all_ended(self, outcomes: Mapping[int, Outcome]) -> list[Ended]:
        """Return how the tasks stand of which anything is to be written down."""
        surplus, places = self._surplus(outcomes), range(len(self._names))
        stands = (self._ended(place, None if place in surplus else outcomes.get(place)) for place in places)
        return [one for one in stands if one]

    def _settle(self, ended: Sequence[Ended]) -> set[str]:
        job = self._job
        return self._queue.settle(self._holder, self._source, job.model_version, ended, keeps=job.keeps_tasks)

    def _ended(self, place: int, outcome: Outcome | None) -> Ended | None:
        """Return how a task stands; None if nothing is to be written down of it."""
        name, task = self._names[place], self._tasks[place]
        if isinstance(outcome, StoredError) or (isinstance(outcome, Prediction) and name not in self._held.known):
            return None
        if isinstance(outcome, LabelguardError):
            seconds = retry_pause(outcome, 1) if self._job.keeps_tasks else None
            return Ended(name, task, "waiting" if seconds else "failed", outcome.code, outcome.reason, seconds or 0.0)
        return Ended(name, task, "done" if outcome else "waiting")


def source_of(job: ProjectPlan) -> Source:
    """Return of what a project's plan is made."""
    about = job.subject
    return Source(job.label_config, about.project, about.path, about.title)
