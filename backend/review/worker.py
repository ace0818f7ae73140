"""Works on webhooks as they came: one process of all that share a database at a time, each webhook once."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from itertools import groupby
from typing import Any, Protocol, TypeAlias

from backend.errors import InternalError, LabelguardError, LabelStudioError
from backend.labelstudio.events import WirePrediction
from backend.review.entries import Review, ReviewedProject
from backend.review.events import AnnotationFacts, EventKind, ReviewEvent, with_prediction
from backend.review.inbox import Inbox, WaitingEvent
from backend.review.reviews import Keeping, Learning, Reviews
from backend.review.tables import INBOX_PART, PART
from backend.store import Store, alone, writing

log = logging.getLogger("labelguard.review")

MOST = 100
"""Webhooks that are worked on together."""
LOOK_EVERY_S = 2.0
"""Seconds between looks for what other processes have taken."""
LINGER_S = 0.5
"""Seconds until what comes is worked on: what comes meanwhile goes together, and those who write it down go first."""
PURGE_EVERY_S = 60.0
ASK_EVERY_S = 3600.0
"""Seconds after which Label Studio is asked whether it still has a project: it tells of none that is deleted."""
PATIENCE_S = 900.0
"""Seconds for which a webhook waits for a Label Studio that cannot be asked for its prediction."""
CLOSE_S = 2.0
"""Seconds that what is under way may take once it is told to end."""
PAUSE_S = 15.0
"""Seconds until it is asked again."""


Judged: TypeAlias = tuple[WaitingEvent, list[Review]]


class Studio(Protocol):
    """What is asked of Label Studio. Belongs to one event loop; its methods raise `LabelStudioError`."""

    async def predictions(self, task: int) -> Sequence[WirePrediction]:
        """Return a task's predictions; none if the task is gone."""

    async def has_project(self, project: int) -> bool:
        """Say whether a project is still there."""

    async def aclose(self) -> None:
        """Close the connections."""


class ReviewWorker:
    """A thread of its own. Use `start` and `close`.

    Args:
        store: of `open_store`.
        inbox, reviews: in it.
        learning: asks the policy in force.
        studio: opens what asks Label Studio, on the thread's loop; None if nobody can be asked.
        now: tells Unix time.
    """

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        reviews: Reviews,
        learning: Learning,
        studio: Callable[[], Studio] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._inbox, self._reviews = store, inbox, reviews
        self._learning, self._open_studio, self._now = learning, studio, now
        self._woken, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="reviews", daemon=True)
        self._purge_at = self._pause_until = 0.0
        self._complained = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        inbox.on_arrival = self._woken.set

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; what is not done waits for the next start."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)
        self._cancel()  # it waits for Label Studio
        self._inbox.close()

    def _cancel(self) -> None:
        if self._thread.is_alive() and self._loop and self._task:
            with suppress(RuntimeError):  # it has just ended
                self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._work())

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        studio = self._open_studio() if self._open_studio else None
        async with aclosing(studio) if studio else _Nothing():
            while not self._ending.is_set():
                self._woken.clear()
                has_more = False
                try:
                    has_more = self._is_due() and await self._alone(studio)
                    self._complained = False
                except LabelguardError as error:
                    self._complain(error)
                except Exception as error:  # whatever it is: without this thread nothing would go on
                    self._complain(InternalError(error))
                if not has_more and await asyncio.to_thread(self._woken.wait, LOOK_EVERY_S):
                    await asyncio.to_thread(self._ending.wait, LINGER_S)

    def _is_due(self) -> bool:
        return self._now() >= self._purge_at or bool(self._inbox.take(1))

    async def _alone(self, studio: Studio | None) -> bool:
        with alone(self._store, "review-worker") as is_ours:
            return is_ours and await self.step(studio)

    async def step(self, studio: Studio | None = None) -> bool:
        """Work on what waits, and erase what is over; say whether more waits.

        Raises:
            StoreError: the database cannot be used; nothing is lost.
        """
        if self._now() >= self._purge_at:
            await self._purge(studio)
            self._purge_at = self._now() + PURGE_EVERY_S
        if self._now() < self._pause_until:
            return False
        waiting = self._inbox.take(MOST)
        done: list[Judged] = []
        for one in waiting:
            try:
                done.append(await self._judged(one, studio))
            except LabelStudioError as error:  # in order: what came later waits too
                self._pause_until = self._now() + PAUSE_S
                self._complain(error)
                break
        if done:
            self._write(done)
        return len(waiting) == MOST and len(done) == MOST

    async def _judged(self, waiting: WaitingEvent, studio: Studio | None) -> Judged:
        """Say what a webhook comes to; one that makes us fail comes to nothing, so that those behind it go on."""
        event = waiting.event
        if event is None:
            log.warning("a webhook is left out: it was encrypted under another secret")
            return waiting, []
        try:
            keeping = self._learning(event.project) if event.kind == "written" else None
            if keeping is None:
                return waiting, []
            found = [await self._with_prediction(one, waiting, studio) for one in event.annotations]
            return waiting, [self._reviews.judge(event.project.number, one, keeping) for one in found]
        except LabelStudioError:
            raise
        except Exception as error:
            log.warning("a webhook is left out: %s", InternalError(error).reason)
            return waiting, []

    async def _with_prediction(
        self, found: AnnotationFacts, waiting: WaitingEvent, studio: Studio | None
    ) -> AnnotationFacts:
        if found.predicted or studio is None:
            return found
        try:
            return with_prediction(found, await studio.predictions(found.task), self._reviews.entries)
        except LabelStudioError as error:
            if error.passes and self._now() < waiting.came + PATIENCE_S:
                raise
            self._complain(error)
            return found

    def _write(self, done: Sequence[Judged]) -> None:
        """Write down what webhooks come to, and take them out: both or neither."""
        with writing(self._store, INBOX_PART, PART) as connection:
            there = Inbox.drop(connection, [waiting.place for waiting, _ in done])
            told = [(one.event, found) for one, found in done if one.event and one.place in there]  # not forgotten
            for (kind, number), group in groupby(told, lambda one: (one[0].kind, one[0].project.number)):
                events, found = zip(*group, strict=True)
                self._apply(connection, kind, number, events, [review for part in found for review in part])

    def _apply(
        self, connection: Any, kind: EventKind, project: int, events: Sequence[ReviewEvent], found: Sequence[Review]
    ) -> None:
        """Write down what came of events of one kind in a project, one right behind the other."""
        numbers = [number for event in events for number in event.numbers]
        if kind == "written" and found and project:
            self._reviews.remember(connection, events[-1].project)
            self._reviews.write(connection, found)
        elif kind == "deleted" and numbers:
            self._reviews.forget(connection, project=project, annotations=numbers)
        elif kind == "tasks_deleted" and numbers:
            self._reviews.forget(connection, project=project, tasks=numbers)
        elif kind == "project_deleted" and project:
            self._reviews.forget(connection, project=project)

    async def _purge(self, studio: Studio | None) -> None:
        """Erase what is over, what the policy lets us keep no longer, and what Label Studio has no more."""
        projects = self._reviews.projects()
        told = [(number, self._keeping(project)) for project, number, _ in projects]
        late = [number for _, number, looked in projects if looked <= self._now() - ASK_EVERY_S]
        gone: set[int] = set()
        if studio is not None:
            with suppress(LabelStudioError):
                gone = {number for number in late if not await studio.has_project(number)}
        with writing(self._store, PART) as connection:
            self._reviews.erase(connection)
            for number, keeping in told:
                self._reviews.hold_to(connection, number, keeping)
            for number in late if studio is not None else ():
                if number in gone:
                    self._reviews.forget(connection, project=number)
                else:
                    self._reviews.looked(connection, number)

    def _keeping(self, project: ReviewedProject | None) -> Keeping | None:
        return self._learning(project) if project else None

    def _complain(self, error: LabelguardError) -> None:
        """Say it once: what waits is worked on all the same, sooner or later."""
        if not self._complained:
            self._complained = True
            log.warning("webhooks are not worked on: %s", error.reason)


class _Nothing:
    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None
