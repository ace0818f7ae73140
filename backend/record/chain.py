"""The chain: an entry's hash covers its body and the hash before it, so that the last hash stands for all of them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from backend.record.entries import Entry, values
from backend.record.keys import PublicKey, Signer

START = "0" * 64
"""What stands for the hash before the first entry."""
FIRST_TIME = "0001-01-01T00:00:00.000000Z"
DAY = len("0001-01-01")
"""How much of a time is its day."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is kept.

    Args:
        seq: its number, from 1.
        body: canonical JSON.
        hash: SHA-256 over the hash before it and the body, in hexadecimal digits.
    """

    seq: int
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature over the chain up to an entry.

    Args:
        kind: head, while the entry is there; checkpoint, where all up to it were pruned.
        seq: the entry's number.
        hash: its hash.
        key: name of the key that signed.
        signature: in hexadecimal digits.
    """

    kind: Literal["head", "checkpoint"]
    seq: int
    hash: str
    key: str
    signature: str

    @classmethod
    def by(cls, signer: Signer, kind: Literal["head", "checkpoint"], seq: int, digest: str) -> "Seal":
        """Sign."""
        return cls(kind, seq, digest, signer.public.name, signer.sign(_message(kind, seq, digest)).hex())

    def is_good(self, key: PublicKey) -> bool:
        """Say whether the key signed it."""
        try:
            signature = bytes.fromhex(self.signature)
        except (TypeError, ValueError):
            return False
        return key.accepts(signature, _message(self.kind, self.seq, self.hash))


def _message(kind: str, seq: int, digest: str) -> bytes:
    return f"labelguard record {kind} v1\n{seq}\n{digest}\n".encode()


def canonical_json(body: Any) -> str:
    """Write JSON in the one way that is hashed: ASCII, sorted, no spaces."""
    return json.dumps(body, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))


def link_hash(before: str, body: str) -> str:
    """Return an entry's hash; `before` has 64 digits, so where it ends is plain."""
    return hashlib.sha256(f"{before}{body}".encode("utf-8", "surrogatepass")).hexdigest()


def link(before: str, seq: int, time: str, entry: Entry) -> Link:
    """Add an entry to the chain."""
    body = canonical_json({**values(entry), "seq": seq, "time": time, "kind": entry.kind})
    return Link(seq, body, link_hash(before, body))


def now() -> str:
    """Return the time as the record writes it: UTC, always as long, so that it sorts as text."""
    return stamp(datetime.now(UTC))


def stamp(time: datetime) -> str:
    """Write a time as the record does."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
