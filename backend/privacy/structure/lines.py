"""Reads lines of forms: `Name: John Smith`, YAML, Markdown's `**Name:** John`, INI files, several fields a line."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from backend.privacy.structure.keys import Key, find_key, is_neutral, key_words, read_field_key
from backend.privacy.structure.reading import StructureReading

_MARK = re.compile(
    r"[:：](?![:/]|(?<=\d:)\d)(?:\*\*|__)?|(?<=\S)[^\S\n](?:=|[-–—])[^\S\n]|(?<=\S)[^\S\n]?[.…_]{3,}+[^\S\n](?=\S)"
)
_FORMAL = re.compile(r"(?:[^\S\n]|[-*•>#·+–]|\d{1,3}[.)][^\S\n]|\[[ xX]\]|[\"'`])*+")
_CUTS = re.compile(r"[,;|(\t•?!\[{\"]|\.\s|\s{2}|\d\s|[:=](?!\s*$)")
_VALUE_CUTS = re.compile(r"[\t|]|[^\S\n]{2}(?=\S)|;\s")
_WAY_TO_VALUE = re.compile(r"(?:[^\S\n]|\*\*|__)*+")
_NEXT_LINE = re.compile(r"[^\S\n]*+\n(?:[^\S\n]*+\n)?(?P<indent>[^\S\n]*+)(?=\S)")
_LIST_ITEM = re.compile(r"[-*•][^\S\n]++")
_BREAK = re.compile(r"\\r|\\n")
_LONGEST = 60
_ADDRESS_LINES = 4
_CASUAL = frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "PERSON", "US_SSN", "PASSWORD", "IBAN_CODE"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A key of a line: its place, where its value begins, and whether it stands where a form has its keys."""

    key: Key
    start: int
    value: int
    is_formal: bool


def read_lines(reading: StructureReading, start: int, end: int) -> None:
    """Read the lines between two places of the text."""
    text = reading.text
    if not any(
        text.find(mark, start, end) >= 0 for mark in (":", "：", " = ", " - ", " – ", " — ", "... ", "… ", "___ ")
    ):
        return
    fields = _Lines(text, start, end).fields()
    for index, field in enumerate(fields):
        border = fields[index + 1].start if index + 1 < len(fields) else end
        if field.is_formal:
            reading.hide(field.start, field.value)
        _read_value(reading, field, min(border, end))


def _read_value(reading: StructureReading, field: _Field, border: int) -> None:
    text = reading.text
    line_end = _line_end(text, field.value, border)
    way = _WAY_TO_VALUE.match(text, field.value, line_end)
    value = way.end() if way else field.value
    if value < line_end:
        cut = _VALUE_CUTS.search(text, value, line_end)
        _read_all(reading, field, value, cut.start() if cut else line_end)
        return
    following = _NEXT_LINE.match(text, line_end, border) if field.is_formal else None
    if following is None:
        return
    value = following.end()
    item = _LIST_ITEM.match(text, value, border)
    if item:
        _read_items(reading, field, value, border)
    elif field.key.entity_type == "STREET_ADDRESS":
        reading.whole("line", field.key, value, _block_end(text, value, border))
    else:
        _read_all(reading, field, value, _line_end(text, value, border))


def _read_all(reading: StructureReading, field: _Field, start: int, end: int) -> None:
    """Take a value, and the others that a separator joins to it: two phones, three names."""
    for _ in range(8):
        taken = reading.prefix("line", field.key, start, end, field.is_formal)
        if taken is None or field.key.entity_type not in ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"):
            return
        joint = re.compile(r"\s?(?:[,;/&]|and|et|und|y|и|или|or)\s").match(reading.text, taken[1], end)
        if joint is None:
            return
        start = joint.end()


def _read_items(reading: StructureReading, field: _Field, start: int, border: int) -> None:
    """Take the items of a list below a key."""
    text = reading.text
    while item := _LIST_ITEM.match(text, start, border):
        stop = _line_end(text, item.end(), border)
        reading.hide(start, item.end())
        reading.prefix("line", field.key, item.end(), stop)
        start = stop + 1
        while start < border and text[start] in " \t":
            start += 1


def _line_end(text: str, start: int, border: int) -> int:
    stop = text.find("\n", start, border)
    stop = stop if stop >= 0 else border
    escaped = _BREAK.search(text, start, stop) if "\\" in text[start:stop] else None
    return escaped.start() if escaped else stop


def _block_end(text: str, start: int, border: int) -> int:
    """Return where a value of several lines ends: at an empty line, or after a few."""
    stop = start
    for _ in range(_ADDRESS_LINES):
        line = _line_end(text, stop, border)
        if not text[stop:line].strip():
            break
        stop = min(line + 1, border)
        if stop == border:
            break
    while stop > start and (text[stop - 1].isspace() or text[stop - 1] in ".,"):
        stop -= 1
    return stop


class _Lines:
    """Finds the keys of a piece of text: what stands before a colon, or before a dash or dots where a line begins."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._breaks = (
            [match.end() for match in _BREAK.finditer(text, start, end)] if text.find("\\", start, end) >= 0 else []
        )
        self._parents: list[tuple[int, str]] = []
        self._known: dict[str, tuple[list[tuple[str, int]], tuple[Key, int] | None]] = {}

    def fields(self) -> list[_Field]:
        found: list[_Field] = []
        last = self._start
        for mark in _MARK.finditer(self._text, self._start, self._end):
            field = self._field(mark, last)
            last = mark.end()
            if field:
                found.append(field)
        return found

    def _field(self, mark: re.Match[str], last: int) -> _Field | None:
        line = self._line_start(mark.start())
        begin = max(line, last, mark.start() - _LONGEST)
        chunk = self._text[begin : mark.start()]
        formal = _FORMAL.match(chunk) if begin == line else None
        cut = formal.end() if formal else 0
        for found in _CUTS.finditer(chunk, cut):
            cut = found.end()
        is_formal = formal is not None and cut == formal.end()
        if not is_formal and mark[0][0] not in ":：":
            return None
        found_key = self._key(chunk[cut:], line, is_formal, begin == last and begin > line)
        if mark[0][0] in ":：" and is_formal:
            self._note_parent(chunk[cut:], begin + cut - line, mark.end())
        if found_key is None:
            return None
        key, offset = found_key
        is_formal = (is_formal and offset == 0) or (offset > 0 and begin == last and begin > line)
        is_formal = is_formal or (not formal and cut > 0 and chunk[cut - 1] in ",;|\t ")
        if not is_formal and key.entity_type not in _CASUAL:
            return None
        start = begin if formal and offset == 0 and cut == formal.end() else begin + cut + offset
        return _Field(key, start, mark.end(), is_formal)

    def _key(self, chunk: str, line: int, is_formal: bool, follows_value: bool) -> tuple[Key, int] | None:
        """Read the words before a mark; return the key and its offset in them."""
        if chunk not in self._known:
            words = key_words(chunk)
            self._known[chunk] = words, find_key([word for word, _ in words])
        words, found = self._known[chunk]
        if not words:
            return None
        folded = [word for word, _ in words]
        if found and found[0].strength != "strong" and is_formal and self._is_thing(line):
            return None
        if found is None:
            # What stands before the key may be prose, or the value of another one.
            for size in (3, 2, 1) if follows_value else (3, 2):
                found = find_key(folded[-size:]) if len(folded) > size else None
                if found and (found[1] == 0 or follows_value):
                    return found[0], words[len(folded) - size + found[1]][1]
        if found is None:
            return None
        first = 0 if is_formal and found[1] <= 3 and not follows_value else found[1]
        return found[0], words[first][1]

    def _line_start(self, place: int) -> int:
        line = self._text.rfind("\n", max(self._start, place - _LONGEST - 60), place) + 1
        if self._breaks:
            index = bisect_right(self._breaks, place)
            line = max(line, self._breaks[index - 1] if index else 0)
        return max(line, self._start) if line or self._start >= place - _LONGEST - 60 else place - _LONGEST - 60

    def _note_parent(self, chunk: str, indent: int, after: int) -> None:
        """Remember a key without a value of its own: what is indented below it belongs to it, as in YAML."""
        while self._parents and self._parents[-1][0] >= indent:
            self._parents.pop()
        if self._text[after : after + 1] in ("\n", "") and read_field_key(chunk) is None:
            self._parents.append((indent, chunk))

    def _is_thing(self, line: int) -> bool:
        indent = len(self._text[line : line + _LONGEST]) - len(self._text[line : line + _LONGEST].lstrip(" -"))
        above = [chunk for depth, chunk in self._parents if depth < indent]
        return bool(above) and is_neutral(above[-1])
