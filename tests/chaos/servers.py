"""Our servers, as users run them, on one state: each is killed now and then, and started again."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.chaos.front import Front
from tests.child import Child, labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.patience import HANGS_S


class Servers:
    """Some servers behind a front.

    Args:
        policy: their policy file.
        folder: an existing folder for their logs.
        front: leads to those that are there.
        environment: of each.

    Attributes:
        kills: how many were.
        failed: starts that came to nothing, such as while the database was away; each is tried again.
        ended: servers that ended though nobody ended them.
    """

    def __init__(self, policy: Path, folder: Path, front: Front, environment: Mapping[str, str]) -> None:
        self._policy, self._folder, self._front, self._environment = policy, folder, front, environment
        self._running: list[tuple[int, Child]] = []
        self._killed: list[Child] = []
        self._stack = ExitStack()
        self._starts = 0
        self._lock = threading.Lock()
        self.kills = self.failed = self.ended = 0

    @contextmanager
    def running(self, number: int) -> Iterator[None]:
        """Start so many; at the end all are told to end, politely."""
        with self._stack:
            for _ in range(number):
                self._start()
            yield
            self._front.ports = ()

    def kill(self) -> None:
        """Kill the one that was started first, so that it can clean up nothing, and start another."""
        port, child = self._running.pop(0)
        self.ended += not child.is_running
        child.kill()
        self.kills += 1
        self._killed.append(child)
        self._front.ports = tuple(other for other in self._front.ports if other != port)
        self._start()

    def check(self) -> None:
        """Count those that ended though nobody ended them."""
        self.ended += sum(not child.is_running for _, child in self._running)

    def left_behind(self) -> int:
        """Return how many of those that were killed have left processes that do not end by themselves."""
        end = monotonic() + HANGS_S
        while (left := sum(map(_has_group, self._killed))) and monotonic() < end:
            sleep(0.5)
        return left

    def logs(self) -> dict[str, str]:
        """Return what each wrote to its log, by its folder's name."""
        files = sorted(self._folder.glob("server-*/labelguard.log"))
        return {file.parent.name: file.read_text(encoding="utf-8", errors="replace") for file in files}

    def _start(self) -> None:
        """Start one, and wait until it can predict; as often as it takes, as a supervisor does."""
        while True:
            self._starts += 1
            folder = self._folder / f"server-{self._starts}"
            folder.mkdir()
            served = labelguard(self._policy, folder, (USER, PASSWORD), **self._environment)
            try:
                url, child = self._stack.enter_context(served)
            except RuntimeError:
                self.failed += 1
                continue
            port = int(url.rpartition(":")[2])
            self._running.append((port, child))
            self._front.ports = (*self._front.ports, port)
            return


def _has_group(child: Child) -> bool:
    try:
        os.killpg(child.pid, 0)
    except ProcessLookupError:
        return False
    return True
