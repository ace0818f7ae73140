"""The one client for all that goes to a model: no proxy, redirect, address, cookie or key but what the policy says.

httpx's transport below, and above it whatever library writes a provider's protocol. What passes here is held to what
stands in a `WireAttempt`: one request an attempt, to one origin, with one key and an answer of bounded size. A library
that follows redirects, looks models up elsewhere or reads an address out of the environment finds the way closed.
"""

import os
import socket
import ssl
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import certifi
import httpx

from backend.errors import ProviderSetupError
from backend.model.answer.foreign import AnswerBody, plain
from backend.providers import Provider, Reach

AsItCame = httpx.Response
"""What openai returns to whom wants nothing made of an answer."""
CONNECT_S = 10.0
IDLE_S = 4.0
"""A connection that was idle for longer is not used again: model servers close theirs after 5 s (uvicorn) or more."""
MAX_ANSWER = 8 * 2**20
"""Bytes of an answer, after unpacking: a hundred times what the longest can hold."""

Fault = Literal[
    "",
    "elsewhere",
    "unreachable",
    "unnamed",
    "slow",
    "proxy",
    "certificate",
    "handshake",
    "scheme",
    "redirect",
    "large",
    "packed",
    "page",
    "error",
    "cut",
]

_HEADERS = frozenset({"content-length", "anthropic-version", "anthropic-beta"})
"""What a library may add to a request; all else tells of the machine, or comes out of its environment."""
_KEYS = frozenset({"authorization", "api-key", "x-api-key", "x-goog-api-key"})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"})
"""What OpenSSL calls an answer that is no TLS."""
_NO_HTTP = "illegal request line"
"""What h11 says of an answer whose first byte can be none of HTTP's, as TLS's answer to what is no TLS."""
_FORM = "multipart/form-data; boundary="
_OWN = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "content-type": "application/json",
    "user-agent": "labelguard",
}


_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_S)


class ClosedWayError(httpx.TransportError):
    """What a library is told where a request ends here; why stands in the sending."""


@dataclass(slots=True)
class WireAttempt:
    """One attempt to reach a model, as the wire saw it.

    Attributes:
        wire: what it goes by.
        reach: where it goes.
        key: the one that it carries.
        key_header: where, if the library writes none or another.
        asks_logprobs: whether the answer's probabilities are of use.
        is_upload: whether it carries a file, in a form of several parts.
        is_raw: whether the answer is none of a model's, so that nothing is taken out of it.
        take: is given the parts of a file that comes in answer; it returns whether it takes more.
        is_open: whether a request may still be made.
        fault: what ended it.
        is_sent: whether anything of the request left; if not, it certainly cost nothing.
        status: HTTP's, 0 without an answer.
        retry_after: the header.
        answer: what else is to be known of the body.
    """

    wire: "ProviderConnections"
    reach: Reach
    key: str = field(repr=False)
    key_header: str = "authorization"
    asks_logprobs: bool = False
    is_upload: bool = False
    is_raw: bool = False
    take: Callable[[bytes], bool] | None = field(default=None, repr=False)
    is_open: bool = True
    fault: Fault = ""
    is_sent: bool = False
    status: int = 0
    retry_after: str = ""
    answer: AnswerBody = field(default_factory=AnswerBody, repr=False)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Make the attempt's one request."""
        if not self.is_open or not self.wire.takes(request):
            self.fault = self.fault or ("elsewhere" if self.is_open else "")
            raise ClosedWayError("not by this way")
        self.is_open = False
        bare = self._bare(request)
        try:
            async with self.wire.connection() as connection:
                response = await connection.handle_async_request(bare)
                return await self._receive(response)
        except httpx.HTTPError as error:
            self.fault = self.fault or _fault(error)
        raise ClosedWayError(self.fault)

    async def _receive(self, response: httpx.Response) -> httpx.Response:
        try:
            self.status = response.status_code
            self.retry_after = response.headers.get("retry-after", "")
            if 300 <= self.status < 400:
                self.fault = "redirect"
                raise ClosedWayError(self.fault)
            body = bytearray()
            take = self.take if self.status == 200 else None
            async for part in self._unpacked(response):
                if take is None:
                    body += part
                if len(body) > MAX_ANSWER or (take and not take(part)):
                    self.fault = "large"
                    raise ClosedWayError(self.fault)
        finally:
            await response.aclose()
        if self.is_raw and self.status < 400:
            return httpx.Response(self.status, content=bytes(body))
        named = response.headers.get("x-amzn-errortype", "")
        self.answer, content = plain(bytes(body), self.status, named=named, asks_logprobs=self.asks_logprobs)
        self.status = self.answer.status or self.status
        if self.answer.form and self.status < 400:
            self.fault = self.answer.form
            raise ClosedWayError(self.fault)
        # whatever it was called: libraries hand on as a text what is not called JSON
        kind = {"content-type": "application/json"}
        return httpx.Response(self.status, headers=kind, content=content)

    async def _unpacked(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body as it was before it was packed, never more than a bounded part at once."""
        packed = response.headers.get("content-encoding", "identity").lower()
        stream: Any = response.stream
        if packed in ("", "identity"):
            async for part in stream:
                yield part
            return
        if packed not in ("gzip", "x-gzip", "deflate"):
            self.fault = "packed"
            raise ClosedWayError(self.fault)
        unpacker = zlib.decompressobj(47)  # with a header of gzip's or zlib's
        try:
            async for part in stream:
                rest = part
                while rest:
                    yield unpacker.decompress(rest, 2**16)
                    rest = unpacker.unconsumed_tail
            yield unpacker.flush()
        except zlib.error:
            self.fault = "packed"
        if self.fault:
            raise ClosedWayError(self.fault)

    def _bare(self, request: httpx.Request) -> httpx.Request:
        """Return a request with nothing but what it needs, and no other key than the policy's."""
        own = (self.key, f"Bearer {self.key}")
        told = request.headers.multi_items()  # names in small letters
        kept = {name: value for name, value in told if name in _HEADERS or (name in _KEYS and value in own)}
        if not _KEYS & set(kept):  # one of the environment's was to go
            kept[self.key_header] = own[self.key_header == "authorization"]
        kept |= _OWN | {"host": request.url.netloc.decode("ascii")}
        if self.is_upload and dict(told).get("content-type", "").startswith(_FORM):
            kept["content-type"] = dict(told)["content-type"]
        extensions = {"timeout": self.wire.timeouts, "trace": self._trace}
        return httpx.Request(request.method, request.url, headers=kept, stream=request.stream, extensions=extensions)

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.is_sent = True


class ProviderConnections:
    """The connections to one provider. Belongs to one event loop.

    Each has a pool of its own: httpcore's looks at all connections of a pool at each request, and at each answer.

    Args:
        provider: whose.
        base_url: of its API.
        uds: path of a Unix socket, or None.
        proxy_key: user and password of its proxy, as `user:password`; "" if it asks for none.

    Attributes:
        timeouts: seconds that each step of a request may take.

    Raises:
        ProviderSetupError: a file of certificates cannot be read.
    """

    def __init__(self, provider: Provider, base_url: str, uds: str | None = None, proxy_key: str = "") -> None:
        self.origin = _origin(httpx.URL(base_url))
        secure = self.origin[0] == "https" or (provider.proxy or "").startswith("https")
        trusted = tls_context(provider) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        proxy = None
        if provider.external and provider.proxy:
            user, _, password = proxy_key.partition(":")
            to_proxy = trusted if provider.proxy.startswith("https") else None
            proxy = httpx.Proxy(provider.proxy, ssl_context=to_proxy, auth=(user, password) if proxy_key else None)
        self._settings: dict[str, Any] = {
            "verify": trusted,
            "trust_env": False,
            "proxy": proxy,
            "uds": uds,
            "retries": 0,
        }
        self.timeouts = timeouts(provider).as_dict()
        self._most_idle = provider.concurrency
        self._idle: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()
        self._all: set[httpx.AsyncHTTPTransport] = set()

    def takes(self, request: httpx.Request) -> bool:
        """Say whether a request goes where this leads."""
        return _origin(request.url) == self.origin

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """Lend a connection for one request: the last that was used, or a new one. It is closed if that went wrong."""
        await self._close_old()
        connection = self._idle.pop()[1] if self._idle else self._new()
        try:
            yield connection
        except BaseException:
            await self._close(connection)
            raise
        if connection in self._all and len(self._idle) < self._most_idle:
            self._idle.append((time.monotonic(), connection))
        else:
            await self._close(connection)

    def _new(self) -> httpx.AsyncHTTPTransport:
        connection = httpx.AsyncHTTPTransport(**self._settings, limits=_ONE)
        self._all.add(connection)
        return connection

    async def _close_old(self) -> None:
        """Close the connection that was idle for longest, if its time is over: a server has closed it, or soon will."""
        if self._idle and self._idle[0][0] + IDLE_S < time.monotonic():
            await self._close(self._idle.popleft()[1])

    async def _close(self, connection: httpx.AsyncHTTPTransport) -> None:
        self._all.discard(connection)
        await connection.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        self._idle.clear()
        while self._all:
            await self._close(next(iter(self._all)))


class Outward(httpx.AsyncClient):
    """What libraries are given for a network: it leads where the attempt under way leads, and without one nowhere.

    It does nothing of what httpx's client does besides, of which nothing would pass: no cookies, no headers of its own.
    """

    def build_request(self, method: str, url: httpx.URL | str, **said: Any) -> httpx.Request:
        """Write a request as it was said."""
        return httpx.Request(method, url, **{name: value for name, value in said.items() if name != "timeout"})

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send by the attempt that is under way."""
        sending = _current.get()
        if sending is None:
            raise ClosedWayError("no attempt is under way")
        response = await sending.send(request)
        response.request = request
        return response


class Nowhere(httpx.BaseTransport):
    """What libraries are given for calls that do not wait for the event loop: look-ups that nobody asked for."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse."""
        raise ClosedWayError("not by this way", request=request)


_current: ContextVar[WireAttempt | None] = ContextVar("sending", default=None)


@contextmanager
def under_way(sending: WireAttempt) -> Iterator[None]:
    """Have libraries send by an attempt within the block, and no longer."""
    token = _current.set(sending)
    try:
        yield
    finally:
        sending.is_open = False
        _current.reset(token)


def new_client() -> httpx.AsyncClient:
    """Return the client that a library is given."""
    return Outward(**_settings())


def closed_client() -> httpx.Client:
    """Return the client for a library's own look-ups: it reaches nobody."""
    return httpx.Client(transport=Nowhere(), **_settings())


def timeouts(provider: Provider) -> httpx.Timeout:
    """Return how long a provider may take, and how long until it is connected."""
    return httpx.Timeout(provider.timeout_s, connect=min(provider.timeout_s, CONNECT_S))


def tls_context(provider: Provider) -> ssl.SSLContext:
    """Trust the machine's authorities, certifi's, those of SSL_CERT_FILE and SSL_CERT_DIR, and the provider's own.

    Raises:
        ProviderSetupError: a file of certificates cannot be read.
    """
    file = os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context()  # which reads SSL_CERT_DIR
    context.load_verify_locations(certifi.where())
    context.keylog_filename = None  # type: ignore[assignment]  # SSLKEYLOGFILE would write the connection's secrets
    try:
        place = "SSL_CERT_FILE"
        if file:
            context.load_verify_locations(cafile=file)
        place = "ca in the policy"
        if provider.ca:
            context.load_verify_locations(cadata=provider.ca)
    except (OSError, ValueError):  # ssl's own errors are OSErrors
        pass
    else:
        return context
    raise ProviderSetupError(provider.name, f"{place}: holds no certificates that can be read - name a PEM file")


def _settings() -> dict[str, Any]:
    cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    return {"trust_env": False, "follow_redirects": False, "cookies": cookies}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # None for the scheme's own, though it is written


def _fault(error: BaseException) -> Fault:
    """Tell what ended a request by what was raised."""
    causes = list(_causes(error))
    if isinstance(error, httpx.ConnectError):
        secured = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
        if secured is not None:
            return _tls_fault(secured)
        return "unnamed" if any(isinstance(cause, socket.gaierror) for cause in causes) else "unreachable"
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    if isinstance(error, httpx.ConnectTimeout):
        return "unreachable"
    if isinstance(error, httpx.RemoteProtocolError) and _NO_HTTP in str(error):
        return "scheme"
    return "slow" if isinstance(error, httpx.TimeoutException) else "cut"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _tls_fault(error: ssl.SSLError) -> Fault:
    """Tell a certificate that is not trusted from a port that speaks no TLS, and from what else goes wrong there."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    return "scheme" if error.reason in _NO_TLS else "handshake"
