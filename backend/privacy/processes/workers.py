"""Detection in processes of its own, which can be ended: when a text takes too long, and when a library crashes.

A text goes to a worker through a socket and nowhere else. A worker that is ended, or ends by itself, costs the task it
worked at alone; it is replaced at once by one that the nursery (see there) forks.
"""

import json
import logging
import os
import pickle
import select
import signal
import socket
import subprocess
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from backend.errors import DetectionError, LanguageError
from backend.privacy.processes.nursery import END, FORK, GIVES_WAY, IDLE_S, LOAD_S
from backend.privacy.types import Detection, Scan
from backend.system.limit import Limit, limit
from backend.system.lines import TURN
from backend.system.modules import command_of, python_path
from backend.system.once import begun
from backend.system.pipes import receive, send

log = logging.getLogger("labelguard.workers")

MOST_TEXTS = 500
"""A worker ends after so many texts, with all that its libraries remember of them."""
MOST_CHARACTERS = 2_000_000
"""Or after so many characters."""
ANSWER_S = 30.0
"""Seconds in which a nursery forks or ends a worker, which takes it milliseconds."""
PASSED = tuple(
    "LANG LC_ PATH HOME TMP TEMP TZ LD_ PYTHON VIRTUAL_ENV XDG_ CUDA_ NVIDIA_ HF_HOME HF_HUB_ TRANSFORMERS_ TORCH_HOME"
    " STANZA_ COVERAGE_".split()
)
"""How the environment variables begin that a worker gets: none that holds a key, a password or a proxy."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
"""Texts are looked at side by side instead; and what has one thread can be forked."""


@dataclass(slots=True)
class Worker:
    """A process that detects.

    Attributes:
        pid: its number.
        channel: to it.
        is_urgent: whether somebody waits for its texts, so that it gives way to nobody.
        texts, characters: that it was given.
        asked: when it was given the last one, by `time.monotonic`.
    """

    pid: int
    channel: socket.socket
    is_urgent: bool = False
    texts: int = 0
    characters: int = 0
    asked: float = field(default_factory=time.monotonic)

    @property
    def is_worn(self) -> bool:
        """Whether it has seen enough."""
        return self.texts >= MOST_TEXTS or self.characters >= MOST_CHARACTERS

    @property
    def is_fit(self) -> bool:
        """Whether it waits for a text, and goes on to do so for a while."""
        return time.monotonic() - self.asked < IDLE_S / 2 and not select.select([self.channel], [], [], 0)[0]

    def ask(self, text: str, within: Limit) -> bytes:
        """Return what it answers to a text; raises TimeoutError, EOFError or OSError if it does not."""
        self.texts, self.characters, self.asked = self.texts + 1, self.characters + len(text), time.monotonic()
        with within.ending(self.hang_up):
            seconds = within.left()
            until = time.monotonic() + seconds
            most = None if seconds == float("inf") else seconds
            send(self.channel, text.encode("utf-8", "surrogatepass"), most)
            return receive(self.channel, None if most is None else max(until - time.monotonic(), 0))

    def hang_up(self) -> None:
        """End whatever is said over its channel."""
        with suppress(OSError):
            self.channel.shutdown(socket.SHUT_RDWR)


class Nursery:
    """A running nursery, from our side, which loads at once; no two of its workers are forked at a time.

    Args:
        scan: what it loads. Takes seconds, on a thread.

    Attributes:
        loaded: the entity types that may be found, once it can fork; a DetectionError if it cannot be loaded.
    """

    def __init__(self, scan: Scan) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                command_of("backend.privacy.processes.nursery", str(theirs.fileno())),
                env=_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self.loaded = begun(partial(self._load, scan), "nursery")

    def _load(self, scan: Scan) -> frozenset[str]:
        problem = ""
        try:
            send(self._control, pickle.dumps(scan), LOAD_S)
            said = json.loads(receive(self._control, LOAD_S))
            problem = said.get("problem", "")
        except (OSError, EOFError):
            problem = f"detection profile {scan.profile!r} cannot be loaded: its process ended - is there memory?"
        if problem:
            self._end()
            raise DetectionError(problem)
        self._control.settimeout(ANSWER_S)
        return frozenset(said["kinds"])

    def fork(self, is_urgent: bool) -> Worker:
        """Return a new worker; raises OSError or EOFError if the nursery is gone."""
        ours, theirs = socket.socketpair()
        gives_way = 0 if is_urgent else GIVES_WAY
        try:
            with theirs, self._lock:
                socket.send_fds(self._control, [FORK + gives_way.to_bytes(8, "big")], [theirs.fileno()])
                pid = self._answer()
        except BaseException:
            ours.close()
            raise
        return Worker(pid, ours, is_urgent)

    def end(self, worker: Worker) -> int:
        """End a worker; returns the signal, as a negative number, or the status that it had ended with before.

        Raises OSError or EOFError if the nursery is gone.
        """
        worker.channel.close()
        with self._lock:
            self._control.sendall(END + worker.pid.to_bytes(8, "big"))
            return self._answer()

    def _answer(self) -> int:
        answer = self._control.recv(8, socket.MSG_WAITALL)
        if len(answer) < 8:
            raise EOFError
        return int.from_bytes(answer, "big", signed=True)

    def close(self) -> None:
        """End it with all its workers, or while it loads."""
        with suppress(OSError):  # wakes who waits for it to load
            self._control.shutdown(socket.SHUT_RDWR)
        self._end(0.5 if self.loaded.done() else 0)

    def _end(self, seconds: float = 0) -> None:
        self._control.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Workers:
    """Detects in one way. May be used by several threads, each of which has a worker for as long as a text takes.

    What detects is loaded meanwhile: texts wait for it, and their limits begin then.

    Args:
        scan: how personal data are looked for.
    """

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._nurseries = [Nursery(scan)]
        self._finalizer = weakref.finalize(self, _close, self._nurseries, self._idle)

    def kinds(self) -> frozenset[str]:
        """Return the entity types that may be found, once it is loaded. Takes seconds.

        Raises:
            DetectionError: what looks for personal data cannot be loaded.
        """
        return self._nurseries[0].loaded.result(LOAD_S)

    def detect(self, text: str) -> list[Detection]:
        """Return what was found, within the time that the thread's limit leaves.

        Raises:
            LanguageError: the text is in a language that is not looked for.
            DetectionError: detection failed, took too long, or its process ended (P3).
        """
        within = limit()
        worker, nursery = self._taken(within)
        is_done = False
        try:
            answer = worker.ask(text, within)
            is_done = True
        except (TimeoutError, EOFError, OSError):
            within.left()  # if the time is over that is the reason
        finally:
            status = self._put_back(worker, nursery) if is_done else self._end(worker, nursery)
        if is_done:
            return _read(answer)
        raise DetectionError(f"the process that detects ended ({_told(status)}) - is there memory for it?")

    def _taken(self, within: Limit) -> tuple[Worker, Nursery]:
        """Take a worker that waits, or have one forked."""
        nursery, is_urgent = self._nursery(within), TURN.get().is_urgent
        while True:
            with self._lock:
                worker = next((one for one in reversed(self._idle) if one.is_urgent is is_urgent), None)
                if worker:
                    self._idle.remove(worker)
            if worker is None:
                break
            if worker.is_fit:
                return worker, nursery
            self._end(worker, nursery)
        try:
            return nursery.fork(is_urgent), nursery
        except (OSError, EOFError):
            self._lost(nursery)
        nursery = self._nursery(within)
        try:
            return nursery.fork(is_urgent), nursery
        except (OSError, EOFError):
            pass
        raise DetectionError("the process that detects cannot be started - is there memory for it?")

    def _put_back(self, worker: Worker, nursery: Nursery) -> int:
        if worker.is_worn or not self._finalizer.alive:
            return self._end(worker, nursery)
        with self._lock:
            self._idle.append(worker)
        return 0

    def _end(self, worker: Worker, nursery: Nursery) -> int:
        try:
            return nursery.end(worker)
        except (OSError, EOFError):
            self._lost(nursery)
        return -signal.SIGKILL

    def _nursery(self, within: Limit) -> Nursery:
        """Return the one that runs, or wait for the one that comes."""
        with self._lock:
            coming = self._nurseries[0]
        try:
            with nullcontext() if coming.loaded.done() else within.paused():
                coming.loaded.result()
            return coming
        except DetectionError:
            self._replace(coming)
            raise

    def _lost(self, nursery: Nursery) -> None:
        """Replace a nursery that is gone, unless that has been done already."""
        if self._replace(nursery):
            log.error("the process that forks those that detect is gone - it is started again")
            nursery.close()

    def _replace(self, lost: Nursery) -> bool:
        """Start another nursery, unless that has been done already."""
        with self._lock:
            if self._nurseries[0] is not lost or not self._finalizer.alive:
                return False
            self._nurseries[0] = Nursery(self._scan)
            idle, self._idle[:] = list(self._idle), []
        for worker in idle:
            worker.channel.close()
        return True

    def close(self) -> None:
        """End all processes; what they work at fails."""
        self._finalizer()


def _close(nurseries: list[Nursery], idle: list[Worker]) -> None:
    for worker in idle:
        worker.channel.close()
    nurseries[0].close()


def _told(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _read(answer: bytes) -> list[Detection]:
    """Read what a worker said; raises what it says went wrong."""
    said: dict[str, Any] = json.loads(answer)
    if "language" in said:
        raise LanguageError(said["language"])
    if "problem" in said:
        raise DetectionError(said["problem"])
    return [Detection(*found) for found in said["found"]]


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    passed = {name: value for name, value in own.items() if name.upper().startswith(PASSED)}
    return passed | {"PYTHONPATH": python_path(), "TOKENIZERS_PARALLELISM": "false"} | dict.fromkeys(ONE_THREAD, "1")
