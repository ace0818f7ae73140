"""The OpenID provider: where it sends people to sign in, and who it says that came back with a code."""

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from backend.errors import IdentityProviderError, NoRoleError, SignInError
from backend.server.console.access import ConsoleRole
from backend.server.console.openid.outward import ProviderLine
from backend.server.console.openid.tokens import WantedToken, checked_claims, read_keys, role_of

METADATA_S = 300.0
"""Seconds for which is kept where the provider has what."""
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """What the provider and we know of each other.

    Attributes:
        issuer: its name, which is where it tells of itself too.
        client: our ID.
        secret: of ours.
        redirect: where it sends people back to.
        scope: what is asked for.
        claim: which says who may come in.
        viewers: its values that make a viewer.
        admins: its values that make an admin.
    """

    issuer: str
    client: str
    secret: str = field(repr=False)
    redirect: str
    scope: str
    claim: str
    viewers: tuple[str, ...]
    admins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """A sign-in that was begun in a browser, which alone has it.

    Attributes:
        state: comes back with the code.
        nonce: comes back in the token.
        verifier: shows that the code is ours (PKCE).
        goal: path of ours that it was begun from.
    """

    state: str
    nonce: str
    verifier: str
    goal: str

    def __repr__(self) -> str:
        return "BegunSignIn(…)"


class OpenIdProvider:
    """One provider, asked anew for its keys at each sign-in. Belongs to one event loop.

    Args:
        client: what we know of each other.
        line: asks it.
        now: tells Unix time.
    """

    def __init__(self, client: OpenIdClient, line: ProviderLine, now: Callable[[], float] = time.time) -> None:
        self._client, self._line, self._now = client, line, now
        self._kept: tuple[float, Mapping[str, Any]] | None = None

    async def address(self, begun: BegunSignIn, *, anew: bool = False) -> str:
        """Return where a browser is sent to sign in.

        Args:
            begun: the sign-in.
            anew: whether the provider must ask who it is, though it knows.

        Raises:
            IdentityProviderError: the provider cannot be asked where.
        """
        own = self._client
        place = (await self._metadata())["authorization_endpoint"]
        more = {"nonce": begun.nonce, "code_challenge": create_s256_code_challenge(begun.verifier)}
        more |= {"code_challenge_method": "S256"} | ({"prompt": "login"} if anew else {})
        return str(prepare_grant_uri(place, own.client, "code", own.redirect, own.scope, begun.state, **more))

    async def role(self, begun: BegunSignIn, came: Mapping[str, str]) -> ConsoleRole:
        """Say what whoever came back may do.

        Args:
            begun: the sign-in of this browser.
            came: parameters that it came back with.

        Raises:
            SignInError: it is not what was begun, the provider refused, or its token does not hold.
            NoRoleError: somebody whom the provider knows, and who has no role.
            IdentityProviderError: the provider cannot be asked.
        """
        own = self._client
        if not hmac.compare_digest(came.get("state", "").encode(), begun.state.encode()):
            raise SignInError("this is not the answer to what this browser asked for last")
        if came.get("iss", own.issuer) != own.issuer:
            raise SignInError("the answer comes from another OpenID provider")
        if "error" in came or not came.get("code"):
            raise SignInError("the OpenID provider gave no code")
        metadata = await self._metadata()
        token = await self._token(metadata, came["code"], begun.verifier)
        keys = (await self._line.ask(metadata["jwks_uri"])).said
        wanted = WantedToken(own.issuer, own.client, begun.nonce)
        claims = await asyncio.to_thread(lambda: checked_claims(token, read_keys(keys), wanted, self._now()))
        role = role_of(claims, own.claim, own.viewers, own.admins)
        if role is None:
            raise NoRoleError(own.claim)
        return role

    async def _token(self, metadata: Mapping[str, Any], code: str, verifier: str) -> str:
        """Give a code for an ID token."""
        own = self._client
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": own.redirect}
        form |= {"client_id": own.client, "code_verifier": verifier}
        auth = None
        if "client_secret_post" in (metadata.get("token_endpoint_auth_methods_supported") or ()):
            form["client_secret"] = own.secret
        else:
            auth = (quote(own.client, safe=""), quote(own.secret, safe=""))
        answer = await self._line.ask(metadata["token_endpoint"], form, auth)
        if answer.status == 401:
            raise IdentityProviderError("does not take our client ID and secret (401)")
        if answer.status == 400:
            raise SignInError("the OpenID provider does not take the code: it was used, is too old or another's")
        token = answer.said.get("id_token")
        if not isinstance(token, str):
            raise IdentityProviderError(f"gave no ID token ({answer.status})")
        return token

    async def _metadata(self) -> Mapping[str, Any]:
        """Ask the provider where it has what, and see that it is the one that is meant."""
        if self._kept and time.monotonic() < self._kept[0]:
            return self._kept[1]
        answer = await self._line.ask(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
        said = answer.said
        if answer.status != 200:
            raise IdentityProviderError(f"does not tell of itself ({answer.status})")
        if said.get("issuer") != self._client.issuer:
            raise IdentityProviderError("calls itself by another name than the setting")
        if not all(_is_safe(said.get(place)) for place in _PLACES):
            raise IdentityProviderError("has a place that is missing, or is not reached by https")
        self._kept = (time.monotonic() + METADATA_S, said)
        return said


def _is_safe(address: Any) -> bool:
    """Say whether nobody between can listen in on an address."""
    try:
        parts = urlsplit(address) if isinstance(address, str) and address.isprintable() else None
        host = (parts and parts.hostname) or ""
    except ValueError:
        return False
    if parts is None or not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdecimal())
