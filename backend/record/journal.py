"""The writer of the record. What it took is on the disk when it answers; entries that come together go together.

A thread of its own commits them, so that many callers at once cost hardly more than one.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType

from sqlalchemy import Connection, Engine

from backend.errors import InternalError, LabelguardError, RecordError
from backend.record.entries import Attempt, Entry, Outcome, Refusal
from backend.record.keys import Signer
from backend.record.tables import PART, Heads, append, prepare, sign_end
from backend.store import writing
from backend.system.group import GroupWorker

BATCH = 256
"""Entries of one transaction at most."""
Waiting = tuple[Entry, "Future[int]"]


class Record:
    """The record of a store. Threads may share one, processes may share a store.

    Args:
        engine: of `backend.store.open_store`.
        heads: when heads are signed.
    """

    def __init__(self, engine: Engine, heads: Heads) -> None:
        self._engine, self._heads = engine, heads
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

    def submit(self, entry: Entry) -> "Future[int]":
        """Hand in an entry; the future has its number once it is on the disk, or a RecordError.

        A coroutine waits by `await asyncio.wrap_future(record.submit(entry))`. If it is cancelled meanwhile, an attempt
        that is not yet being written is dropped; an outcome is written all the same.
        """
        future: Future[int] = Future()
        try:
            self._writer.put((entry, future))
        except RuntimeError:
            raise RecordError("the record is closed, so nothing is sent - the server is ending") from None
        return future

    def add(self, connection: Connection, entries: Sequence[Entry]) -> list[int]:
        """Write entries within a transaction of somebody else's, who has the lock of `PART`; return their numbers.

        Raises:
            RecordError: they cannot be recorded; the transaction must not be committed.
        """
        if self._writer.is_closed:
            raise RecordError("the record is closed, so nothing is sent - the server is ending")
        return append(connection, entries, self._heads)

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

    def _write(self, batch: Sequence[Waiting]) -> None:
        """Commit a batch and answer who waits for it."""
        asked = [(entry, future, future.set_running_or_notify_cancel()) for entry, future in batch]
        taken = [each for each in asked if each[2] or isinstance(each[0], Outcome)]
        if not taken:
            return
        numbers, problem = self._append([entry for entry, _, _ in taken])
        for index, (entry, future, waits) in enumerate(taken):
            if waits and problem is None:
                future.set_result(numbers[index])
            elif waits:
                what = "the outcome" if isinstance(entry, Outcome) else "nothing is sent, since it"
                future.set_exception(RecordError(f"{what} cannot be recorded: {problem}"))

    def _append(self, entries: list[Entry]) -> tuple[list[int], str | None]:
        """Return the entries' numbers, or why they could not be written."""
        try:
            with writing(self._engine, PART) as connection:
                numbers = append(connection, entries, self._heads)
        except LabelguardError as error:
            return [], error.reason
        except Exception as error:  # whatever it is: who waits must be told, and the thread goes on
            return [], InternalError(error).reason
        return numbers, None
