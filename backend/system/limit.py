"""How long a thread's work may take. What it asks other processes for is ended when the time is over."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from backend.errors import DetectionError

T = TypeVar("T")


class Limit:
    """A time limit for work in a thread of its own.

    Args:
        seconds: from when the work begins.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = float("inf")
        self._lock = threading.Lock()
        self._is_over = False
        self._end: Callable[[], None] | None = None

    def run(self, work: Callable[[], T]) -> T:
        """Do work under this limit; raises what the work does."""
        self._until = time.monotonic() + self.seconds
        before = _LIMIT.set(self)
        try:
            return work()
        finally:
            _LIMIT.reset(before)

    def left(self) -> float:
        """Return how many seconds are left.

        Raises:
            DetectionError: none are.
        """
        left = self._until - time.monotonic()
        if self._is_over or left <= 0:
            raise self.error()
        return left

    def remaining(self) -> float:
        """Return how many seconds to wait for the work, from another thread: all of them if it has not begun."""
        until = self._until
        return self.seconds if until == float("inf") else until - time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no time pass while the work waits for what is loaded; then all of it begins."""
        self._until = float("inf")
        try:
            yield
        finally:
            self._until = time.monotonic() + self.seconds

    def over(self) -> None:
        """End what the work waits for, from another thread: the time is over, or nobody waits for it."""
        with self._lock:
            self._is_over = True
            if self._end:
                self._end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Say how what the work waits for is ended, while it waits.

        Args:
            end: quick, and may be called from any thread.
        """
        with self._lock:
            self._end = end
            if self._is_over:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._end = None

    def error(self) -> DetectionError:
        """Return what to tell of a task whose time is over."""
        remedy = "raise limits.detection_timeout_s or split the text"
        return DetectionError(f"detection took over {self.seconds:g} s - {remedy}")


_LIMIT: ContextVar[Limit | None] = ContextVar("limit", default=None)


def limit() -> Limit:
    """Return the limit of what this thread works at; one without end if there is none."""
    return _LIMIT.get() or Limit(float("inf"))
