"""A policy file's bytes → plain data and the line of every key, or an error that names the place.

Built from YAML's events, so that nothing but text, numbers, true, false, lists and blocks of keys can come of it:
no tags, no aliases, no dates, and `no` is a word.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml

from backend.errors import PolicyFileError
from backend.system.disk import MOST, problem_of
from backend.system.snapshot import Snapshot

Location: TypeAlias = tuple[str | int, ...]
"""A place in the data, such as `("rules", 0, "match")`."""

MAX_BYTES = MOST
MAX_DEPTH = 20
MAY_BE_EMPTY = "languages"
"""The block whose keys need no value."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the first is ten times as fast, and not everywhere
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")

# Each is a vendor's form of key, but for the last: 32 letters and digits without a break, some of each.
_KEYS = re.compile(
    r"""\b(sk|rk|pk)-[\w-]{16,} | \b(gsk|hf|xai|ghp|glpat|nvapi|pplx|r8|fw)[_-]\w{16,} | \bA[KS]IA[0-9A-Z]{16}\b
    | \bAIza[\w-]{30,} | \beyJ[\w-]{10,}\.[\w-]{10,} | \bBearer\s+[\w.~+/-]{16,} | -----BEGIN\s | ://[^\s/@"']*:[^\s/@"']+@
    | \b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class PolicySource:
    """A policy file, read.

    Attributes:
        file: its path.
        content: its bytes.
        data: what stands in it.
        lines: the 1-based line of every key and list item.
    """

    file: Path
    content: bytes
    data: Any
    lines: Mapping[Location, int]

    def error(self, where: Location, problem: str, remedy: str) -> PolicyFileError:
        """Build an error about a place, or about the nearest one around it that the file has."""
        known = where
        while known and known not in self.lines:
            known = known[:-1]
        return PolicyFileError(self.file, problem, remedy, self.lines.get(known), dotted(where) or None)


def dotted(where: Location) -> str:
    """Write a place as `rules[0].match`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).removeprefix(".")


def read_source(file: Path, snapshot: Snapshot | None = None, *, invented: bool = False) -> PolicySource:
    """Read a policy file's YAML.

    Args:
        file: its path.
        snapshot: by which it is read, so that it is read once.
        invented: whether it holds invented tasks: then a key in it is none, and null is a value.

    Raises:
        PolicyFileError: it is unreadable, too large, not UTF-8, no YAML of the plain kind, or holds a key.
    """
    content = _read(file, snapshot or Snapshot())
    text = _decode(file, content)
    if not invented:
        _refuse_keys(file, text)
    builder = _Builder(file, text, takes_null=invented)
    return PolicySource(file, content, builder.build(), builder.lines)


def read_policy_text(file: Path, snapshot: Snapshot) -> str:
    """Read a text file that belongs to a policy.

    Raises:
        PolicyFileError: it is unreadable, too large, or not UTF-8.
    """
    return _decode(file, _read(file, snapshot))


def _read(file: Path, snapshot: Snapshot) -> bytes:
    try:
        return snapshot.read(file)
    except OSError as error:
        problem = problem_of(error)
    raise PolicyFileError(file, problem, "check the path and its permissions")


def _decode(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise PolicyFileError(file, "is not UTF-8", "save it as UTF-8", line)


def _refuse_keys(file: Path, text: str) -> None:
    """Refuse a file in which something looks like a key, in comments too. The error does not show it."""
    found = _KEYS.search(text)
    if found:
        remedy = "name its environment variable, key: {env: NAME}, or its file, key: {file: PATH}; replace the key"
        raise PolicyFileError(file, "holds what looks like a key", remedy, text.count("\n", 0, found.start()) + 1)


class _Builder:
    """Builds the data of one YAML document from its events."""

    def __init__(self, file: Path, text: str, *, takes_null: bool) -> None:
        self.lines: dict[Location, int] = {}
        self._takes_null = takes_null
        self._file = file
        self._text = text
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)

    def build(self) -> Any:
        problem, line = "", 0
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            problem = error.problem or "is no YAML"
            line = error.problem_mark.line + 1 if error.problem_mark else 0
        except yaml.reader.ReaderError as error:
            problem, line = "has a control character", self._text.count("\n", 0, error.position) + 1
        raise PolicyFileError(self._file, problem, "check the indentation and the quotes there and above", line or None)

    def _document(self) -> Any:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise PolicyFileError(self._file, "is empty", "begin with version: 1")
        data = self._value(next(self._events), ())
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._fail(after, (), "a second document begins", "a file holds one policy: remove the line ---")
        return data

    def _value(self, event: Any, where: Location) -> Any:
        self.lines.setdefault(where, _line(event))
        if len(where) > MAX_DEPTH:
            self._fail(event, (), "is nested too deeply", "remove the superfluous brackets or indentation")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self._fail(event, where, "anchors and aliases (& and *) are not allowed", "write it out, or quote it")
        if event.tag and event.tag != "!":  # the parser's word for a quoted text
            self._fail(event, where, "YAML tags (!) are not allowed", "remove it, or quote it")
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event.value) if event.implicit[0] else event.value
            if value is None and not self._takes_null and where[-2:-1] != (MAY_BE_EMPTY,):
                self._fail(event, where, "has no value", "write one, or remove the line")
            return value
        return self._items(where) if isinstance(event, yaml.SequenceStartEvent) else self._block(where)

    def _items(self, where: Location) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*where, len(items))))
        return items

    def _block(self, where: Location) -> dict[str, Any]:
        block: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                self._fail(event, where, "has a key that is no plain word", "write  key: value")
            key = event.value
            here = (*where, key)
            if key in block:
                self._fail(event, here, f"stands twice, first in line {self.lines[here]}", "remove one")
            self.lines[here] = _line(event)
            block[key] = self._value(next(self._events), here)
        return block

    def _fail(self, event: Any, where: Location, problem: str, remedy: str) -> NoReturn:
        raise PolicyFileError(self._file, problem, remedy, _line(event), dotted(where) or None)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(text: str) -> Any:
    """Read an unquoted word as JSON would: `true`, `12`, `0.5`; all else is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
