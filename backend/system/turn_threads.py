"""Threads that take the next work themselves: none is idle while there is any, however busy who hands it in."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from backend.system.lines import TURN, Lines, Turn
from backend.system.shared_places import LOOK_EVERY_S, SharedPlaces

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
        shared: with other processes, if there are any that have such threads: all together do so many works at once.
    """

    def __init__(self, most: int, name: str, alone: int = 0, shared: SharedPlaces | None = None) -> None:
        self._most, self._alone, self._name, self._shared = most, max(most, alone), name, shared
        self._lines: Lines[_Work] = Lines(lambda one: one.future.cancelled())
        self._changed = threading.Condition()
        self._begun = self._idle = self._busy = 0
        self._asked: tuple[str, float] = ("", 0.0)
        self._company_until = 0.0
        self._has_spare = self._is_closed = self._is_looking = False

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
            if turn.is_urgent and not self._has_spare and not self._has_room():
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

    def _has_room(self) -> bool:
        """Say whether a work is begun at once: where other processes are at work, it may have to wait."""
        return self._busy < self._limit() and not (self._shared and self._shared.held_by_others)

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
            while not self._is_closed and not self._enter():
                self._wait()
            self._idle -= 1
            if self._is_closed:
                return False
            one = self._lines.next()
            if self._shared and self._lines:
                self._changed.notify()  # there may be more room than this
        try:
            if one and one.future.set_running_or_notify_cancel():
                _do(one)
        finally:
            del one
            with self._changed:
                self._busy -= 1
                if self._shared:
                    self._shared.leave()
                self._changed.notify()
        return True

    def _enter(self) -> bool:
        """Take a place for a work that waits, if there is one."""
        limit = self._limit()
        has_room = bool(self._lines) and self._busy < limit
        if self._shared:
            self._shared.most = limit
            if not has_room:
                self._shared.wait_no_more()
            elif not self._shared.enter():
                return False
        self._busy += has_room
        return has_room

    def _wait(self) -> None:
        """Wait until things may have changed. Since nobody tells when other processes leave, one thread looks often."""
        if not self._lines:
            self._changed.wait()
        elif self._shared and not self._is_looking and self._busy < self._limit():
            self._is_looking = True
            self._changed.wait(LOOK_EVERY_S)
            self._is_looking = False
        else:
            self._changed.wait(COMPANY_S)


def _do(one: _Work) -> None:
    TURN.set(one.turn)
    try:
        found = one.do()
    except BaseException as error:  # whatever it is, who waits hears of it, and the thread goes on
        one.future.set_exception(error)
        del one  # which the error would hold, and it the error
    else:
        one.future.set_result(found)
