"""Label Studio's webhooks: let in by a secret, and written down before they are answered."""

import asyncio
import base64
import hmac
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request

from backend.errors import BodyTooLargeError, UnauthorizedError, WebhookSecretError
from backend.labelstudio.events import EVENTS, WebhookRequest
from backend.review.service import ReviewService
from backend.server.bodies import Bodies
from backend.server.http import BasicAuth
from backend.server.parsing import LARGE, read_request

log = logging.getLogger("labelguard.server")

WEBHOOK_BYTES = 8 * 2**20
"""Longest webhook that is read. Label Studio sends hundreds of annotations in one where they are made in bulk."""
SHORT = 16 * 1024
"""Bytes up to which one is read on the loop: up to 4 ms, mostly .2; a thread would wait for its turn for longer."""
TELL_S = 1.0
"""Seconds after which those that came are told in the log: a line takes as long as all else that is done with one."""
_HEADER = "x-labelguard-secret"


@dataclass(frozen=True, slots=True)
class WebhookGate:
    """Who may send webhooks: who brings the secret, in any of the ways that Label Studio has, or knows the password.

    Attributes:
        secret: "" for none.
        auth: the backend's Basic auth, which Label Studio sends with START_TRAINING; None for none.
    """

    secret: str = ""
    auth: BasicAuth | None = None

    def __repr__(self) -> str:
        return "WebhookGate(…)"

    def check(self, request: Request) -> None:
        """Pass a request, in constant time, or raise `WebhookSecretError`; without secret and password all pass."""
        if not self.secret and not self.auth:
            return
        passes = self._has_secret(request) if self.secret else False
        if self.auth:
            try:
                self.auth.check(request)
                passes = True
            except UnauthorizedError:
                pass
        if not passes:
            raise WebhookSecretError

    def _has_secret(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        told = [
            given if scheme.lower() == "bearer" else "",
            _password(given) if scheme.lower() == "basic" else "",
            request.headers.get(_HEADER, ""),
            str(request.path_params.get("secret", "")),
        ]
        found = [hmac.compare_digest(one.encode(), self.secret.encode()) for one in told]
        return any(found)


def _password(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


class Webhooks:
    """Takes webhooks. Belongs to the server's event loop.

    Args:
        gate: lets them in.
        limit: bytes of the longest request of any kind.
        reviews: keeps what they say; None keeps nothing.
    """

    def __init__(self, gate: WebhookGate, limit: int, reviews: ReviewService | None = None) -> None:
        self.reviews = reviews
        self._gate = gate
        self._small, self._large = ThreadPoolExecutor(2, "webhooks"), ThreadPoolExecutor(1, "webhooks-large")
        self._bodies = Bodies(min(limit, WEBHOOK_BYTES))
        self._came: Counter[str] = Counter()

    async def take(self, request: Request) -> None:
        """Take a webhook.

        Raises:
            WebhookSecretError: it does not bring the secret; it is not read.
            RequestError: it is none, too long, or too many wait.
            StoreError: it cannot be written down.
        """
        self._gate.check(request)
        try:
            async with self._bodies.body(request) as body:
                path = str(request.path_params.get("path", ""))
                if len(body) <= SHORT:
                    action, written = self._take(body, path)
                else:
                    pool, loop = self._large if len(body) > LARGE else self._small, asyncio.get_running_loop()
                    action, written = await loop.run_in_executor(pool, self._take, body, path)
        except BodyTooLargeError:
            log.warning("a webhook is too long - labelguard annotations sync gets what it told of")
            raise
        self._note(action)
        if written:
            written.result() if written.done() else await asyncio.wrap_future(written)

    def _take(self, body: bytearray, path: str) -> "tuple[str, Future[None] | None]":
        asked = read_request(WebhookRequest, body)
        return asked.action, self.reviews.take(asked, path) if self.reviews else None

    def _note(self, action: str) -> None:
        if not self._came:
            asyncio.get_running_loop().call_later(TELL_S, self._tell)
        self._came[action if action in EVENTS else "unknown event"] += 1

    def _tell(self) -> None:
        for action, often in self._came.items():
            log.info("webhook: %s%s", action, f", {often} times" if often > 1 else "")
        self._came.clear()

    def metrics(self) -> bytes:
        """Return the counts in Prometheus' text format.

        Raises:
            StoreError: the database cannot be asked.
        """
        return self.reviews.metrics() if self.reviews else b""

    def close(self) -> None:
        """End the threads."""
        self._tell()
        self._small.shutdown(wait=False)
        self._large.shutdown(wait=False)


@contextmanager
def receiving(app: Starlette, webhooks: Webhooks) -> Iterator[None]:
    """Have an application take webhooks, and what they say be worked on, while this lasts."""
    app.state.webhooks.close()
    app.state.webhooks = webhooks
    with closing(webhooks):
        if webhooks.reviews:
            webhooks.reviews.start()
        try:
            yield
        finally:
            if webhooks.reviews:
                webhooks.reviews.close()
