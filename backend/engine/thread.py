"""An engine on an event loop of its own, so that a server's loop stays free to answer (P12)."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from backend.engine.engine import Engine
from backend.system.batches import end_tasks

T = TypeVar("T")
CLOSE_S = 4.0
"""Seconds in which all calls are ended and the books closed."""


class EngineThread:
    """Use as a context manager; `submit` from any thread or loop.

    Args:
        engine: runs on the loop.
        loaded: is done when the engine can predict, see `starting_engine`; None if it can.
    """

    def __init__(self, engine: Engine, loaded: "Future[None] | None" = None) -> None:
        self.engine = engine
        self.loaded = loaded or _done()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)

    def __enter__(self) -> "EngineThread":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(TimeoutError):
            self.submit(self._close()).result(CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_S)
        if not self._thread.is_alive():
            self._loop.close()

    async def _close(self) -> None:
        await self.engine.aclose()
        # litellm leaves a worker of its own behind
        await end_tasks(asyncio.all_tasks())

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _done() -> "Future[None]":
    done: Future[None] = Future()
    done.set_result(None)
    return done
