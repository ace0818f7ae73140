"""The record's tables, and how entries are added to them: in one transaction with the tip, which says where it ends."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from backend.errors import RecordError
from backend.record.chain import DAY, FIRST_TIME, START, Link, Seal, link, now
from backend.record.entries import Entry, values
from backend.record.index import INDEX_TABLES, begin_index, index_entries
from backend.record.keys import Signer
from backend.store import METADATA, make_tables, reading, writing

PART = "record"
"""What `backend.store.writing` is told, so that budgets and record do not wait for each other."""
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

ENTRIES = Table(
    "record_entries",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
SEALS = Table(
    "record_seals",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("signature", String(128), nullable=False),
)
TIP = Table(
    "record_tip",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _NUMBER, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("time", String(27), nullable=False),
    Column("signed", _NUMBER, nullable=False),
)
EXPORTS = Table(
    "record_exports",
    METADATA,
    Column("receiver", String(500), primary_key=True),
    Column("seq", _NUMBER, nullable=False),
)
TABLES = (ENTRIES, SEALS, TIP, EXPORTS)


# Made once: to put a statement together costs more than to run it.
_READ_TIP = select(TIP.c.seq, TIP.c.hash, TIP.c.time, TIP.c.signed).where(TIP.c.id == 1)
_INSERT = insert(ENTRIES)
_MOVE_TIP = (
    update(TIP).where(TIP.c.id == 1).values({name: bindparam(f"{name}_") for name in ("seq", "hash", "time", "signed")})
)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the record ends.

    Args:
        seq: the last entry's number; 0: there is none.
        hash: its hash.
        time: its time.
        signed: the last signed head's number.
    """

    seq: int
    hash: str
    time: str
    signed: int


@dataclass(frozen=True, slots=True)
class Heads:
    """When heads are signed.

    Args:
        signer: signs them; None: nobody does.
        every: entries from one to the next.
    """

    signer: Signer | None = None
    every: int = 1000


def prepare(engine: Engine) -> None:
    """Make the tables of a new record with its index, or see that an old one ends as it was written.

    Raises:
        RecordError: it does not; nothing more is added to it.
    """
    make_tables(engine, *TABLES, *INDEX_TABLES)
    with reading(engine) as connection:
        tip = read_tip(connection)
        last = connection.execute(select(ENTRIES.c.seq, ENTRIES.c.hash).order_by(ENTRIES.c.seq.desc()).limit(1)).first()
    if tip is None and last is None:
        with writing(engine, PART) as connection:
            if read_tip(connection) is None:
                connection.execute(insert(TIP).values(id=1, seq=0, hash=START, time=FIRST_TIME, signed=0))
                begin_index(connection)
    elif tip is None or (last is not None and tuple(last) != (tip.seq, tip.hash)) or (last is None and tip.seq):
        raise RecordError("the record does not end as it was written - see labelguard audit verify")


def read_tip(connection: Connection) -> Tip | None:
    """Return where the record ends."""
    row = connection.execute(_READ_TIP).first()
    return Tip(*row) if row else None


def append(connection: Connection, entries: Sequence[Entry], heads: Heads) -> list[int]:
    """Add entries within a transaction of the only writer; return their numbers."""
    tip = read_tip(connection)
    if tip is None:
        raise RecordError("the record's tip is gone - see labelguard audit verify")
    links: list[Link] = []
    before, time = tip.hash, tip.time
    for seq, entry in enumerate(entries, tip.seq + 1):
        time = max(time, now())  # a clock that is set back does not turn the order round
        links.append(link(before, seq, time, entry))
        before = links[-1].hash
    connection.execute(_INSERT, [{"seq": one.seq, "body": one.body, "hash": one.hash} for one in links])
    bodies = ((seq, {**values(entry), "kind": entry.kind}) for seq, entry in enumerate(entries, tip.seq + 1))
    index_entries(connection, tip.seq, links[-1].seq, bodies)
    seq, signed = links[-1].seq, tip.signed
    begins_day = tip.seq > 0 and tip.time[:DAY] < time[:DAY]
    if heads.signer and (seq - signed >= heads.every or begins_day):  # so that a day that is over can be vouched for
        signed = seq
        add_seal(connection, Seal.by(heads.signer, "head", seq, before))
    connection.execute(_MOVE_TIP, {"seq_": seq, "hash_": before, "time_": time, "signed_": signed})
    return [one.seq for one in links]


def sign_end(connection: Connection, signer: Signer) -> None:
    """Sign where the record ends, unless that was done."""
    tip = read_tip(connection)
    if tip and tip.seq > tip.signed:
        add_seal(connection, Seal.by(signer, "head", tip.seq, tip.hash))
        connection.execute(update(TIP).where(TIP.c.id == 1).values(signed=tip.seq))


def add_seal(connection: Connection, seal: Seal) -> None:
    """Keep a seal."""
    names = [column.name for column in SEALS.columns]
    connection.execute(insert(SEALS).values(dict(zip(names, astuple(seal), strict=True))))
