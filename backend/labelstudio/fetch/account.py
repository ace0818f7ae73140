"""The token by which Label Studio is asked: a legacy one as it is, a personal one exchanged for an access token."""

import asyncio
import base64
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx

from backend.labelstudio.fetch.bodies import read_body
from backend.labelstudio.fetch.places import NoAccessError

ANSWER_BYTES = 1_000_000
"""Longest answer that holds an access token."""
LEGACY_TOKEN = re.compile(r"[0-9a-f]{40}")
UNTOLD_LIFE_S = 60.0
"""How long an access token is used that does not say how long it holds."""
SPARE_S = 15.0
"""How long before its end an access token is exchanged."""


class TokenError(NoAccessError):
    """Label Studio gives no access token for the token.

    Args:
        answered: the status of its answer.
    """

    def __init__(self, answered: int) -> None:
        super().__init__(f"needs a token that Label Studio takes ({answered})")
        self.answered = answered


@dataclass(frozen=True, slots=True)
class LabelStudioAccess:
    """Where Label Studio is, for data that it keeps itself.

    Attributes:
        url: its base URL, as Labelguard reaches it.
        token: a user's token: a legacy one, or a personal access token.
    """

    url: str
    token: str = field(repr=False)

    def place(self, path: str) -> str:
        """Return the address of a path below the base URL."""
        return urljoin(self.url.rstrip("/") + "/", path)


class Account:
    """Makes the header that Label Studio knows its user by; belongs to one event loop.

    Args:
        access: whose token.
    """

    def __init__(self, access: LabelStudioAccess) -> None:
        self._access = access
        self._lock = asyncio.Lock()
        self._bearer, self._until = "", 0.0

    async def authorization(self, client: httpx.AsyncClient) -> str:
        """Return the value of the header; an access token is asked for once, and again when it ends.

        Raises:
            TokenError: Label Studio does not take the token.
            NoAccessError: its answer is too long.
        """
        if LEGACY_TOKEN.fullmatch(self._access.token):
            return f"Token {self._access.token}"
        async with self._lock:
            if time.monotonic() >= self._until:
                self._bearer = await self._refresh(client)
                self._until = time.monotonic() + max(0.0, _life(self._bearer) - SPARE_S)
            return f"Bearer {self._bearer}"

    def drop(self, authorization: str) -> bool:
        """Drop an access token that Label Studio refused; returns whether another may be had."""
        if authorization == f"Bearer {self._bearer}":
            self._until = 0.0
        return authorization.startswith("Bearer ")

    async def _refresh(self, client: httpx.AsyncClient) -> str:
        place = self._access.place("api/token/refresh")
        async with client.stream("POST", place, json={"refresh": self._access.token}) as answer:
            access = _access_token(await read_body(answer, ANSWER_BYTES)) if answer.is_success else ""
            if not access:
                raise TokenError(answer.status_code)
        return access


def _access_token(body: bytes) -> str:
    """Read an access token that can stand in a header; "" if there is none."""
    try:
        access = str(json.loads(body)["access"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return access if access.isascii() and access.isprintable() else ""


def _life(token: str) -> float:
    """Return for how many seconds from its making a JSON Web Token holds: our clock need not agree with its maker's."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return float(claims["exp"] - claims["iat"])
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return UNTOLD_LIFE_S + SPARE_S
