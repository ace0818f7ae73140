"""Many tasks side by side: so many at once, in order, until a time is over or nobody waits for them any more."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
CANCEL_AGAIN_S = 0.2
"""What has not ended by then is cancelled once more: it may have swallowed it."""
BEGUN_TOGETHER, PAUSE_S = 4, 0.001
"""So many are begun, with so many seconds between: neither the first nor who asks meanwhile waits for the last."""


class Batches:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._limits: set[asyncio.Timeout] = set()
        self.is_over = self._is_closed = False

    def end(self) -> None:
        """Let the time be over for all, at once and from now on."""
        self.is_over = True
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(0.0)

    async def run(
        self, items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int, until: float | None = None
    ) -> None:
        """Work on items until all are done, the time is over, or this is cancelled: then what is at work is ended.

        Args:
            items: none is taken before somebody is free to work on it, or after the time is over.
            work: what is done with one. What it raises ends all.
            at_once: how many are worked on at once.
            until: when it is over, by the loop's clock; None for never.
        """
        loop, waiting, is_over = asyncio.get_running_loop(), iter(items), False
        done: set[asyncio.Task[None]] = set()

        async def take() -> None:
            for item in waiting:
                await work(item)
                # a library may swallow that a task is cancelled, and work that ends of itself may be heard of first
                if is_over or (until is not None and loop.time() >= until):
                    break

        workers: list[asyncio.Task[None]] = []
        limit = asyncio.timeout_at(loop.time() if self.is_over else until)
        try:
            with suppress(TimeoutError):
                async with limit:
                    self._limits.add(limit)
                    await self._begin(take, at_once, workers)
                    done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            for worker in done:
                worker.result()
        finally:
            is_over = True
            self._limits.discard(limit)
            try:
                await end_tasks(workers)
            finally:
                self._running.difference_update(workers)

    async def _begin(
        self, take: Callable[[], Coroutine[Any, Any, None]], count: int, workers: "list[asyncio.Task[None]]"
    ) -> None:
        """Begin a few at a time, until all have begun, or are ended."""
        while len(workers) < count and not (workers and self._is_closed):
            few = min(BEGUN_TOGETHER, count - len(workers))
            workers += (begun := [asyncio.create_task(take()) for _ in range(few)])
            self._running.update(begun)
            await asyncio.sleep(PAUSE_S if len(workers) < count else 0)

    async def aclose(self) -> None:
        """End all, and begin none of those that have not begun."""
        self._is_closed = True
        await end_tasks(self._running)


async def end_tasks(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """End tasks, but for the one that asks, and see that they have ended."""
    ended = {task for task in tasks if task is not asyncio.current_task()}
    left = ended
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
    await asyncio.gather(*ended, return_exceptions=True)
