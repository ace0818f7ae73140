"""A sample of what was sent, where a policy says so: redacted requests, encrypted, for days, in the state's database.

Which attempts are drawn hangs on their number in the record and on a secret: nobody who sends can tell, and whoever has
the secret can say which must be there. A sample that cannot be kept costs no answer; what is not redacted is none.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from backend.errors import InternalError, LabelguardError, StoreError
from backend.policy.types import SentKeeping
from backend.store import METADATA, Store, make_tables, reading, writing
from backend.system.group import GroupWorker
from backend.system.sealing import Sealer

log = logging.getLogger("labelguard.samples")

SAMPLES = Table(
    "sent_samples",
    METADATA,
    Column("attempt", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("project", String(64), nullable=False, index=True),
    Column("task", String(64), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""A request that was sent, encrypted, under its attempt's number in the record; until when it is kept, Unix time."""
_PURPOSE = "sent samples"
PART = "samples"
"""What `backend.store.writing` is told, so that record and budgets do not wait."""
MOST, MOST_BYTES = 20_000, 128 * 2**20
"""Samples that are kept at most, and their bytes: those that end first make room."""
LONGEST = 2**20
"""Bytes of a request that is kept at all."""
MOST_WAITING = 500
"""Requests that wait to be written: while the database is locked others are not kept."""
BATCH = 64
LINGER_S = 0.5
PURGE_EVERY_S = 60.0
DAY_S = 86_400
_DIGITS = 13
"""Hexadecimal digits of a keyed hash by which it is drawn: as many as a float holds."""
_ALL = float(16**_DIGITS)


@dataclass(frozen=True, slots=True)
class SentSample:
    """A request that was sent.

    Attributes:
        attempt: its number in the record.
        project, task: Label Studio's numbers, "" if unknown.
        expires: Unix time.
        request: what the provider was asked; None if the secret is another.
        keep_days: for how long the record must be kept of it; None: for ever.
    """

    attempt: int
    project: str
    task: str
    expires: int
    request: dict[str, Any] | None = field(repr=False)
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class SampledSend:
    """An attempt that may be drawn.

    Attributes:
        attempt: its number in the record.
        project, task: Label Studio's numbers.
        keep_days: as for `SentSample`.
        keeping: what the policy says.
    """

    attempt: int
    project: str
    task: str
    keep_days: int | None
    keeping: SentKeeping


def is_drawn(seal: Sealer, attempt: int, share: float) -> bool:
    """Say whether an attempt is in the sample: the same each time, and for a larger share all the more."""
    return int(seal.name(["drawn", attempt])[:_DIGITS], 16) < share * _ALL


class SentSamples:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        secret: from which its keys are made: the one that chooses surrogates, as for kept answers.
        now: tells Unix time.
    """

    def __init__(self, store: Store, secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._store, self._now = store, now
        self._seal = Sealer(secret, _PURPOSE)
        self._lock, self._waiting = threading.Lock(), 0
        self._complained = False
        self._purge_at = 0.0
        make_tables(store, SAMPLES)
        self._writer = GroupWorker(self._write, "samples-writer", BATCH, LINGER_S, PURGE_EVERY_S)

    def keep(self, sent: SampledSend, request: Mapping[str, Any]) -> None:
        """Keep a request if it is drawn. Never waits and never fails: what cannot be kept is told in the log.

        Args:
            sent: the attempt.
            request: what is sent, redacted; nobody changes it any more.
        """
        try:
            if not is_drawn(self._seal, sent.attempt, sent.keeping.share):
                return
            with self._lock:
                is_full = self._waiting >= MOST_WAITING
                self._waiting += not is_full
            if is_full:
                self._complain("too many wait to be written")
                return
            self._writer.put((sent, int(self._now() + sent.keeping.days * DAY_S), request))
        except RuntimeError:
            self._complain("the server is ending")

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._writer.close()

    def _write(self, waiting: Sequence[tuple[SampledSend, int, Mapping[str, Any]]]) -> None:
        is_due = self._now() >= self._purge_at
        try:
            rows = [row for one in waiting if (row := self._row(*one))]
            if rows or is_due:
                with writing(self._store, PART) as connection:
                    self._add(connection, rows)
                    if is_due:
                        self._purge_at = self._now() + PURGE_EVERY_S
                        _purge(connection, self._now())
                self._complained = False
        except StoreError as error:
            self._complain(error.reason)
        except Exception as error:  # whatever it is, the thread goes on
            self._complain(error.reason if isinstance(error, LabelguardError) else InternalError(error).reason)
        with self._lock:
            self._waiting -= len(waiting)

    def _row(self, sent: SampledSend, expires: int, request: Mapping[str, Any]) -> dict[str, object] | None:
        said = json.dumps({"request": request, "keep_days": sent.keep_days}, separators=(",", ":")).encode()
        if len(said) > LONGEST:
            return None
        known = [sent.attempt, sent.project[:64], sent.task[:64], expires]
        body = self._seal.close(said, known)
        names = ("attempt", "project", "task", "expires")
        return {**dict(zip(names, known, strict=True)), "size": len(body), "body": body}

    @staticmethod
    def _add(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            _delete(connection, SAMPLES.c.attempt.in_([row["attempt"] for row in rows]))  # of a record that was lost
            connection.execute(insert(SAMPLES), rows)

    def _complain(self, problem: str) -> None:
        """Say it once: what is sent goes on."""
        if not self._complained:
            self._complained = True
            log.warning("no sample of what is sent is kept: %s", problem)


def stored_samples(
    store: Store,
    secret: bytes,
    project: str = "",
    task: str = "",
    attempt: int | None = None,
    now: Callable[[], float] = time.time,
) -> list[SentSample]:
    """Return the samples that are kept, the newest first.

    Args:
        store: of `open_store`.
        secret: as `SentSamples` takes it.
        project, task: Label Studio's numbers; "" for any.
        attempt: its number in the record; None for any.
        now: tells Unix time; what has expired is not returned.
    """
    make_tables(store, SAMPLES)
    seal = Sealer(secret, _PURPOSE)
    asked = select(SAMPLES).where(SAMPLES.c.expires > now()).order_by(SAMPLES.c.attempt.desc())
    asked = asked.where(SAMPLES.c.project == project) if project else asked
    asked = asked.where(SAMPLES.c.task == task) if task else asked
    asked = asked if attempt is None else asked.where(SAMPLES.c.attempt == attempt)
    with reading(store) as connection:
        rows = connection.execute(asked).all()
    return [_opened(seal, row) for row in rows]


def _opened(seal: Sealer, row: Any) -> SentSample:
    body = seal.open(row.body, [row.attempt, row.project, row.task, row.expires])
    said = {"request": None, "keep_days": None} if body is None else json.loads(body)
    return SentSample(row.attempt, row.project, row.task, row.expires, said["request"], said["keep_days"])


def sampled_attempts(store: Store, attempts: Sequence[int], now: Callable[[], float] = time.time) -> set[int]:
    """Return those of some attempts of which a sample is kept. Has no key."""
    make_tables(store, SAMPLES)
    with reading(store) as connection:
        some = select(SAMPLES.c.attempt).where(SAMPLES.c.attempt.in_(attempts), SAMPLES.c.expires > now())
        return set(connection.execute(some).scalars())


def forget_samples(store: Store, attempts: Sequence[int]) -> int:
    """Forget the samples of some attempts; return how many there were. Has no key."""
    count = 0
    make_tables(store, SAMPLES)
    with writing(store, PART) as connection:
        for start in range(0, len(attempts), BATCH):
            count += _delete(connection, SAMPLES.c.attempt.in_(attempts[start : start + BATCH]))
    return count


def forget_samples_of(store: Store, project: str = "", task: str = "") -> int:
    """Forget the samples of a project, or of a task; return how many there were. Has no key."""
    named = {SAMPLES.c.project: project, SAMPLES.c.task: task}
    which = [column == value for column, value in named.items() if value]
    make_tables(store, SAMPLES)
    with writing(store, PART) as connection:
        return _delete(connection, *which) if which else 0


def _delete(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.execute(delete(SAMPLES).where(*which)).rowcount


def _purge(connection: Connection, now: float) -> None:
    """Remove what has expired, and what is too much."""
    _delete(connection, SAMPLES.c.expires <= now)
    number, size = connection.execute(select(func.count(), func.coalesce(func.sum(SAMPLES.c.size), 0))).one()
    if number <= MOST and size <= MOST_BYTES:
        return
    first = select(SAMPLES.c.attempt, SAMPLES.c.size).order_by(SAMPLES.c.expires, SAMPLES.c.attempt)
    gone = []
    for attempt, own in connection.execute(first):
        if number <= MOST and size <= MOST_BYTES:
            break
        gone.append(attempt)
        number, size = number - 1, size - own
    for start in range(0, len(gone), BATCH):
        _delete(connection, SAMPLES.c.attempt.in_(gone[start : start + BATCH]))
