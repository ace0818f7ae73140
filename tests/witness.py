"""Another party over HTTP: keeps what is posted to it, and answers as a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.patience import HANGS_S


@dataclass(frozen=True, slots=True)
class Reply:
    """What it answers: a status, a body, headers besides, and whether it then keeps silent before the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


class Witness(ThreadingHTTPServer):
    """A running one.

    Attributes:
        bodies: what was posted to it.
        headers: of the last request.
        answer: makes a reply of a body.
    """

    daemon_threads = True

    def __init__(self, answer: Callable[[bytes], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.bodies: list[bytes] = []
        self.headers: dict[str, str] = {}
        self.ending = threading.Event()

    @classmethod
    @contextmanager
    def running(cls, answer: Callable[[bytes], Reply] = lambda _: Reply()) -> Iterator["Witness"]:
        """Run it on loopback."""
        with cls(answer) as witness:
            thread = threading.Thread(target=witness.serve_forever)
            thread.start()
            try:
                yield witness
            finally:
                witness.ending.set()
                witness.shutdown()
                thread.join()

    @property
    def url(self) -> str:
        """Where it takes what is posted."""
        return f"http://127.0.0.1:{self.server_address[1]}/heads"

    @property
    def content(self) -> bytes:
        """All that was posted to it."""
        return b"".join(self.bodies)


class _Handler(BaseHTTPRequestHandler):
    server: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.headers = dict(self.headers)
        reply = self.server.answer(body)
        if 200 <= reply.status < 300:
            self.server.bodies.append(body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + reply.hangs))
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.hangs:
            self.wfile.flush()
            self.server.ending.wait(HANGS_S)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
        """Stay silent."""
