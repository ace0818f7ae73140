"""What another process may have written of a project: looked at now and then, and at hand in between."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from backend.errors import StoreError

T = TypeVar("T")
LOOK_EVERY_S = 10.0
"""Seconds between looks."""
MOST_PROJECTS = 1_000
"""Projects of which anything is at hand."""
LONGEST_NUMBER = 15
"""Digits of a project's number."""


class Glances(Generic[T]):
    """Thread-safe.

    Args:
        read: reads what is written of a project; is given what was read before.
        nothing: stands for a project of which nothing was read.
        now: tells Unix time.
    """

    def __init__(self, read: Callable[[int, T], T], nothing: T, now: Callable[[], float] = time.time) -> None:
        self._read, self._nothing, self._now = read, nothing, now
        self._known: dict[int, tuple[float, T]] = {}

    def of(self, project: str) -> T:
        """Return what is written of a project; while the database cannot be asked what was known last.

        Args:
            project: Label Studio's number; of what is none nothing is written.
        """
        if not (project.isascii() and project.isdecimal() and len(project) <= LONGEST_NUMBER):
            return self._nothing
        number, now = int(project), self._now()
        looked, found = self._known.get(number, (None, self._nothing))
        if looked is None or not looked <= now < looked + LOOK_EVERY_S:
            if looked is not None:
                self._known[number] = now, found  # whoever asks while this thread waits for the database has the last
            with suppress(StoreError):
                found = self._read(number, found)
            if len(self._known) >= MOST_PROJECTS:
                self._known.clear()
            self._known[number] = now, found
        return found

    def forget(self, project: int) -> None:
        """Look anew at the next time."""
        self._known.pop(project, None)
