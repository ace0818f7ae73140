"""The tables of the ledger and the statements on them. Money is in nano-dollars; days are UTC's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    String,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from backend.budget.amounts import Use
from backend.store import METADATA

WHO = ("rule", "project", "provider", "model")
COUNTS = ("requests", "failures", "tokens_in", "tokens_out", "unpriced", "cost")
LONGEST = 200


def _who() -> list[Column[str]]:
    return [Column(name, String(LONGEST), nullable=False) for name in WHO]


SPEND = Table(
    "spend",
    METADATA,
    *(Column(name, Date if name == "day" else String(LONGEST), primary_key=True) for name in ("rule", "day", *WHO[1:])),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
)
"""What was spent: a row for each rule, day, project, provider and model."""

HELD = Table(
    "spend_held",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("day", Date, nullable=False),
    *_who(),
    *(Column(name, BigInteger, nullable=False) for name in ("tokens_in", "tokens_out", "cost", "expires")),
)
"""What is held for calls under way: their worst cases, and when, in seconds since 1970, nobody waits any more."""

Index("spend_held_rule", HELD.c.rule, HELD.c.day)


_INSERT = insert(SPEND)
_ADD = (
    update(SPEND)
    .where(*(SPEND.c[name] == bindparam(f"{name}_") for name in ("day", *WHO)))
    .values({name: SPEND.c[name] + bindparam(f"{name}_") for name in COUNTS})
)
"""Made once: to put a statement together costs more than to run it."""


@dataclass(frozen=True, slots=True)
class UsageDelta:
    """What is added to a row: counts, and nano-dollars. Unpriced are requests of which nobody knows the price."""

    requests: int = 0
    failures: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    unpriced: int = 0
    cost: int = 0

    def less(self, other: "UsageDelta") -> "UsageDelta":
        """Return what is left of this without another."""
        return UsageDelta(*(getattr(self, name) - getattr(other, name) for name in COUNTS))


@dataclass(frozen=True, slots=True)
class Spent:
    """What a rule has spent and what is held for its calls, in nano-dollars, on a day and in the day's month."""

    day: int
    month: int
    day_held: int
    month_held: int


def names(use: Use) -> dict[str, str]:
    """Return whom a call is booked on. What cannot be stored is replaced: a project's id is whatever a client sends."""
    return {name: storable(getattr(use, name)) for name in WHO}


def add(connection: Connection, day: date, who: dict[str, str], entry: UsageDelta) -> None:
    """Add to a row; make it if there is none. Needs the lock of `writing`."""
    row: dict[str, object] = {"day": day, **who} | {name: getattr(entry, name) for name in COUNTS}
    if connection.execute(_ADD, {f"{name}_": value for name, value in row.items()}).rowcount == 0:
        connection.execute(_INSERT, row)


def spent(connection: Connection, rule: str, day: date) -> Spent:
    """Sum up a rule's day and month."""
    sums = []
    for table in (SPEND, HELD):
        first, following = month_of(day)
        of_day: ColumnElement[int] = case((table.c.day == day, table.c.cost), else_=0)
        where = (table.c.rule == storable(rule), table.c.day >= first, table.c.day < following)
        row = connection.execute(select(func.sum(of_day), func.sum(table.c.cost)).where(*where)).one()
        sums.append([int(value or 0) for value in row])
    return Spent(sums[0][0], sums[0][1], sums[1][0], sums[1][1])


def all_spent(connection: Connection, day: date) -> dict[str, Spent]:
    """Sum up a day and its month, by rule."""
    first, following = month_of(day)
    found: dict[str, list[int]] = {}
    for place, table in enumerate((SPEND, HELD)):
        of_day: ColumnElement[int] = case((table.c.day == day, table.c.cost), else_=0)
        sums = select(table.c.rule, func.sum(of_day), func.sum(table.c.cost)).group_by(table.c.rule)
        for rule, *of_rule in connection.execute(sums.where(table.c.day >= first, table.c.day < following)):
            found.setdefault(rule, [0] * 4)[2 * place : 2 * place + 2] = map(int, of_rule)
    return {rule: Spent(*sums) for rule, sums in found.items()}


def hold(connection: Connection, number: str, day: date, use: Use, expires: int) -> None:
    """Hold a call's worst case."""
    amounts = {"tokens_in": use.most_tokens_in, "tokens_out": use.max_tokens, "cost": use.most_cost}
    connection.execute(insert(HELD).values(id=number, day=day, expires=expires, **names(use), **amounts))


def release(connection: Connection, number: str) -> bool:
    """Give back what is held; say whether it still was."""
    return connection.execute(delete(HELD).where(HELD.c.id == number)).rowcount > 0


def book_expired(connection: Connection, now: int) -> int:
    """Book what was held for calls whose end nobody told: the worst case, as failures. Return how many."""
    rows: Sequence[dict[str, object]] = [
        dict(row) for row in connection.execute(select(HELD).where(HELD.c.expires <= now)).mappings()
    ]
    for row in rows:
        who = {name: str(row[name]) for name in WHO}
        amounts = {name: int(str(row[name])) for name in ("tokens_in", "tokens_out", "cost")}
        add(connection, row["day"], who, UsageDelta(requests=1, failures=1, **amounts))  # type: ignore[arg-type]
        release(connection, str(row["id"]))
    return len(rows)


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of a day's month, and of the one after."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def storable(name: str) -> str:
    """Return a name as it can be stored: it is whatever a policy, or a client, says."""
    return "".join(char if char.isprintable() else "?" for char in name[:LONGEST])
