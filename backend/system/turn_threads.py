"""Threads that take the next work themselves: none is idle while there is any, however busy who hands it in."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from backend.system.lines import TURN, Lines

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is to be done.

    Attributes:
        future: what becomes of it.
    """

    do: Callable[[], Any]
    future: "Future[Any]"


class TurnThreads:
    """Thread-safe. What somebody waits for is done first, then each key's in turn, then what nobody waits for.

    Args:
        most: threads; each is begun when there is work for it. If all are busy one more does what somebody waits for,
            so that it waits for nothing else, however long that takes.
        name: theirs, before a number.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lines: Lines[_Work] = Lines(lambda one: one.future.cancelled())
        self._changed = threading.Condition()
        self._begun = self._idle = 0
        self._has_spare = self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many works are not begun."""
        with self._changed:
            return len(self._lines)

    def submit(self, work: Callable[[], T], weight: int = 1) -> "Future[T]":
        """Have something done, in the turn of who asks.

        Args:
            work: whatever it raises stands in what is returned.
            weight: how many works of the same key are begun in a row, when it is the key's turn.

        Raises:
            RuntimeError: it is closed, or the system has no thread.
        """
        one: _Work = _Work(work, Future())
        with self._changed:
            if self._is_closed:
                raise RuntimeError("closed")
            if self._begun < self._most and len(self._lines) >= self._idle:
                threading.Thread(target=self._run, name=f"{self._name}_{self._begun}", daemon=True).start()
                self._begun += 1
            turn = TURN.get()
            self._lines.join(turn, one, weight)
            self._changed.notify()
            if turn.is_urgent and self._begun == self._most and not self._idle and not self._has_spare:
                threading.Thread(target=self._run_spare, name=f"{self._name}_spare", daemon=True).start()
                self._has_spare = True
        return one.future

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
            self._changed.wait_for(lambda: self._is_closed or len(self._lines))
            self._idle -= 1
            if self._is_closed:
                return False
            one = self._lines.next()
        if one and one.future.set_running_or_notify_cancel():
            _do(one)
        return True


def _do(one: _Work) -> None:
    try:
        found = one.do()
    except BaseException as error:  # whatever it is, who waits hears of it, and the thread goes on
        one.future.set_exception(error)
        del one  # which the error would hold, and it the error
    else:
        one.future.set_result(found)
