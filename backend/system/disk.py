"""Files, read within bounds and written whole or not at all, so that no reader and no crash meets half of one."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

MOST = 1_000_000
"""Bytes of a text file that a deployment brings: a policy, a prompt, recognizers, a handler."""


def read_bounded(file: Path, most: int = MOST) -> bytes:
    """Read a regular file.

    What is none, such as a device or a pipe that nobody writes to, could be without end, or never answer.

    Args:
        file: its path; a link is followed.
        most: bytes that it may have.

    Raises:
        OSError: it is none, is too large, or cannot be read. Its `strerror` says which, in words.
    """
    place = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(place).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "is a directory", str(file))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "is no regular file", str(file))
        with os.fdopen(place, "rb", closefd=False) as stream:
            content = stream.read(most + 1)
    finally:
        os.close(place)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"is larger than {most} bytes", str(file))
    return content


def problem_of(error: OSError, done: str = "read") -> str:
    """Say in words why a file cannot be read, or whatever was to be done with it."""
    said = (error.strerror or type(error).__name__).lower()
    return said if said.startswith("is ") else f"cannot be {done} ({said})"


def reason_of(error: OSError) -> str:
    """Say in words what ends a process that could not use a file."""
    problem = f"{error.filename} {problem_of(error, 'used')}" if error.filename else str(error)
    return f"{problem} - see the path, its mode, the disk's room, and TMPDIR for temporary files"


def write_whole(file: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file in place of the one that is there. It is on the disk when this returns.

    Args:
        file: its path.
        content: what it will hold.
        mode: its permissions, less the process's umask.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    with _beside(file, content, mode) as made:
        made.replace(file)


def write_new(file: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file that is not there yet. Of several who try at once one succeeds, and none sees half of it.

    Raises:
        FileExistsError: it is there.
        OSError: it cannot be written; then it is not there.
    """
    with _beside(file, content, mode) as made:
        try:
            os.link(made, file)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
            made.replace(file)


@contextmanager
def locked(file: Path, *, waits: bool = True) -> Iterator[None]:
    """Hold a lock that one process or thread at a time has. The file for it stays.

    Args:
        file: is made if it is not there.
        waits: whether to wait until nobody else has it.

    Raises:
        BlockingIOError: somebody else has it.
        OSError: the file cannot be made.
    """
    import fcntl

    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a lock that one process at a time has, of whatever user who may read the folder; nothing is left in it.

    Raises:
        OSError: it is no folder, or may not be read.
    """
    import fcntl

    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


@contextmanager
def _beside(file: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Write a file of another name, to be put into its place; it is gone when the block ends, whatever happens."""
    made = file.with_name(f".{file.name[:100]}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        yield made
        _sync(file.parent)
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have a folder's list of names on the disk too; not every file system can."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(place)
        finally:
            os.close(place)
