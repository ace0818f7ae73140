"""One of several workers of a server, as a process of its own: it serves until its supervisor ends it, or is gone.

It is given its share on standard input, and says on standard output why it cannot serve.
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from socket import socket
from typing import IO, Any

from backend.errors import LabelguardError
from backend.logs import configure_logging
from backend.server.siblings import CLOSE_S, Share
from backend.server.start import run_server
from backend.settings import Settings
from backend.system.disk import reason_of
from backend.system.memory import begin_loading
from backend.system.part import ProcessPart

UNUSABLE = 2


def main() -> None:
    """Serve as the order on standard input says, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor, until the server takes it
    begin_loading()
    line = _line()
    if not line:
        return
    order = json.loads(line)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints is taken for an answer
    try:
        settings = Settings(**order["given"])
        configure_logging(settings.log_level, settings.log_format)
        share = _share(order)
        ending = threading.Thread(target=_end_with_supervisor, args=[settings.stop_timeout, share.folder], daemon=True)
        ending.start()
        is_fine = run_server(settings, share)
    except LabelguardError as error:
        _fail(answers, error.reason)
    except OSError as error:
        _fail(answers, reason_of(error))
    else:
        sys.exit(not is_fine)


def _line() -> bytes:
    """Read a line of standard input, and not a byte more."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


def _share(order: dict[str, Any]) -> Share:
    """Return what this worker is given."""
    listening = socket(fileno=order["socket"])
    listening.set_inheritable(False)
    folder = Path(order["folder"])
    return Share(ProcessPart(order["number"], order["count"], folder), folder, listening, order["is_again"])


def _fail(answers: IO[str], reason: str) -> None:
    """Tell the supervisor why this worker cannot serve, and end."""
    answers.write(json.dumps({"problem": reason}) + "\n")
    answers.flush()
    sys.exit(UNUSABLE)


def _end_with_supervisor(stop_s: float, folder: Path) -> None:
    """End this process politely once its supervisor is gone."""
    while os.read(0, 1024):  # not `sys.stdin`, whose lock this thread would hold as the process ends
        pass
    shutil.rmtree(folder, ignore_errors=True)  # nobody else does then
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(stop_s + CLOSE_S)
    os._exit(1)


if __name__ == "__main__":
    main()
