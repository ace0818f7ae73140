"""JSON, and where each of its values stands in the text."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DEEPEST = 32
_SPACE = re.compile(r"[ \t\n\r]*+")


@dataclass(frozen=True, slots=True)
class PlacedValue:
    """A value and its stretch of the text.

    Attributes:
        value: a text, a number, true, false or null; None where it has parts.
        items: a list's values, in their order.
        keys: an object's values, by key.
    """

    start: int
    end: int
    value: Any = field(default=None, repr=False)
    items: Sequence["PlacedValue"] | None = field(default=None, repr=False)
    keys: Mapping[str, "PlacedValue"] | None = field(default=None, repr=False)


def find_places(text: str) -> PlacedValue | None:
    """Read the object that begins first in a text, whatever stands after it; None if it cannot be read."""
    start = text.find("{")
    try:
        return _read(text, start, DEEPEST) if start >= 0 else None
    except (ValueError, IndexError):
        return None


def _read(text: str, start: int, depth: int) -> PlacedValue:
    if not depth:
        raise ValueError("is too deep")
    if text[start] == "{":
        return _read_object(text, start, depth)
    if text[start] == "[":
        return _read_list(text, start, depth)
    value, end = _DECODER.raw_decode(text, start)
    return PlacedValue(start, end, value)


def _read_object(text: str, start: int, depth: int) -> PlacedValue:
    keys: dict[str, PlacedValue] = {}
    place = _after_space(text, start + 1)
    while text[place] != "}":
        if keys:
            place = _after(text, place, ",")
        if text[place] != '"':
            raise ValueError("is no JSON")
        key, end = _DECODER.raw_decode(text, place)
        value = _read(text, _after(text, _after_space(text, end), ":"), depth - 1)
        if key in keys:
            raise ValueError("a key is given twice")
        keys[key], place = value, _after_space(text, value.end)
    return PlacedValue(start, place + 1, keys=keys)


def _read_list(text: str, start: int, depth: int) -> PlacedValue:
    items: list[PlacedValue] = []
    place = _after_space(text, start + 1)
    while text[place] != "]":
        if items:
            place = _after(text, place, ",")
        items.append(_read(text, place, depth - 1))
        place = _after_space(text, items[-1].end)
    return PlacedValue(start, place + 1, items=items)


def _after(text: str, place: int, char: str) -> int:
    """Return the place behind a character that must stand there, and behind white space."""
    if text[place] != char:
        raise ValueError("is no JSON")
    return _after_space(text, place + 1)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse, strict=False)
