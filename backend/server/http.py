"""HTTP matters of our own: reason phrases and Basic auth."""

import base64
import hmac
from dataclasses import dataclass
from math import ceil
from typing import Any

import h11
from starlette.requests import Request
from starlette.responses import JSONResponse

from backend.errors import LabelguardError, UnauthorizedError
from backend.server.connections import BoundedProtocol, ConnectionLimits, error_body, error_headers, printable

REASON_HEADER = b"x-labelguard-reason"


class _Connection(h11.Connection):
    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        if isinstance(event, h11.Response):
            reason = next((value for name, value in event.headers if name == REASON_HEADER), None)
            if reason is not None:
                event = h11.Response(
                    status_code=event.status_code, headers=list(event.headers), reason=reason, _parsed=True
                )
        return super().send(event)


class ReasonProtocol(BoundedProtocol):
    """The HTTP protocol with a reason phrase of ours, since it is all that Label Studio shows of an error.

    ASGI has no place for it: it travels in the header `x-labelguard-reason`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(h11.SERVER, self.conn._max_incomplete_event_size)


def protocol(limits: ConnectionLimits) -> type[ReasonProtocol]:
    """Return the HTTP protocol under other limits."""
    return type("LimitedProtocol", (ReasonProtocol,), {"limits": limits})


def error_response(error: LabelguardError) -> JSONResponse:
    """Answer with an error: its code and reason as JSON, its reason as the phrase of the status line."""
    headers = {REASON_HEADER.decode(): printable(error.reason), **error_headers(error)}
    if isinstance(error, UnauthorizedError):
        headers["www-authenticate"] = 'Basic realm="labelguard"'
    return JSONResponse(error_body(error), error.status, headers)


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """The user and password that Label Studio must send."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "BasicAuth(…)"

    def check(self, request: Request) -> None:
        """Pass a request, in constant time, or raise `UnauthorizedError`."""
        if not hmac.compare_digest(given_basic(request), f"{self.user}:{self.password}".encode()):
            raise UnauthorizedError


def given_basic(request: Request) -> bytes:
    """Return `user:password` as a request's Basic auth gives it, empty if it gives none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except ValueError:
        return b""


def options(limits: ConnectionLimits, stop_s: float = 5.0) -> dict[str, Any]:
    """Return how uvicorn serves us.

    Args:
        limits: of the connections.
        stop_s: seconds that requests under way may take once it is told to end.
    """
    return {
        "http": protocol(limits),
        "ws": "none",
        "loop": "asyncio",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,  # nothing hangs on who asks, or on what a caller says of it
        "timeout_keep_alive": ceil(limits.idle_s),
        "timeout_graceful_shutdown": ceil(stop_s),
    }
