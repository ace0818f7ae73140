"""Processes that detect, for all engines that tests start in this process: loading what detects takes seconds.

They are the real ones. What a policy brings along, such as recognizers of its own, is loaded for its engine alone.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from backend.engine import assemble
from backend.privacy.processes.workers import Workers
from backend.privacy.types import Detection, Scan

MOST = 2
"""Ways of detecting that stay loaded while nobody uses them."""


@dataclass(eq=False, slots=True)
class _Shared:
    """Workers, and how many engines use them."""

    workers: Workers
    users: int = 0


@dataclass(eq=False, slots=True)
class _User:
    """What an engine has of shared workers: as `Workers`, but that closing them lets them be."""

    _shared: _Shared
    _closed: bool = False

    def kinds(self) -> frozenset[str]:
        return self._shared.workers.kinds()

    def detect(self, text: str) -> list[Detection]:
        return self._shared.workers.detect(text)

    def close(self) -> None:
        self._shared.users -= not self._closed
        self._closed = True


@dataclass(eq=False, slots=True)
class SharedWorkers:
    """Starts workers, or gives those that detect in the same way already. Use `running()`."""

    _shared: dict[Scan, _Shared] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["SharedWorkers"]:
        """Have all engines of this process share them; they end with the context."""
        shared = cls()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assemble, "Workers", shared)
            try:
                yield shared
            finally:
                shared._end(0)

    def __call__(self, scan: Scan) -> "Workers | _User":
        """Return workers for an engine."""
        if scan.recognizers or scan.packages:
            return Workers(scan)
        with self._lock:
            shared = self._shared.pop(scan, None) or _Shared(Workers(scan))
            self._shared[scan] = shared  # the last that was asked for comes last
            shared.users += 1
            self._end(MOST)
        return _User(shared)

    def _end(self, most: int) -> None:
        """End the oldest that nobody uses, until so many are left."""
        unused = [scan for scan, shared in self._shared.items() if not (most and shared.users)]
        for scan in unused[: max(0, len(self._shared) - most)]:
            self._shared.pop(scan).workers.close()
