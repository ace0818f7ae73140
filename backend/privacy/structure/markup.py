"""Reads HTML and XML within a text: tags and attributes' names are structure, texts and some attributes are values."""

import re
from collections import Counter
from dataclasses import dataclass, field

from backend.privacy.structure.keys import Key, is_neutral
from backend.privacy.structure.reading import StructureReading
from backend.privacy.structure.vocabulary import word_set

_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[^\W\d_][\w:.-]*+)(?P<body>(?=[\s/>])(?:"[^"<]*+"|'[^'<]*+'|[^<>"'])*+)>"""
    r"""|<(?P<close2>/?)(?P<name2>[^\W\d_][\w:.-]*+)(?P<body2>(?=[\s/>])[^<>]*+)>"""
    r"""|<!--|-->|<!\[CDATA\[|\]\]>|<[!?][^<>]*+>"""
)
_CLOSE = re.compile(r"</([^\W\d_][\w:.-]*+)\s?>")
_ATTRIBUTE = re.compile(
    r"""(?<![^\s"'/])(?P<name>[^\s=<>"'/]++)\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s<>"']++))"""
)
_HTML = word_set(
    "a abbr address article aside audio b base blockquote body br button caption center cite code col colgroup dd del"
    " details dfn div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html"
    " i iframe img input ins kbd label legend li link main mark meta nav object ol optgroup option output p param pre"
    " q s samp script section select small source span strong style sub summary sup svg table tbody td template"
    " textarea tfoot th thead title tr tt u ul var video wbr"
)
_VOID = word_set("area base br col embed hr img input link meta param source track wbr")
_LABELS = frozenset({"th", "td", "dt", "label", "b", "strong", "legend", "em", "i", "span", "div", "p"})
_SURE_LABELS = frozenset({"th", "td", "dt", "label"})
_STRUCTURAL = word_set(
    "class id style rel type for lang dir role width height colspan rowspan align valign border target method action"
    " xmlns version encoding charset name itemprop property itemscope itemtype media size color bgcolor cellpadding"
    " cellspacing tabindex autocomplete http-equiv viewbox fill stroke d checked disabled selected"
)
_NAMES_A_FIELD = ("itemprop", "name", "property", "id", "class", "data-field", "data-label", "data-key", "autocomplete")
_VALUES = frozenset({"value", "content", "placeholder", "data-value", "datetime"})
_URL_KEYS = {"mailto:": Key("email", "EMAIL_ADDRESS"), "tel:": Key("phone", "PHONE_NUMBER")}


@dataclass(slots=True)
class _Element:
    name: str
    key: Key | None = None
    parent: str = ""


@dataclass(slots=True)
class _Table:
    """A table: keys of its columns, as its first row or its `th` said."""

    columns: list[Key | None] = field(default_factory=list)
    row: list[Key | None] = field(default_factory=list)
    cell: int = -1
    has_value: bool = False


def read_markup(reading: StructureReading, start: int, end: int) -> None:
    """Read the HTML or XML between two places of the text."""
    text = reading.text
    if text.find("<", start, end) < 0 or text.find(">", start, end) < 0:
        return
    closed = {match[1].casefold() for match in _CLOSE.finditer(text, start, end)}
    walker = _Walker(reading)
    place = start
    for tag in _TAG.finditer(text, start, end):
        name = (tag["name"] or tag["name2"] or "").casefold()
        if name and name not in _HTML and name not in closed and not tag[0].endswith("/>"):
            continue  # an angle bracket of prose, such as around an address
        walker.run(place, tag.start(), is_first=place == start)
        walker.tag(tag, name)
        place = tag.end()
    if place > start:
        walker.run(place, end, is_first=True)


class _Walker:
    def __init__(self, reading: StructureReading) -> None:
        self._reading, self._text = reading, reading.text
        self._open: list[_Element] = []
        self._counts: Counter[str] = Counter()
        self._tables: list[_Table] = []
        self._label: Key | None = None

    def tag(self, tag: re.Match[str], name: str) -> None:
        if tag["close"] or tag["close2"]:
            self._reading.hide(*tag.span())
            self._close(name)
            return
        attributes = self._attributes(tag)
        self._values(tag, name, attributes)
        if not name or name in _VOID or tag[0].endswith("/>"):
            return
        parent = self._open[-1].parent if self._open else ""
        written = (tag["name"] or tag["name2"]).rpartition(":")[2]  # `AcctNm` is two words
        key = self._element_key(name, written, attributes, parent)
        if name not in _HTML and not (parent and is_neutral(parent) and key is None):
            parent = written
        self._open.append(_Element(name, key, parent))
        self._counts[name] += 1
        self._table(name)

    def _element_key(self, name: str, written: str, attributes: dict[str, tuple[int, int]], parent: str) -> Key | None:
        if name not in _HTML:
            key = self._reading.key(written, parent)
            if key:
                return key
        return self._field(attributes) if name not in ("a", "form", "meta", "body", "html", "title") else None

    def _field(self, attributes: dict[str, tuple[int, int]]) -> Key | None:
        """Read what an element's attributes say about its text."""
        for name in _NAMES_A_FIELD:
            if name in attributes:
                start, end = attributes[name]
                for word in self._text[start : min(end, start + 200)].split():
                    key = self._reading.key(word)
                    if key:
                        return key
        return None

    def _attributes(self, tag: re.Match[str]) -> dict[str, tuple[int, int]]:
        body = "body" if tag["name"] else "body2"
        found = {}
        for match in _ATTRIBUTE.finditer(self._text, *tag.span(body)) if tag[body] else ():
            quoting = next(kind for kind in ("double", "single", "bare") if match[kind] is not None)
            found[match["name"].casefold()] = match.span(quoting)
        return found

    def _values(self, tag: re.Match[str], name: str, attributes: dict[str, tuple[int, int]]) -> None:
        """Hide a tag but for those of its attributes that hold values, and take what they say."""
        place = tag.start()
        for attribute, (start, end) in sorted(attributes.items(), key=lambda item: item[1]):
            if attribute in _STRUCTURAL or attribute.startswith("xmlns") or start >= end:
                continue
            self._reading.hide(place, start)
            place = end
            scheme = next((s for s in _URL_KEYS if self._text.startswith(s, start, end)), None)
            if scheme:
                self._reading.hide(start, start + len(scheme))
                stop = self._text.find("?", start, end)
                self._reading.prefix("markup", _URL_KEYS[scheme], start + len(scheme), stop if stop > 0 else end)
                continue
            key = self._reading.key(attribute.removeprefix("data-"), "" if name in _HTML else name)
            if attribute in _VALUES and (key is None or key.strength == "role"):
                key, self._label = self._field(attributes) or self._label, None
            if key and attribute not in ("href", "src", "title", "alt"):
                self._reading.whole("markup", key, start, end)
        self._reading.hide(place, tag.end())

    def _close(self, name: str) -> None:
        if self._counts[name]:
            while True:
                element = self._open.pop()
                self._counts[element.name] -= 1
                if element.name == name:
                    break
        if name == "tr" and self._tables:
            self._row_ends()
        if name == "table" and self._tables:
            self._tables.pop()
            self._label = None

    def _table(self, name: str) -> None:
        if name == "table":
            self._tables.append(_Table())
        elif self._tables and name == "tr":
            self._row_ends()
        elif self._tables and name in ("td", "th"):
            self._tables[-1].cell += 1
            self._tables[-1].row.append(None)

    def _row_ends(self) -> None:
        table = self._tables[-1]
        if not table.columns and sum(key is not None for key in table.row) > 1 and not table.has_value:
            table.columns = table.row
        table.row, table.cell, table.has_value = [], -1, False
        self._label = None

    def run(self, start: int, end: int, is_first: bool = False) -> None:
        """Read a text between two tags: a label, or a value that its element, its column or a label speaks of."""
        text = self._text
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        element = self._open[-1] if self._open else _Element("")
        if start == end or (is_first and not self._open and not self._label):
            return
        label = self._read_label(element.name, start, end)
        if label:
            self._reading.hide(start, end)
            self._label = label
            return
        key = element.key or self._column() or self._label
        self._label = None
        if key and element.name not in ("script", "style"):
            shift = start + 1 if text[start] in ":-" else start
            if self._reading.whole("markup", key, shift, end) and self._tables and self._tables[-1].row:
                self._tables[-1].has_value = not self._tables[-1].columns

    def _column(self) -> Key | None:
        table = self._tables[-1] if self._tables else None
        if table is None or not 0 <= table.cell < len(table.columns):
            return None
        return table.columns[table.cell]

    def _read_label(self, name: str, start: int, end: int) -> Key | None:
        if name not in _LABELS or end - start > 40:
            return None
        words = self._text[start:end]
        if name not in _SURE_LABELS and not words.endswith(":") and self._text[end : end + 40].find(":") < 0:
            return None
        key = self._reading.key(words)
        if key and self._tables and self._tables[-1].row:
            self._tables[-1].row[-1] = key
        return key
