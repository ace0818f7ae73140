"""The index of the record: which attempt was whose, what was replaced in it and how it ended, so that few are read.

It is made of the entries alone, in the transaction that adds them, and made anew where it is missing or behind. Nothing
that is checked or shown is taken from it: it says where to look.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from backend.record.entries import BEGUN, RESULTS, Outcome, Refusal
from backend.store import METADATA

UNKNOWN = "unknown"
"""How an attempt ended of which nothing says so: cut off, or still under way."""
LONGEST = 200
"""Characters of a name; an entry with a longer one is none of ours."""
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

GROUPS = Table(
    "record_groups",
    METADATA,
    Column("name", String(22), primary_key=True),
    Column("project", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Index("record_groups_project", "project"),
    Index("record_groups_rule", "rule"),
    Index("record_groups_provider", "provider"),
)
"""What many attempts have in common; few beside the entries."""
FOUND = Table(
    "record_found",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("group_name", String(22), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("task", Text, nullable=False),
    Column("ended", _NUMBER),
    Index("record_found_group", "group_name", "outcome", "seq"),
    Index("record_found_task", "task", "seq"),
)
"""Each attempt and refusal, with the number of its outcome's entry."""
FOUND_TYPES = Table(
    "record_found_types",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("entity_type", String(64), primary_key=True),
    Column("group_name", String(22), nullable=False),
    Column("outcome", String(8), nullable=False),
    Index("record_found_types_type", "entity_type", "group_name", "outcome", "seq"),
    sqlite_with_rowid=False,
)
"""The same for each entity type of which something was replaced."""
INDEXED = Table(
    "record_indexed",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _NUMBER, nullable=False),
)
"""Up to which entry the index goes."""
INDEX_TABLES = (GROUPS, FOUND, FOUND_TYPES, INDEXED)

_MOVE = update(INDEXED).where(INDEXED.c.id == 1, INDEXED.c.seq == bindparam("before")).values(seq=bindparam("last"))
_ADD_FOUND, _ADD_TYPES = insert(FOUND), insert(FOUND_TYPES)
_ADD_GROUP = {
    "sqlite": sqlite.insert(GROUPS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(GROUPS).on_conflict_do_nothing(),
}
_END = (
    update(FOUND).where(FOUND.c.seq == bindparam("attempt")).values(outcome=bindparam("how"), ended=bindparam("number"))
)
_END_TYPES = update(FOUND_TYPES).where(FOUND_TYPES.c.seq == bindparam("attempt")).values(outcome=bindparam("how"))


def indexed_to(connection: Connection) -> int | None:
    """Return the number of the entry up to which the index goes; None: there is no index."""
    return connection.scalar(select(INDEXED.c.seq).where(INDEXED.c.id == 1))


def cut_index(connection: Connection, after: int) -> None:
    """Forget all entries after one."""
    for table in (FOUND, FOUND_TYPES):
        connection.execute(delete(table).where(table.c.seq > after))


def begin_index(connection: Connection) -> None:
    """Throw away what there is of an index, and begin one anew."""
    for table in INDEX_TABLES:
        connection.execute(delete(table))
    connection.execute(insert(INDEXED).values(id=1, seq=0))


def index_entries(connection: Connection, before: int, last: int, bodies: Iterable[tuple[int, Any]]) -> None:
    """Add entries to the index, unless it is behind: then it is left to `backend.record.indexing` to catch up.

    Args:
        connection: of the only writer.
        before: number of the entry before the first.
        last: number of the last one.
        bodies: number and body of each, from the first to the last; None stands for one that cannot be read.
    """
    if connection.execute(_MOVE, {"before": before, "last": last}).rowcount != 1:
        return
    groups: dict[str, dict[str, str]] = {}
    found: list[dict[str, Any]] = []
    types: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for seq, body in bodies:
        kind = body.get("kind") if isinstance(body, Mapping) else None
        if kind == Outcome.kind:
            ends += _end(seq, body)
        elif kind is None or kind in (*BEGUN, Refusal.kind):
            facts = _facts(body)
            group = {name: facts[name] for name in ("project", "rule", "provider")}
            name = _name(*group.values())
            groups[name] = {"name": name, **group}
            outcome = "refused" if kind == Refusal.kind else UNKNOWN
            found.append({"seq": seq, "group_name": name, "outcome": outcome, "task": facts["task"], "ended": None})
            common = {"seq": seq, "group_name": name, "outcome": outcome}
            types += ({**common, "entity_type": entity_type} for entity_type in facts["entities"])
    statements = (
        (_ADD_GROUP[connection.dialect.name], [*groups.values()]),
        (_ADD_FOUND, found),
        (_ADD_TYPES, types),
        (_END, ends),
        (_END_TYPES, [{"attempt": end["attempt"], "how": end["how"]} for end in ends]),
    )
    for statement, rows in statements:
        if rows:
            connection.execute(statement, rows)


def prune_index(connection: Connection, through: int) -> None:
    """Forget all entries up to one, and what none that is left has in common."""
    for table in (FOUND, FOUND_TYPES):
        connection.execute(delete(table).where(table.c.seq <= through))
    connection.execute(delete(GROUPS).where(~exists().where(FOUND.c.group_name == GROUPS.c.name)))


def fits_index(values: Sequence[object]) -> bool:
    """Say whether values may stand in the index, and be asked for."""
    return all(isinstance(value, str) and len(value) <= LONGEST and _is_text(value) for value in values)


def _is_text(value: str) -> bool:
    """Say whether a database takes it: PostgreSQL takes no NUL, neither takes halves of characters."""
    return (value.isascii() and "\0" not in value) or not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


def _facts(body: Any) -> dict[str, Any]:
    """Return what is indexed of an attempt; one that was tampered with has nothing, and is told when it is read."""
    names = ("project", "rule", "provider", "task")
    facts = {name: body.get(name) if isinstance(body, Mapping) else None for name in names}
    if not fits_index([*facts.values()]):
        facts = dict.fromkeys(names, "")
    entities = body.get("entities") if isinstance(body, Mapping) else None
    counts = entities.items() if isinstance(entities, Mapping) else ()
    return {**facts, "entities": [kind for kind, count in counts if isinstance(count, int) and _is_type(kind, count)]}


def _is_type(kind: str, count: int) -> bool:
    return count > 0 and len(kind) <= 64 and _is_text(kind)


def _end(seq: int, body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    attempt, how = body.get("attempt"), body.get("outcome")
    if isinstance(attempt, int) and 0 < attempt < seq and how in RESULTS:
        yield {"attempt": attempt, "how": how, "number": seq}


def _name(*values: str) -> str:
    """Return a group's name: the same for the same values, whoever makes it."""
    digest = hashlib.sha256("\0".join(values).encode()).digest()
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")
