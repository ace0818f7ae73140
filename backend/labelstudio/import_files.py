"""Files of tasks as Label Studio imports them, by their ending: JSON, JSON lines, CSV, TSV and TXT → entries."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lxml import etree

from backend.errors import RequestError
from backend.labelstudio.variables import field_of
from backend.labelstudio.xml.elements import attributes, elements
from backend.labelstudio.xml.markup import without_declaration

NAMED = 5
"""So many entries are named that have the same fault."""
TEXT = "text"
"""The key of a line of TXT where no label config says another."""
LONGEST_CELL = 2**31 - 1


def read_entries(path: Path, label_config: str = "") -> list[Any]:
    """Read what a file holds, an entry for each task; whether each is a task is not looked at.

    Args:
        path: JSON, unless it ends in .jsonl, .ndjson, .csv, .tsv or .txt. Cells of CSV and TSV stay text, under the
            names of the first line; empty lines are left out.
        label_config: the project's XML, whose first field lines of TXT are put under.

    Raises:
        RequestError: it is not what its ending says. Names the file and the line, never what stands there.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise RequestError(f"{path} is no text in UTF-8 - save it as UTF-8")
    match path.suffix.lower():
        case ".csv":
            return _rows(path, text, _separator(text))
        case ".tsv":
            return _rows(path, text, "\t")
        case ".txt":
            key = first_field(label_config)
            return [{"data": {key: line}} for line in text.splitlines() if line.strip()]
        case ".jsonl" | ".ndjson":
            lines = enumerate(text.split("\n"), 1)
            return [_parsed(path, line, number) for number, line in lines if line.strip()]
        case _:
            found = _parsed(path, text)
            return found if isinstance(found, list) else [found]


def first_field(label_config: str) -> str:
    """Return the first key of the tasks' data that a tag with a name shows: Label Studio puts lines of TXT under it."""
    with suppress(etree.XMLSyntaxError, ValueError):
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(without_declaration(label_config).encode(), parser)
        for found in map(attributes, elements(root)):
            if found.get("name") and (name := field_of(found.get("value", ""))):
                return name
    return TEXT


def entries_named(places: Iterable[int]) -> str:
    """Name entries by their places in the file, from 1, the first few of many."""
    found = list(places)
    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return f"entr{'y' if len(found) == 1 else 'ies'} {', '.join(map(str, found[:NAMED]))}{more}"


def _parsed(path: Path, text: str, number: int = 0) -> Any:
    """Parse JSON, of a file or of one line of it."""
    problem = ""
    try:
        return json.loads(text)
    except RecursionError:
        problem = "is nested too deeply" + (f" (line {number})" if number else "")
    except ValueError as error:
        problem = f"is no valid JSON (line {number or getattr(error, 'lineno', '?')})"
    raise RequestError(f"{path} {problem} - export the tasks from Label Studio as JSON")


def _separator(text: str) -> str:
    """Return what separates cells, as Label Studio tells it: what stands in the first line more often."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _rows(path: Path, text: str, separator: str) -> list[Any]:
    """Read rows by the names of the first one."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    problem = ""
    try:
        names = [name.strip() for name in next(reader, [])]
        if not names or not all(names) or len(set(names)) < len(names):
            problem = "each column needs a name of its own in the first line"
        else:
            return list(_entries(reader, names))
    except (csv.Error, _LongRowError):
        problem = f"line {reader.line_num} has more cells than the first, or a quote without an end"
    raise RequestError(f"{path}: {problem} - save it as CSV again, and quote cells that hold a separator")


class _LongRowError(Exception):
    """A row has more cells than there are names."""


def _entries(rows: Iterator[Sequence[str]], names: Sequence[str]) -> Iterator[Any]:
    for row in rows:
        if len(row) > len(names):
            raise _LongRowError
        if row:
            cells = [*row, *[""] * (len(names) - len(row))]
            yield {"data": dict(zip(names, cells, strict=True))}
