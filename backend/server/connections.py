"""Bounds on connections: how many, how long each may take to say what it wants, and to hear the answer.

Nothing here knows a path but /health, which is answered where all else is refused.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Literal, TypeAlias

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.errors import BusyError, LabelguardError, MalformedError, TooSlowError

log = logging.getLogger("labelguard.server")

RECEIVED_AT_ONCE = 16 * 1024
"""Bytes that are taken from a connection at a time: of the smallest chunks, more would keep the loop for long."""
REPORT_EVERY_S = 60
RETRY_AFTER_S = 5
_NO_TAGS = str.maketrans("<>", "()")
"""Seconds after which a caller may ask again that was refused for what passes."""

Phase: TypeAlias = Literal["header", "body", "work", "linger", "idle"]
"""What a connection does: its request comes (header, body), is worked on, was answered early (its rest is thrown
away), or it waits for the next one."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a connection may take.

    Attributes:
        connections: how many are held; the one more closes the oldest that waits for its caller.
        reserve: how many more are taken where none waits; they may ask for /health alone.
        header_s: from the first moment to a whole header.
        body_s, body_bytes: within so many seconds so many more bytes of a body must come.
        whole_body_s: from the header to the body's end.
        linger_s: how long the rest of a request is thrown away that was answered early.
        idle_s: from an answer to the next request: longer than clients and balancers keep a connection (5 to 60 s), so
            that no request comes to one that is just being closed.
        write_s: how long a caller may take nothing of its answer.
    """

    connections: int = 512
    reserve: int = 32
    header_s: float = 10
    body_s: float = 10
    body_bytes: int = 64 * 1024
    whole_body_s: float = 300
    linger_s: float = 10
    idle_s: float = 75
    write_s: float = 60

    def seconds(self, phase: Phase) -> float | None:
        """Return how long a phase may last before it is looked at; None for ever."""
        return None if phase == "work" else float(getattr(self, f"{phase}_s"))


def raise_open_files(wanted: int = 65_536) -> int:
    """Let the process open as many files as it may, up to a number; returns how many it may now."""
    try:
        import resource
    except ImportError:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return wanted if soft == resource.RLIM_INFINITY else soft


def printable(reason: str) -> str:
    """Return a reason as a status line may have it, and a header too: without blanks around it.

    Label Studio's dialog renders it as HTML, so that it holds no angle bracket.
    """
    plain = reason.translate(_NO_TAGS)
    return "".join(char if " " <= char <= "~" else "?" for char in plain)[:300].strip()


def error_body(error: LabelguardError) -> dict[str, str]:
    """Return what is answered in place of a result."""
    return {"error": error.code, "detail": error.reason.translate(_NO_TAGS)}


def error_headers(error: LabelguardError) -> dict[str, str]:
    """Return what stands in the header of such an answer."""
    return {"retry-after": str(RETRY_AFTER_S)} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with bounds."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    _reported: ClassVar[float] = -REPORT_EVERY_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._phase: Phase = "idle"
        self._since = self._began = self.loop.time()
        self._received = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    # --- connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if there is room for it or can be made."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):  # of asyncio's own transports
            transport.max_size = RECEIVED_AT_ONCE
        if len(self.connections) > self.limits.connections and not self._make_room():
            if len(self.connections) > self.limits.connections + self.limits.reserve:
                self._refuse(BusyError("too many connections"))
                return
            self.app = _HealthAlone(self.app)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stop(self._timer, self._unread)
        self._unset_keepalive_if_required()
        with contextlib.suppress(h11.LocalProtocolError):
            super().connection_lost(exc)

    def _make_room(self) -> bool:
        """Close a connection that waits for its caller: of the peer that has most of them, the oldest."""
        waiting = [c for c in self.connections if isinstance(c, BoundedProtocol) and c is not self and c._is_waiting]
        if not waiting:
            return False
        peers = Counter(c._peer for c in waiting)
        victim = max(waiting, key=lambda c: (c._phase != "body", peers[c._peer], -c._since))
        if time.monotonic() - BoundedProtocol._reported > REPORT_EVERY_S:
            BoundedProtocol._reported = time.monotonic()
            log.warning("%d connections are open - those that wait longest are closed", self.limits.connections)
        self.connections.discard(victim)
        victim.transport.abort()
        return True

    @property
    def _is_waiting(self) -> bool:
        return self._phase != "work" and not self.transport.is_closing()

    @property
    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    # --- requests

    def data_received(self, data: bytes) -> None:
        """Take what came, and see what the connection does now."""
        self._received += len(data)
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # in the middle of an answer: nothing can be said any more
            self.transport.abort()
        self._watch()

    def on_response_complete(self) -> None:
        """See what the connection does now."""
        super().on_response_complete()
        self._watch()

    @override
    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        self._refuse(MalformedError())

    def _should_upgrade(self) -> bool:
        return False  # there is nothing to upgrade to, and nothing to say about it

    def _now(self) -> Phase:
        """Say what the connection does."""
        theirs = self.conn.their_state
        if self.cycle and not self.cycle.response_complete:
            return "body" if theirs is h11.SEND_BODY else "work"
        if theirs is h11.SEND_BODY or self.transport.is_closing():
            return "linger"
        return "header" if self.cycle is None or self.conn.trailing_data[0] else "idle"

    def _watch(self) -> None:
        """Let a phase's time begin with it."""
        phase = self._now()
        if phase == self._phase and self._timer:
            return
        self._stop(self._timer)
        self._phase, self._since, self._began = phase, self.loop.time(), self.loop.time()
        self._received = 0
        seconds = self.limits.seconds(phase)
        self._timer = self.loop.call_later(seconds, self._expired) if seconds is not None else None

    def _expired(self) -> None:
        """End what lasts too long."""
        self._timer = None
        if self.transport.is_closing():
            self._close()  # no abort: an answer may be on its way still, for as long as its caller takes it
        elif self._phase == "body":
            self._body_expired()
        elif self.conn.trailing_data[0]:
            self._refuse(TooSlowError("header", self.limits.header_s))
        else:
            self._close()

    def _body_expired(self) -> None:
        limits, seconds = self.limits, self.loop.time() - self._began
        came = self._received >= limits.body_bytes or self.flow.read_paused
        if came and seconds < limits.whole_body_s:
            self._received = 0
            self._timer = self.loop.call_later(limits.body_s, self._expired)
        else:
            self._refuse(TooSlowError("body", round(seconds)))

    # --- answers

    def pause_writing(self) -> None:
        """Begin to wait for a caller that takes nothing of its answer."""
        super().pause_writing()
        self._stop(self._unread)
        self._unread = self.loop.call_later(self.limits.write_s, self.transport.abort)

    def resume_writing(self) -> None:
        """End that waiting; not that for the last of an answer, which may be too little to be waited for again."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop(self._unread)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which no request follows."""
        if not self.transport.is_closing():
            self._close()

    def _refuse(self, error: LabelguardError) -> None:
        """Answer with an error, and close. What works on the request hears that its caller is gone."""
        begun = False
        if self.cycle and not self.cycle.response_complete:
            begun = self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if begun:
            self.transport.abort()
            return
        body = json.dumps(error_body(error)).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in error_headers(error).items())
        head = (
            f"HTTP/1.1 {error.status} {printable(error.reason)}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{more}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._close()

    def _close(self) -> None:
        """Close when all is written, or when the caller takes none of it."""
        self.transport.close()
        self._stop(self._unread)
        self._unread = self.loop.call_later(self.limits.write_s, self.transport.abort)

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()


class _HealthAlone:
    """An application in which all but /health is busy."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/health"):
            await self._app(scope, receive, send)
            return
        error = BusyError("too many connections")
        said = {"content-type": "application/json", "connection": "close", **error_headers(error)}
        headers = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": error.status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(error_body(error)).encode()})
