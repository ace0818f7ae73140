"""Answers that are kept for a while, so that nobody pays twice for one: encrypted, in the state's database.

An entry's name is a keyed hash of all that its answer hangs on. What is kept is what a model wrote about redacted text,
unless a policy says otherwise; who has the database and not the key reads neither. It may be lost at any time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from backend.errors import InternalError, LabelguardError, StoreError
from backend.store import METADATA, Store, make_tables, reading, writing
from backend.system.group import GroupWorker
from backend.system.sealing import Sealer

log = logging.getLogger("labelguard.kept")

ANSWERS = Table(
    "kept_answers",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("project", String(64), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
_ROWS = select(ANSWERS.c.name, ANSWERS.c.project, ANSWERS.c.expires, ANSWERS.c.body)
_READ = _ROWS.where(ANSWERS.c.name.in_(bindparam("names", expanding=True)))
_READ_ONE = _ROWS.where(ANSWERS.c.name == bindparam("name"))
"""Most come alone, and a list is written into its statement each time."""
_PURPOSE = "kept answers"
PART = "answers"
"""What `backend.store.writing` is told, so that record and budgets do not wait."""
MOST = 100_000
"""Answers that are kept at most, and their bytes: those that end first make room."""
MOST_BYTES = 256 * 2**20
LONGEST = 2**20
"""Bytes of an answer that is kept at all."""
BATCH = 256
LINGER_S = 0.1
"""Answers that come within that time are written together; until then they are found in memory."""
PURGE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer to be kept, or to be kept no longer.

    Attributes:
        name: of `Kept.name`.
        project: Label Studio's number.
        expires: Unix time; 0 if it is to be forgotten.
        body: what `Kept.find` gives back.
    """

    name: str
    project: str
    expires: int
    body: bytes = field(repr=False)


class KeptAnswers:
    """Thread-safe; many processes may share a database. What cannot be read is as good as not there.

    Args:
        store: of `open_store`.
        secret: from which its keys are made. It is the one that chooses surrogates: under another, the same text is
            redacted in another way, and no answer would fit.
        now: tells Unix time.
    """

    def __init__(self, store: Store, secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._store, self._now = store, now
        self._seal = Sealer(secret, _PURPOSE)
        self._fresh: dict[str, KeptAnswer] = {}
        self._lock = threading.Lock()
        self._complained = False
        self._purge_at = 0.0
        make_tables(store, ANSWERS)
        self._reader = GroupWorker(self._read, "kept-reader", BATCH)
        self._writer = GroupWorker(self._write, "kept-writer", BATCH, LINGER_S, PURGE_EVERY_S)

    def name(self, said: object) -> str:
        """Return the name of the answer that hangs on all of this, which is JSON."""
        return self._seal.name(said)

    def find(self, name: str, patience_s: float = 0.0) -> "Future[bytes | None]":
        """Look for an answer; None if there is none, or its time is over.

        Args:
            name: of `name`.
            patience_s: seconds that it may wait to be looked for with others.
        """
        found: Future[bytes | None] = Future()
        fresh = self._fresh.get(name)
        if fresh is None:
            self._reader.put((name, found), patience_s)
        else:
            found.set_result(fresh.body if fresh.expires > self._now() else None)
        return found

    def keep(self, name: str, project: str, body: bytes, seconds: float) -> None:
        """Keep an answer for some time; one that is very long is not kept."""
        if len(body) <= LONGEST:
            self._put(KeptAnswer(name, project[:64], int(self._now() + seconds), body))

    def forget(self, names: Iterable[str]) -> None:
        """Keep some answers no longer."""
        for name in names:
            self._put(KeptAnswer(name, "", 0, b""))

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._writer.close()
        self._reader.close()

    def _put(self, answered: KeptAnswer) -> None:
        with self._lock:
            self._fresh[answered.name] = answered
        self._writer.put(answered)

    def _read(self, asked: Sequence[tuple[str, "Future[bytes | None]"]]) -> None:
        wanted = [(name, future) for name, future in asked if future.set_running_or_notify_cancel()]
        bodies: dict[str, bytes | None] = {}
        try:
            with reading(self._store) as connection:
                names = [name for name, _ in wanted]
                if len(names) == 1:
                    rows = connection.execute(_READ_ONE, {"name": names[0]}).all()
                else:
                    rows = connection.execute(_READ, {"names": names}).all()
            bodies = {row.name: self._opened(*row) for row in rows if row.expires > self._now()}
        except StoreError as error:
            self._complain(error)
        except Exception as error:  # whatever it is, the thread goes on
            self._complain(InternalError(error))
        for name, future in wanted:
            future.set_result(bodies.get(name))

    def _opened(self, name: str, project: str, expires: int, body: bytes) -> bytes | None:
        return self._seal.open(body, [name, project, expires])

    def _write(self, waiting: Sequence[KeptAnswer]) -> None:
        is_due = self._now() >= self._purge_at
        try:
            if waiting or is_due:
                with writing(self._store, PART) as connection:
                    self._add(connection, waiting)
                    if is_due:
                        self._purge_at = self._now() + PURGE_EVERY_S
                        _purge(connection, self._now())
            self._complained = False
        except StoreError as error:
            self._complain(error)
        except Exception as error:  # whatever it is, the thread goes on
            self._complain(InternalError(error))
        with self._lock:
            for one in waiting:
                if self._fresh.get(one.name) is one:
                    del self._fresh[one.name]

    def _add(self, connection: Connection, waiting: Sequence[KeptAnswer]) -> None:
        last = {one.name: one for one in waiting}
        _delete(connection, ANSWERS.c.name.in_(list(last)))
        rows = [self._row(one) for one in last.values() if one.expires]
        if rows:
            connection.execute(insert(ANSWERS), rows)

    def _row(self, one: KeptAnswer) -> dict[str, object]:
        body = self._seal.close(one.body, [one.name, one.project, one.expires])
        return {"name": one.name, "project": one.project, "expires": one.expires, "size": len(body), "body": body}

    def _complain(self, error: LabelguardError) -> None:
        """Say it once: predictions go on, at full price."""
        if not self._complained:
            self._complained = True
            log.warning("answers are not kept: %s", error.reason)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it stands in the database.

    Attributes:
        name: of `KeptAnswers.name`.
        project: Label Studio's number.
        expires: Unix time.
        body: what was kept; None if the secret is another.
    """

    name: str
    project: str
    expires: int
    body: bytes | None = field(repr=False)


def stored_answers(store: Store, secret: bytes, project: str = "") -> list[StoredAnswer]:
    """Return the answers that are kept of a project, or of all, those whose time is over included.

    Args:
        store: of `open_store`.
        secret: as `KeptAnswers` takes it.
        project: Label Studio's number.
    """
    make_tables(store, ANSWERS)
    seal = Sealer(secret, _PURPOSE)
    asked = _ROWS.where(ANSWERS.c.project == project) if project else _ROWS
    with reading(store) as connection:
        rows = connection.execute(asked).all()
    return [StoredAnswer(*row[:3], seal.open(row.body, list(row[:3]))) for row in rows]


def forget_named(store: Store, names: Sequence[str]) -> int:
    """Forget some answers; return how many there were. Has no key."""
    count = 0
    with writing(store, PART) as connection:
        for start in range(0, len(names), BATCH):
            some = ANSWERS.c.name.in_(names[start : start + BATCH])
            count += connection.execute(delete(ANSWERS).where(some)).rowcount
    return count


def forget_answers(store: Store, project: str = "") -> int:
    """Forget the answers that are kept of a project, or of all; returns how many. Has no key."""
    make_tables(store, ANSWERS)
    with writing(store, PART) as connection:
        which = delete(ANSWERS).where(ANSWERS.c.project == project) if project else delete(ANSWERS)
        return connection.execute(which).rowcount


def _delete(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(delete(ANSWERS).where(which))


def _purge(connection: Connection, now: float) -> None:
    """Remove what has expired, and what is too much."""
    _delete(connection, ANSWERS.c.expires <= now)
    number, size = connection.execute(select(func.count(), func.coalesce(func.sum(ANSWERS.c.size), 0))).one()
    if number <= MOST and size <= MOST_BYTES:
        return
    first = select(ANSWERS.c.name, ANSWERS.c.size).order_by(ANSWERS.c.expires)
    gone = []
    for name, own in connection.execute(first):
        if number <= MOST and size <= MOST_BYTES:
            break
        gone.append(name)
        number, size = number - 1, size - own
    for start in range(0, len(gone), BATCH):
        _delete(connection, ANSWERS.c.name.in_(gone[start : start + BATCH]))
