"""The files of a batch's results, line by line as they come: foreign input, which nothing of is taken on trust.

Lines come in any order. One that nobody asked for is counted; of one that stands twice neither is taken; what cannot be
read is counted, and its line is missing.
"""

import json
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from backend.model.answer.foreign import AnswerBody, plain
from backend.model.clients import MAX_ANSWER

_CODE = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of a line.

    Attributes:
        status: HTTP's, as a call would have had it; 0 if there was no call.
        code: why there was none, such as `batch_expired`; "" if there was one.
        body: what is to be known of the answer.
        content: the answer's JSON, ready to be read as a call's.
    """

    status: int
    code: str
    body: AnswerBody
    content: bytes = field(repr=False)


class ResultFile:
    """Takes a file from its beginning, part by part.

    Args:
        asked: the names of its batch's lines.
        most: how many lines it may have.

    Attributes:
        found: the results, by the name of the line.
        doubled: the names that stand there more than once.
        unknown: how many lines nobody asked for.
        unread: how many lines cannot be read.
    """

    def __init__(self, asked: Container[str], most: int) -> None:
        self._asked, self._left = asked, most
        self._rest = bytearray()
        self.found: dict[str, LineResult] = {}
        self.doubled: set[str] = set()
        self.unknown = self.unread = 0

    def take(self, part: bytes) -> bool:
        """Take a part; returns whether there may be more."""
        *lines, last = (self._rest + part).split(b"\n")
        self._rest = last
        self._read_all(lines)
        return self._left >= 0 and len(last) <= MAX_ANSWER

    def end(self) -> "ResultFile":
        """Read what stands behind the last line's end, and return this."""
        self._read_all([self._rest])
        self._rest = bytearray()
        return self

    def add(self, other: "ResultFile") -> None:
        """Add what another file of the batch has."""
        for name, result in other.found.items():
            self._keep(name, result)
        for name in other.doubled:
            self._drop(name)
        self.unknown += other.unknown
        self.unread += other.unread

    def _read_all(self, lines: Iterable[bytearray]) -> None:
        for line in filter(bytes.strip, map(bytes, lines)):
            self._left -= 1
            self._read(line)

    def _read(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        name = said.get("custom_id") if isinstance(said, dict) else None
        result = _result(said) if isinstance(name, str) else None
        if not isinstance(name, str) or result is None:
            self.unread += 1
        elif name in self._asked:
            self._keep(name, result)
        else:
            self.unknown += 1

    def _keep(self, name: str, result: LineResult) -> None:
        if name in self.found or name in self.doubled:
            self._drop(name)
        else:
            self.found[name] = result

    def _drop(self, name: str) -> None:
        self.doubled.add(name)
        self.found.pop(name, None)


def _result(said: dict[str, Any]) -> LineResult | None:
    """Return what came of a line; None if that cannot be told."""
    response, error = said.get("response"), said.get("error")
    if isinstance(response, dict) and isinstance(response.get("body"), dict):
        status = response.get("status_code")
        if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status < 600:
            return None
        body, content = plain(json.dumps(response["body"]).encode(), status)
        return LineResult(body.status or status, "", body, content)
    if isinstance(error, dict):
        code = error.get("code")
        told = code if isinstance(code, str) and _CODE.fullmatch(code) else "unknown"
        return LineResult(0, told, AnswerBody(), b"")
    return None
