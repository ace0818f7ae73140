"""Reads `key=value`: log lines, a URL's query, cookies, connection strings."""

import re

from backend.privacy.entity_types import WORD_TYPES
from backend.privacy.structure.reading import StructureReading
from backend.privacy.structure.values import decode_escapes, decode_url

_PAIR = re.compile(
    r"""(?<![\w.$-])(?P<key>[^\W\d][\w.-]*+)(?:=(?![=>~])|[ ]=[ ](?=["']))"""
    r"""(?:\\?"(?P<double>[^"\\\n]*+(?:\\[^"\n][^"\\\n]*+)*+)(?:\\?")?|'(?P<single>[^'\n]*+)'|(?P<bare>[^\s&;,"'<>|\]})]*+))"""
)
_WORDS = re.compile(r"(?: [^\W\d_][^\W\d_'’.-]*+(?![\w=:]))*+")
_OF_WORDS = WORD_TYPES - {"NRP"}


def read_pairs(reading: StructureReading, start: int, end: int) -> None:
    """Read the pairs between two places of the text."""
    text = reading.text
    if text.find("=", start, end) < 0:
        return
    for pair in _PAIR.finditer(text, start, end):
        quoting = next(kind for kind in ("double", "single", "bare") if pair[kind] is not None)
        first, last = pair.span(quoting)
        in_url = quoting == "bare" and pair.start() > start and text[pair.start() - 1] in "?&"
        fragment = text.find("#", first, last) if in_url else -1
        last = fragment if fragment >= 0 else last
        reading.hide(pair.start() - in_url, first)
        reading.hide(last, pair.end())
        key = reading.key(pair["key"])
        if key is None or first == last:
            continue
        if quoting == "bare" and not in_url and key.entity_type in _OF_WORDS:
            words = _WORDS.match(text, last, end)
            longer = words.end() if words else last
            if longer > last and reading.prefix("pair", key, first, longer):
                continue
        if in_url or quoting != "bare" or key.name == "user":
            reading.whole("query" if in_url else "pair", key, first, last, decode_url if in_url else decode_escapes)
        else:
            reading.prefix("pair", key, first, last)
