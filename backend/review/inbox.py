"""Where webhooks wait: durable before they are answered, and worked on in the order in which they came.

Beside a SQLite file they come by a spool, since its one writer may be busy for long; a server's database takes them at
once. Who works on them takes them out in the transaction that writes what became of them: each counts once, even if a
process is killed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from operator import attrgetter

from sqlalchemy import Connection, delete, func, insert, select

from backend.errors import BusyError, InternalError, LabelguardError, StoreError
from backend.review.entries import ReviewEntries
from backend.review.events import ReviewEvent
from backend.review.spool import Spool
from backend.review.tables import INBOX, INBOX_PART, MOVED, TABLES
from backend.store import Store, beside, make_tables, reading, writing
from backend.system.group import GroupWorker

BATCH = 256
MOST_WAITING = 200_000
"""Webhooks that may wait: nobody has worked on them for long then."""
_KNOWN = "inbox"


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """A webhook that waits.

    Attributes:
        place: its place.
        came: Unix time.
        event: None if the secret is another.
    """

    place: int
    came: int
    event: ReviewEvent | None = field(repr=False)


def spool_of(store: Store, now: Callable[[], float] = time.time) -> Spool | None:
    """Return the spool beside a store; None if webhooks come by none."""
    folder = beside(store, "inbox")
    return Spool(folder, now) if folder else None


def gather(store: Store, spool: Spool | None) -> None:
    """Move what stands in the spool into the inbox, each once, whoever wrote it, and whoever dies meanwhile.

    Args:
        store: of `open_store`, whose tables are there.
        spool: beside it.

    Raises:
        StoreError: the database or the spool cannot be used; nothing is lost.
    """
    if not spool:
        return
    spool.turn()
    waiting, moved = spool.waiting(), dict[str, int]()
    if waiting:
        with writing(store, INBOX_PART) as connection:
            there = spool.names()  # another process has moved all of a file that is gone
            moved = {row.name: row.size for row in connection.execute(select(MOVED)) if row.name in there}
            new = [one for one in waiting if one.name in there and one.end > moved.get(one.name, 0)]
            if _count(connection) + len(new) > MOST_WAITING:
                return
            moved |= {one.name: one.end for one in sorted(new, key=attrgetter("end"))}
            connection.execute(delete(MOVED))
            if moved:
                connection.execute(insert(MOVED), [{"name": name, "size": size} for name, size in moved.items()])
            _insert(connection, [(one.came // 10**9, one.body) for one in new])
    spool.drop(moved)


def waiting_events(store: Store, entries: ReviewEntries) -> list[WaitingEvent]:
    """Return all webhooks that wait, in the order in which they came.

    Args:
        store: of `open_store`.
        entries: decrypt.

    Raises:
        StoreError: the database or the spool cannot be used.
    """
    make_tables(store, *TABLES)
    gather(store, spool_of(store))
    with reading(store) as connection:
        rows = connection.execute(select(INBOX).order_by(INBOX.c.place)).all()
    return [WaitingEvent(row.place, row.came, _event(entries, row.body)) for row in rows]


def _event(entries: ReviewEntries, body: bytes) -> ReviewEvent | None:
    flat = entries.open(body, _KNOWN)
    return ReviewEvent.of_flat(flat) if flat is not None else None


def _count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(INBOX)) or 0


def _insert(connection: Connection, found: Iterable[tuple[int, bytes]]) -> None:
    last = connection.scalar(select(func.max(INBOX.c.place))) or 0
    # Places rise for ever: the last one may have been taken out by now.
    first = max(last + 1, time.time_ns() // 1000)
    rows = [{"place": first + n, "came": came, "body": body} for n, (came, body) in enumerate(found)]
    if rows:
        connection.execute(insert(INBOX), rows)


class Inbox:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        entries: encrypt.
        now: tells Unix time.
    """

    def __init__(self, store: Store, entries: ReviewEntries, now: Callable[[], float] = time.time) -> None:
        self._store, self._entries, self._now = store, entries, now
        self.on_arrival: Callable[[], None] = lambda: None
        make_tables(store, *TABLES)
        self._spool = spool_of(store, now)
        self._writer = GroupWorker(self._write, "inbox", BATCH)

    def put(self, event: ReviewEvent) -> "Future[None]":
        """Hand in a webhook; what is returned is done once it is written down, or has a `LabelguardError`."""
        done: Future[None] = Future()
        body = self._entries.close(event.flat(), _KNOWN)
        if self._spool is None:
            self._writer.put((body, done))
            return done
        try:
            self._spool.put(body)
        except LabelguardError as error:
            done.set_exception(error)
        else:
            done.set_result(None)
            self.on_arrival()
        return done

    def take(self, most: int) -> list[WaitingEvent]:
        """Return those that came first; they wait until `drop`."""
        gather(self._store, self._spool)
        with reading(self._store) as connection:
            rows = connection.execute(select(INBOX).order_by(INBOX.c.place).limit(most)).all()
        return [WaitingEvent(row.place, row.came, _event(self._entries, row.body)) for row in rows]

    @staticmethod
    def drop(connection: Connection, places: Iterable[int]) -> set[int]:
        """Take some out, within the transaction that writes what became of them; return those that were still there."""
        wanted, there = list(places), set[int]()
        for start in range(0, len(wanted), BATCH):
            some = INBOX.c.place.in_(wanted[start : start + BATCH])
            there |= set(connection.execute(select(INBOX.c.place).where(some)).scalars())
            connection.execute(delete(INBOX).where(some))
        return there

    @staticmethod
    def forget(connection: Connection, entries: ReviewEntries, is_of: Callable[[ReviewEvent], bool]) -> int:
        """Take out the events that somebody wants forgotten; return how many."""
        rows = connection.execute(select(INBOX.c.place, INBOX.c.body)).all()
        events = [(row.place, entries.open(row.body, _KNOWN)) for row in rows]
        return len(Inbox.drop(connection, [at for at, flat in events if flat and is_of(ReviewEvent.of_flat(flat))]))

    def standing(self) -> tuple[int, float]:
        """Return how many wait, and for how many seconds the first of them does; 0 if none do."""
        spooled = self._spool.waiting() if self._spool else ()
        with reading(self._store) as connection:
            moved: dict[str, int] = {row.name: row.size for row in connection.execute(select(MOVED))}
            came = [one.came / 10**9 for one in spooled if one.end > moved.get(one.name, 0)]
            first = connection.scalar(select(func.min(INBOX.c.came)))
            count = _count(connection) + len(came)
        since = min([*came, *([] if first is None else [first])], default=self._now())
        return count, max(self._now() - since, 0.0)

    def close(self) -> None:
        """Write what was handed in, and take no more."""
        self._writer.close()
        if self._spool:
            self._spool.turn()

    def _write(self, waiting: "Sequence[tuple[bytes, Future[None]]]") -> None:
        problem: Exception | None = None
        try:
            with writing(self._store, INBOX_PART) as connection:
                if _count(connection) + len(waiting) > MOST_WAITING:
                    raise BusyError(f"{MOST_WAITING} webhooks wait")
                came = int(self._now())
                _insert(connection, [(came, body) for body, _ in waiting])
        except (StoreError, BusyError) as error:
            problem = error
        except Exception as error:  # whatever it is, the thread goes on
            problem = InternalError(error)
        for done in (done for _, done in waiting if done.set_running_or_notify_cancel()):
            if problem:
                done.set_exception(problem)
            else:
                done.set_result(None)
        if not problem:
            self.on_arrival()
