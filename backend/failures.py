"""What a failed attempt was, as the wire saw it: no library's error is read, since they quote prompts and keys."""

import re

from backend.clients import MAX_ANSWER, Fault, Sending
from backend.errors import (
    GatewayError,
    InvalidAnswerError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
)
from backend.types import Provider

_FAULTS: dict[Fault, tuple[type[GatewayError], str]] = {
    "elsewhere": (ProviderSetupError, "would be asked at another address than the policy's - write address, and kind"),
    "unreachable": (ProviderDownError, "cannot be reached - check address, and that the server runs"),
    "proxy": (ProviderSetupError, "cannot be reached by its proxy - check proxy, and proxy_key"),
    "certificate": (
        ProviderSetupError,
        "shows a certificate (TLS) that no authority known here signed for this name"
        " - write ca: PATH at the provider, or set SSL_CERT_FILE",
    ),
    "redirect": (ProviderRefusalError, "redirects elsewhere, which is never followed - write the final address"),
    "large": (InvalidAnswerError, f"answers with more than {MAX_ANSWER // 2**20} MiB, which is not read"),
    "packed": (ProviderDownError, "packs its answer in a way that was not asked for - check address"),
    "cut": (ProviderDownError, "cut the connection - look into the server's log"),
}
_CODES = {
    "content_filter": (ProviderRefusalError, "refused the text by its content filter"),
    "content_policy_violation": (ProviderRefusalError, "refused the text by its content filter"),
    "context_length_exceeded": (
        ProviderRefusalError,
        "has no room for the text and its answer - lower max_tokens or piece_characters",
    ),
    "model_not_found": (ProviderRefusalError, "does not know the model - check model"),
    "DeploymentNotFound": (ProviderRefusalError, "does not know the deployment - check model"),
}
QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"})
_FREE = frozenset({429, 503, 529})
"""Statuses of a provider that turned the request away; by another from 500 on it may have worked on it."""


def failure(provider: Provider, sending: Sending | None, error: Exception) -> GatewayError:
    """Say why an attempt failed.

    Args:
        provider: who was asked.
        sending: the attempt; None if it did not come to one.
        error: what the library raised, of which the type alone is looked at.
    """
    if sending and sending.fault in _FAULTS:
        kind, reason = _FAULTS[sending.fault]
        if sending.fault == "unreachable" and provider.external and provider.proxy:
            reason = "cannot be reached - check address and proxy"
    elif isinstance(error, TimeoutError) or (sending and sending.fault == "slow"):
        kind, reason = ProviderTimeoutError, f"no answer in {provider.timeout_s:g} s - raise timeout_s"
    elif sending and sending.status:
        kind, reason = _of_status(provider, sending.status, sending.answer.code, error)
    elif sending and sending.is_sent:
        kind, reason = _FAULTS["cut"]
    else:
        word = re.sub(r"\W", "", type(error).__name__)
        kind, reason = ProviderSetupError, f"cannot be asked ({word}) - check kind, model and mode"
    return kind(provider.name, reason)


def used(sending: Sending | None) -> tuple[int, int] | None:
    """Return what a failed attempt certainly used: nothing where nothing was sent or it was turned away, else None."""
    if sending is None or not sending.is_sent:
        return 0, 0
    turned_away = 300 <= sending.status < 500 or sending.status in _FREE
    return (0, 0) if turned_away else None


def _of_status(provider: Provider, status: int, code: str, error: Exception) -> tuple[type[GatewayError], str]:
    """Say what an answer of another kind than was hoped for means, by HTTP's status and the error's code."""
    found: tuple[type[GatewayError], str]
    known = _known(provider, status)
    if status < 400:
        word = re.sub(r"\W", "", type(error).__name__)
        found = ProviderDownError, f"gave no answer that can be read ({word}) - check address and kind"
    elif code in QUOTA:
        found = ProviderQuotaError, f"its quota is used up ({status}) - raise it there"
    elif known:
        found = known
    elif code in _CODES:
        found = _CODES[code]
    elif status < 500:
        reason = f"refused the request ({status}) - check address, model, mode and the text's length"
        found = ProviderRefusalError, reason
    else:
        found = ProviderDownError, f"failed ({status}) - look into the server's log"
    return found


def _known(provider: Provider, status: int) -> tuple[type[GatewayError], str] | None:
    if status in (401, 403):
        return ProviderAuthError, f"refused the key ({status}) - check {key_place(provider)}"
    if status == 407:
        return ProviderSetupError, "its proxy asks for a user and a password (407) - write proxy_key"
    if status == 429:
        return ProviderBusyError, "is busy or its quota is used up (429) - lower concurrency or try later"
    return None


def key_place(provider: Provider) -> str:
    """Say where a provider's key stands."""
    if provider.key_env:
        return f"the environment variable {provider.key_env}"
    return f"the file {provider.key_file}" if provider.key_file else "key in the policy"
