"""Files as they were read: each once, so that all that is made of them, and their hashes, are of the same bytes."""

import hashlib
from collections.abc import Iterable, Mapping
from errno import EFBIG, ENOENT
from pathlib import Path

from backend.system.disk import MOST, read_bounded


class Snapshot:
    """What stands in files at one time. A file that is asked for again is not read again, whatever became of it."""

    def __init__(self) -> None:
        self._read: dict[Path, bytes | OSError] = {}

    def read(self, file: Path) -> bytes:
        """Return what stands in a file.

        Raises:
            OSError: it is missing, no regular file, too large, or cannot be read.
        """
        if file not in self._read:
            self._read[file] = _content(file)
        found = self._read[file]
        if isinstance(found, OSError):
            raise found.with_traceback(None)
        return found

    def has(self, file: Path) -> bool:
        """Say whether a file is there; it may still be one that cannot be read."""
        try:
            self.read(file)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False
        except OSError:
            return True
        return True

    @property
    def seen(self) -> Mapping[Path, str]:
        """By path, the SHA-256 of what was read, or why nothing was; of those too that were looked for in vain."""
        return {file: _state(found) for file, found in self._read.items()}


class GivenSnapshot(Snapshot):
    """One file as somebody gives it, in place of what stands there, and some others; no other is there.

    Args:
        file: its path.
        content: what is to stand in it.
        others: the files that may be read beside it.
        folders: likewise, with all that is in them.
    """

    def __init__(self, file: Path, content: bytes, others: Iterable[Path] = (), folders: Iterable[Path] = ()) -> None:
        super().__init__()
        self._read[file] = content if len(content) <= MOST else OSError(EFBIG, "too large")
        self._others, self._folders = frozenset(others), frozenset(folders)

    def read(self, file: Path) -> bytes:
        """Return what stands in a file; errors as for any other snapshot."""
        if file not in self._read and file not in self._others and file.parent not in self._folders:
            raise FileNotFoundError(ENOENT, "not among the files that may be read")
        return super().read(file)


def seen_now(files: Iterable[Path]) -> Mapping[Path, str]:
    """Return how files stand now, to be compared with `Snapshot.seen`."""
    return {file: _state(_content(file)) for file in files}


def _content(file: Path) -> bytes | OSError:
    try:
        return read_bounded(file, MOST)
    except OSError as error:
        return error


def _state(found: bytes | OSError) -> str:
    return type(found).__name__ if isinstance(found, OSError) else hashlib.sha256(found).hexdigest()
