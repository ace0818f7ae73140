"""Reads JSON and what resembles it: within prose, one object a line, cut off, with single quotes or bare keys.

Only pairs of a key and a value are looked for, so that nothing need be valid.
"""

import re
from dataclasses import dataclass

from backend.privacy.structure.keys import Key, is_neutral
from backend.privacy.structure.reading import StructureReading

_TOKEN = re.compile(
    r"""(?<!\\)"(?P<double>[^"\\\n]*+(?:\\.[^"\\\n]*+)*+)(?P<shut>"?)"""
    r"""|(?<![\w\\])'(?P<single>[^'\\\n]*+(?:\\.[^'\\\n]*+)*+)'(?=\s*+(?:[:,}\])]|=>|$))"""
    r"""|(?P<open>[{[])|(?P<close>[}\]])""",
    re.MULTILINE,
)
_AFTER_KEY = re.compile(r"\s{0,20}+(?::(?![:/])|=>)\s{0,200}+")
_BARE_KEY = re.compile(r"\s{0,200}+,?\s{0,200}+(?P<key>[^\W\d]\w{0,40}+)\s?:(?!:)\s{0,20}+(?=[^\s,}\]])")
_SCALAR = re.compile(r"[^\s,{}\[\]\"'][^\n,{}\[\]\"']*+")
_NUMBER = re.compile(r"[\s,]{0,200}+(?P<value>[+\d][^\s,{}\[\]\"']*+)")
_SHUT = re.compile(r"[\s,}\]]{0,200}+")
_ESCAPED = re.compile(r'\\+"(?P<key>[^"\\\n]{1,60}+)\\+"\s{0,9}+:\s{0,9}+(?:\\+")?(?P<value>[^"\\\n{}\[\],]++)')
_IDENTIFIER = re.compile(r"[@$]?[a-z_]\w*+(?:[-.:]\w++)*|[A-Z][A-Z\d_]+|[A-Z][a-z\d]+(?:[A-Z][a-z\d]*)+")
_SIGN = re.compile(r"[\"']\s{0,20}+(?::|=>)|[:>]\s{0,20}+[\"'\[{]")
_NAMES_A_FIELD = frozenset(
    {"k", "name", "key", "field", "label", "type", "system", "attribute", "property", "question"}
)
_HOLDS_A_VALUE = frozenset({"v", "value", "answer", "text", "val", "content"})


@dataclass(slots=True)
class _Frame:
    """An object or an array that is open: what its own key says, and how."""

    start: int
    is_array: bool
    parent: str = ""
    key: Key | None = None
    field: Key | None = None
    is_ours: bool = False


def read_objects(reading: StructureReading, start: int, end: int) -> None:
    """Read the JSON between two places of the text."""
    text = reading.text
    if _SIGN.search(text, start, end):
        _Objects(reading, start, end).read()
    for pair in _ESCAPED.finditer(text, start, end) if text.find('\\"', start, end) >= 0 else ():
        key = reading.key(pair["key"])
        reading.hide(pair.start(), pair.start("value"))
        if key:
            reading.whole("json", key, *pair.span("value"))


class _Objects:
    def __init__(self, reading: StructureReading, start: int, end: int) -> None:
        self._reading, self._text = reading, reading.text
        self._place, self._end = start, end
        self._frames = [_Frame(start, is_array=False)]
        self._pending: tuple[str, int] | None = None  # a key, and where its value begins

    def read(self) -> None:
        while token := _TOKEN.search(self._text, self._place, self._end):
            self._place = token.end()
            pending = self._pending if self._pending and self._pending[1] == token.start() else None
            self._pending = None
            if token["close"]:
                if len(self._frames) > 1 and self._frames.pop().is_ours:
                    self._reading.hide(*token.span())
                self._bare_key()
            elif token["open"]:
                self._opened(token, pending)
            else:
                self._string(token, pending)

    def _opened(self, token: re.Match[str], pending: tuple[str, int] | None) -> None:
        top = self._frames[-1]
        frame = _Frame(token.start(), token["open"] == "[", is_ours=top.is_ours or pending is not None)
        if pending:
            frame.parent = pending[0]
            frame.key = self._reading.key(pending[0], top.parent)
        elif top.is_array:
            frame.parent, frame.key = top.parent, top.key
        # The outer object decides whether names within are a person's: {"product": {"details": {"name": …}}}.
        if is_neutral(top.parent) and not frame.key:
            frame.parent = top.parent
        self._frames.append(frame)
        if not frame.is_array:
            self._bare_key()
        elif frame.key and frame.is_ours:
            self._numbers(frame.key)

    def _numbers(self, key: Key) -> None:
        """Take the bare values of an array, such as numbers."""
        while number := _NUMBER.match(self._text, self._place, self._end):
            self._reading.hide(self._place, number.start("value"))
            self._take(key, *number.span("value"))
            self._place = number.end()

    def _string(self, token: re.Match[str], pending: tuple[str, int] | None) -> None:
        kind = "single" if token["double"] is None else "double"
        start, end = token.span(kind)
        after = _AFTER_KEY.match(self._text, token.end(), self._end)
        if after and not pending and (kind == "single" or token["shut"]) and start < end:
            self._key(self._text[start:end], token.start(), after.end())
            return
        frame = self._frames[-1]
        if pending:
            self._value(pending[0], start, end)
        elif frame.is_array and frame.is_ours and frame.key:
            self._take(frame.key, start, end)
        if pending or (frame.is_array and frame.is_ours):
            self._reading.hide(token.start(), start)
            self._reading.hide(end, token.end())
        self._bare_key()

    def _key(self, key: str, start: int, value: int) -> None:
        """Note a key; take its value if that is neither a string nor an object."""
        frame = self._frames[-1]
        known = self._reading.key(key, frame.parent)
        self._place = value
        if known is None and not _IDENTIFIER.fullmatch(key):
            # What no programmer wrote may be a value itself, such as the name of a person that a map goes by.
            self._reading.hide(start, start + 1)
            self._reading.hide(start + 1 + len(key), value)
        else:
            self._reading.hide(start, value)
        self._pending = (key, value)
        if not frame.is_ours and len(self._frames) > 1:
            self._reading.hide(frame.start, frame.start + 1)
        frame.is_ours = True
        scalar = _SCALAR.match(self._text, value, self._end)
        if scalar:
            self._place = scalar.end()
            self._pending = None
            shut = _SHUT.match(self._text, self._place, self._end)
            self._reading.hide(self._place, shut.end() if shut else self._place)
            if known:
                self._take(known, *scalar.span())
            self._bare_key()

    def _bare_key(self) -> None:
        """Read a key without quotes, which stands behind a brace or a comma."""
        found = _BARE_KEY.match(self._text, self._place, self._end) if len(self._frames) > 1 else None
        if found and not self._frames[-1].is_array:
            self._key(found["key"], found.start("key"), found.end())

    def _value(self, key: str, start: int, end: int) -> None:
        frame = self._frames[-1]
        known = self._reading.key(key, frame.parent)
        name = key.casefold()
        if name in _HOLDS_A_VALUE and (known is None or known.name == "name"):
            known, frame.field = frame.field, None
        elif name in _NAMES_A_FIELD:
            field = self._reading.key(self._text[start:end])
            if field and (name != "name" or _IDENTIFIER.fullmatch(self._text, start, end)):
                frame.field = field
                return
        if known:
            self._take(known, start, end)

    def _take(self, key: Key, start: int, end: int) -> None:
        self._reading.whole("json", key, start, end)
