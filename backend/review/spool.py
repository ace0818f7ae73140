"""Where webhooks stand from their answer until the inbox has them: in files of a folder beside the SQLite file.

To write one down takes a single call of the system: each more has who answers wait until the other threads of the
process let it go on, and a database has one writer, too. A process writes to a file of its own, which it holds a lock
on; whoever moves them to the inbox takes them from all files, and removes those that nobody writes to any more.
"""

import errno
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from backend.errors import BusyError, StoreError
from backend.system.disk import problem_of

MOST_BYTES = 64 * 2**20
"""That a process may have written and nobody moved: the database cannot be used for long then."""
_HEAD = struct.Struct(">QII")
"""Before each: when it came in Unix nanoseconds, its length, and its checksum."""


@dataclass(frozen=True, slots=True, order=True)
class SpooledWebhook:
    """A webhook as it stands in a file.

    Attributes:
        came: Unix nanoseconds.
        name: of its file.
        end: where it ends in it.
    """

    came: int
    name: str
    end: int
    body: bytes = field(repr=False)


class Spool:
    """Thread-safe; many processes may share a folder.

    Args:
        folder: is made for its owner alone, with the first webhook.
        now: tells Unix time.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder, self._now, self._lock = folder, now, threading.Lock()
        self._file, self._bytes, self._last = -1, 0, 0

    def put(self, body: bytes) -> None:
        """Write one down. It outlasts the process, whatever ends that; for a machine that does it is too soon to say.

        Raises:
            BusyError: too much waits.
            StoreError: it cannot be written, and does not count.
        """
        with self._lock:
            if self._bytes + len(body) > MOST_BYTES:
                raise BusyError(f"{MOST_BYTES // 2**20} MiB of webhooks wait")
            try:
                self._write(body)
            except OSError as error:
                self._end()  # what is torn is the last of its file
                raise self._error(error, "written") from None
            self._bytes += len(body)

    def _write(self, body: bytes) -> None:
        self._last = came = max(int(self._now() * 10**9), self._last + 1)  # clocks are put back
        if self._file < 0:
            self._file = self._made(f"{came:020}-{secrets.token_hex(4)}")
        one = _HEAD.pack(came, len(body), crc32(body)) + body
        if os.write(self._file, one) < len(one):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _made(self, name: str) -> int:
        """Make a file that nobody sees before it is locked."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        new = self._folder / f".{name}"
        file = os.open(new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _lock(file)
            new.rename(self._folder / name)
        except OSError:
            os.close(file)
            raise
        return file

    def _end(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def turn(self) -> None:
        """Let go of this process's file, so that it can be removed; the next webhook begins another."""
        with self._lock:
            self._end()

    def names(self) -> set[str]:
        """Return the files that are there.

        Raises:
            StoreError: the folder cannot be read.
        """
        try:
            return {name for name in os.listdir(self._folder) if not name.startswith(".")}  # noqa: PTH208 - names
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._error(error, "read") from None

    def waiting(self) -> list[SpooledWebhook]:
        """Return what stands in the files, in order: all that was answered before the last of them came.

        Of each file it is the beginning. They are looked at twice: after a file was read another process may have
        written to it, and a third one to a file that was not read yet.

        Raises:
            StoreError: a file cannot be read.
        """
        newest = max((one.came for name in self.names() for one in self._read(name)), default=-1)
        found: list[SpooledWebhook] = []
        for name in self.names() if newest >= 0 else ():
            for one in self._read(name):
                if one.came > newest:
                    break
                found.append(one)
        return sorted(found)

    def drop(self, moved: Mapping[str, int]) -> None:
        """Remove the files that nobody writes to any more and of which all has been moved.

        Args:
            moved: how much of each; none of one that is not named.

        Raises:
            StoreError: one cannot be removed.
        """
        for name in self.names():
            try:
                with (self._folder / name).open("rb") as file:
                    _lock(file.fileno())
                    if max((one.end for one in self._read(name)), default=0) <= moved.get(name, 0):
                        (self._folder / name).unlink(missing_ok=True)
            except (BlockingIOError, FileNotFoundError):
                continue  # somebody writes to it, or another has removed it
            except OSError as error:
                raise self._error(error, "removed") from None
        with self._lock:
            self._bytes = 0

    def _read(self, name: str) -> Iterator[SpooledWebhook]:
        """Yield what a file holds, up to what is not whole: it is being written, or was never answered."""
        content = b""
        try:
            with suppress(FileNotFoundError):
                content = (self._folder / name).read_bytes()
        except OSError as error:
            raise self._error(error, "read") from None
        at = 0
        while len(content) >= at + _HEAD.size:
            came, length, check = _HEAD.unpack_from(content, at)
            body = content[at + _HEAD.size : at + _HEAD.size + length]
            if not length or len(body) < length or crc32(body) != check:
                return
            at += _HEAD.size + length
            yield SpooledWebhook(came, name, at, body)

    def _error(self, error: OSError, done: str) -> StoreError:
        remedy = "let the server's user write there, and see that the disk has room"
        return StoreError(str(self._folder), f"a webhook {problem_of(error, done)}", remedy)


def _lock(file: int) -> None:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
