"""Where attempts stand that are wanted: by the index, so that few are looked at, whichever are asked for.

Attempts with the same project, rule and provider are a group. Of each group that fits, the newest one is a single look
into the index; so many groups as attempts are wanted, those with the newest, have all of them.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Select, Table, exists, func, select

from backend.record.entries import RESULTS
from backend.record.index import FOUND, FOUND_TYPES, GROUPS, UNKNOWN, fits_index

OUTCOMES = (*RESULTS, UNKNOWN)


class Asked(Protocol):
    """What may be asked for; None fits all."""

    @property
    def project(self) -> str | None:
        """The project's id."""

    @property
    def rule(self) -> str | None:
        """The policy's rule."""

    @property
    def provider(self) -> str | None:
        """The provider's name."""

    @property
    def outcome(self) -> str | None:
        """How it ended."""

    @property
    def task(self) -> str | None:
        """The task's id."""

    @property
    def entity_type(self) -> str | None:
        """A type of which something was replaced."""


@dataclass(frozen=True, slots=True)
class EntrySpan:
    """Entries from one on, up to one that is not among them; None: to the end."""

    first: int
    before: int | None


def find_sendings(connection: Connection, asked: Asked, span: EntrySpan, count: int) -> list[int]:
    """Return the numbers of attempts and refusals, the newest first.

    Args:
        connection: to the store, whose index is there.
        asked: which.
        span: where.
        count: how many at most.
    """
    given = [asked.project, asked.rule, asked.provider, asked.outcome, asked.task, asked.entity_type]
    if not fits_index([value for value in given if value is not None]):
        return []
    if asked.task is not None:
        found = _of_task(asked, span)
    elif not any(value is not None for value in given):
        found = _within(select(FOUND.c.seq), FOUND, span).order_by(FOUND.c.seq.desc())
    else:
        return _of_groups(connection, asked, span, count)
    return [*connection.scalars(found.limit(count))]


def _of_task(asked: Asked, span: EntrySpan) -> Select[tuple[int]]:
    """Ask for a task's attempts first, since there are few, and for what else is wanted among them."""
    columns = (FOUND.c.seq, FOUND.c.group_name, FOUND.c.outcome)
    task = _within(select(*columns), FOUND, span).where(FOUND.c.task == asked.task)
    few = task.cte("of_task").prefix_with("MATERIALIZED")
    found = select(few.c.seq).where(few.c.group_name.in_(_groups(asked)))
    if asked.outcome is not None:
        found = found.where(few.c.outcome == asked.outcome)
    if asked.entity_type is not None:
        of_type = (FOUND_TYPES.c.seq == few.c.seq, FOUND_TYPES.c.entity_type == asked.entity_type)
        found = found.where(exists().where(*of_type))
    return found.order_by(few.c.seq.desc())


def _of_groups(connection: Connection, asked: Asked, span: EntrySpan, count: int) -> list[int]:
    """Return the newest attempts of all groups together."""
    table = FOUND if asked.entity_type is None else FOUND_TYPES
    ways: list[tuple[int, str, str]] = []
    for outcome in OUTCOMES if asked.outcome is None else (asked.outcome,):
        newest = _of_group(func.max(table.c.seq), table, asked, span)
        newest = newest.where(table.c.group_name == GROUPS.c.name, table.c.outcome == outcome).correlate(GROUPS)
        last = newest.scalar_subquery().label("last")
        inner = _groups(asked).add_columns(last).subquery()
        query = select(inner).where(inner.c.last.is_not(None)).order_by(inner.c.last.desc()).limit(count)
        ways += ((row.last, row.name, outcome) for row in connection.execute(query))
    found: list[int] = []
    for newest_one, name, outcome in sorted(ways, reverse=True):
        if len(found) == count and newest_one < found[-1]:
            break
        query = _of_group(table.c.seq, table, asked, span)
        query = query.where(table.c.group_name == name, table.c.outcome == outcome)
        more = connection.scalars(query.order_by(table.c.seq.desc()).limit(count))
        found = sorted((*found, *more), reverse=True)[:count]
    return found


def _groups(asked: Asked) -> Select[tuple[str]]:
    given = ((GROUPS.c.project, asked.project), (GROUPS.c.rule, asked.rule), (GROUPS.c.provider, asked.provider))
    return select(GROUPS.c.name).where(*(column == value for column, value in given if value is not None))


def _of_group(what: Any, table: Table, asked: Asked, span: EntrySpan) -> Select[Any]:
    query = _within(select(what), table, span)
    return query if asked.entity_type is None else query.where(table.c.entity_type == asked.entity_type)


def _within(query: Select[Any], table: Table, span: EntrySpan) -> Select[Any]:
    query = query.where(table.c.seq >= span.first) if span.first > 1 else query
    return query if span.before is None else query.where(table.c.seq < span.before)
