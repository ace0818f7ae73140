"""Signed heads in the hands of another party: a line each, in a file or by POST, so that the record cannot be rewritten
or cut off unseen, not even by who holds the key."""

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, select

from backend.errors import RecordError
from backend.record.chain import Seal, canonical_json
from backend.record.posting import post
from backend.record.receivers import last_taken, remember_taken, shown_address
from backend.record.tables import SEALS
from backend.store import reading
from backend.system.disk import problem_of

AT_ONCE = 500
"""Heads that are handed over together."""


class HeadsReceiver(Protocol):
    """Takes heads."""

    @property
    def name(self) -> str:
        """What it is remembered and told by."""

    def take(self, lines: bytes) -> None:
        """Take lines of JSON, one a head. Those that it had already may come again.

        Raises:
            RecordError: it does not take them.
        """


class HeadsFile:
    """A file that grows, such as on a file system of another machine.

    Args:
        file: its path.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name = f"heads in {file}"[:500]

    def take(self, lines: bytes) -> None:
        """Add lines; they are on the disk when this returns. After half a line, of a full disk, a new one is begun."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            place = os.open(self._file, flags, 0o644)
            with os.fdopen(place, "r+b", buffering=0) as out:
                status = os.fstat(place)
                if not stat.S_ISREG(status.st_mode):
                    raise RecordError(f"{self._file} is no regular file - see LABELGUARD_RECORD_HEADS_PATH")
                is_torn = status.st_size > 0 and os.pread(place, 1, status.st_size - 1) != b"\n"
                content = b"\n" * is_torn + lines
                if out.write(content) != len(content):
                    raise RecordError(f"{self._file} has no room - see its disk")
                os.fsync(place)
        except OSError as error:
            raise RecordError(f"{self._file} {problem_of(error, 'written')} - see its path and mode") from None


class HeadsAddress:
    """Another party's address, which answers a POST with a status of success once it has kept what came.

    Args:
        url: by http or https.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = f"heads at {shown_address(url)}"[:500]

    def take(self, lines: bytes) -> None:
        """Post lines."""
        post(self._url, lines, "application/jsonl")


def publish_heads(engine: Engine, receiver: HeadsReceiver) -> int:
    """Hand over the heads that a receiver has not taken yet, in order, each at least once.

    Returns:
        How many.

    Raises:
        RecordError: the receiver does not take them; those that it took are remembered.
        StoreError: the store cannot be read or written.
    """
    after, done = last_taken(engine, receiver.name), 0
    query = select(*SEALS.c).where(SEALS.c.kind == "head").order_by(SEALS.c.seq).limit(AT_ONCE)
    while True:
        with reading(engine) as connection:
            heads = [Seal(*row) for row in connection.execute(query.where(SEALS.c.seq > after))]
        if not heads:
            return done
        receiver.take("".join(f"{canonical_json(asdict(head))}\n" for head in heads).encode())
        after, done = heads[-1].seq, done + len(heads)
        remember_taken(engine, receiver.name, after)


def read_heads(file: Path) -> Sequence[Seal]:
    """Read heads as they were published. A line that is none, such as one that was cut off, is passed over.

    Raises:
        RecordError: the file cannot be read, or holds no head.
    """
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            found = [seal for line in lines if (seal := _parsed(line))]
    except OSError as error:
        raise RecordError(f"{file} {problem_of(error)} - see its path and mode") from None
    if not found:
        raise RecordError(f"{file} holds no published head - see LABELGUARD_RECORD_HEADS_PATH")
    return found


def _parsed(line: str) -> Seal | None:
    try:
        said: Any = json.loads(line)
        seal = Seal(**{name: said[name] for name in Seal.__slots__})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    words = (seal.hash, seal.key, seal.signature)
    is_head = seal.kind == "head" and type(seal.seq) is int and all(isinstance(word, str) for word in words)
    return seal if is_head else None
