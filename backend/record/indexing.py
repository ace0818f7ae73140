"""Making the record's index where it is missing or behind: after an upgrade, or while an older version writes too."""

import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, inspect, select

from backend.errors import RecordError, StoreError
from backend.record.index import INDEX_TABLES, INDEXED, begin_index, cut_index, index_entries, indexed_to
from backend.record.sources import see_record
from backend.record.tables import ENTRIES, PART, read_tip
from backend.store import make_tables, reading, writing

log = logging.getLogger("labelguard.record")

AT_ONCE = 5_000
"""Entries that are indexed while others wait to write."""
TOLD = 20_000
"""Entries from which on it is said how many there are, since it takes a while."""


def index_record(engine: Engine) -> None:
    """See that the index goes up to where the record ends.

    Raises:
        RecordError: there is no record, or it has no whole index and who asks may not write one.
        StoreError: the store cannot be read.
    """
    behind = _behind(engine)
    if not behind:
        return
    if behind > TOLD:
        log.warning("the record's index is made of %s entries, once: this takes a while", f"{behind:,}")
    try:
        make_tables(engine, *INDEX_TABLES)
        while _behind(engine):
            with writing(engine, PART) as connection:
                _go_on(connection)
    except StoreError as error:
        remedy = "start the server, or run labelguard audit show as the user of the database who may write"
        raise RecordError(f"the record's index is behind and cannot be written: {error.reason} - {remedy}") from None


def _behind(engine: Engine) -> int:
    """Return by how many entries the index is behind; at least 1 if there is none."""
    with reading(engine) as connection:
        see_record(connection)
        tip = read_tip(connection)
        last = tip.seq if tip else 0
        indexed = indexed_to(connection) if inspect(connection).has_table(INDEXED.name) else None
        return max(1, last) if indexed is None else abs(last - indexed)


def _go_on(connection: Connection) -> None:
    """Index the next entries."""
    tip, indexed = read_tip(connection), indexed_to(connection)
    last = tip.seq if tip else 0
    if indexed is None or indexed > last:
        begin_index(connection)
        indexed = 0
    cut_index(connection, indexed)
    query = select(ENTRIES.c.seq, ENTRIES.c.body).where(ENTRIES.c.seq > indexed, ENTRIES.c.seq <= last)
    rows = connection.execute(query.order_by(ENTRIES.c.seq).limit(AT_ONCE)).all()
    index_entries(connection, indexed, rows[-1].seq if len(rows) == AT_ONCE else last, _bodies(rows))


def _bodies(rows: Iterable[Row[Any, Any]]) -> Iterator[tuple[int, Any]]:
    for row in rows:
        try:
            body = json.loads(row.body)
        except (ValueError, RecursionError):
            body = None
        yield row.seq, body if isinstance(body, dict) else None
