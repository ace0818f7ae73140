"""Who may use the console: by password or signed in elsewhere; and forms that come from its own pages alone."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request

from backend.errors import ForeignFormError, UnauthorizedError
from backend.server.http import given_basic
from backend.system.sealing import Sealer

ConsoleRole: TypeAlias = Literal["viewer", "admin"]
SIGN_OUT = "sign out"
"""What the form does by which a session ends."""
FORM_S = 12 * 3600
"""Seconds for which a page's form may be sent."""


@dataclass(frozen=True, slots=True)
class ConsoleUser:
    """Who asks.

    Attributes:
        role: what they may do.
        session: of whom signed in, by a name that tells nothing; "" for who came with a password.
        sign_out: token of the form by which that ends; "" for who came with a password.
    """

    role: ConsoleRole
    session: str = field(default="", repr=False)
    sign_out: str = field(default="", repr=False, compare=False)


class ConsoleAccess:
    """Tells who asks, and whether a form was sent from a page of ours. Keeps nothing.

    Args:
        passwords: by user, for Basic auth; those who have none do not exist.
        secret: of the deployment, from which the key of forms is derived; all workers have the same.
        now: tells Unix time.
        signed_in: tells who has signed in by other means, None if nobody has.
    """

    def __init__(
        self,
        passwords: dict[ConsoleRole, str],
        secret: bytes,
        now: Callable[[], float] = time.time,
        signed_in: Callable[[Request], ConsoleUser | None] = lambda _: None,
    ) -> None:
        self._known = {ConsoleUser(role): f"{role}:{password}".encode() for role, password in passwords.items()}
        self._sealer = Sealer(secret, "console")
        self._now, self._signed_in = now, signed_in

    def __repr__(self) -> str:
        return "ConsoleAccess(…)"

    @property
    def has_passwords(self) -> bool:
        """Whether anybody may come in with a password."""
        return bool(self._known)

    def user(self, request: Request) -> ConsoleUser:
        """Return who asks.

        Raises:
            UnauthorizedError: nobody whom we know. It takes as long whoever is meant.
        """
        if signed_in := self._signed_in(request):
            return replace(signed_in, sign_out=self.token(signed_in, SIGN_OUT))
        given = given_basic(request)
        found = [user for user, known in self._known.items() if hmac.compare_digest(given, known)]
        if not found:
            raise UnauthorizedError
        return found[0]

    def token(self, user: ConsoleUser, action: str) -> str:
        """Return what a form must bring: it is good for this user and session, this action and FORM_S seconds."""
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
        return self._sealer.name([user.role, user.session, action, made])


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
