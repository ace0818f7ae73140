"""ID tokens: whether the provider signed one, for us, for this sign-in and lately; and which role it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from backend.errors import IdentityProviderError, SignInError
from backend.server.console.access import ConsoleRole

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""By which a token may be signed: with the key that the provider alone has. Never `none`, never a secret."""
LEEWAY_S = 60
"""Seconds by which the provider's clock may differ from ours."""
_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class WantedToken:
    """What a token must say.

    Attributes:
        issuer: who made it.
        client: for whom.
        nonce: of the sign-in.
    """

    issuer: str
    client: str
    nonce: str

    def __repr__(self) -> str:
        return "WantedToken(…)"


def read_keys(said: Mapping[str, Any]) -> KeySet:
    """Read the provider's keys (JWKS): those alone that sign, and have a public half.

    Raises:
        IdentityProviderError: there is none.
    """
    given = said.get("keys")
    keys = [key for one in (given if isinstance(given, list) else []) if (key := _key(one)) is not None]
    if not keys:
        raise IdentityProviderError("has no keys that it signs with")
    return KeySet(keys)


def _key(said: Any) -> Key | None:
    if not isinstance(said, dict) or said.get("use", "sig") != "sig":
        return None
    kind = _KINDS.get(str(said.get("kty")))
    try:
        return kind.import_key(said) if kind else None
    except (JoseError, ValueError, TypeError):  # one that is not read here signs nothing for us
        return None


def checked_claims(token: str, keys: KeySet, wanted: WantedToken, now: float) -> Mapping[str, Any]:
    """Return what a token says, if all of it holds.

    Args:
        token: as it came.
        keys: of the provider.
        wanted: what it must say.
        now: Unix time.

    Raises:
        SignInError: it does not hold; tells no word of it.
    """
    problem = "the token of the OpenID provider is not signed by it for us"
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": wanted.issuer},
            "aud": {"essential": True, "value": wanted.client},
        }
        own = {"nonce": wanted.nonce, "client_id": wanted.client}
        claims = CodeIDToken(read.claims, read.header, options, own)
        claims.validate(now=int(now), leeway=LEEWAY_S)
    except ExpiredTokenError:
        problem = "the token of the OpenID provider has expired; see whether the clocks agree"
    except InvalidKeyIdError:
        problem = "the token of the OpenID provider is signed by none of its keys"
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):  # their texts quote it
        pass
    else:
        return dict(claims)
    raise SignInError(problem)


def role_of(
    claims: Mapping[str, Any], claim: str, viewers: tuple[str, ...], admins: tuple[str, ...]
) -> ConsoleRole | None:
    """Return the role that a token gives: the greater one, None for none.

    Args:
        claims: of a token that holds.
        claim: name of the one that says so: a word, or a list of words.
        viewers: words that make a viewer.
        admins: words that make an admin.
    """
    said = claims.get(claim)
    words = {one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)}
    if words.intersection(admins):
        return "admin"
    return "viewer" if words.intersection(viewers) else None
