"""A provider's answer is foreign input: its counts and probabilities are checked before any library reads them."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.budget.amounts import most_tokens
from backend.model.answer.streams import assembled, is_stream
from backend.model.answer.tokens import MOST_OTHERS, Token
from backend.model.complaints import Meaning, read_complaint

MOST = 10**9
MOST_SCORED = 2**17
"""Tokens of an answer whose probabilities are read."""
SLACK = 2048
"""Tokens by which a count may pass what was sent, or what may be answered."""
_NO_USAGE = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"), 0)
_COUNTS: dict[str, dict[str, int]] = {"usage": _NO_USAGE, "usageMetadata": {}}
_WORDS = ("model", "modelVersion", "object", "system_fingerprint", "service_tier", "created_at")
_LONGEST = 100
_LOOKED_AT = 4_096
_STATUSES: dict[Meaning, int] = {
    "busy": 429,
    "quota": 429,
    "down": 503,
    "key": 401,
    "model": 404,
    "path": 404,
    "filtered": 400,
    "room": 400,
}
_REFUSED = 400
"""The status that belongs to an error, if a provider tells it with 200 and names none."""


@dataclass(frozen=True, slots=True)
class AnswerBody:
    """What is to be known of an answer's body besides what libraries make of it.

    Attributes:
        size: in bytes.
        form: an error may come with any status; a page is HTML.
        status: what an error says that came with HTTP's 200, or what would go with it; 0 if nobody knows.
        meaning: the error's.
        refused: what of the request it refuses.
        counts_hold: whether its counts of tokens are numbers that can be.
        has_begun: whether a model had begun to answer before the error.
    """

    size: int = 0
    form: Literal["", "error", "page"] = ""
    status: int = 0
    meaning: Meaning = ""
    refused: frozenset[str] = frozenset()
    counts_hold: bool = True
    has_begun: bool = False


def plain(body: bytes, status: int = 200, *, named: str = "", asks_logprobs: bool = False) -> tuple[AnswerBody, bytes]:
    """Take out of a body what no library is to stumble on.

    That is the frame of a stream that nobody asked for, counts that are none, and probabilities that are none, or that
    nobody asked for.

    Args:
        body: as it came.
        status: HTTP's.
        named: an error's code, if a header tells it.
        asks_logprobs: whether the probabilities stay.
    """
    data = _read(body)
    if status >= _REFUSED or _is_error(data):
        told, meant = read_complaint(_text(body) if data is None else data, named), 0
        if status < _REFUSED:
            meant = told.status or _STATUSES.get(told.meaning, _REFUSED if told.refused else 0)
        has_begun = isinstance(data, dict) and bool(data.get("choices"))
        return AnswerBody(len(body), "error", meant, told.meaning, told.refused, has_begun=has_begun), body
    if not isinstance(data, dict):
        is_page = re.match(r"<(?:!doctype|html|head|body|\?xml)", _text(body), re.IGNORECASE)
        return AnswerBody(len(body), "page" if is_page else ""), body
    holds = _mend_counts(data)
    _mend_names(data)
    _join_parts(data)
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            _mend_probabilities(choice, asks=asks_logprobs)
    return AnswerBody(len(body), counts_hold=holds), json.dumps(data).encode()


def _text(body: bytes) -> str:
    return body[:_LOOKED_AT].decode("utf-8-sig", "replace").strip()


def _read(body: bytes) -> Any:
    """Return the JSON that a body holds; None if it holds none."""
    try:
        text = body.decode("utf-8-sig").strip()
        if is_stream(text):
            return assembled(text)
        return json.loads(text.removesuffix("data: [DONE]"))
    except (ValueError, RecursionError):
        return None


def _is_error(data: Any) -> bool:
    """Say whether a body is an error, though its status may say that all is well."""
    if isinstance(data, list):
        return any(isinstance(part, dict) and "error" in part for part in data)
    if not isinstance(data, dict):
        return False
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(choice, dict):
        return choice.get("finish_reason") == "error"
    if isinstance(data.get("promptFeedback"), dict) and not data.get("candidates"):
        return True
    told = data.get("error") or data.get("detail") or data.get("__type")
    return bool(told) or "error" in (data.get("type"), data.get("object"))


def count(value: object, most: int) -> int | None:
    """Return a count of tokens if it is one; None if not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def tokens_of(usage: object, size: int, max_tokens: int) -> tuple[int, int] | None:
    """Return what an answer took, in and out, as its provider counts it; None where its counts cannot be.

    Args:
        usage: where the counts stand.
        size: of the request, in bytes.
        max_tokens: longest answer.
    """
    if usage is None:
        return None
    # a provider may frame the request, and think before it answers
    counted_in = count(value_of(usage, "prompt_tokens") or 0, 2 * most_tokens(size) + SLACK)
    counted_out = count(value_of(usage, "completion_tokens") or 0, 4 * max_tokens + SLACK)
    return None if counted_in is None or counted_out is None else (counted_in, counted_out)


def read_object(content: bytes) -> dict[str, Any]:
    """Read a JSON object that `plain` wrote; an empty one if it is none."""
    said = _read(content)
    return said if isinstance(said, dict) else {}


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


def probabilities(tokens: object) -> tuple[Token, ...]:
    """Return an answer's tokens with the logarithm of their probability; none if one of them cannot be.

    Tokens that hold a part of a character alone are joined with those that hold the rest.
    """
    found: list[Token] = []
    open_bytes, logprob = b"", 0.0
    if not isinstance(tokens, Sequence) or len(tokens) > MOST_SCORED:
        return ()
    for token in tokens:
        text, number = value_of(token, "token"), _logprob(value_of(token, "logprob"))
        if not isinstance(text, str) or number is None:
            return ()
        raw = open_bytes + _bytes(value_of(token, "bytes"), text)
        try:
            text = raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            open_bytes, logprob = raw, logprob + number
            continue
        others = () if open_bytes else tuple(_others(value_of(token, "top_logprobs"), value_of(token, "token")))
        found.append(Token(text, logprob + number, others))
        open_bytes, logprob = b"", 0.0
    return () if open_bytes else tuple(found)


def _logprob(number: object) -> float | None:
    """Return the logarithm of a probability; None if it is none."""
    if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > MOST:
        return None
    return min(float(number), 0.0) if math.isfinite(number) and number <= 1e-6 else None


def _others(tokens: object, own: object) -> Iterator[tuple[str, float]]:
    """Yield the tokens that were likely in another's place, as far as they can be."""
    seen = {own}
    for token in tokens[:MOST_OTHERS] if isinstance(tokens, list | tuple) else ():
        text, number = value_of(token, "token"), _logprob(value_of(token, "logprob"))
        if isinstance(text, str) and len(text) <= _LONGEST and number is not None and text not in seen:
            seen.add(text)
            yield text, number


def _bytes(given: object, text: str) -> bytes:
    """Return a token's bytes; those of its text, where it has none."""
    if isinstance(given, list | tuple) and given and all(type(each) is int and 0 <= each < 256 for each in given):
        return bytes(given)
    return text.encode("utf-8", "surrogatepass")


def _mend_probabilities(choice: dict[str, Any], *, asks: bool) -> None:
    """Leave nothing of probabilities but such as can be, and were asked for."""
    told = choice.pop("logprobs", None)
    tokens = probabilities(value_of(told, "content")) if asks else ()
    if tokens:
        content = [
            {"token": token.text, "logprob": token.logprob, "bytes": None}
            | {"top_logprobs": [{"token": text, "logprob": number, "bytes": None} for text, number in token.others]}
            for token in tokens
        ]
        choice["logprobs"] = {"content": content, "refusal": None}


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
