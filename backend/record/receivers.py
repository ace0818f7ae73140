"""Who is sent something of the record: by what name they are remembered, and what each of them has taken."""

from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Engine, delete, insert, select

from backend.record.tables import EXPORTS, PART
from backend.store import make_tables, reading, writing


def shown_address(url: str) -> str:
    """Return an address as it is remembered and shown: without user, password and parameters."""
    if not is_web_address(url):
        return "an address that is none"
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:500]


def is_web_address(url: str) -> bool:
    """Say whether something can be sent to an address over HTTP."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def last_taken(engine: Engine, receiver: str) -> int:
    """Return the number of the last entry that a receiver has taken, or has a head of; 0 for none.

    Raises:
        StoreError: the store cannot be read.
    """
    make_tables(engine, EXPORTS)
    with reading(engine) as connection:
        found = connection.execute(select(EXPORTS.c.seq).where(EXPORTS.c.receiver == receiver)).scalar()
    return int(found or 0)


def remember_taken(engine: Engine, receiver: str, seq: int) -> None:
    """Remember what a receiver has taken.

    Raises:
        StoreError: the store cannot be written.
    """
    with writing(engine, PART) as connection:
        connection.execute(delete(EXPORTS).where(EXPORTS.c.receiver == receiver))
        connection.execute(insert(EXPORTS).values(receiver=receiver, seq=seq))
