"""An engine whose clock goes on at a word: its deadlines come when a test says so, however slow the machine."""

import threading
import time

from backend.engine.engine import Engine
from backend.engine.thread import EngineThread

AWAY_S = 1000.0
"""Seconds until a deadline that comes in no other way."""


class MovedClock:
    """The clock of an engine's event loop.

    Args:
        engine: what runs on the loop.

    Attributes:
        runner: runs it.
    """

    def __init__(self, engine: Engine) -> None:
        self.runner = EngineThread(engine)
        self._ahead = 0.0
        self.runner._loop.time = lambda: time.monotonic() + self._ahead  # type: ignore[method-assign]

    def move(self, seconds: float = AWAY_S) -> None:
        """Let time go on, and return when the loop has seen it."""
        seen = threading.Event()

        def go_on() -> None:
            self._ahead += seconds
            self.runner._loop.call_later(0, seen.set)

        self.runner._loop.call_soon_threadsafe(go_on)
        seen.wait()
