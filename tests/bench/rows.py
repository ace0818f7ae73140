"""Rows of the tables of `make bench-throughput`, and the documents that hold them between two marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Spent = Sequence[float]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured.

    Attributes:
        what: in words.
        measured: ours.
        machine: what the same took in the same run where nothing of ours is in the way.
        wanted: what is wanted of it.
    """

    what: str
    measured: str
    machine: str
    wanted: str


def percentile(spent: Spent, share: float) -> float:
    """Return a percentile."""
    return float(np.percentile(spent, share))


def table(rows: Sequence[Row]) -> str:
    """Write rows as Markdown."""
    lines = ["| | measured | beside it, the machine | wanted |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {row.what} | {row.measured} | {row.machine} | {row.wanted} |" for row in rows])


def put(file: Path, mark: str, text: str) -> None:
    """Put a text into a document, in place of what stands between `<!-- MARK -->` and `<!-- end of MARK -->`."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    head, _, rest = file.read_text(encoding="utf-8").partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"{file.name} has no place for {mark}")
    file.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
