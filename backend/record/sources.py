"""Where a record is read: in its store, or in a file that `labelguard audit export` wrote."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, inspect, select

from backend.errors import RecordError
from backend.record.chain import Link, Seal, canonical_json
from backend.record.tables import ENTRIES, SEALS, TIP, read_tip
from backend.record.tokens import Token, read_tokens
from backend.store import reading

FORMAT = "labelguard_record"
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class RecordSource:
    """A record that is read from its first entry to its last.

    Args:
        links: the entries; what is no entry has the number 0.
        seals: heads and checkpoints.
        tip: number and hash of the last entry, as its writer said; None: nothing says so.
        tokens: time stamps over heads.
    """

    links: Iterator[Link]
    seals: tuple[Seal, ...]
    tip: tuple[int, str] | None
    tokens: tuple[Token, ...] = ()


@contextmanager
def stored(engine: Engine, after: int = 0) -> Iterator[RecordSource]:
    """Open the record of a store, as it is now, whatever is added meanwhile.

    Args:
        engine: of `backend.store.open_store`.
        after: number of the entry after which to begin.

    Raises:
        RecordError: there is no record.
        StoreError: the store cannot be read.
    """
    with reading(engine) as connection:
        see_record(connection)
        tip = read_tip(connection)
        seals = tuple(Seal(*row) for row in connection.execute(select(*SEALS.c).order_by(SEALS.c.seq)))
        end = (tip.seq, tip.hash) if tip else None
        yield RecordSource(_links(connection, after), seals, end, read_tokens(connection))


def see_record(connection: Connection) -> None:
    """See that there is a record.

    Raises:
        RecordError: the tables are not there, or nothing was ever begun in them.
    """
    tables = (TIP, ENTRIES, SEALS)
    there = set(inspect(connection).get_table_names())
    if TIP.name not in there or all(connection.execute(select(table).limit(1)).first() is None for table in tables):
        raise RecordError("there is no record in the state's database yet - see LABELGUARD_STATE_URL")


def _links(connection: Connection, after: int) -> Iterator[Link]:
    query = select(*ENTRIES.c).order_by(ENTRIES.c.seq)
    query = query.where(ENTRIES.c.seq > after) if after else query
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    return (Link(seq, body, digest) for seq, body, digest in rows)


@contextmanager
def exported(file: Path) -> Iterator[RecordSource]:
    """Open an exported record.

    Raises:
        RecordError: the file cannot be read or is none.
    """
    remedy = "labelguard audit export writes such a file"
    try:
        lines = file.open(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise RecordError(f"{file} cannot be read ({type(error).__name__}) - {remedy}") from None
    with lines:
        try:
            head = json.loads(next(lines, ""))
            seals = tuple(Seal(**seal) for seal in head["seals"])
            tokens = tuple(Token(**token) for token in head.get("tokens", ()))
            tip = head["tip"]["seq"], head["tip"]["hash"]
            known = head[FORMAT] == 1
        except (ValueError, KeyError, TypeError, AttributeError):
            known = False
        if not known:
            raise RecordError(f"{file} does not begin as an exported record - {remedy}")
        yield RecordSource(map(_parsed, lines), seals, tip, tokens)


def _parsed(line: str) -> Link:
    try:
        said = json.loads(line)
        seq, body, digest = said["body"]["seq"], canonical_json(said["body"]), said["hash"]
        if isinstance(seq, int) and said.keys() == {"body", "hash"}:
            return Link(seq, body, digest)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return Link(0, line, "")


def export_record(source: RecordSource, out: TextIO) -> int:
    """Write a record as JSON lines: first what seals it, then an entry a line. Returns how many entries."""
    seq, digest = source.tip or (0, "")
    seals = [asdict(seal) for seal in source.seals]
    tokens = [asdict(token) for token in source.tokens]
    _write(out, {FORMAT: 1, "seals": seals, "tip": {"hash": digest, "seq": seq}, "tokens": tokens})
    count = 0
    for each in source.links:
        out.write(f'{{"body":{each.body},"hash":"{each.hash}"}}\n')
        count += 1
    return count


def _write(out: TextIO, line: Any) -> None:
    out.write(canonical_json(line) + "\n")
