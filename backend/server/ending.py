"""The end of the server: what runs is finished or queued within a set time."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from backend.engine.thread import EngineThread
from backend.queue.worker import QueueWorker
from backend.server.siblings import BACKLOG

ANSWER_AFTER = 0.8
"""Of that time, after which requests are answered with what is done: the rest is for the queue."""


@dataclass(frozen=True)
class RequestLimits:
    """What a request may take.

    Attributes:
        predict: seconds after which `/predict` answers with what is done, and `{}` for all else; Label Studio gives
            up after 100.
        stop: seconds that what is under way may take once the server is told to end.
        body: bytes of the longest that is read.
    """

    predict: float = 85.0
    stop: float = 5.0
    body: int = 64 * 2**20


class Ending:
    """What is done once the server is told to end.

    Args:
        runner: the engine, on its own thread.
        worker: works on the queue; None if there is none.
        seconds: that what is under way may take.
    """

    def __init__(self, runner: EngineThread, worker: QueueWorker | None, seconds: float) -> None:
        self._runner, self._worker, self._seconds = runner, worker, seconds
        self._until: float | None = None

    def begin(self) -> None:
        """Take nothing more out of the queue, and have requests answered before the time is over."""
        self._until = time.monotonic() + self._seconds
        self._runner.submit(self._wind_up())

    def left(self) -> float:
        """Return how many seconds are left; all of them if it has not begun."""
        return self._seconds if self._until is None else max(self._until - time.monotonic(), 0.0)

    async def _wind_up(self) -> None:
        engine = self._runner.engine
        if self._worker:
            self._worker.wind_up()
        asyncio.get_running_loop().call_later(ANSWER_AFTER * self._seconds, engine.wind_up)


class Server(uvicorn.Server):
    """uvicorn's, which tells the application that it ends before it waits for its requests."""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Begin: as uvicorn does. Of sockets that are shared it takes one connection at a time, the others' no less."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(BACKLOG)  # how many wait: `backlog` has told asyncio how many to take

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """End: as uvicorn does, once the application knows."""
        state = getattr(self.config.app, "state", None)
        if ending := getattr(state, "ending", None):
            ending.begin()
        await super().shutdown(sockets)


@contextmanager
def working(runner: EngineThread, worker: QueueWorker | None, ending: Ending) -> Iterator[None]:
    """Have the queue worked on while this lasts; then what is begun may take what time is left."""
    if worker is None:
        yield
        return
    running = runner.submit(worker.run())
    try:
        yield
    finally:
        runner.submit(worker.aclose(ending.left())).result()
        running.result()
