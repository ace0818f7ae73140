"""Time stamps (RFC 3161) as they are kept beside the signed heads, and what they stand for."""

from dataclasses import asdict, dataclass

from sqlalchemy import Column, Connection, String, Table, Text, insert, inspect, select

from backend.record.chain import Seal
from backend.record.tables import SEALS
from backend.store import METADATA

TOKENS = Table(
    "record_tokens",
    METADATA,
    Column("seq", SEALS.c.seq.type, primary_key=True, autoincrement=False),
    Column("nonce", String(80), nullable=False),
    Column("response", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Token:
    """An authority's reply over a signed head.

    Args:
        seq: the number of the head's entry.
        nonce: what it was asked with, in decimal digits.
        response: its TimeStampResp, in base64.
    """

    seq: int
    nonce: str
    response: str


def stamped_message(head: Seal) -> bytes:
    """Return what a head's time stamp is over: what is signed, and the signature."""
    return f"labelguard record head v1\n{head.seq}\n{head.hash}\n{head.signature}\n".encode()


def read_tokens(connection: Connection) -> tuple[Token, ...]:
    """Return all time stamps of a store, in order."""
    if not inspect(connection).has_table(TOKENS.name):
        return ()
    return tuple(Token(*row) for row in connection.execute(select(*TOKENS.c).order_by(TOKENS.c.seq)))


def add_token(connection: Connection, token: Token) -> None:
    """Keep a time stamp."""
    connection.execute(insert(TOKENS).values(asdict(token)))
