"""JSON objects within what a model wrote: bare, in a fence, in a list, between words.

The time that it takes grows with the length alone, whatever stands there. What can be read in two ways is not read:
a key that is given twice, NaN, an object that does not end, and all that stands within such a one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_START = re.compile(r"""\{(?=\s*+(?:["'}]|/[/*]))|\[(?=\s*+\{)""")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[{}\[\]]', re.DOTALL)
_LOOSE = re.compile(
    r"""
    "(?:[^"\\]++|\\.?)*+"?                                  # a text stays as it is
    | (?P<comment> //[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+(?:\*/)? )
    | '(?P<single> (?:[^'\\\n]++|\\.?)*+ )'(?=\s*+[:,}\]])
    | '(?:[^'\\\n]++|\\.?)*+                                # one that does not end there, which may not be begun anew
    | \b(?P<word>True|False|None)\b
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMA = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|(?P<comma>,)(?=\s*+[}\]])', re.DOTALL)
_ESCAPE = re.compile(r"\\(?P<char>.)|\"", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}


class Written(float):
    """A number with a fraction, and the way it was written: 1.50 is none but for a text."""

    text: str

    def __new__(cls, text: str) -> "Written":
        """Read one; refuse what is too large for it."""
        number = super().__new__(cls, text)
        if number in (float("inf"), float("-inf")):
            raise ValueError("is too large")
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class Found:
    """An object, and the stretch of the text where it stands."""

    value: dict[str, Any] = field(repr=False)
    start: int
    end: int


def find_objects(text: str) -> Iterator[Found]:
    """Yield the objects of a text that stand in no other, in their order; of a list, the only one that it holds."""
    place = 0
    while start := _START.search(text, place):
        value, place = _read(text, start.start())
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            yield Found(value, start.start(), place)


def read_json(text: str) -> Any:
    """Read a text that is JSON and nothing else; None where it is not, or can be read in two ways."""
    try:
        value, end = _DECODER.raw_decode(text.strip())
    except (ValueError, RecursionError):
        return None
    return value if end == len(text.strip()) else None


def _read(text: str, start: int) -> tuple[Any, int]:
    """Read the value that begins at a place; returns it, None if it cannot be read, and where it ends."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        end = _end(text, start)
    return (read_json(_strict(text[start:end])) if end else None), end or len(text)


def _end(text: str, start: int) -> int:
    """Return where the brackets that open at a place are closed; 0 if they are not."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return 0


def _strict(loose: str) -> str:
    """Write as JSON what differs from it by comments, commas before a bracket, or Python's quotes and words."""
    return _COMMA.sub(lambda m: "" if m["comma"] else m[0], _LOOSE.sub(_plain, loose))


def _plain(token: re.Match[str]) -> str:
    if token["comment"]:
        return " "
    if token["word"]:
        return _WORDS[token["word"]]
    return token[0] if token["single"] is None else f'"{_ESCAPE.sub(_escaped, token["single"])}"'


def _escaped(token: re.Match[str]) -> str:
    return "'" if token["char"] == "'" else token[0] if token["char"] else '\\"'


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Take an object's keys; refuse one that is given twice with different values."""
    found = dict(pairs)
    if len(found) < len(pairs) and any(found[key] != value for key, value in pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse, parse_float=Written, strict=False)
