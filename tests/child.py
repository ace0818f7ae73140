"""A server as a child process: in a group of its own, its output in a file, ended with all that it started."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import httpx

from tests.patience import HANGS_S

ROOT = Path(__file__).parents[1]
GRACE_S = 5.0
LOWEST_PORT, EPHEMERAL = 15_000, 32_768
LISTENS = re.compile(r"Uvicorn running on (http://[\w.:]+)")


def free_port() -> int:
    """Return a loopback port that nobody listens on, nor will: none of those that the kernel gives to who asks for any.

    Of these another process gets one that was just given back.
    """
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given.read_text(encoding="ascii").split()[0]) if given.exists() else EPHEMERAL
    while True:
        port = secrets.choice(range(LOWEST_PORT, first)) if first > LOWEST_PORT else 0
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])


class Child:
    """A running server.

    Args:
        command: program and arguments.
        environment: all of its environment.
        folder: its working directory.
        log: the file for what it writes to standard output and error.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self.log = log
        self._name = Path(command[0]).name
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its number, which is its group's too."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Its exit status once it has ended."""
        return self._process.poll()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def wait_for(self, url: str, seconds: float, auth: tuple[str, str] | None = None) -> None:
        """Wait until a URL answers 200.

        Raises:
            RuntimeError: the process ended or the time is over; holds the end of its output.
        """
        deadline = time.monotonic() + seconds
        with httpx.Client(timeout=1, auth=auth, trust_env=False) as client:
            while self.is_running and time.monotonic() < deadline:
                try:
                    if client.get(url).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
        raise RuntimeError(f"{self._name} does not answer; its output ends with:\n{self.output()[-3000:]}")

    def wait_to_listen(self, seconds: float) -> str:
        """Wait until it says where it listens: whoever is told a port may find it taken; returns the URL.

        Raises:
            RuntimeError: the process ended or the time is over; holds the end of its output.
        """
        deadline = time.monotonic() + seconds
        while not (said := LISTENS.search(self.output())):
            if not self.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"{self._name} does not listen; its output ends with:\n{self.output()[-3000:]}")
            time.sleep(0.1)
        return said[1]

    def cpu_seconds(self) -> float:
        """Return the seconds of CPU that its group has spent so far, with those of its processes that have ended."""
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                fields = file.read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15])) if int(fields[2]) == self.pid else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def output(self) -> str:
        """Return all that it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End it alone and at once, so that it can clean up nothing."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process group: politely, then at once."""
        for sign, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
            try:
                os.killpg(self._process.pid, sign)
                self._process.wait(patience)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue


@contextmanager
def labelguard(
    policy: Path,
    folder: Path,
    auth: tuple[str, str] | None = None,
    module: Sequence[str] = ("backend.cli",),
    is_loaded: bool = True,
    /,
    **environment: str,
) -> Iterator[tuple[str, Child]]:
    """Run our server as users do; yields its URL and the process, whose log stands in the folder.

    Args:
        policy: its policy file.
        folder: an existing folder for its log.
        auth: what /health asks for.
        module: what Python runs, with arguments that come before the command.
        is_loaded: whether to wait until it can predict, rather than only until it answers.
        environment: added to ours, of which LABELGUARD_ variables are taken away.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LABELGUARD_")}
    if shared := os.environ.get("LABELGUARD_RUNTIME"):
        inherited["LABELGUARD_RUNTIME"] = shared  # one embedded model serves all
    inherited["LABELGUARD_STATE_URL"] = f"sqlite:///{folder / 'state.db'}"
    command = [sys.executable, "-m", *module, "serve", "--policy", str(policy), "--port", "0"]
    with Child(command, inherited | environment, ROOT, folder / "labelguard.log") as child:
        url = child.wait_to_listen(HANGS_S)
        child.wait_for(f"{url}/health", HANGS_S, auth)
        if is_loaded:
            child.wait_for(f"{url}/ready", HANGS_S)
        yield url, child
