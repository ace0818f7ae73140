"""A fixed address before servers that come and go: each connection leads to the next of them that takes it."""

import asyncio
import json
import re
import threading
from itertools import count

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PREDICT = re.compile(rb"POST /(\w+)/predict ")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Front:
    """A server on its own thread that hands requests on, as a load balancer does.

    Attributes:
        ports: of the servers that are there now.
        answered: by the first part of the path, each /predict whose answer was there whole: its tasks, by whether
            they got a prediction.
        refused: connections for which no server was there.
    """

    def __init__(self) -> None:
        self.ports: tuple[int, ...] = ()
        self.answered: dict[str, list[dict[int, bool]]] = {}
        self.refused = 0
        self.port = 0
        self._turn = count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)

    def __enter__(self) -> "Front":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind: Streams | None = None
        try:
            while True:
                head, body = await _message(reader)
                behind = behind or await self._connect()
                behind[1].write(head + body)
                answer_head, answer = await _unless_gone(reader, behind[0])
                self._note(head, body, answer_head, answer)
                writer.write(answer_head + answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):  # one of the two is gone: so is the other's connection
            pass
        finally:
            writer.close()
            if behind:
                behind[1].close()

    async def _connect(self) -> Streams:
        ports, turn = self.ports, next(self._turn)
        for at in range(len(ports)):
            try:
                return await asyncio.open_connection("127.0.0.1", ports[(turn + at) % len(ports)], limit=2**24)
            except OSError:
                continue
        self.refused += 1
        raise ConnectionError

    def _note(self, head: bytes, body: bytes, answer_head: bytes, answer: bytes) -> None:
        found = _PREDICT.match(head)
        if found and answer_head.startswith(b"HTTP/1.1 200 "):
            tasks = (int(task["id"]) for task in json.loads(body)["tasks"])
            results = json.loads(answer)["results"]
            said = {task: bool(result) for task, result in zip(tasks, results, strict=True)}
            self.answered.setdefault(found[1].decode(), []).append(said)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read head and body of a request or an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, await reader.readexactly(int(length[1])) if length else b""


async def _unless_gone(asker: asyncio.StreamReader, behind: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read an answer, unless who asked goes away meanwhile.

    Raises:
        ConnectionError: it did.
    """
    answering = asyncio.create_task(_message(behind))
    leaving = asyncio.create_task(asker.read(1))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ConnectionError
        return await answering
    finally:
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)
