"""The books of batches: a line stands in the record, and its money is held, before its file leaves, once.

Record, budget and the line are written in one transaction, and so are their ends: whatever is killed, and whenever,
none is there without the others.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from backend.budget.amounts import NANO, Use
from backend.budget.clerk import PART as SPEND
from backend.budget.clerk import Clerk
from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.model.batch.tables import BATCHES, LINES, BatchRow, LineState, read_hold, use_as_json
from backend.record.entries import Attempt, Outcome, Result
from backend.record.journal import Record
from backend.record.tables import PART as RECORD
from backend.store import Store, make_tables, reading

LASTS = timedelta(hours=48)
"""For so long money is held: a batch has a day, and its results are fetched when somebody asks for them."""
KEPT = timedelta(days=30)
"""For so long it is known what was in a batch: providers keep its files as long."""
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Line:
    """A call that is to stand in a file.

    Attributes:
        name: a keyed hash of all that its answer hangs on, which the provider gives back.
        attempt: what the record says of it.
        use: what it may cost.
        limits: its rule's.
        content: as it leaves.
    """

    name: str
    attempt: Attempt
    use: Use
    limits: Limits
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineEnd:
    """How a line ended.

    Attributes:
        outcome, code: as the record has them.
        bytes_in: length of its answer.
        tokens: in and out; None where nobody knows.
    """

    outcome: Result
    code: str = ""
    bytes_in: int = 0
    tokens: tuple[int, int] | None = None


def list_batches(store: Store) -> list[BatchRow]:
    """Return all batches of a store, the oldest first."""
    make_tables(store, BATCHES)
    with reading(store) as connection:
        return [BatchRow(*row) for row in connection.execute(select(BATCHES).order_by(BATCHES.c.began))]


def lines_of(store: Store, attempts: Collection[int]) -> list[int]:
    """Return, for each line of a batch that some attempts stand for, when its batch began, in Unix time; 0: in none.

    Args:
        store: of `open_store`.
        attempts: their numbers in the record.
    """
    make_tables(store, BATCHES, LINES)
    wanted, found = sorted(attempts), list[int]()
    joined = LINES.outerjoin(BATCHES, LINES.c.batch == BATCHES.c.name)
    with reading(store) as connection:
        for start in range(0, len(wanted), CHUNK):
            asked = select(BATCHES.c.began).select_from(joined)
            some = asked.where(LINES.c.attempt.in_(wanted[start : start + CHUNK]))
            found += [began or 0 for began in connection.execute(some).scalars()]
    return found


class BatchBooks:
    """Thread-safe; many processes may share a store.

    Args:
        store: of `open_store`.
        record: the store's; it is closed with this.
        ledger: the store's, likewise.
    """

    def __init__(self, store: Store, record: Record, ledger: Ledger) -> None:
        self.store = store
        self._record, self._ledger = record, ledger
        self._clerk = Clerk(store, RECORD, SPEND)
        make_tables(store, BATCHES, LINES)

    def enter(self, line: Line, batch: str, told: Collection[str]) -> "Future[tuple[str, LineState]]":
        """Have a line stand in the books, unless it does already.

        Args:
            line: the call.
            batch: the one that it goes into if it is in none.
            told: batches of which it is told here why lines failed; a line that failed in another is asked anew.

        Returns:
            The name of the batch that it is in, and how it stands; or BudgetError, RecordError or StoreError: it must
            not be sent.
        """
        return self._clerk.submit(lambda connection: self._enter(connection, line, batch, told))

    def _enter(self, connection: Connection, line: Line, batch: str, told: Collection[str]) -> tuple[str, LineState]:
        own = LINES.c.name == line.name
        row = connection.execute(select(LINES.c.batch, LINES.c.state).where(own)).first()
        if row and not row.batch:
            connection.execute(update(LINES).where(own).values(batch=batch))
            return batch, "open"
        if row and (row.state != "failed" or row.batch in told):
            return row.batch, row.state
        hold = self._ledger.hold_within(connection, line.use, line.limits, LASTS)
        (number,) = self._record.add(connection, [line.attempt])
        connection.execute(delete(LINES).where(own))
        said = {"name": line.name, "batch": batch, "state": "open", "attempt": number, "hold": hold.number}
        connection.execute(insert(LINES).values(said | {"day": hold.day, "use": use_as_json(line.use)}))
        return batch, "open"

    def open(self, name: str, provider: str, place: str) -> "Future[None]":
        """Begin a batch."""
        said = {"name": name, "provider": provider[:200], "place": place, "state": "open", "began": int(time.time())}
        return self._do(insert(BATCHES).values(said))

    def change(self, name: str, **said: Any) -> "Future[None]":
        """Write down what is new of a batch. One that is over stays as it is: who is late knows less of it."""
        which = (BATCHES.c.name == name, BATCHES.c.state != "over")
        return self._do(update(BATCHES).where(*which).values(said))

    def dissolve(self, name: str) -> "Future[None]":
        """Give up a batch that the provider never had; its lines are in none until they are asked for again."""

        def work(connection: Connection) -> None:
            connection.execute(update(LINES).where(LINES.c.batch == name).values(batch=""))
            connection.execute(delete(BATCHES).where(BATCHES.c.name == name))

        return self._clerk.submit(work)

    def lose(self, name: str) -> "Future[None]":
        """Have the lines of a batch asked anew that were answered: its results cannot be had any more."""
        which = (LINES.c.batch == name, LINES.c.state == "answered")
        return self._do(update(LINES).where(*which).values(state="failed"))

    def forget_old(self) -> "Future[None]":
        """Forget batches whose files no provider keeps any more, and their lines."""
        too_old = BATCHES.c.began < int(time.time() - KEPT.total_seconds())

        def work(connection: Connection) -> None:
            old = select(BATCHES.c.name).where(too_old)
            connection.execute(delete(LINES).where(LINES.c.batch.in_(old)))
            connection.execute(delete(BATCHES).where(too_old))

        return self._clerk.submit(work)

    def batch(self, name: str) -> BatchRow | None:
        """Return a batch by its name."""
        with reading(self.store) as connection:
            row = connection.execute(select(BATCHES).where(BATCHES.c.name == name)).first()
        return BatchRow(*row) if row else None

    def lines(self, batch: str) -> dict[str, tuple[LineState, Use]]:
        """Return how the lines of a batch stand and what each may cost, by their names."""
        with reading(self.store) as connection:
            rows = connection.execute(select(LINES).where(LINES.c.batch == batch))
            return {row.name: (row.state, read_hold(row.hold, row.day, row.use).use) for row in rows}

    def settle(self, batch: str, ends: Mapping[str, LineEnd]) -> "list[Future[None]]":
        """Book what lines took and write down how they ended; those whose end is in the books stay as they are.

        Args:
            batch: theirs.
            ends: by the name of the line.
        """
        names = list(ends)
        parts = [names[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
        return [self._clerk.submit(partial(self._settle, batch, part, ends)) for part in parts]

    def _settle(self, batch: str, names: Sequence[str], ends: Mapping[str, LineEnd], connection: Connection) -> None:
        which = (LINES.c.batch == batch, LINES.c.state == "open", LINES.c.name.in_(names))
        rows = connection.execute(select(LINES).where(*which)).all()
        if rows:
            self._record.add(connection, [self._book(connection, row, ends[row.name]) for row in rows])
        for state in ("answered", "failed"):
            ours = [name for name in names if (ends[name].outcome == "answered") == (state == "answered")]
            connection.execute(update(LINES).where(*which, LINES.c.name.in_(ours)).values(state=state))

    def _book(self, connection: Connection, row: Any, end: LineEnd) -> Outcome:
        hold, tokens = read_hold(row.hold, row.day, row.use), end.tokens or (None, None)
        amount = self._ledger.book_within(connection, hold, tokens, failed=end.outcome != "answered")
        return Outcome(
            attempt=row.attempt,
            outcome=end.outcome,
            code=end.code,
            bytes_in=end.bytes_in,
            tokens_in=tokens[0] or 0,
            tokens_out=tokens[1] or 0,
            cost_usd=None if amount is None else amount / NANO,
        )

    def _do(self, statement: Any) -> "Future[None]":
        def work(connection: Connection) -> None:
            connection.execute(statement)

        return self._clerk.submit(work)

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._clerk.close()
        self._ledger.close()
        self._record.close()
