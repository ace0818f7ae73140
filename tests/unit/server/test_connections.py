"""Bounds on connections, one by one, by a clock that tests move; under load: tests/seams/test_server_limits.py."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from backend.errors import BusyError
from backend.server import connections
from backend.server.connections import BoundedProtocol, ConnectionLimits, error_body, printable, raise_open_files
from backend.server.http import options

# ---- files


@pytest.mark.parametrize(
    ("soft", "hard", "found", "asked"),
    [
        (1024, 4096, 4096, (4096, 4096)),
        (1024, 500_000, 65_536, (65_536, 500_000)),
        (1024, resource.RLIM_INFINITY, 65_536, (65_536, resource.RLIM_INFINITY)),
        (65_536, 500_000, 65_536, None),
        (100_000, 500_000, 100_000, None),
        (4096, 4096, 4096, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 65_536, None),
    ],
)
def test_as_many_files_are_opened_as_may_be(monkeypatch, soft, hard, found, asked):
    set_to = []
    monkeypatch.setattr(resource, "getrlimit", lambda what: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: set_to.append((what, limits)))
    assert raise_open_files() == found
    assert set_to == ([(resource.RLIMIT_NOFILE, asked)] if asked else [])


# ---- words


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("a ~b!", "a ~b!"),
        (" a ", "a"),
        ("a\r\nX: é\x7f\x00", "a??X: ???"),
        ("<img src=x> > y", "(img src=x) ) y"),
        ("x" * 301, "x" * 300),
        ("x" * 299 + "  y", "x" * 299),
    ],
)
def test_a_reason_as_a_line(reason, shown):
    assert printable(reason) == shown


def test_a_phase_has_its_seconds():
    limits = ConnectionLimits(header_s=1, body_s=2, linger_s=3, idle_s=4)
    assert [limits.seconds(phase) for phase in ("header", "body", "linger", "idle")] == [1, 2, 3, 4]
    assert limits.seconds("work") is None
    assert error_body(BusyError("x")) == {"error": "busy", "detail": BusyError("x").reason}
    assert error_body(BusyError("<b>x</b>"))["detail"].startswith("(b)x(/b)")


# ---- a server of which the clock is ours


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time stands, but for the jumps that a test makes: however slow the machine, it is never late."""

    now = 1000.0

    def time(self) -> float:
        """Tell the time."""
        return self.now


async def settle() -> None:
    """Have all happen that can happen now: between two sockets of one loop nothing is under way for long."""
    for _ in range(50):
        await asyncio.sleep(0)


async def pass_(seconds: float) -> None:
    """Let time go on."""
    await settle()
    asyncio.get_running_loop().now += seconds  # type: ignore[attr-defined]
    await settle()


@dataclass
class Served:
    """An application, served; /wait answers when `go_on` is set, /stream counts the bytes that it made."""

    state: ServerState = field(default_factory=ServerState)
    port: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    gone: int = 0
    made: int = 0

    async def health(self, _: Request) -> Response:
        """Answer."""
        return PlainTextResponse("fine")

    async def wait(self, request: Request) -> Response:
        """Answer when it is time."""
        self.waiting += 1
        await self.go_on.wait()
        self.gone += await request.is_disconnected()
        return PlainTextResponse("waited")

    async def read(self, request: Request) -> Response:
        """Answer with a body's length."""
        try:
            return PlainTextResponse(f"={len(await request.body())}")
        except ClientDisconnect:
            self.gone += 1
            raise

    async def large(self, _: Request) -> Response:
        """Answer more than sockets hold."""
        return Response(bytes(LARGE))

    async def stream(self, _: Request) -> Response:
        """Answer more than sockets hold, part by part."""

        async def parts() -> AsyncIterator[bytes]:
            while self.made < LARGE:
                self.made += 2**16
                yield bytes(2**16)

        return StreamingResponse(parts())

    async def open(self, sent: bytes = b"", host: str = "127.0.0.1") -> "Peer":
        """Connect from a host, and send."""
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port, local_addr=(host, 0)))
        await peer.send(sent)
        return peer


class Peer:
    """A caller."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, sent: bytes) -> None:
        """Send, and have it arrive."""
        self.writer.write(sent)
        await settle()

    def heard(self) -> bytes:
        """Return what came so far."""
        return bytes(self.reader._buffer)  # type: ignore[attr-defined]

    def is_closed(self) -> bool:
        """Say whether the server has closed."""
        return self.reader.at_eof() or self.reader._eof or self.reader.exception() is not None  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[Served]:
    served, loop = Served(), asyncio.get_running_loop()
    calls: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/health": served.health,
        "/wait": served.wait,
        "/read": served.read,
        "/large": served.large,
        "/stream": served.stream,
    }
    app = Starlette(routes=[Route(path, call, methods=["GET", "POST"]) for path, call in calls.items()])
    config, state = uvicorn.Config(app, port=0, **options(limits)), served.state
    config.load()
    kind: Any = config.http_protocol_class
    server = await loop.create_server(lambda: kind(config=config, server_state=state, app_state={}), "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        served.go_on.set()
        await settle()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await settle()


def run(test: Callable[[Served], Coroutine[Any, Any, None]], **limits: Any) -> None:
    """Run a test with a server under limits; without others, what is waited for is a minute long, or two."""

    async def whole() -> None:
        async with serving(ConnectionLimits(**LONG | limits)) as served:
            await test(served)

    with asyncio.Runner(loop_factory=Clock) as runner:
        runner.run(whole())


LARGE = 2**25
"""Bytes that no socket holds."""
LONG = {"header_s": 60, "body_s": 60, "whole_body_s": 120, "linger_s": 60, "idle_s": 60, "write_s": 60}


def request(path: str, method: str = "GET", *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *headers, "", ""]).encode()


def refused(answer: bytes, status: int, words: str) -> bool:
    """Say whether the last that was answered is a refusal of ours."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    lines, told = head.decode().split("\r\n"), json.loads(body)
    wanted = {"content-type: application/json", f"content-length: {len(body)}", "connection: close"}
    wanted |= {"retry-after: 5"} if status == 503 else set()
    first = f"HTTP/1.1 {status} {told['detail']}"
    at = -len(wanted)
    return lines[at - 1].endswith(first) and set(lines[at:]) == wanted and words in told["detail"]


HEALTH = request("/health")
UPLOAD = request("/read", "POST", "content-length: 10")


@pytest.mark.parametrize("sent", [b"G", b"GET /hea", HEALTH + b"GET /h"])
def test_a_header_has_its_time(sent):
    async def test(served):
        peer = await served.open(sent)
        await pass_(4)
        await peer.send(b"e")  # what comes in between does not make it longer
        await pass_(5)
        assert b" 408 " not in peer.heard()
        assert not peer.is_closed()
        await pass_(2)
        assert refused(peer.heard(), 408, "header")
        assert peer.is_closed()
        assert (b"fine" in peer.heard()) is sent.startswith(HEALTH)

    run(test, header_s=10)


def test_who_says_nothing_hears_nothing():
    async def test(served):
        peer = await served.open()
        await pass_(9)
        assert not peer.is_closed()
        await pass_(2)
        assert peer.is_closed()
        assert peer.heard() == b""

    run(test, header_s=10)


def test_a_connection_between_requests_has_its_time():
    async def test(served):
        peer = await served.open()
        for _ in range(3):  # together longer than each may be
            await pass_(7)
            await peer.send(HEALTH)
        assert peer.heard().count(b"fine") == 3
        await pass_(7)
        assert not peer.is_closed()
        await pass_(2)
        assert peer.is_closed()
        assert peer.heard().count(b"HTTP/1.1") == 3

    run(test, idle_s=8, header_s=8)


def test_the_pause_between_requests_is_no_header_of_the_next():
    async def test(served):
        peer = await served.open(HEALTH)
        await pass_(19)
        assert not peer.is_closed()
        await pass_(2)
        assert peer.is_closed()

    run(test, idle_s=20, header_s=8)


@pytest.mark.parametrize("came", [b"", b"12345"])
def test_a_body_that_stops(came):
    async def test(served):
        peer = await served.open(UPLOAD + came)
        await pass_(9)
        assert not peer.is_closed()
        await pass_(2)
        assert refused(peer.heard(), 408, "body")
        assert "11 s" in peer.heard().decode()
        assert peer.is_closed()
        assert served.gone == 1

    run(test, body_s=10, body_bytes=6)


def test_one_that_comes_fast_enough_goes_on_until_the_whole_takes_too_long():
    async def test(served):
        peer = await served.open(request("/read", "POST", "content-length: 1000"))
        for _ in range(4):
            await peer.send(b"x" * 6)
            await pass_(11)
            assert not peer.is_closed()
        await peer.send(b"x" * 6)
        await pass_(11)
        assert refused(peer.heard(), 408, "body")

    run(test, body_s=10, body_bytes=6, whole_body_s=50)


def test_too_few_bytes_at_a_time():
    async def test(served):
        peer = await served.open(request("/read", "POST", "content-length: 1000"))
        await peer.send(b"x" * 12)  # what came before is not counted again
        await pass_(11)
        await peer.send(b"x" * 5)
        assert not peer.is_closed()
        await pass_(11)
        assert refused(peer.heard(), 408, "body")

    run(test, body_s=10, body_bytes=6)


def test_a_body_that_came_is_read_and_the_next_request_too():
    async def test(served):
        peer = await served.open(UPLOAD + b"12345")
        await pass_(9)
        await peer.send(b"67890")
        assert peer.heard().endswith(b"=10")
        await pass_(9)
        await peer.send(UPLOAD + b"1234567890")
        assert peer.heard().count(b"=10") == 2

    run(test, body_s=10, idle_s=10)


def test_work_has_no_limit():
    async def test(served):
        peer = await served.open(request("/wait"))
        await pass_(10_000)
        assert not peer.is_closed()
        served.go_on.set()
        await settle()
        assert peer.heard().endswith(b"waited")
        assert served.gone == 0

    run(test)


def test_the_rest_of_what_was_answered_early_is_thrown_away_for_a_while():
    async def test(served):
        peer = await served.open(request("/nothing", "POST", "content-length: 10") + b"1")
        assert peer.heard().startswith(b"HTTP/1.1 404 ")
        await pass_(9)
        await peer.send(b"2")
        assert not peer.is_closed()
        await pass_(2)
        assert peer.is_closed()
        assert b" 408 " not in peer.heard()
        whole = await served.open(request("/nothing", "POST", "content-length: 3") + b"1")
        await pass_(9)
        await whole.send(b"23" + HEALTH)
        assert whole.heard().endswith(b"fine")

    run(test, linger_s=10)


def test_a_caller_that_takes_nothing_of_its_answer_is_left():
    async def test(served):
        slow, gone = await served.open(), await served.open()
        for peer in (slow, gone):
            peer.writer.transport.pause_reading()
            await peer.send(request("/large"))
        await pass_(9)
        slow.writer.transport.resume_reading()
        await slow.reader.readexactly(LARGE)
        await pass_(2)
        await slow.send(HEALTH)  # the time ended with the waiting
        assert slow.heard().endswith(b"fine")
        gone.writer.transport.resume_reading()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await gone.reader.readexactly(LARGE)

    run(test, write_s=10)


def test_an_answer_is_made_no_faster_than_its_caller_takes_it():
    async def test(served):
        peer = await served.open()
        peer.writer.transport.pause_reading()
        await peer.send(request("/stream", "GET", "connection: close"))
        assert 0 < served.made < LARGE
        peer.writer.transport.resume_reading()
        assert len(await peer.reader.read()) > LARGE
        assert served.made == LARGE

    run(test)


def test_what_is_taken_at_once_is_bounded():
    async def test(served):
        await served.open(b"GET")
        assert [c.transport.max_size for c in served.state.connections] == [connections.RECEIVED_AT_ONCE]

    run(test)


def test_what_follows_the_last_request_is_not_answered():
    async def test(served):
        peer = await served.open()
        peer.writer.transport.pause_reading()
        await peer.send(request("/large", "GET", "connection: close") + HEALTH)
        await pass_(6)
        peer.writer.transport.resume_reading()
        assert (await peer.reader.read()).count(b"HTTP/1.1") == 1

    run(test, write_s=20, idle_s=5, linger_s=5)


@pytest.mark.parametrize("header", ["connection: close", "connection: keep-alive"])
def test_an_answer_may_take_longer_than_the_pause_until_the_next_request(header):
    async def test(served):
        peer = await served.open()
        peer.writer.transport.pause_reading()
        await peer.send(request("/large", "GET", header))
        await pass_(6)
        peer.writer.transport.resume_reading()
        assert (await peer.reader.read(12)) == b"HTTP/1.1 200"
        assert len(await peer.reader.read()) > LARGE

    run(test, write_s=20, idle_s=5, linger_s=5)


def test_nor_is_the_last_of_an_answer_waited_for_for_ever():
    async def test(served):
        peer = await served.open()
        peer.writer.transport.pause_reading()
        await peer.send(request("/large"))
        await pass_(6)
        (connection,) = served.state.connections
        assert connection.transport.is_closing()
        await pass_(9)
        connection.resume_writing()  # as asyncio does where little is left
        assert served.state.connections == {connection}
        await pass_(2)
        assert served.state.connections == set()

    run(test, write_s=10, idle_s=5)


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", request("/read", "POST", "content-length: x"), b"\x16\x03\x01\r\n\r\n"]
)
def test_what_is_no_request(sent):
    async def test(served):
        peer = await served.open(sent)
        assert refused(peer.heard(), 400, "")
        assert peer.is_closed()

    run(test)


def test_nothing_is_upgraded():
    async def test(served):
        peer = await served.open(request("/health", "GET", "connection: upgrade", "upgrade: websocket"))
        assert peer.heard().endswith(b"fine")

    run(test)


# ---- room


def test_one_more_than_are_held_closes_the_oldest_that_waits(caplog, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "_reported", -1000.0)

    async def test(served):
        first = await served.open(b"GET")
        await pass_(1)
        second = await served.open(b"GET")
        await pass_(1)
        third = await served.open(HEALTH)
        assert (first.is_closed(), second.is_closed(), third.heard()[-4:]) == (True, False, b"fine")
        fourth = await served.open(HEALTH)
        assert (second.is_closed(), third.is_closed(), fourth.heard()[-4:]) == (True, False, b"fine")

    run(test, connections=2, reserve=0)
    told = [message for message in caplog.messages if "connections are open" in message]
    assert told == ["2 connections are open - those that wait longest are closed"]


def test_who_has_most_connections_gives_one_up():
    async def test(served):
        alone = await served.open(b"GET", host="127.0.0.2")
        await pass_(1)
        first = await served.open(b"GET")
        await pass_(1)
        second = await served.open(b"GET")
        third = await served.open(HEALTH, host="127.0.0.3")
        assert third.heard().endswith(b"fine")
        assert [peer.is_closed() for peer in (alone, first, second)] == [False, True, False]

    run(test, connections=3, reserve=0)


def test_full_is_told_once_a_minute(caplog, monkeypatch):
    now = [5000.0]
    clock = SimpleNamespace(monotonic=lambda: now[-1])
    monkeypatch.setattr(connections, "time", clock)
    monkeypatch.setattr(BoundedProtocol, "_reported", now[0] - connections.REPORT_EVERY_S)
    told = []

    async def test(served):
        peers = [await served.open(b"GET")]
        for seconds in (0, 1, 59, 1, 60.5):
            now.append(now[-1] + seconds)
            peers.append(await served.open(b"GET"))
            told.append(len(caplog.messages))
        assert sum(peer.is_closed() for peer in peers) == 5

    run(test, connections=1, reserve=0)
    assert told == [0, 1, 1, 1, 2]


def test_one_whose_body_comes_is_closed_last():
    async def test(served):
        sends = await served.open(UPLOAD + b"1")
        await pass_(1)
        waits = await served.open(b"GET")
        third = await served.open(HEALTH)
        assert third.heard().endswith(b"fine")
        assert (sends.is_closed(), waits.is_closed()) == (False, True)
        await sends.send(b"234567890")
        assert sends.heard().endswith(b"=10")

    run(test, connections=2, reserve=0)


def test_as_many_as_may_be_held_are():
    async def test(served):
        peers = [await served.open(b"GET") for _ in range(3)]
        assert [peer.is_closed() for peer in peers] == [False] * 3
        peers[0].writer.close()
        await settle()
        peers.append(await served.open(b"GET"))
        assert [peer.is_closed() for peer in peers[1:]] == [False] * 3

    run(test, connections=3, reserve=0)


def test_where_all_are_at_work_health_alone_is_answered_and_that_within_bounds():
    async def test(served):
        at_work = [await served.open(request("/wait")) for _ in range(2)]
        assert served.waiting == 2
        third = await served.open(request("/prefix/health").replace(b"/prefix", b""))
        assert third.heard().endswith(b"fine")
        await third.send(request("/read"))
        answer = third.heard()
        assert b"HTTP/1.1 503 " in answer
        assert b"\r\nretry-after: 5\r\n" in answer
        assert b"content-type: application/json" in answer
        assert b'{"error": "busy", "detail": "' in answer
        assert third.is_closed()
        third = await served.open(HEALTH)
        assert third.heard().endswith(b"fine")
        served.go_on.set()
        await settle()
        assert all(peer.heard().endswith(b"waited") for peer in at_work)

    run(test, connections=2, reserve=1)


def test_one_whose_answer_is_on_its_way_makes_no_room():
    async def test(served):
        peer = await served.open()
        peer.writer.transport.pause_reading()
        await peer.send(request("/large", "GET", "connection: close"))
        other = await served.open(HEALTH)
        assert other.heard().endswith(b"fine")
        peer.writer.transport.resume_reading()
        assert len(await peer.reader.read()) > LARGE

    run(test, connections=1, reserve=1)


def test_one_more_than_the_reserve_is_refused_at_once():
    async def test(served):
        at_work = [await served.open(request("/wait")) for _ in range(2)]
        for _ in range(2):
            peer = await served.open(request("/wait"))
            assert refused(peer.heard(), 503, "too many connections")
            assert peer.is_closed()
        assert served.waiting == len(at_work) == 2

    run(test, connections=2, reserve=0)
