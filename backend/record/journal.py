"""The writer of the record. What it took is on the disk when it answers; entries that come together go together.

A thread of its own commits them, so that many callers at once cost hardly more than one; an entry may wait for a moment
to share its transaction with others. What a call took is written in that of its outcome.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType

from sqlalchemy import Connection, Engine

from backend.errors import InternalError, LabelguardError, RecordError
from backend.record.chain import DAY, now
from backend.record.entries import Attempt, Entry, Outcome, Refusal, View
from backend.record.indexing import index_record
from backend.record.keys import Signer
from backend.record.tables import PART, Heads, append, prepare, sign_end
from backend.store import writing
from backend.system.group import GroupWorker

log = logging.getLogger("labelguard.record")

BATCH = 256
"""Entries of one transaction at most."""


@dataclass(frozen=True, slots=True)
class Alongside:
    """What is written in one transaction with an entry, so that the entry is never there without it.

    Attributes:
        part: what of the store it is, as `backend.store.writing` takes it.
        write: is given the connection. If it fails, the entry is not written; if entries cannot be written, it is all
            the same.
    """

    part: str
    write: Callable[[Connection], object]


@dataclass(slots=True, eq=False)
class _Waiting:
    entry: Entry
    beside: Alongside | None = None
    future: "Future[int]" = field(default_factory=Future)
    is_heard: bool = True

    def take(self) -> bool:
        """Begin with it; say whether it is to be written."""
        self.is_heard = self.future.set_running_or_notify_cancel()
        return self.is_heard or isinstance(self.entry, Outcome)

    def answer(self, number: int) -> None:
        """Tell who waits for it."""
        if self.is_heard:
            self.future.set_result(number)

    def fail(self, problem: str) -> None:
        """Tell who waits for it that it could not be written."""
        if self.is_heard:
            what = "the outcome" if isinstance(self.entry, Outcome) else "nothing is sent, since it"
            what = "nothing is shown, since it" if isinstance(self.entry, View) else what
            self.future.set_exception(RecordError(f"{what} cannot be recorded: {problem}"))


class Record:
    """The record of a store. Threads may share one, processes may share a store.

    Args:
        engine: of `backend.store.open_store`.
        heads: when heads are signed.
    """

    def __init__(self, engine: Engine, heads: Heads) -> None:
        self._engine, self._heads = engine, heads
        self._said = _SaidTypes()
        self._writer = GroupWorker(self._write, "labelguard-record", BATCH)

    @classmethod
    def open(cls, engine: Engine, signer: Signer | None = None, heads_every: int = 1000) -> "Record":
        """Open the record of a store, or begin one.

        Args:
            engine: of `backend.store.open_store`.
            signer: signs a head now and then, and when the record is closed.
            heads_every: entries from one head to the next.

        Raises:
            StoreError: the store cannot be used.
            RecordError: the record does not end as it was written.
        """
        prepare(engine)
        index_record(engine)
        return cls(engine, Heads(signer, heads_every))

    def begin(self, attempt: Attempt) -> int:
        """Record an attempt; it may be made once this returns. Returns its number.

        Raises:
            RecordError: it could not be recorded; nothing may be sent.
        """
        return self.submit(attempt).result()

    def end(self, outcome: Outcome) -> None:
        """Record how an attempt ended.

        Raises:
            RecordError: it could not be recorded; the attempt stays without an outcome.
        """
        self.submit(outcome).result()

    def refuse(self, refusal: Refusal) -> int:
        """Record what was not sent. Returns its number.

        Raises:
            RecordError: it could not be recorded.
        """
        return self.submit(refusal).result()

    def submit(self, entry: Entry, beside: Alongside | None = None, patience_s: float = 0.0) -> "Future[int]":
        """Hand in an entry; the future has its number once it is on the disk, or a RecordError.

        A coroutine waits by `await asyncio.wrap_future(record.submit(entry))`. If it is cancelled meanwhile, an attempt
        that is not yet being written is dropped; an outcome is written all the same.

        Args:
            entry: what is to be written.
            beside: what goes with it.
            patience_s: seconds that it may wait for others, to be written with them.
        """
        waiting = _Waiting(self._said.shortened(entry), beside)
        waiting.future.add_done_callback(partial(self._said.note_written, waiting.entry))
        try:
            self._writer.put(waiting, patience_s)
        except RuntimeError:
            raise RecordError("the record is closed, so nothing is sent - the server is ending") from None
        return waiting.future

    def add(self, connection: Connection, entries: Sequence[Entry]) -> list[int]:
        """Write entries within a transaction of somebody else's, who has the lock of `PART`; return their numbers.

        Raises:
            RecordError: they cannot be recorded; the transaction must not be committed.
        """
        if self._writer.is_closed:
            raise RecordError("the record is closed, so nothing is sent - the server is ending")
        shortened = [self._said.shortened(entry) for entry in entries]
        for entry in shortened:
            self._said.note(entry)
        return append(connection, shortened, self._heads)

    def close(self) -> None:
        """Write what was handed in, sign the end, and take no more."""
        self._writer.close()
        if self._heads.signer:
            with writing(self._engine, PART) as connection:
                sign_end(connection, self._heads.signer)

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _write(self, batch: Sequence[_Waiting]) -> None:
        """Commit a batch and answer who waits for it."""
        taken = [one for one in batch if one.take()]
        while taken:
            commit = _Commit(self._engine, self._heads, taken)
            commit.run()
            taken = commit.tell()


class _SaidTypes:
    """Which lists of entity types the record has by us: each is written once a day, and elsewhere its hash stands.

    What is pruned or rolled back is said again the next day; until then a report says that it cannot tell.
    """

    def __init__(self) -> None:
        self._days: dict[str, str] = {}

    def shortened(self, entry: Entry) -> Entry:
        """Return an entry without a list that the record has."""
        is_said = isinstance(entry, Attempt) and entry.sought and self._days.get(entry.sought_hash) == now()[:DAY]
        return replace(entry, sought=()) if isinstance(entry, Attempt) and is_said else entry

    def note(self, entry: Entry) -> None:
        """Note what an entry said."""
        if isinstance(entry, Attempt) and entry.sought:
            self._days[entry.sought_hash] = now()[:DAY]

    def note_written(self, entry: Entry, written: "Future[int]") -> None:
        """Note what an entry said, if it was written."""
        if not written.cancelled() and not written.exception():
            self.note(entry)


class _Commit:
    """One transaction of entries and of what goes with them."""

    def __init__(self, engine: Engine, heads: Heads, taken: Sequence[_Waiting]) -> None:
        self._engine, self._heads, self._taken = engine, heads, taken
        self._besides = [(one, one.beside) for one in taken if one.beside]
        self._numbers: list[int] = []
        self._problem = ""
        self._culprit: _Waiting | None = None

    def run(self) -> None:
        """Write it, and keep the numbers of the entries, or what prevents it."""
        is_all_but_entries = False
        try:
            with writing(self._engine, PART, *{beside.part for _, beside in self._besides}) as connection:
                self._write_besides(connection)
                is_all_but_entries = True
                self._numbers = append(connection, [one.entry for one in self._taken], self._heads)
                is_all_but_entries = False
        except Exception as error:  # whatever it is: who waits must be told, and the thread goes on
            self._problem, self._numbers = _reason(error), []
            if is_all_but_entries and self._besides:
                self._save_besides()

    def _write_besides(self, connection: Connection) -> None:
        for one, beside in self._besides:
            self._culprit = one
            beside.write(connection)
        self._culprit = None

    def _save_besides(self) -> None:
        """Write what goes with entries that cannot be written."""
        try:
            with writing(self._engine, *{beside.part for _, beside in self._besides}) as connection:
                self._write_besides(connection)
        except Exception as error:  # as above
            log.warning("what belongs to entries that cannot be recorded is lost too: %s", _reason(error))
            self._culprit = None

    def tell(self) -> list[_Waiting]:
        """Answer who waits; return those that are to be tried again, without the one that was at fault."""
        for one, number in zip(self._taken, self._numbers, strict=False):
            one.answer(number)
        if not self._problem:
            return []
        told = [self._culprit] if self._culprit else self._taken
        for one in told:
            one.fail(self._problem)
        return [one for one in self._taken if one not in told]


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, LabelguardError) else InternalError(error).reason
