"""One embedded model: llama.cpp's server on a Unix socket that nobody else may enter, kept running and shared.

The socket lies in a folder of this user alone, and its server asks for a secret that is new at each start. Processes of
one user share a model: whoever holds its lock runs it, the others use it, and one takes over when that process ends.
"""

import asyncio
import hashlib
import json
import logging
import os
import secrets
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from backend.errors import ModelFileError
from backend.model.embedded.server import Order
from backend.providers import Reach
from backend.system.private import PrivateFolder

log = logging.getLogger("labelguard.embedded")

START_S = 180.0
"""How long a start may take: on a slow disk the file alone takes a minute."""
WAIT_S = 60.0
"""How long a call waits for a model that is started again."""
LOOK_EVERY_S = 1.0
FIRST_PAUSE_S, LONG_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0, 60.0
PROBE_S = 0.2
UNKNOWN = -2
STEADY_S = 60.0
"""A model that ran for so long is started again at once when it ends."""

SERVER = Path(__file__).with_name("server.py")
BASE_URL = "http://localhost/v1"
SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
SPINS = {"GOMP_SPINCOUNT": "2000"}
"""How often a thread of the model's looks whether the others are done before it sleeps. GNU's library does so for a
millisecond, some hundred times a word: beside two busy processes the model takes twice the time and the processor then.
"""


class Keeper:
    """Keeps one model running, or another process's within reach.

    Args:
        model: its name.
        order: what is to be served; socket and secret are new at each start.
        folder: where the socket lies, and what processes that share it need to know.

    Attributes:
        was_ready: whether it ever answered; from then on it is started again.
    """

    def __init__(self, model: str, order: Order, folder: PrivateFolder) -> None:
        self.model = model
        self._order = order
        self._folder = folder
        self._name = hashlib.sha256(f"{order.file}\0{order.sha256}".encode()).hexdigest()[:12]
        self._reach: Reach | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._problem = ""
        self._pause = 0.0
        self.was_ready = False
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._keep, name=f"model {self._name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the model, if it is this process's."""
        self._closing = True
        self._wake.set()
        child = self._child
        if child:
            child.kill()
        self._thread.join()

    def wait(self) -> None:
        """Wait until it answers for the first time.

        Raises:
            ModelFileError: it does not start.
        """
        end = time.monotonic() + START_S
        while self._now() is None:
            if self._problem:
                raise ModelFileError(self._problem)
            if time.monotonic() > end:
                raise ModelFileError(f"the embedded model did not start in {START_S:g} s - is there memory for it?")
            time.sleep(0.05)

    async def reached(self) -> Reach | str:
        """Return where it answers, or why it does not; waits for a start that is near."""
        end = time.monotonic() + WAIT_S
        while (reach := self._now()) is None:
            if self._pause > LONG_PAUSE_S:
                return f"does not run: {self._problem}"
            if time.monotonic() > end:
                return f"is not started again in {WAIT_S:g} s - is there memory for it?"
            await asyncio.sleep(0.05)
        return reach

    def _now(self) -> Reach | None:
        """Return where it answers at this moment."""
        reach = self._reach
        if reach is None:
            return None
        if is_ours(str(reach.uds)):
            return reach
        self._reach = None
        self._wake.set()
        return None

    def _keep(self) -> None:
        while not self._closing:
            try:
                self._pause = self._turn()
            except Exception as error:  # whatever it is, it is tried again
                self._problem = f"it cannot be run in {self._folder.path} ({type(error).__name__})"
                self._pause = _longer(self._pause)
            self._wake.wait(self._pause)
            self._wake.clear()

    def _turn(self) -> float:
        """Run the model until it ends, or look for one that another process runs; return how long to pause then."""
        lock = self._folder.open(f"{self._name}.lock", os.O_RDWR)
        try:
            return self._run() if _locks(lock) else self._share()
        finally:
            os.close(lock)

    def _share(self) -> float:
        """Use the model of the process that holds the lock, if it is ready."""
        known = _read(self._folder.read(f"{self._name}.json"))
        if known and is_ours(uds := f"{self._folder.place}/{known['socket']}"):
            if self._reach is None:
                log.info("the embedded model %s runs already, by another process of this user", self.model)
            self._reach = Reach(BASE_URL, uds, known["key"])
            self._problem, self.was_ready = "", True
            return LOOK_EVERY_S
        self._reach = None
        return 0.1

    def _run(self) -> float:
        """Run the model until it ends."""
        started, before = time.monotonic(), self._pause
        problem, is_final = self._serve()
        self._reach = self._child = None
        self._wake.clear()  # whoever asked meanwhile does not shorten the pause
        self._clean()
        if self._closing:
            return 0
        is_steady = time.monotonic() - started > STEADY_S
        pause = LONGEST_PAUSE_S if is_final else FIRST_PAUSE_S if is_steady else _longer(before)
        self._problem = problem
        if self.was_ready:
            log.error("the embedded model %s is down: %s; it is started again in %g s", self.model, problem, pause)
        return pause

    def _serve(self) -> tuple[str, bool]:
        """Start the model's process and wait for its end; return why it ended, and whether it will do so again."""
        self._clean()
        name, key = f"{self._name}-{secrets.token_hex(4)}.sock", secrets.token_urlsafe(32)
        order = replace(self._order, host=name, key=key)
        log.info("the embedded model %s is loading, with %d processor threads", self.model, order.threads)
        started = time.monotonic()
        # Without our secrets, in a folder where nothing can be taken for a part of it. It ends with this process.
        with subprocess.Popen(
            [sys.executable, "-P", str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=self._folder.place,
            env=_environment(),
        ) as child:
            self._child = child
            answer = self._answer_of(child, order)
            if "pid" not in answer:
                child.kill()
                code = child.wait()
                if self._closing:
                    return "", False
                return (str(answer["problem"]), True) if "problem" in answer else (f"it ended with {code}", False)
            self._folder.write(f"{self._name}.json", json.dumps({"socket": name, "key": key}).encode())
            self._problem, self._pause, self.was_ready = "", 0.0, True
            self._reach = Reach(BASE_URL, f"{self._folder.place}/{name}", key)
            log.info("the embedded model %s is ready after %.0f s", self.model, time.monotonic() - started)
            return f"it ended with {child.wait()}", False

    def _answer_of(self, child: "subprocess.Popen[bytes]", order: Order) -> dict[str, Any]:
        """Give the order; return what is answered, nothing if it is not by that process or not in time."""
        orders, answers = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)  # it was started with both
        timer = threading.Timer(START_S, child.kill)
        timer.start()
        try:
            orders.write(order.line())
            orders.flush()
            if self._closing:
                child.kill()
            line = answers.readline()
        except OSError:  # it ended before it read
            line = b""
        finally:
            timer.cancel()
        answer: dict[str, Any] = json.loads(line) if line else {}
        if "pid" in answer and _peer(f"{self._folder.place}/{order.host}")[0] not in (child.pid, UNKNOWN):
            return {}
        return answer

    def _clean(self) -> None:
        """Remove what a start of this model left behind."""
        for name in self._folder.names():
            if name == f"{self._name}.json" or (name.startswith(f"{self._name}-") and name.endswith(".sock")):
                self._folder.remove(name)


def _environment() -> dict[str, str]:
    """Return our environment without what the model's process need not know, and with what keeps it from spinning."""
    return SPINS | {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LABELGUARD_", "LLAMA_")) and not any(word in name.upper() for word in SECRETS)
    }


def _read(content: bytes) -> dict[str, str] | None:
    """Return what is known of another process's model."""
    try:
        known = json.loads(content)
        return known if "/" not in known["socket"] and known["key"] else None
    except (ValueError, KeyError, TypeError):
        return None


def _locks(file: int) -> bool:
    """Take a file's lock, if nobody has it."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _longer(pause: float) -> float:
    return min(max(2 * pause, FIRST_PAUSE_S), LONGEST_PAUSE_S)


def is_ours(uds: str) -> bool:
    """Say whether a process of this user listens on a socket."""
    return _peer(uds)[1] == os.geteuid()


def _peer(uds: str) -> tuple[int, int]:
    """Return the process and the user that listen on a socket; (0, -1) if nobody does."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(uds)
            if not hasattr(socket, "SO_PEERCRED"):  # not Linux: but the folder is this user's alone
                return UNKNOWN, os.geteuid()
            pid, user, _ = struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        except OSError:
            return 0, -1
    return pid, user
