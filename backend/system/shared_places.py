"""Places that several processes of a machine share: who needs them has them, and who has fewer comes first.

The processes tell each other by a file, each in a row that it alone writes. There is no lock, which a process that is
ended might keep: who wants a place first writes that it has one and then looks whether there are too many.
"""

import errno
import mmap
import os
import time
from collections.abc import Sequence
from pathlib import Path

LOOK_EVERY_S = 0.005
"""Seconds between looks of who waits for a place that other processes have: nobody tells it."""
WAITS_NS = 50_000_000
"""Who has asked in vain and not again for so long waits no more, or cannot take what would be kept for it."""
_COLUMNS, _BYTES = 3, 8
_NOT_SUPPORTED = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
"""What is told where a file system takes no room in advance."""


class SharedPlaces:
    """One process's side. Not thread-safe.

    Args:
        file: of all processes, and of these places alone; it is made if it is missing.
        number: this process's, from 0.
        count: of all processes.
        most: places of all processes together.

    Attributes:
        most: as above; may be changed.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, file: Path, number: int, count: int, most: int) -> None:
        self.most = most
        self._number, self._count = number, count
        self._others = [other for other in range(count) if other != number]
        # By process: places held; when one was asked for in vain, 0 if none was since; when the last one was taken.
        self._held, self._asked, self._taken = _columns(file, count)

    @property
    def within_reach(self) -> int:
        """How many places this process may count on: its part, or all that the others do not hold."""
        return max(self.most - self.held_by_others, self.most // self._count, 1)

    @property
    def held_by_others(self) -> int:
        """How many places other processes hold."""
        return sum(self._held[other] for other in self._others)

    def enter(self) -> bool:
        """Take a place, if one is free and nobody waits who has fewer; else it is known that this process waits."""
        own, held = self._number, self._held[self._number]
        if held + self.held_by_others < self.most and not self._is_next(held):
            self._held[own] = held + 1
            if held + 1 + self.held_by_others <= self.most:
                self._asked[own], self._taken[own] = 0, time.monotonic_ns()
                return True
            self._held[own] = held  # another one took it at the same time
        self._asked[own] = time.monotonic_ns()
        return False

    def join(self) -> None:
        """Take a place, be there one or not."""
        self._held[self._number] += 1

    def leave(self) -> None:
        """Give a place back."""
        self._held[self._number] -= 1

    def wait_no_more(self) -> None:
        """Let it be known that this process waits for no place."""
        self._asked[self._number] = 0

    def _is_next(self, held: int) -> bool:
        """Say whether another process waits that has fewer, or as many and took its last one longer ago."""
        since = time.monotonic_ns() - WAITS_NS
        own = held, self._taken[self._number], self._number
        return any(
            self._asked[other] > since and (self._held[other], self._taken[other], other) < own
            for other in self._others
        )


def clear_places(file: Path, number: int, count: int) -> None:
    """Free what a process holds that has ended.

    Args:
        file, number, count: as `SharedPlaces` takes them.

    Raises:
        OSError: the file cannot be read.
    """
    for column in _columns(file, count):
        column[number] = 0


def _columns(file: Path, count: int) -> "Sequence[memoryview[int]]":
    """Return what a file says of each process, column by column, as it says it from now on."""
    size = count * _COLUMNS * _BYTES
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take_room(descriptor, size)
        table = memoryview(mmap.mmap(descriptor, size)).cast("q")
    finally:
        os.close(descriptor)
    return [table[count * column : count * (column + 1)] for column in range(_COLUMNS)]


def _take_room(descriptor: int, size: int) -> None:
    """Make a file so long, and take its room at once where that is possible: a full disk kills who writes later."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except AttributeError:  # of the system
        os.ftruncate(descriptor, size)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
        os.ftruncate(descriptor, size)
