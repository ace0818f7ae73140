"""One thread that does together what many ask for, so that many cost hardly more than one: a group commit."""

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class GroupWorker(Generic[T]):
    """Thread-safe. What comes alone is done at once, and what comes while something is done goes together.

    Args:
        work: does what was handed in, in order, on the thread. It must raise nothing.
        name: the thread's.
        most: of them that are done together.
        gap_s: seconds from the end of one group to the begin of the next, at least: where nobody waits for it.
        idle_s: seconds without anything, after which `work` is called with nothing; None for never.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], None], name: str, most: int, gap_s: float = 0.0, idle_s: float | None = None
    ) -> None:
        self._work, self._most, self._gap_s, self._idle_s = work, most, gap_s, idle_s
        self._waiting: SimpleQueue[tuple[T, float] | None] = SimpleQueue()
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more."""
        return self._closing.is_set()

    def put(self, item: T, patience_s: float = 0.0) -> None:
        """Hand something in.

        Args:
            item: what is to be done.
            patience_s: seconds that it may wait for what it is done with.

        Raises:
            RuntimeError: it is closed.
        """
        with self._lock:
            if self._closing.is_set():
                raise RuntimeError("closed")
            self._waiting.put((item, time.monotonic() + patience_s))

    def close(self) -> None:
        """Do what was handed in, and take no more."""
        with self._lock:
            if not self._closing.is_set():
                self._closing.set()
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        ended, is_last = float("-inf"), False
        while not is_last:
            group: list[T] = []
            try:
                first = self._waiting.get(timeout=self._idle_s)
                self._closing.wait(max(ended + self._gap_s - time.monotonic(), 0.0))
                is_last = self._take(first, group)
            except Empty:
                pass
            if group or not is_last:
                self._work(group)
            ended = time.monotonic()

    def _take(self, first: tuple[T, float] | None, group: list[T]) -> bool:
        """Take what waits, and what comes while all of that may wait; say whether it was the last."""
        one, due = first, float("inf")
        while one is not None:
            group.append(one[0])
            due = min(due, one[1])
            if len(group) >= self._most:
                return False
            try:
                one = self._waiting.get(timeout=max(due - time.monotonic(), 0.0))
            except Empty:
                return False
        return True
