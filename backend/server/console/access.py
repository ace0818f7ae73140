"""Who may use the console: two users with passwords of their own, and forms that come from its own pages alone."""

import hmac
import time
from collections.abc import Callable
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request

from backend.errors import ForeignFormError, UnauthorizedError
from backend.server.http import given_basic
from backend.system.sealing import Sealer

ConsoleUser: TypeAlias = Literal["viewer", "admin"]
FORM_S = 12 * 3600
"""Seconds for which a page's form may be sent."""


class ConsoleAccess:
    """Tells who asks, by Basic auth, and whether a form was sent from a page of ours. Keeps no session.

    Args:
        passwords: by user; those who have none do not exist.
        secret: of the deployment, from which the key of forms is derived; all workers have the same.
        now: tells Unix time.
    """

    def __init__(self, passwords: dict[ConsoleUser, str], secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._known = {user: f"{user}:{password}".encode() for user, password in passwords.items()}
        self._sealer = Sealer(secret, "console")
        self._now = now

    def __repr__(self) -> str:
        return "ConsoleAccess(…)"

    def user(self, request: Request) -> ConsoleUser:
        """Return who asks.

        Raises:
            UnauthorizedError: nobody whom we know. It takes as long whoever is meant.
        """
        given = given_basic(request)
        found = [user for user, known in self._known.items() if hmac.compare_digest(given, known)]
        if not found:
            raise UnauthorizedError
        return found[0]

    def token(self, user: ConsoleUser, action: str) -> str:
        """Return what a form must bring: it is good for this user, this action and FORM_S seconds."""
        made = str(int(self._now()))
        return f"{made}.{self._name(user, action, made)}"

    def check_form(self, request: Request, user: ConsoleUser, action: str, token: str) -> None:
        """Pass a form that was sent from a page of ours by the user whom it was made for.

        Raises:
            ForeignFormError: another site sent it, or its token is none, another's, another action's or too old.
        """
        made, _, given = token.partition(".")
        is_ours = hmac.compare_digest(given.encode(), self._name(user, action, made).encode())
        is_new = made.isascii() and made.isdecimal() and len(made) < 16 and 0 <= self._now() - int(made) <= FORM_S
        if not (is_ours and is_new and _is_from_us(request)):
            raise ForeignFormError

    def _name(self, user: ConsoleUser, action: str, made: str) -> str:
        return self._sealer.name([user, action, made])


def _is_from_us(request: Request) -> bool:
    """Say whether a browser says that a form comes from the host that it is sent to.

    Browsers say no site over plain http, and no origin from pages with the referrer policy that ours have: then the
    token alone tells.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "null")
    try:
        return origin == "null" or urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False
