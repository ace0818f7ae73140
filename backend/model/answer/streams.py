"""A stream of events, from a relay that always streams, put together as the one answer that was asked for."""

import json
import re
from collections.abc import Iterator
from typing import Any

_FIELDS = ("data:", "event:", "id:", "retry:", ":")
_JOINED = ("content", "reasoning", "reasoning_content", "refusal")
_LINE_END = re.compile(r"\r\n|\r|\n")
MOST_LINES = 2**17
"""Lines of a stream that are looked at: more than an answer of the most tokens has."""
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
    """Yield the events that are JSON objects, and last the object that stands outside of any event."""
    data: list[str] = []
    outside: list[str] = []
    for line in (*_LINE_END.split(text, MOST_LINES), ""):
        if line.startswith("data:"):
            data.append(line[5:].strip())
        elif not line:
            yield from _objects(data)
            data = []
        elif not line.startswith(_FIELDS):
            outside.append(line)
    yield from _objects(["\n".join(outside)])


def _objects(lines: list[str]) -> Iterator[dict[str, Any]]:
    """Yield an event; some end none of theirs with an empty line, so that each of its lines may be one."""
    whole = _object("\n".join(lines)) if len(lines) > 1 else None
    for found in (whole,) if whole else map(_object, lines):
        if found:
            yield found


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
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
    said: dict[str, list[str]] = {"content": []}
    calls: dict[int, dict[str, list[str]]] = {}
    finish: Any = None
    whole: dict[str, Any] = {}
    for piece in pieces:
        whole |= {name: piece[name] for name in _NAMES if piece.get(name) is not None}
        for part in piece["choices"]:
            if isinstance(part, dict) and part.get("index", 0) == 0:
                finish = part.get("finish_reason") or finish
                _join(said, calls, part.get("delta"))
    message: dict[str, Any] = {name: "".join(parts) or None for name, parts in said.items()} | {"role": "assistant"}
    if calls:
        message["tool_calls"] = [_call(calls[index]) for index in sorted(calls)]
    choice = {"index": 0, "finish_reason": finish, "message": message}
    return whole | {"object": "chat.completion", "choices": [choice]}


def _join(said: dict[str, list[str]], calls: dict[int, dict[str, list[str]]], delta: Any) -> None:
    if not isinstance(delta, dict):
        return
    for name in _JOINED:
        if isinstance(delta.get(name), str):
            said.setdefault(name, []).append(delta[name])
    told = delta.get("tool_calls")
    for place, part in enumerate(told if isinstance(told, list) else ()):
        function = part.get("function") if isinstance(part, dict) else None
        if isinstance(function, dict):
            index = part.get("index")
            call = calls.setdefault(index if isinstance(index, int) else place, {"name": [], "arguments": []})
            for name in call:
                if isinstance(function.get(name), str):
                    call[name].append(function[name])


def _call(parts: dict[str, list[str]]) -> dict[str, Any]:
    return {"id": "call", "type": "function", "function": {name: "".join(texts) for name, texts in parts.items()}}


def _message(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the pieces of Anthropic's protocol together."""
    whole: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    blocks: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {}
    for event in events:
        start, block, delta = (event.get(name) for name in ("message", "content_block", "delta"))
        whole |= start if isinstance(start, dict) else {}
        for counts in (start.get("usage") if isinstance(start, dict) else None, event.get("usage")):
            usage |= counts if isinstance(counts, dict) else {}
        if isinstance(block, dict):
            blocks[str(event.get("index"))] = block, {}
        elif isinstance(delta, dict):
            _grow(whole, blocks.get(str(event.get("index")), ({}, {}))[1], delta)
    return whole | {"usage": usage, "content": [_block(*block) for block in blocks.values()]}


def _grow(whole: dict[str, Any], block: dict[str, list[str]], delta: dict[str, Any]) -> None:
    for name, place in (("text", "text"), ("thinking", "thinking"), ("partial_json", "input")):
        if isinstance(delta.get(name), str):
            block.setdefault(place, []).append(delta[name])
    if isinstance(delta.get("stop_reason"), str):
        whole["stop_reason"] = delta["stop_reason"]


def _block(start: dict[str, Any], grown: dict[str, list[str]]) -> dict[str, Any]:
    block = start | {name: "".join(texts) for name, texts in grown.items() if name != "input"}
    if start.get("type") == "tool_use":
        block["input"] = _object("".join(grown.get("input", ())).strip()) or {}
    return block
