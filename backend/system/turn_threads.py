"""Threads that take the next work themselves: none is idle while there is any, however busy who hands it in."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from backend.system.lines import TURN, Lines, Turn

T = TypeVar("T")

COMPANY_S = 2.0
"""So long after somebody waited for one thing, or another key asked, one key is not taken to be alone."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is to be done.

    Attributes:
        turn: on whose behalf.
        future: what becomes of it.
    """

    do: Callable[[], Any]
    turn: Turn
    future: "Future[Any]"


class TurnThreads:
    """Thread-safe. What somebody waits for is done first, then each key's in turn, then what nobody waits for.

    Args:
        most: works at once; a thread is begun when there is work for it. If all are busy one more does what somebody
            waits for, so that it waits for nothing else, however long that takes.
        name: of the threads, before a number.
        alone: works at once while one key alone asks, and nobody waits for a single one; `most` if 0. More than cores
            keep them busy while some wait for others; but who waits meanwhile waits for all of them.
    """

    def __init__(self, most: int, name: str, alone: int = 0) -> None:
        self._most, self._alone, self._name = most, max(most, alone), name
        self._lines: Lines[_Work] = Lines(lambda one: one.future.cancelled())
        self._changed = threading.Condition()
        self._begun = self._idle = self._busy = 0
        self._asked: tuple[str, float] = ("", 0.0)
        self._company_until = 0.0
        self._has_spare = self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many works are not begun."""
        with self._changed:
            return len(self._lines)

    def submit(self, work: Callable[[], T], weight: int = 1) -> "Future[T]":
        """Have something done, in the turn of who asks.

        Args:
            work: whatever it raises stands in what is returned. It has the turn of who asks.
            weight: how many works of the same key are begun in a row, when it is the key's turn.

        Raises:
            RuntimeError: it is closed, or the system has no thread.
        """
        turn = TURN.get()
        one: _Work = _Work(work, turn, Future())
        with self._changed:
            if self._is_closed:
                raise RuntimeError("closed")
            self._see(turn)
            if self._begun < self._alone and len(self._lines) >= self._idle:
                threading.Thread(target=self._run, name=f"{self._name}_{self._begun}", daemon=True).start()
                self._begun += 1
            self._lines.join(turn, one, weight)
            self._changed.notify()
            if turn.is_urgent and self._busy >= self._limit() and not self._has_spare:
                threading.Thread(target=self._run_spare, name=f"{self._name}_spare", daemon=True).start()
                self._has_spare = True
        return one.future

    def _see(self, turn: Turn) -> None:
        """Note who asks, and whether it is alone."""
        (key, at), now = self._asked, time.monotonic()
        if turn.is_urgent or (turn.key != key and now < at + COMPANY_S):
            self._company_until = now + COMPANY_S
        self._asked = (turn.key, now)

    def _limit(self) -> int:
        """Return how many works may be done at once."""
        return self._most if time.monotonic() < self._company_until else self._alone

    def close(self) -> None:
        """End the threads when what they work at is done; what is not begun is cancelled."""
        with self._changed:
            self._is_closed = True
            for one in self._lines:
                one.future.cancel()
            self._changed.notify_all()

    def _run(self) -> None:
        while self._do_next():
            pass

    def _run_spare(self) -> None:
        """Do what somebody waits for, until there is none left."""
        while True:
            with self._changed:
                one = self._lines.next_urgent()
                if one is None:
                    self._has_spare = False
                    return
            if one.future.set_running_or_notify_cancel():
                _do(one)
            del one

    def _do_next(self) -> bool:
        """Wait for work and do it; say whether there may be more. Nothing of it is held once it is done."""
        with self._changed:
            self._idle += 1
            while not self._is_closed and not (len(self._lines) and self._busy < self._limit()):
                self._changed.wait(COMPANY_S if len(self._lines) else None)
            self._idle -= 1
            if self._is_closed:
                return False
            one = self._lines.next()
            self._busy += 1
        try:
            if one and one.future.set_running_or_notify_cancel():
                _do(one)
        finally:
            del one
            with self._changed:
                self._busy -= 1
                self._changed.notify()
        return True


def _do(one: _Work) -> None:
    TURN.set(one.turn)
    try:
        found = one.do()
    except BaseException as error:  # whatever it is, who waits hears of it, and the thread goes on
        one.future.set_exception(error)
        del one  # which the error would hold, and it the error
    else:
        one.future.set_result(found)
