"""What a failed attempt was, as the wire saw it: no library's error is read, since they quote prompts and keys."""

import re

from backend.errors import (
    FilteredError,
    GatewayError,
    InvalidAnswerError,
    NoCompletionError,
    NoRoomError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
    UnknownModelError,
    WrongPathError,
)
from backend.model.answer.foreign import AnswerBody
from backend.model.clients import MAX_ANSWER, Fault, WireAttempt
from backend.model.complaints import PARAMETERS
from backend.providers import Mode, Provider

TOO_SLOW = 408
"""Sent by a provider that waited for a request, and by one that waited in vain for the model behind it."""
V1 = "check address: it usually ends in /v1"
Found = tuple[type[GatewayError], str]

_FAULTS: dict[Fault, Found] = {
    "elsewhere": (ProviderSetupError, "would be asked at another address than the policy's - write address, and kind"),
    "unreachable": (ProviderDownError, "cannot be reached - check address, and that the server runs"),
    "unnamed": (ProviderDownError, "cannot be reached: its name is not known here (DNS) - check the host in address"),
    "proxy": (ProviderSetupError, "cannot be reached by its proxy - check proxy, and proxy_key"),
    "certificate": (
        ProviderSetupError,
        "shows a certificate (TLS) that no authority known here signed for this name"
        " - write ca: PATH at the provider, or set SSL_CERT_FILE",
    ),
    "handshake": (ProviderSetupError, "agrees on no connection (TLS) - check address, its port, and the server's TLS"),
    "redirect": (ProviderRefusalError, "redirects elsewhere, which is never followed - write the final address"),
    "large": (InvalidAnswerError, f"answers with more than {MAX_ANSWER // 2**20} MiB, which is not read"),
    "packed": (ProviderDownError, "packs its answer in a way that was not asked for - check address"),
    "page": (NoCompletionError, f"gave no answer but a page (HTML) - {V1}"),
    "error": (NoCompletionError, "gave no answer but an error that it does not explain - look into the server's log"),
    "cut": (ProviderDownError, "cut the connection - look into the server's log"),
}
_MEANINGS: dict[str, Found] = {
    "busy": (ProviderBusyError, "is busy or its quota is used up ({status}) - lower concurrency or try later"),
    "filtered": (FilteredError, "refused the text by its content filter ({status})"),
    "key": (ProviderAuthError, "refused the key ({status}) - check {key}"),
    "model": (UnknownModelError, "does not know the model, or does not serve it ({status}) - check model"),
    "path": (WrongPathError, f"has nothing at this path ({{status}}) - {V1}; and model"),
    "proxy": (ProviderSetupError, "its proxy asks for a user and a password ({status}) - write proxy_key"),
    "quota": (ProviderQuotaError, "its quota is used up ({status}) - raise it there"),
    "slow": (ProviderTimeoutError, "gave up the request itself, for want of time ({status}) - look into its log"),
    "room": (
        NoRoomError,
        "has no room: text and answer are too long for the model's context ({status})"
        " - lower limits.piece_characters or max_tokens, or write labels: {{offer: 40}} if a control has hundreds",
    ),
}
_STATUSES = {
    401: "key",
    402: "quota",
    403: "key",
    404: "path",
    405: "path",
    407: "proxy",
    TOO_SLOW: "slow",
    413: "room",
    429: "busy",
}
_FREE = frozenset({503, 529})
"""Statuses from 500 on of a provider that turned the request away; by another it may have worked on it."""
_OTHER_MODES: dict[Mode, str] = {
    "tools": "json_schema, or md_json",
    "json_schema": "tools, json, or md_json",
    "json": "json_schema, or md_json",
    "md_json": "json_schema, or tools",
}
_FORM_OF: dict[Mode, str] = {"tools": "tools", "json_schema": "json_schema", "json": "json_object", "md_json": ""}


def failure(provider: Provider, sending: WireAttempt | None, error: Exception) -> GatewayError:
    """Say why an attempt failed.

    Args:
        provider: who was asked.
        sending: the attempt; None if it did not come to one.
        error: what the library raised, of which the type alone is looked at.
    """
    if sending and (sending.fault == "scheme" or sending.answer.meaning == "scheme"):
        kind, reason = _of_scheme(sending)
    elif sending and sending.fault in _FAULTS:
        kind, reason = _FAULTS[sending.fault]
        if sending.fault == "cut" and sending.reach.base_url.startswith("http:"):
            reason += ", and write https:// in address if its port speaks TLS"
        if sending.fault == "unreachable" and provider.external and provider.proxy:
            reason = "cannot be reached - check address and proxy"
    elif isinstance(error, TimeoutError) or (sending and sending.fault == "slow"):
        kind, reason = ProviderTimeoutError, f"no answer in {provider.timeout_s:g} s - raise timeout_s"
    elif sending and sending.status:
        kind, reason = _of_status(provider, sending.status, sending.answer, error)
    elif sending and sending.is_sent:
        kind, reason = _FAULTS["cut"]
    else:
        word = re.sub(r"\W", "", type(error).__name__)
        kind, reason = ProviderSetupError, f"cannot be asked ({word}) - check kind, model and mode"
    return kind(provider.name, reason)


def used(sending: WireAttempt | None) -> tuple[int, int] | None:
    """Return what a failed attempt certainly used: nothing where nothing was sent or it was turned away, else None."""
    if sending is None or not sending.is_sent:
        return 0, 0
    turned_away = (300 <= sending.status < 500 and sending.status != TOO_SLOW) or sending.status in _FREE
    return (0, 0) if turned_away and not sending.answer.has_begun else None


def _of_scheme(sending: WireAttempt) -> Found:
    if sending.reach.base_url.startswith("https"):
        return ProviderSetupError, "speaks no TLS at this port - write http:// in address, or https's port"
    return ProviderSetupError, "speaks TLS at this port - write https:// in address"


def _of_status(provider: Provider, status: int, answer: AnswerBody, error: Exception) -> Found:
    """Say what an answer of another kind than was hoped for means: by the error's code, and by HTTP's status."""
    if status < 400:
        word = re.sub(r"\W", "", type(error).__name__)
        return NoCompletionError, f"gave no answer that can be read ({word}) - check address and kind"
    meaning = _meaning(status, answer)
    if meaning in _MEANINGS:
        kind, reason = _MEANINGS[meaning]
        return kind, reason.format(status=status, key=key_place(provider))
    if answer.refused and (status < 500 or "tools" in answer.refused):  # llama.cpp fails with 500 there
        return ProviderRefusalError, _of_form(provider, status, answer.refused)
    if status < 500:
        reason = f"refused the request ({status}) - check address, model, mode and the text's length"
        return ProviderRefusalError, reason
    return ProviderDownError, f"failed ({status}) - look into the server's log"


def _meaning(status: int, answer: AnswerBody) -> str:
    """Return what an error means; its status decides where its code does not, or may stand for less."""
    if answer.meaning == "quota" or status in (407, 429):
        return answer.meaning if answer.meaning == "quota" else _STATUSES[status]
    return answer.meaning or ("" if answer.refused else _STATUSES.get(status, ""))


def _of_form(provider: Provider, status: int, refused: frozenset[str]) -> str:
    """Say that a provider cannot impose the answer's form in the policy's mode, and which mode may do."""
    if "reasoning_effort" in refused and provider.mode == "tools":  # it takes no tools while it thinks
        refused = frozenset({"tools"})
    if refused & set(PARAMETERS):
        return f"refused the request ({status}) by parameters that it does not take - use another model"
    what = f"does not take mode: {provider.mode}" if _FORM_OF[provider.mode] in refused else "refused the schema"
    remedy = f"write mode: {_OTHER_MODES[provider.mode]} at the provider"
    many = ", or labels: {offer: 40} in the rule if a control has hundreds" if what == "refused the schema" else ""
    return f"{what} ({status}) - {remedy}{many}"


def key_place(provider: Provider) -> str:
    """Say where a provider's key stands."""
    if provider.key_env:
        return f"the environment variable {provider.key_env}"
    return f"the file {provider.key_file}" if provider.key_file else "key in the policy"
