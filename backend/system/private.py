"""A folder that nobody else may enter, for sockets and their secrets."""

import os
import stat
import sys
from pathlib import Path

from backend.errors import SettingsError


class PrivateFolder:
    """A folder that is ours and closed to others.

    It is held open: what is done in it is done in this folder, whatever stands under its name by then.

    Args:
        path: where it lies; made if it is not there.
        variable: the setting that names it, for the reason.

    Raises:
        SettingsError: it is another's, open to others, no folder, or cannot be made.
    """

    def __init__(self, path: Path, variable: str) -> None:
        self.path = path
        problem = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
            self._folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            problem = f"{path} cannot be made or is no folder ({error.strerror})"
        if not problem and (problem := self._problem()):
            os.close(self._folder)
        if problem:
            raise SettingsError(variable, problem, "name a folder of this user alone, or one that is yet to be made")

    def _problem(self) -> str:
        info = os.fstat(self._folder)
        if info.st_uid != os.geteuid():
            return f"{self.path} belongs to another user"
        return f"{self.path} may be entered by others" if stat.S_IMODE(info.st_mode) & 0o077 else ""

    def close(self) -> None:
        """Let go of it."""
        os.close(self._folder)

    @property
    def place(self) -> str:
        """Its path for this process: on Linux a short one that no rename can lead elsewhere."""
        return f"/proc/self/fd/{self._folder}" if sys.platform == "linux" else str(self.path)

    def read(self, name: str) -> bytes:
        """Return what a file in it holds, or nothing if it is not there or not as we write it."""
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError:
            return b""
        with os.fdopen(file, "rb") as stream:
            info = os.fstat(file)
            is_ours = info.st_uid == os.geteuid() and stat.S_ISREG(info.st_mode) and not info.st_mode & 0o077
            return stream.read(65_536) if is_ours else b""

    def write(self, name: str, content: bytes) -> None:
        """Write a file in it, whole or not at all."""
        new = f"{name}.{os.getpid()}.new"
        with os.fdopen(self.open(new, os.O_WRONLY | os.O_TRUNC), "wb") as stream:
            stream.write(content)
        os.replace(new, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def open(self, name: str, flags: int) -> int:
        """Open a file in it, made if need be, for this user alone."""
        return os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self._folder)

    def names(self) -> list[str]:
        """Return what lies in it."""
        return os.listdir(self._folder)  # noqa: PTH208 - of what is held open

    def remove(self, name: str) -> None:
        """Remove a file or socket, if it is there."""
        try:
            os.unlink(name, dir_fd=self._folder)
        except FileNotFoundError:
            return
