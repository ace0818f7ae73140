"""Reads tables whose header row says what their columns hold: CSV, TSV, Markdown, and SQL's INSERT."""

import re
from collections.abc import Sequence

from backend.privacy.structure.keys import Key
from backend.privacy.structure.reading import StructureReading

_CELLS = {
    mark: re.compile(
        rf'[ ]{{0,20}}+(?:"(?P<quoted>(?:[^"]|""){{0,5000}}+)"[ ]{{0,20}}+(?={re.escape(mark)}|\r|\n|\Z)'
        rf"|(?P<plain>[^{re.escape(mark)}\r\n]*+))"
    )
    for mark in ",;\t|"
}
_FORMS = {",": "csv", ";": "csv", "\t": "csv", "|": "table"}
_RULE = re.compile(r"[ ]*+\|?[ ]*+:?-+:?[ ]*+(?:\|[ ]*+:?-+:?[ ]*+)*+\|?[ \r]*+")
_INSERT = re.compile(r"\((?P<columns>[^()]{1,2000}+)\)\s{0,20}+VALUES\s{0,20}+", re.IGNORECASE)
_SQL_ROW = re.compile(r"[,\s]{0,20}+\(")
_SQL_CELL = re.compile(r"\s{0,20}+(?:N?'(?P<quoted>(?:[^']|''){0,5000}+)'|(?P<plain>[^,()'\n]{0,500}+))\s{0,20}+([,)])")
_LONGEST_HEADER = 2000

Cells = list[tuple[int, int]]


def read_tables(reading: StructureReading, start: int, end: int) -> None:
    """Read the tables between two places of the text."""
    text = reading.text
    for insert in _INSERT.finditer(text, start, end) if _has_insert(text, start, end) else ():
        _read_insert(reading, insert, end)
    # A header needs a row below it; lines of prose rarely have the same marks.
    place = start
    while (stop := text.find("\n", place, end)) >= 0:
        mark = _mark(text, place, stop, end)
        place = (_read_table(reading, mark, place, end) or stop + 1) if mark else stop + 1


def _has_insert(text: str, start: int, end: int) -> bool:
    return any(text.find(word, start, end) >= 0 for word in ("VALUES", "values", "Values"))


def _mark(text: str, start: int, stop: int, end: int) -> str | None:
    """Return what separates the cells of a line, if the next line, or the one after a rule, has it too."""
    if not 2 < stop - start <= _LONGEST_HEADER:
        return None
    below = text.find("\n", stop + 1, min(end, stop + 1 + _LONGEST_HEADER))
    below = below if below >= 0 else min(end, stop + 1 + _LONGEST_HEADER)
    for mark in "\t|;,":
        if text.find(mark, start, stop) >= 0 and text.find(mark, stop + 1, below) >= 0:
            return mark
    return None


def _row(text: str, mark: str, start: int, end: int) -> tuple[Cells, int]:
    """Read the cells of a row: the place of each, without quotes and spaces; and where the next row begins."""
    cells: Cells = []
    place = start
    while True:
        cell = _CELLS[mark].match(text, place, end)
        if cell is None:
            break
        first, last = cell.span("plain" if cell["quoted"] is None else "quoted")
        while first < last and text[last - 1] in " ":
            last -= 1
        cells.append((first, last))
        place = cell.end()
        if text[place : place + 1] != mark or place >= end:
            break
        place += 1
    if mark == "|":  # Markdown's rows may begin and end with it
        cells = cells[cells[0][0] == cells[0][1] : len(cells) - (len(cells) > 1 and cells[-1][0] == cells[-1][1])]
    following = text.find("\n", place, end)
    return cells, following + 1 if following >= 0 else end


def _read_table(reading: StructureReading, mark: str, start: int, end: int) -> int | None:
    """Read the table that begins here; return where it ends, None if there is none."""
    text = reading.text
    header, place = _row(text, mark, start, end)
    keys = [_header_key(reading, text[first:last]) for first, last in header]
    known = sum(key is not None for key in keys)
    if (
        len(header) > 1
        and known
        and (known > 1 or len(header) > 2)
        and all(last - first <= 60 for first, last in header)
    ):
        return _read_rows(reading, mark, (start, place, end), keys)
    return _read_upright(reading, mark, start, end) if len(header) == 2 else None


def _header_key(reading: StructureReading, cell: str) -> Key | None:
    if cell.count(" ") > 5 or (any(map(str.isdigit, cell)) and not cell[-1].isdigit()):
        return None
    return reading.key(cell.strip("*_` "))


def _read_rows(
    reading: StructureReading, mark: str, span: tuple[int, int, int], keys: Sequence[Key | None]
) -> int | None:
    text = reading.text
    start, place, end = span
    rows: list[tuple[int, int, Cells]] = []
    while place < end:
        cells, following = _row(text, mark, place, end)
        is_rule = _RULE.fullmatch(text[place:following].rstrip("\n")) is not None
        if not is_rule and (len(cells) < 2 or abs(len(cells) - len(keys)) > (mark == "|" or len(keys) > 3)):
            break
        rows.append((place, following, [] if is_rule else cells))
        place = following
    if not rows or not any(cells for _, _, cells in rows):
        return None
    reading.hide(start, rows[0][0])
    for first, last, cells in rows:
        _hide_but(reading, first, last, cells)
        for key, (cell, cell_end) in zip(keys, cells, strict=False):
            if key:
                reading.whole(_FORMS[mark], key, cell, cell_end)
    return place


def _read_upright(reading: StructureReading, mark: str, start: int, end: int) -> int | None:
    """Read a table whose first column says what the second holds."""
    text = reading.text
    rows: list[tuple[int, int, Cells]] = []
    found: list[tuple[Key, int, int]] = []
    place = start
    while place < end:
        cells, following = _row(text, mark, place, end)
        if len(cells) != 2:
            if cells and cells[0][0] != cells[0][1]:
                break
            cells = []
        elif key := _header_key(reading, text[cells[0][0] : cells[0][1]]):
            found.append((key, *cells[1]))
            cells = cells[1:]  # the key is hidden with what lies between the cells
        elif len(rows) >= 2 * len(found) + 2:
            break
        if not cells and not text[place:following].strip():
            break
        rows.append((place, following, cells))
        place = following
    if len(found) < 2 and not (found and mark in "|\t"):
        return None
    for first, last, cells in rows:
        _hide_but(reading, first, last, cells)
    for key, first, last in found:
        reading.whole(_FORMS[mark], key, first, last)
    return place


def _hide_but(reading: StructureReading, start: int, end: int, cells: Cells) -> None:
    for first, last in cells:
        reading.hide(start, first)
        start = max(start, last)
    reading.hide(start, end)


def _decode_sql(value: str) -> str:
    return value.replace("''", "'")


def _read_insert(reading: StructureReading, insert: re.Match[str], end: int) -> None:
    """Read the rows of SQL's INSERT."""
    keys = [reading.key(column.strip(' \n\t`"[]')) for column in insert["columns"].split(",")]
    reading.hide(insert.start("columns"), insert.end())
    place = insert.end()
    while row := _SQL_ROW.match(reading.text, place, end):
        place = row.end()
        for key in [*keys, None]:
            cell = _SQL_CELL.match(reading.text, place, end)
            if cell is None:
                return
            first, last = cell.span("plain" if cell["quoted"] is None else "quoted")
            reading.hide(place, first)
            reading.hide(last, cell.end())
            if key:
                reading.whole("sql", key, first, last, _decode_sql)
            place = cell.end()
            if cell[3] == ")":
                break
