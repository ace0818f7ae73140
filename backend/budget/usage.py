"""What was used: sums of the ledger by rule, project, provider, model or day."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, func, select

from backend.budget.amounts import NANO
from backend.budget.tables import COUNTS, HELD, SPEND
from backend.store import make_tables, reading

DIMENSIONS = ("day", "rule", "project", "provider", "model")


@dataclass(frozen=True, slots=True)
class Usage:
    """A sum.

    Attributes:
        of: what it is the sum of, such as `{"project": "12"}`.
        unpriced: requests of which nobody knows the price; they are not in the cost.
        cost: US dollars.
    """

    of: dict[str, str]
    requests: int
    failures: int
    tokens_in: int
    tokens_out: int
    unpriced: int
    cost: float

    def flat(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        counts = {name: value for name, value in asdict(self).items() if name != "of"}
        return self.of | counts


def sum_usage(engine: Engine, by: Sequence[str], since: date | None = None, until: date | None = None) -> list[Usage]:
    """Sum up what was booked.

    Args:
        engine: of `open_store`.
        by: of DIMENSIONS, those that are told apart; none for one sum of all.
        since, until: the first and the last day, UTC.

    Returns:
        The sums, sorted by what they are of. None where nothing was booked.
    """
    make_tables(engine, SPEND)
    columns = [SPEND.c[name] for name in by]
    query = select(*columns, *(func.sum(SPEND.c[name]) for name in COUNTS)).group_by(*columns).order_by(*columns)
    query = query.having(func.count() > 0)
    if since:
        query = query.where(SPEND.c.day >= since)
    if until:
        query = query.where(SPEND.c.day <= until)
    with reading(engine) as connection:
        found = connection.execute(query).all()
    return [_usage(by, row) for row in found]


def add_up(rows: Sequence[Usage]) -> Usage:
    """Add sums up to one."""
    counts = {name: sum(getattr(row, name) for row in rows) for name in COUNTS[:-1]}
    return Usage({}, **counts, cost=sum(row.cost for row in rows))


def held(engine: Engine) -> float:
    """Return what is held for calls under way, in US dollars."""
    make_tables(engine, HELD)
    with reading(engine) as connection:
        return int(connection.execute(select(func.sum(HELD.c.cost))).scalar() or 0) / NANO


def _usage(by: Sequence[str], row: Sequence[Any]) -> Usage:
    *counts, cost = (int(value) for value in row[len(by) :])
    of = dict(zip(by, map(str, row), strict=False))
    return Usage(of, **dict(zip(COUNTS[:-1], counts, strict=True)), cost=cost / NANO)
