"""Sign-in's paths: to the provider, back from it, and out."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backend.errors import BusyError, IdentityProviderError, SignInError
from backend.server.console.access import ConsoleUser
from backend.server.console.openid.outward import ProviderLine
from backend.server.console.openid.provider import BegunSignIn, OpenIdClient, OpenIdProvider
from backend.server.console.openid.sessions import Sessions
from backend.server.console.rendering import HEADERS
from backend.settings import Settings, listed

log = logging.getLogger("labelguard.server")
T = TypeVar("T")

BACK = "/console/signed-in"
PATHS = ("/console", *(f"/console/{one}" for one in "policy today record quality leak trial".split()))
"""Where one may go on once signed in."""
LONGEST_GOAL = 1_000
MOST_AT_ONCE = 8
"""Sign-ins that the provider is asked about at a time."""
STEP_S = 20.0
"""Seconds that one may take here."""


class SignIn:
    """Signs people in and out.

    Args:
        provider: who knows them.
        sessions: cookies.
    """

    def __init__(self, provider: OpenIdProvider, sessions: Sessions) -> None:
        self._provider, self._sessions = provider, sessions
        self._under_way = 0

    def user(self, request: Request) -> ConsoleUser | None:
        """Return who has signed in."""
        return self._sessions.user(request)

    async def begin(self, request: Request, _: object = None) -> Response:
        """Send a browser to the provider."""
        asked = request.query_params
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = BegunSignIn(state, nonce, verifier, own_goal(asked.get("next", "")))
        address = await self._bounded(self._provider.address(begun, anew="anew" in asked))
        response = _sent_on(address)
        self._sessions.begin(response, begun)
        return response

    async def finish(self, request: Request, _: object = None) -> Response:
        """Take a browser back from the provider."""
        begun = self._sessions.begun(request)
        if begun is None:
            raise SignInError("it was begun in another browser, or too long ago, or cookies are not kept")
        role = await self._bounded(self._provider.role(begun, dict(request.query_params)))
        log.info("console: somebody signed in as %s", role)
        response = _sent_on(begun.goal)
        self._sessions.sign_in(response, role)
        return response

    def end(self, response: Response) -> Response:
        """Have a browser forget who has signed in."""
        self._sessions.sign_out(response)
        return response

    async def _bounded(self, work: Coroutine[Any, Any, T]) -> T:
        if self._under_way >= MOST_AT_ONCE:
            work.close()
            raise BusyError("too many people sign in at a time")
        self._under_way += 1
        try:
            async with asyncio.timeout(STEP_S):
                return await work
        except TimeoutError:
            raise IdentityProviderError(f"did not answer within {STEP_S:g} seconds") from None
        finally:
            self._under_way -= 1


def own_goal(address: str) -> str:
    """Return the page of ours that an address names, as we write it; any other leads to the first."""
    if len(address) > LONGEST_GOAL or not address.startswith("/"):
        return PATHS[0]
    try:
        parts = urlsplit(address)
        query = urlencode(parse_qsl(parts.query, max_num_fields=20))
    except ValueError:
        return PATHS[0]
    if parts.scheme or parts.netloc or parts.path not in PATHS:
        return PATHS[0]
    return f"{parts.path}?{query}" if query else parts.path


def _sent_on(address: str) -> Response:
    return RedirectResponse(address, 303, headers=dict(HEADERS))


def open_sign_in(settings: Settings, secret: bytes) -> SignIn:
    """Open sign-in by OpenID Connect, which the settings have.

    Args:
        settings: of the server.
        secret: of the deployment, from which the key of cookies is derived.

    Raises:
        SettingsError: the provider's authority cannot be read.
    """
    own, password = settings, settings.console_oidc_client_secret
    base = own.console_url.rstrip("/")
    client = OpenIdClient(
        own.console_oidc_issuer,
        own.console_oidc_client,
        password.get_secret_value() if password else "",
        base + BACK,
        own.console_oidc_scope,
        own.console_oidc_claim,
        listed(own.console_oidc_viewers),
        listed(own.console_oidc_admins),
    )
    sessions = Sessions(secret, asdict(client), is_secure=base.startswith("https:"))
    return SignIn(OpenIdProvider(client, ProviderLine(own.console_oidc_ca)), sessions)
