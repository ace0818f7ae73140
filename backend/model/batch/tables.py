"""Where batches and their lines stand: numbers, names and keyed hashes, no text."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, Text

from backend.budget.amounts import Use
from backend.budget.ledger import Hold
from backend.providers import Price
from backend.store import METADATA

BatchState: TypeAlias = Literal["open", "sent", "over"]
LineState: TypeAlias = Literal["open", "answered", "failed"]

BATCHES = Table(
    "batches",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("provider", String(200), nullable=False),
    Column("place", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("status", String(16), nullable=False, default=""),
    Column("code", String(64), nullable=False, default=""),
    Column("file", String(128), nullable=False, default=""),
    Column("number", String(128), nullable=False, default=""),
    Column("output", String(128), nullable=False, default=""),
    Column("errors", String(128), nullable=False, default=""),
    Column("lines", Integer, nullable=False, default=0),
    Column("began", BigInteger, nullable=False),
)
"""A batch, under a name of ours. It is open until the provider has it, and over when its results are in the books.

Status, code and numbers are the provider's, output and errors the files of its results; the place is a hash of its
address.
"""

LINES = Table(
    "batch_lines",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("batch", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("hold", String(32), nullable=False),
    Column("day", Date, nullable=False),
    Column("use", Text, nullable=False),
)
"""A line, under a keyed hash of all that its answer hangs on, with its entry in the record and what is held for it.

It has no batch from when the process that wanted to send it was killed until another does.
"""

Index("batch_lines_batch", LINES.c.batch)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row of BATCHES."""

    name: str
    provider: str
    place: str
    state: BatchState
    status: str
    code: str
    file: str
    number: str
    output: str
    errors: str
    lines: int
    began: int


def use_as_json(use: Use) -> str:
    """Write down what a line may cost, and whose budgets it counts in."""
    return json.dumps(asdict(use))


def read_hold(number: str, day: date, use: str) -> Hold:
    """Read what is held for a line."""
    said: dict[str, Any] = json.loads(use)
    price = Price(**said.pop("price")) if said["price"] else said.pop("price")
    return Hold(Use(**said, price=price), day, number)
