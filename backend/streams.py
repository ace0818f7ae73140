"""A stream of events, from a relay that always streams, put together as the one answer that was asked for."""

import json
from collections.abc import Iterator
from typing import Any

_FIELDS = ("data:", "event:", "id:", "retry:", ":")
_JOINED = ("content", "reasoning", "reasoning_content", "refusal")
_NAMES = ("id", "object", "created", "model", "system_fingerprint", "usage")


def is_stream(text: str) -> bool:
    """Say whether a text is a stream of server-sent events, or has the comments of one before what it says."""
    return text.startswith(_FIELDS)


def assembled(text: str) -> Any:
    """Return what a stream says: a completion, or the error that it ends in; None if it says nothing that can be read.

    Args:
        text: the stream, or comments and then JSON, as a gateway sends that keeps its connection alive.
    """
    events = list(_events(text))
    error = next((event for event in events if event.get("error") or event.get("type") == "error"), None)
    if error is not None:
        has_begun = any(event.get("choices") for event in events)
        return error | ({"choices": [{"finish_reason": "error"}]} if has_begun else {})
    whole = next((event for event in reversed(events) if _is_whole(event)), None)
    if whole is not None:
        return whole
    if any(event.get("type") == "message_start" for event in events):
        return _message(events)
    pieces = [event for event in events if isinstance(event.get("choices"), list)]
    return _completion(pieces) if pieces else None


def _events(text: str) -> Iterator[dict[str, Any]]:
    """Yield the events that are JSON objects, and objects that stand outside of any event."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        data = [line.removeprefix("data:").removeprefix(" ") for line in lines if line.startswith("data:")]
        outside = [line for line in lines if not line.startswith(_FIELDS)]
        yield from _objects(data, "\n".join(data))
        yield from _objects([], "\n".join(outside))


def _objects(lines: list[str], whole: str) -> Iterator[dict[str, Any]]:
    """Yield an event; some end none of theirs with an empty line, so that each of its lines may be one."""
    found = _object(whole)
    for part in [found] if found else map(_object, lines):
        if part:
            yield part


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_whole(event: dict[str, Any]) -> bool:
    """Say whether an event is a completion by itself."""
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return (isinstance(first, dict) and isinstance(first.get("message"), dict)) or "candidates" in event


def _completion(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """Put pieces of OpenAI's protocol together; of several choices the first."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    calls: dict[int, dict[str, Any]] = {}
    choice: dict[str, Any] = {"index": 0, "finish_reason": None, "message": message}
    whole: dict[str, Any] = {"choices": [choice]}
    for piece in pieces:
        whole |= {name: piece[name] for name in _NAMES if piece.get(name) is not None}
        for part in piece["choices"]:
            if isinstance(part, dict) and part.get("index", 0) == 0:
                choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
                _join(message, calls, part.get("delta"))
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return whole | {"object": "chat.completion"}


def _join(message: dict[str, Any], calls: dict[int, dict[str, Any]], delta: Any) -> None:
    for name in _JOINED if isinstance(delta, dict) else ():
        if isinstance(delta.get(name), str):
            message[name] = (message.get(name) or "") + delta[name]
    told = delta.get("tool_calls") if isinstance(delta, dict) else None
    for place, part in enumerate(told if isinstance(told, list) else ()):
        if not isinstance(part, dict):
            continue
        index = part.get("index")
        call = calls.setdefault(
            index if isinstance(index, int) else place,
            {"id": "call", "type": "function", "function": {"name": "", "arguments": ""}},
        )
        function = part.get("function")
        for name, value in function.items() if isinstance(function, dict) else ():
            if name in call["function"] and isinstance(value, str):
                call["function"][name] += value


def _message(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the pieces of Anthropic's protocol together."""
    whole: dict[str, Any] = {"content": [], "usage": {}}
    blocks: dict[Any, dict[str, Any]] = {}
    for event in events:
        start, block, delta = (event.get(name) for name in ("message", "content_block", "delta"))
        usage = event.get("usage")
        if isinstance(start, dict):
            whole |= start
            usage = start.get("usage")
        if isinstance(usage, dict):
            whole["usage"] = {**(whole["usage"] if isinstance(whole["usage"], dict) else {}), **usage}
        if isinstance(block, dict):
            blocks[str(event.get("index"))] = dict(block) | ({"input": ""} if block.get("type") == "tool_use" else {})
        elif isinstance(delta, dict):
            _grow(whole, blocks.get(str(event.get("index")), {}), delta)
    whole["content"] = [_block(block) for block in blocks.values()]
    return whole


def _grow(whole: dict[str, Any], block: dict[str, Any], delta: dict[str, Any]) -> None:
    for name, place in (("text", "text"), ("thinking", "thinking"), ("partial_json", "input")):
        if isinstance(delta.get(name), str) and isinstance(block.get(place, ""), str):
            block[place] = block.get(place, "") + delta[name]
    if isinstance(delta.get("stop_reason"), str):
        whole["stop_reason"] = delta["stop_reason"]


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if block.get("type") != "tool_use":
        return block
    return block | {"input": _object(block["input"] or "{}") or {}}
