"""The process that loads what detects, once, and forks the workers that detect. `workers` starts it.

It sees no text itself and has one thread, so that what it forks is whole; a worker that is ended has a successor within
milliseconds, and all share the memory of what was loaded. It ends when its socket does, and its workers end with it.
"""

import ctypes
import gc
import json
import os
import pickle
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from backend.errors import InternalError, LabelguardError, LanguageError
from backend.privacy.processes.loading import load_detector
from backend.system.memory import settle_memory
from backend.system.pipes import receive, send

if TYPE_CHECKING:
    from backend.privacy.detect import Detector
    from backend.privacy.types import Scan

LOAD_S = 600
"""What takes longer to load hangs."""
IDLE_S = 60.0
"""A worker that nobody asks for so long ends, with all that its libraries remember."""
FORK, END = b"F", b"E"
GIVES_WAY = 10
"""By how much a worker is nicer than its server, which so answers others and writes down what it sends before a worker
looks at the next text of a batch. Beside a busy server a worker still gets a tenth of a core. One whose texts
somebody waits for is as nice as the server, so that those of a batch do not slow it down, however many they are."""
REQUEST = 9
"""Bytes of a request: which, and a process' number, or by how much a new one is nicer."""
_DEATH_SIGNAL, _DUMPABLE = 1, 4  # PR_SET_PDEATHSIG, PR_SET_DUMPABLE


def main() -> None:
    """Load what the other end of the socket asks for, say so, and fork workers until it hangs up."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the server, which may still have tasks to end
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(LOAD_S)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    scan: Scan = pickle.loads(receive(control))  # noqa: S301 - of the server that started us
    try:
        detector = load_detector(scan, whole=True)
    except LabelguardError as error:
        send(control, json.dumps({"problem": error.reason}).encode())
        return
    send(control, json.dumps({"kinds": sorted(detector.kinds)}).encode())
    signal.alarm(0)
    gc.collect()
    settle_memory()  # so that no worker writes to what they share, looking for garbage
    _serve(control, detector)
    os._exit(0)  # at once: nothing here is worth tidying up


def _serve(control: socket.socket, detector: "Detector") -> None:
    workers: set[int] = set()
    try:
        while True:
            request, given, *_ = socket.recv_fds(control, REQUEST, 1)
            if len(request) < REQUEST:
                return
            if request[:1] == FORK:
                pid = _forked(socket.socket(fileno=given[0]), control, detector, int.from_bytes(request[1:], "big"))
                workers.add(pid)
                answer = pid
            else:
                pid = int.from_bytes(request[1:], "big")
                answer = _ended(pid) if pid in workers else 0
                workers.discard(pid)
            control.sendall(answer.to_bytes(8, "big", signed=True))
    finally:
        for pid in workers:
            _ended(pid)


def _ended(pid: int) -> int:
    """End a child; returns what it ended with: a status, or a signal as a negative number."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return 0


def _forked(channel: socket.socket, control: socket.socket, detector: "Detector", gives_way: int) -> int:
    """Fork a worker that is asked over a channel, and nicer by so much; returns its number."""
    nursery = os.getpid()
    pid = os.fork()
    if pid:
        channel.close()
        return pid
    try:
        control.close()
        _harden(nursery)
        os.nice(gives_way)
        _work(channel, detector)
    finally:
        os._exit(1)


def _harden(nursery: int) -> None:
    """Let nobody read the memory of this process, which sees texts: no core dump, no debugger."""
    import resource

    with suppress(OSError):  # if memory runs out, this one ends rather than the server
        Path("/proc/self/oom_score_adj").write_text("500")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kernel = ctypes.CDLL(None)
    kernel.prctl(_DUMPABLE, 0)
    kernel.prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(1)


def _work(channel: socket.socket, detector: "Detector") -> NoReturn:
    """Detect in one text after the other until nobody asks any more."""
    while True:
        try:
            text = receive(channel, IDLE_S).decode("utf-8", "surrogatepass")
        except (TimeoutError, EOFError, OSError):
            os._exit(0)
        answer = _answer(detector, text)
        del text
        send(channel, answer)


def _answer(detector: "Detector", text: str) -> bytes:
    """Detect in a text; what goes wrong is told without it."""
    answer: dict[str, object]
    try:
        found = [(d.start, d.end, d.entity_type, d.score, d.recognizer) for d in detector.detect(text)]
        return json.dumps({"found": found}).encode()
    except LanguageError as error:
        answer = {"language": error.language}
    except LabelguardError as error:
        answer = {"problem": error.reason}
    except Exception as error:  # whatever it is, its message may quote the text
        answer = {"problem": InternalError(error).reason}
    return json.dumps(answer).encode()


if __name__ == "__main__":
    main()
