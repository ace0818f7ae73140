"""Our servers, as users run them, on one state: one process of them is killed now and then, and started again."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from tests.chaos.front import Front
from tests.child import Child, labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.patience import HANGS_S

WORKER = b"backend.server.worker"
"""Stands in the command line of a worker of `labelguard serve --workers`."""


class Servers:
    """Two servers of one process each, or one of several, behind a front.

    Args:
        policy: their policy file.
        folder: an existing folder for their logs.
        front: leads to those that are there.
        environment: of each.
        workers: of one server that keeps so many processes up itself; 0 for two servers.

    Attributes:
        kills: how many were.
        failed: starts that came to nothing, such as while the database was away; each is tried again.
        ended: servers that ended though nobody ended them.
        left_behind: servers that were killed, but of which processes run on.
    """

    def __init__(
        self, policy: Path, folder: Path, front: Front, environment: Mapping[str, str], workers: int = 0
    ) -> None:
        self._policy, self._folder, self._front, self._workers = policy, folder, front, workers
        self._environment = {**environment} | ({"LABELGUARD_WORKERS": str(workers)} if workers else {})
        self._running: list[tuple[int, Child]] = []
        self._killed: list[Child] = []
        self._stack = ExitStack()
        self._starts = 0
        self.kills = self.failed = self.ended = self.left_behind = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start them; at the end all are told to end, politely."""
        with self._stack:
            for _ in range(1 if self._workers else 2):
                self._start()
            yield
            self._front.ports = ()

    def kill(self) -> None:
        """Kill the process that was started first, so that it can clean up nothing, and have another start."""
        self.kills += 1
        if self._workers:
            os.kill(_first_worker(self._running[0][1].pid), signal.SIGKILL)
            return
        port, child = self._running.pop(0)
        self.ended += not child.is_running
        child.kill()
        self._killed.append(child)
        self._front.ports = tuple(other for other in self._front.ports if other != port)
        self._start()

    def check(self) -> None:
        """Count servers that ended by themselves, and those that have left processes which do not."""
        self.ended += sum(not child.is_running for _, child in self._running)
        end = monotonic() + HANGS_S
        while (left := sum(map(_has_group, self._killed))) and monotonic() < end:
            sleep(0.5)
        self.left_behind = left

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


def _first_worker(pid: int) -> int:
    """Return the worker of a server that was started first."""
    end = monotonic() + HANGS_S
    while monotonic() < end:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if workers := [int(one) for one in children if WORKER in Path(f"/proc/{one}/cmdline").read_bytes()]:
            return workers[0]
        sleep(0.5)
    raise RuntimeError("no worker runs")


def _has_group(child: Child) -> bool:
    """Say whether a process of a child's group runs: those that ended may still be listed, if nobody asks for them."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group = file.read_text().rpartition(")")[2].split()[:3]
            if int(group) == child.pid and state != "Z":
                return True
    return False
