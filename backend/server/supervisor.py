"""A server of several workers: processes that share one listening socket. This one serves nothing, and keeps them up.

A worker that dies is started again. If this process ends, however it ends, so do they.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from prometheus_client.multiprocess import mark_process_dead

from backend.errors import LabelguardError
from backend.server.siblings import BACKLOG, CLOSE_S, COUNTS
from backend.settings import Settings
from backend.system.modules import command_of, python_path
from backend.system.part import ProcessPart

log = logging.getLogger("labelguard.server")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
STEADY_S = 60.0
"""A worker that ran for so long is started again soon when it ends."""


def supervise(settings: Settings, given: Mapping[str, Any]) -> bool:
    """Serve by several workers until told to end; returns whether it could listen.

    Args:
        settings: of the server.
        given: those of them that stand above the environment, by name; the workers are given them too.

    Raises:
        LabelguardError: a worker can never predict; nothing is served any more.
    """
    try:
        listening = _listen(settings)
    except OSError as error:
        log.error("%s", error)
        return False
    with listening, tempfile.TemporaryDirectory(prefix="labelguard-", ignore_cleanup_errors=True) as folder:
        supervisor = Supervisor(settings, given, listening, Path(folder))
        asyncio.run(supervisor.run())
    supervisor.end_as_told()
    return True


def _listen(settings: Settings) -> socket.socket:
    """Listen where the settings say.

    Raises:
        OSError: that cannot be done.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    port = listening.getsockname()[1]
    log.info("Uvicorn running on http://%s:%d by %d workers (Press CTRL+C to quit)", host, port, settings.workers)
    return listening


class Supervisor:
    """Keeps workers running.

    Args:
        settings, given: as `supervise` takes them.
        listening: what they share.
        folder: of theirs alone.
    """

    def __init__(self, settings: Settings, given: Mapping[str, Any], listening: socket.socket, folder: Path) -> None:
        self._settings, self._listening, self._folder = settings, listening, folder
        self._given = {name: str(value) for name, value in given.items()}
        self._running: dict[int, Process] = {}
        self._ends = asyncio.Event()
        self._signal: int | None = None
        self._problem: LabelguardError | None = None
        self._status = 0

    async def run(self) -> None:
        """Keep all running until told to end, or one can never run; then end all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told, number)
        keeping = [asyncio.create_task(self._keep(number)) for number in range(self._settings.workers)]
        for task in keeping:
            task.add_done_callback(lambda _: self._ends.set())  # it ends with all, or by a fault of ours
        await self._ends.wait()
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        await asyncio.wait(keeping, timeout=self._settings.stop_timeout + CLOSE_S)
        for process in self._running.values():
            _signal(process, signal.SIGKILL)
        await asyncio.gather(*keeping)

    def end_as_told(self) -> None:
        """End this process as the workers' end, or who told it to end, has it.

        Raises:
            LabelguardError: why a worker could not run.
            KeyboardInterrupt: Ctrl-C told it to end.
        """
        if self._problem:
            raise self._problem
        if self._status:
            sys.exit(self._status)
        if self._signal == signal.SIGTERM:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt

    def _told(self, number: int) -> None:
        self._signal = self._signal or number
        self._ends.set()

    async def _keep(self, number: int) -> None:
        """Run one worker, again and again."""
        pause, is_again = 0.0, False
        while not self._ends.is_set():
            started = time.monotonic()
            try:
                status = await self._run(number, is_again)
            except OSError as error:
                log.error("worker %d cannot be started (%s)", number, error.strerror)
                status = -signal.SIGKILL
            if self._ends.is_set():
                return
            if self._problem or (status >= 0 and not self._is_ready(number)):
                self._status = status or 1
                self._ends.set()
                return
            is_steady = time.monotonic() - started > STEADY_S
            pause = FIRST_PAUSE_S if is_steady else min(max(2 * pause, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            ended = f"signal {-status}" if status < 0 else f"status {status}"
            log.error("worker %d ended with %s; it is started again in %g s", number, ended, pause)
            is_again = self._is_ready(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), pause)

    async def _run(self, number: int, is_again: bool) -> int:
        """Run one worker until it ends; returns its status, or the signal that ended it as a negative number."""
        listening = self._listening.fileno()
        command = command_of("backend.server.worker")
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, env=self._environment(), pass_fds=[listening]
        )
        self._running[number] = process
        order = {"number": number, "count": self._settings.workers, "folder": str(self._folder)}
        order |= {"socket": listening, "is_again": is_again, "given": self._given}
        orders, answers = (
            cast("StreamWriter", process.stdin),
            cast("StreamReader", process.stdout),
        )  # both are asked for
        orders.write(json.dumps(order).encode() + b"\n")
        if self._ends.is_set():
            _signal(process, signal.SIGTERM)
        async for line in answers:
            problem = json.loads(line)["problem"]
            if is_again:
                log.error("worker %d: %s", number, problem)
            else:
                self._problem = self._problem or LabelguardError(problem)
        status = await process.wait()
        del self._running[number]
        self._clean(number, process.pid)
        return status

    def _is_ready(self, number: int) -> bool:
        """Say whether a worker of this number could predict at a time."""
        return (self._folder / f"ready-{number}").exists()

    def _clean(self, number: int, pid: int) -> None:
        """Remove what a worker said of how it stands, and free what it held; its counts stay."""
        (self._folder / f"worker-{number}.json").unlink(missing_ok=True)
        with suppress(OSError):
            ProcessPart(number, self._settings.workers, self._folder).clear()
        mark_process_dead(pid, str(self._folder))  # type: ignore[no-untyped-call]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": python_path(), COUNTS: str(self._folder)}


def _signal(process: Process, number: int) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)
