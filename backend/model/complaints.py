"""What a provider's error means, and what of a request it refuses, in words of closed lists.

Its own words are compared here, and go no further: they may quote the text, the prompt or the key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Meaning = Literal["", "busy", "down", "filtered", "key", "model", "path", "quota", "room", "scheme"]
"""What a provider's error means: busy or down passes by itself; filtered is the text, room its length, key ours."""

PARAMETERS = (
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "reasoning_effort",
    "strict",
    "temperature",
    "tool_choice",
    "top_logprobs",
)
KEYWORDS = (
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "const",
    "default",
    "description",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "title",
    "uniqueItems",
)
"""Words of JSON Schema that a provider may refuse, and without which an answer is checked here all the same."""
FORMS = ("tools", "json_schema", "json_object", "schema")
"""Ways to ask for an answer's form, of which the policy's mode chooses one; `schema` is that of the answer itself."""

_CODES: dict[Meaning, str] = {
    "busy": "rate_limit_error rate_limit_exceeded rate_limited ratelimitreached resource_exhausted throttlingexception"
    " too_many_requests toomanyrequestsexception overloaded overloaded_error engine_overloaded_error queue_full",
    "down": "server_error internal_error internal_server_error internalservererror internal internalserverexception"
    " unavailable unavailable_error service_unavailable serviceunavailable serviceunavailableexception bad_gateway"
    " modelnotreadyexception deadline_exceeded timeout_error modeltimeoutexception",
    "filtered": "content_filter content_policy_violation content_filtered responsibleaipolicyviolation invalid_prompt"
    " data_inspection_failed datainspectionfailed moderation_blocked prohibited_content safety",
    "key": "invalid_api_key api_key_invalid invalid_key authentication_error authenticationerror unauthenticated"
    " unauthorized permission_error permission_denied accessdeniedexception unrecognizedclientexception"
    " expiredtokenexception invalid_authentication_error invalid_authentication",
    "model": "model_not_found modelnotfound deploymentnotfound deployment_not_found invalid_model unknown_model"
    " model_not_available model_decommissioned resourcenotfoundexception",
    "path": "unknown_url",
    "quota": "insufficient_quota billing_hard_limit_reached billing_not_active quota_exceeded billing_error"
    " payment_required insufficient_user_quota insufficient_balance insufficient_credits arrearage"
    " exceeded_current_quota_error servicequotaexceededexception",
    "room": "context_length_exceeded exceed_context_size_error request_too_large string_above_max_length"
    " tokens_limit_reached",
}
_MEANINGS: dict[str, Meaning] = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}

_SAYINGS: tuple[tuple[Meaning, str], ...] = (
    ("scheme", r"HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port"),
    ("quota", r"credit balance is too low|insufficient (?:credits|balance|quota)|requires more credits"),
    ("filtered", r"content filtering policy|content management policy|input was flagged|Content Exists Risk"),
    (
        "room",
        r"maximum context length|prompt is too long|longer than the (?:model's context|maximum model length)"
        r"|exceeds? (?:the |available |maximum |model'?s? )*context|context size has been exceeded"
        r"|exceeds the maximum allowed length|input token count .{0,80}exceeds|Input is too long"
        r"|maximum allowed number of output tokens|supports at most \d+ completion tokens"
        r"|max_(?:completion_)?tokens['`\"]? is too large",
    ),
    ("key", r"API key not valid|invalid (?:x-)?api[- ]key|Incorrect API key|No auth credentials found"),
    (
        "model",
        r"\bmodel:? [`'\"]?[^`'\"\s]{1,200}[`'\"]? (?:does not exist|not found|is not found|was not found)"
        r"|models/\S{1,200} is not found for API version|is not a valid model ID|^Invalid model(?:$|[: ])|^model: \S+$"
        r"|No models loaded|No endpoints found for |model identifier is invalid|with on-demand throughput",
    ),
    ("path", r"Unexpected endpoint or method|Unknown request URL|Invalid URL \(POST|404 page not found"),
    ("busy", r"(?:is|are) (?:currently )?overloaded|server (?:is )?busy|queue is full"),
    ("down", r"^Loading model"),
)
_QUOTES = r"[`'\"]?"
_NAMES = "|".join(re.escape(name) for name in (*PARAMETERS, *KEYWORDS))
_NAME = rf"(?<![\w.$-]){_QUOTES}(?:[\w.-]{{1,60}}\.)?({_NAMES})\b{_QUOTES}"
_NOT = r"(?:not (?:supported|permitted|allowed|available)|no longer supported|unsupported|deprecated)"
_REFUSALS = (
    rf"Unsupported (?:parameter|value|keyword|field)s?:? {_NAME}",
    rf"Un(?:recognized|known|expected) (?:request )?(?:arguments?|parameters?|names?|fields?|keys?|keywords?)"
    rf"(?: supplied)?:? {_NAME}",
    rf"{_NAME}(?: field| parameter| keyword| values? other than [\w ]{{1,20}})?,? (?:is|are|was) {_NOT}",
    rf"{_NAME} does not support",
    rf"{_NAME}: Extra inputs are not permitted",
    rf"{_NAME} may only be set to",
    rf"Invalid {_NAME}(?: type)?: (?:only|'object')",
    rf"(?:does not|doesn't) support (?:the |this |parameter )*{_NAME}",
    rf"that support the provided {_NAME} value",
    rf"Thinking may not be enabled when {_NAME} forces",
    rf"extra_forbidden.{{1,80}}?body\W{{1,8}}({_NAMES})\b",
    r"not allowed to request (logprobs)\b",
    r"\b(logprobs) is not enabled for",
    r"(?:does not|doesn't) support ((?:top_)?logprobs)\b",
    r"Requested sample (logprobs) of \d+",
    r"is greater than the maximum of \d+ - '((?:top_)?logprobs)'",
)
_EFFORT = re.compile(r"Function tools with (reasoning_effort) are not supported", re.IGNORECASE)
_LISTED = re.compile(r"propert(?:y|ies) ([\w$', `\"]{1,300}?) (?:is|are) not supported", re.IGNORECASE)
_FORMS: tuple[tuple[str, str], ...] = (
    (
        "tools",
        r"(?:does not|doesn't|not) support (?:tools\b|tool (?:use|calls|calling)|function calling)"
        r"|found that support tool use|tools param requires|requires --enable-auto-tool-choice"
        r"|(?:tools|tool use|tool calling|function calling)[`'\"]? (?:is|are) not (?:supported|enabled)",
    ),
    (
        "json_schema",
        r"json_schema[`'\"]? is (?:not supported|unavailable|enabled only for)|response format [`'\"]?json_schema"
        r"|response_format type is unavailable|does not support (?:structured outputs?|response_format|json_schema)"
        r"|structured outputs? (?:is|are) not (?:supported|enabled)|found that support the provided response_format",
    ),
    ("json_object", r"must be [`'\"]json_schema[`'\"] or [`'\"]text|(?:JSON mode|json_object)[`'\"]? is not"),
    (
        "schema",
        r"Property keys should match|not supported by xgrammar|Invalid schema for|invalid JSON schema"
        r"|invalid_json_schema|JSON schema conversion failed|Failed to initialize samplers"
        r"|(?:failed to parse|error parsing|invalid) grammar|maximum (?:allowed )?nesting depth"
        r"|schema is too (?:complex|large|deep)|too many states for serving",
    ),
)
_UNSUPPORTED = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
_CLOSED = {name.lower(): name for name in (*PARAMETERS, *KEYWORDS)}
_MOST_VALUES = 200
_LONGEST = 8_000
"""Characters of an error that are looked at."""
_TOLD = frozenset({"message", "msg", "detail", "error", "raw", "description"})
_CODED = frozenset({"code", "type", "status", "reason", "__type", "error_type", "blockReason"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says.

    Attributes:
        meaning: as far as it is known.
        status: HTTP's, as the body tells it; 0 if it does not.
        refused: what of the request, of `PARAMETERS`, `KEYWORDS` and `FORMS`.
    """

    meaning: Meaning = ""
    status: int = 0
    refused: frozenset[str] = frozenset()


def read_complaint(body: object, named: str = "") -> Complaint:
    """Read an error's body.

    Args:
        body: JSON, or the text of what is none.
        named: a code that stands in a header.
    """
    parts = list(_parts(body))
    codes = [named.partition(":")[0], *(value for key, value in parts if key in _CODED and isinstance(value, str))]
    texts = list(_bounded(value for key, value in parts if key in _TOLD and isinstance(value, str)))
    numbers = [_number(value) for key, value in parts if key in ("code", "status")]
    return Complaint(
        meaning=_meaning(codes, texts),
        status=next((number for number in numbers if number), 0),
        refused=frozenset(_refused(codes, texts, parts)),
    )


def _bounded(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts, together of bounded length."""
    left = _LONGEST
    for text in texts:
        yield text[:left]
        left = max(left - len(text), 0)


def _parts(body: object) -> Iterator[tuple[str, object]]:
    """Yield what stands under the keys that tell what went wrong, at any depth, bounded; a list under its holder's."""
    waiting: list[tuple[str, object]] = [("error", body)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        key, value = waiting.pop(0)
        if isinstance(value, Mapping):
            yield from _places(value)
            waiting += [(str(name), part) for name, part in value.items() if name != "input"]
        elif isinstance(value, list):
            waiting += [(key, part) for part in value]
        else:
            yield key, value


def _places(problem: Mapping[Any, Any]) -> Iterator[tuple[str, object]]:
    """Yield what a validator of FastAPI's kind found to be too much."""
    where = problem.get("loc")
    if problem.get("type") in ("extra_forbidden", "value_error.extra") and isinstance(where, list) and where:
        yield "extra", where[-1]


def _number(value: object) -> int:
    """Return an error's status, as a number or in digits; 0 if it is none."""
    if isinstance(value, str) and re.fullmatch("[45][0-9]{2}", value):
        return int(value)
    return value if isinstance(value, int) and 400 <= value < 600 else 0


def _meaning(codes: list[str], texts: list[str]) -> Meaning:
    """Return the most telling meaning: some send one code for many things, and say which."""
    found = {_MEANINGS[code.lower()] for code in codes if code.lower() in _MEANINGS}
    found |= {meaning for meaning, saying in _SAYINGS if any(re.search(saying, text, re.IGNORECASE) for text in texts)}
    return next((meaning for meaning, _ in _SAYINGS if meaning in found), "")


def _refused(codes: list[str], texts: list[str], parts: list[tuple[str, object]]) -> Iterator[str]:
    keys = {"extra", "param"} if _UNSUPPORTED & set(codes) else {"extra"}
    names = [value for key, value in parts if key in keys and isinstance(value, str)]
    for text in texts:
        for refusal in _REFUSALS:
            names += re.findall(refusal, text, re.IGNORECASE)
        names += _EFFORT.findall(text)
        for listed in _LISTED.findall(text):
            names += re.findall(r"[\w$]+", listed)
        yield from (form for form, saying in _FORMS if re.search(saying, text, re.IGNORECASE))
    yield from (_CLOSED[name.lower()] for name in names if name.lower() in _CLOSED)
    if "invalid_json_schema" in codes:
        yield "schema"
