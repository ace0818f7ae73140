"""llama.cpp's server for one model, as a process of its own.

It is run by its path and imports nothing of ours, so that nothing in the current folder or in Python's path can be
taken for a part of it. Its order is one line of JSON on standard input, which stays open: where that ends, whoever
gave the order is gone, however it ended, and this process ends too. It answers by one line on standard output.
"""

import hashlib
import json
import os
import select
import signal
import sys
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

CONTEXT = 4096
"""Tokens of one call, question and answer together."""
LOOK_EVERY_S = 1.0


class ModelError(Exception):
    """The model cannot be served; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be served, and where.

    Attributes:
        file: a GGUF file with a chat template.
        sha256: the hash that the file must have; empty if any will do.
        host: address to listen on, or the name of a Unix socket that ends in `.sock`.
        port: port to listen on; without meaning for a socket.
        key: what callers must send; empty if nothing.
        parallel: calls at once, each with a context of 4,096 tokens.
        threads: of the processor; more than free cores makes it slower.
    """

    file: str
    sha256: str
    host: str
    port: int = 1
    key: str = field(default="", repr=False)
    parallel: int = 2
    threads: int = 1

    def line(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"


def load(order: Order) -> Any:
    """Load a model and serve it for as long as the returned object lives. Its log, which may hold prompts, is off.

    What is loaded is the very file whose hash was checked, whatever stands under its name by then.

    Raises:
        ModelError: it cannot be served.
    """
    try:
        import xllamacpp
    except ImportError:
        raise ModelError(
            "the embedded model needs the package xllamacpp - pip install 'labelguard[embedded]'"
        ) from None
    try:
        file = os.open(order.file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ModelError(f"the model's file {order.file} cannot be read ({error.strerror})") from None
    if order.sha256 and _hash(file) != order.sha256:
        raise ModelError(
            f"the model's file {order.file} is not what it was: its SHA-256 differs - fetch it again by:"
            " labelguard model fetch"
        )
    params = xllamacpp.CommonParams()
    params.model.path = f"/proc/self/fd/{file}" if sys.platform == "linux" else order.file
    params.hostnames, params.port = [order.host], order.port
    params.api_keys = [order.key] if order.key else []
    params.n_parallel, params.n_ctx = order.parallel, CONTEXT * order.parallel
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order.threads
    params.offline = True
    params.verbosity = -1
    os.umask(0o077)  # its socket is for this user alone
    try:
        return xllamacpp.Server(params)
    except Exception as error:  # whatever llama.cpp raises
        raise ModelError(
            f"llama.cpp cannot serve {order.file} at {order.host} ({type(error).__name__}) - is it a GGUF file, is"
            " there memory for it, and is the address free?"
        ) from None


def _hash(file: int) -> str:
    with os.fdopen(os.dup(file), "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def main() -> None:
    """Serve by the order on standard input until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gave the order: it ends first
    parent = os.getppid()
    line = _line()
    if not line:
        return
    order = Order(**json.loads(line))
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints is taken for the answer
    threading.Thread(target=_end_with, args=[parent], daemon=True).start()
    try:
        server = load(order)
    except ModelError as error:
        print(json.dumps({"problem": str(error)}), file=answer, flush=True)
        os._exit(3)
    print(json.dumps({"pid": os.getpid()}), file=answer, flush=True)
    answer.close()
    threading.Event().wait()
    del server


def _line() -> bytes:
    """Read the order, and not a byte more: what is buffered would hide the end."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


def _end_with(parent: int) -> None:
    """End this process at once when standard input ends, or its parent is another one."""
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], LOOK_EVERY_S)
        if ready and not os.read(0, 1024):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
