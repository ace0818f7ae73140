"""A provider's answer is foreign input: its counts and probabilities are checked before any library reads them."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 10**9
_NO_USAGE = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"), 0)
_COUNTS: dict[str, dict[str, int]] = {"usage": _NO_USAGE, "usageMetadata": {}}
_WORDS = ("model", "modelVersion", "object", "system_fingerprint", "service_tier", "created_at")
_LONGEST = 100
_CODES = frozenset(
    "insufficient_quota billing_hard_limit_reached billing_not_active quota_exceeded content_filter"
    " content_policy_violation context_length_exceeded model_not_found DeploymentNotFound".split()
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be known of an answer's body besides what libraries make of it.

    Attributes:
        size: in bytes.
        code: the error's, if it is one of those that are known; never a text.
        counts_hold: whether its counts of tokens are numbers that can be.
    """

    size: int = 0
    code: str = ""
    counts_hold: bool = True


def plain(body: bytes, asks_logprobs: bool = False) -> tuple[Answer, bytes]:
    """Take out of a body what no library is to stumble on: counts that are none, probabilities that nobody asked for.

    Args:
        body: as it came.
        asks_logprobs: whether the probabilities stay.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):  # no JSON: the library will say so
        return Answer(len(body)), body
    if not isinstance(data, dict):
        return Answer(len(body)), body
    holds = _mend_counts(data)
    _mend_names(data)
    _join_parts(data)
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) and not asks_logprobs else ():
        if isinstance(choice, dict):
            choice.pop("logprobs", None)
    return Answer(len(body), _code(data.get("error")), holds), json.dumps(data).encode()


def count(value: object, most: int) -> int | None:
    """Return a count of tokens if it is one; None if not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def value_of(holder: Any, name: str) -> Any:
    """Return a value by its name, whether it stands in an object or in a mapping; None if it does not."""
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def text_of(content: Any) -> str:
    """Return the text of a message, in one piece or in parts, without those that are thoughts."""
    parts = content if isinstance(content, list | tuple) else [content]
    said = [part for part in parts if value_of(part, "type") in ("text", "output_text", None)]
    texts = [
        part if isinstance(part, str) else value_of(part, "text") for part in said if not value_of(part, "thought")
    ]
    return "".join(text for text in texts if isinstance(text, str))


def has_refusal(content: Any) -> bool:
    """Say whether a part of a message refuses to answer."""
    return isinstance(content, list | tuple) and any(value_of(part, "type") == "refusal" for part in content)


def probabilities(tokens: object) -> tuple[tuple[str, float], ...]:
    """Return an answer's tokens with the logarithm of their probability; none if one of them cannot be."""
    found = []
    for token in tokens if isinstance(tokens, Sequence) else ():
        text, number = getattr(token, "token", None), getattr(token, "logprob", None)
        if not isinstance(text, str) or isinstance(number, bool) or not isinstance(number, int | float):
            return ()
        if not math.isfinite(number) or number > 1e-6:
            return ()
        found.append((text, min(float(number), 0.0)))
    return tuple(found)


def _mend_counts(data: dict[str, Any]) -> bool:
    """Set counts that are none to 0; says whether all were some."""
    holds = True
    for name, instead in _COUNTS.items():
        if not isinstance(data.get(name, instead), dict | None):
            data[name], holds = dict(instead), False
    places = [name for name in (*_COUNTS, "prompt_eval_count", "eval_count") if name in data]
    return sum(not _mend(data, name, name) for name in places) == 0 and holds


def _mend(holder: Any, place: Any, name: str) -> bool:
    """Mend a count, or those at any depth within what holds counts."""
    value = holder[place]
    is_count = name.lower().endswith(("tokens", "count"))
    if isinstance(value, dict) and not is_count:
        return sum(not _mend(value, inner, inner) for inner in value) == 0
    if isinstance(value, list) and not is_count:
        return sum(not _mend(value, index, "") for index in range(len(value))) == 0
    if value is None or not is_count:
        return True
    found = count(value, MOST)
    holder[place] = 0 if found is None else found
    return found is not None


def _join_parts(data: dict[str, Any]) -> None:
    """Write what comes in parts as one text, since not every library takes parts."""
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        message = value_of(choice, "message")
        if isinstance(message, dict) and isinstance(message.get("content"), list):
            parts = message["content"]
            message["content"] = text_of(parts)
            if has_refusal(parts):
                message["refusal"] = message.get("refusal") or "refused"


def _mend_names(data: dict[str, Any]) -> None:
    """Take out ids, which nobody needs, and what stands where a name or a time should and is none."""
    for name in ("id", "responseId"):
        if name in data:
            data[name] = "answer"
    for name in _WORDS:
        if name in data and not (isinstance(data[name], str) and len(data[name]) <= _LONGEST):
            data[name] = "unknown"
    if "created" in data:
        data["created"] = count(data["created"], 2**40) or 0


def _code(error: object) -> str:
    """Return an error's code if it is of the closed list."""
    told: Callable[[str], object] = error.get if isinstance(error, dict) else lambda _: None
    return next((code for code in (told("code"), told("type")) if isinstance(code, str) and code in _CODES), "")
