"""Values that stand without quotes in JSON, such as numbers: what replaces one is JSON there only if it gets quotes."""

import re
from collections.abc import Iterator

_SCALAR = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null"
_TOKEN = re.compile(
    rf'(?<!\\)"(?:[^"\\\n]|\\.)*+"|(?<![\w.+-])(?P<scalar>{_SCALAR})(?=\s*+[,\]}}])|(?P<mark>[\[\]{{}}:,])|[^\s\[\]{{}}:,"]++|["\\]'
)
_IS_SCALAR = re.compile(_SCALAR)
_NEAR = 200
_BEFORE, _AFTER = frozenset(":[,"), frozenset(",]}")


class Bare:
    """Tells which values stand without quotes in the JSON that a text is or holds.

    Args:
        text: read when that is asked first, and only if it may hold any.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: tuple[frozenset[int], frozenset[int]] | None = None

    def has(self, start: int, end: int) -> bool:
        """Say whether a stretch of the text is such a value, or several in a row."""
        before, after = self._text[max(start - _NEAR, 0) : start].rstrip(), self._text[end : end + _NEAR].lstrip()
        if before[-1:] not in _BEFORE or after[:1] not in _AFTER:
            return False
        if self._places is None:
            places = list(_places(self._text))
            self._places = frozenset(first for first, _ in places), frozenset(last for _, last in places)
        return start in self._places[0] and end in self._places[1]


def is_scalar(words: str) -> bool:
    """Say whether words are JSON without quotes."""
    return _IS_SCALAR.fullmatch(words) is not None


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of values that are neither strings, arrays nor objects."""
    arrays: list[bool] = []  # for each bracket that is open, whether it is an array's
    value = False  # whether a value comes next
    last = ""
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark == "[":
            arrays.append(value or (not last and text.rstrip().endswith("]")))
            value = arrays[-1]
        elif mark == "{":
            arrays.append(False)
            value = False
        elif mark in ("]", "}"):
            value = False
            arrays = arrays[:-1]
        elif mark == ",":
            value = bool(arrays) and arrays[-1]
        elif mark == ":":
            value = last[:1] == '"' and len(last) > 1
        else:
            if value and token["scalar"]:
                yield token.span()
            value = False
        last = token[0]
