"""The record as people look at it: each attempt with its outcome, the newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from backend.errors import RecordError
from backend.record.entries import BEGUN
from backend.record.finding import EntrySpan, find_sendings
from backend.record.index import FOUND, UNKNOWN
from backend.record.indexing import index_record
from backend.record.sources import see_record
from backend.record.tables import ENTRIES
from backend.store import reading

FIGURES = ("bytes_in", "tokens_in", "tokens_out", "cost_usd")
"""What is known of an attempt once it has ended."""
AT_ONCE = 100
"""Sendings that are read at a time where all are wanted."""
NEWEST = 10_000
"""Sendings that are gone through, at most, by who needs more than it shows."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt and how it ended.

    Args:
        attempt: its entry, or that of a refusal.
        outcome: the outcome's entry; None: there is none.
    """

    attempt: dict[str, Any]
    outcome: dict[str, Any] | None

    @property
    def was_begun(self) -> bool:
        """Whether a request was made, or may have been."""
        return self.attempt["kind"] in BEGUN

    @property
    def ended(self) -> str:
        """How it ended; `unknown` where nothing says so: cut off, or still under way."""
        if self.outcome:
            return str(self.outcome["outcome"])
        return UNKNOWN if self.was_begun else "refused"

    @property
    def code(self) -> str:
        """The error's code."""
        return str((self.outcome or self.attempt).get("code", ""))

    def flat(self) -> dict[str, Any]:
        """Return it as JSON has it: the fields of both entries, in UTC, bytes, tokens and USD."""
        end = dict.fromkeys(FIGURES) | (self.outcome or {})
        own = {name: value for name, value in self.attempt.items() if name != "kind"}
        return {**own, "begun": self.was_begun, "outcome": self.ended, "code": self.code} | {
            name: end[name] for name in FIGURES
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show. What is not given fits all.

    Args:
        project: the project's id.
        provider: the provider's name.
        outcome: how it ended.
        since: the earliest time, as the record writes it.
        until: the time before which it was, likewise.
        rule: the policy's rule that decided.
        task: the task's id.
        entity_type: a type of which at least one stretch was replaced.
    """

    project: str | None = None
    provider: str | None = None
    outcome: str | None = None
    since: str | None = None
    until: str | None = None
    rule: str | None = None
    task: str | None = None
    entity_type: str | None = None

    def fits(self, sending: Sending) -> bool:
        """Say whether it is wanted; the earliest time aside."""
        attempt = sending.attempt
        pairs = (
            (self.project, attempt["project"]),
            (self.provider, attempt["provider"]),
            (self.outcome, sending.ended),
            (self.rule, attempt["rule"]),
            (self.task, attempt["task"]),
        )
        return (
            all(wanted in (None, value) for wanted, value in pairs)
            and (self.until is None or attempt["time"] < self.until)
            and (self.entity_type is None or attempt["entities"].get(self.entity_type, 0) > 0)
        )


@dataclass(frozen=True, slots=True)
class SendingsPage:
    """Some sendings, the newest first.

    Attributes:
        shown: those that were wanted.
        oldest: number of the oldest entry that was found; 0: there is none.
        is_end: whether nothing older is wanted.
    """

    shown: tuple[Sending, ...]
    oldest: int
    is_end: bool


def has_record(engine: Engine) -> bool:
    """Say whether anything was ever recorded.

    Raises:
        StoreError: the store cannot be reached.
    """
    try:
        with reading(engine) as connection:
            see_record(connection)
    except RecordError:
        return False
    return True


def sendings(engine: Engine, wanted: Wanted) -> Iterator[Sending]:
    """Yield sendings, the newest first. What was tampered with may come out wrong: `verify` says so.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    before: int | None = None
    while True:
        page = sendings_page(engine, wanted, before, AT_ONCE)
        yield from page.shown
        if page.is_end:
            return
        before = page.oldest


def sendings_page(engine: Engine, wanted: Wanted, before: int | None, count: int) -> SendingsPage:
    """Return some sendings, the newest first. However long the record is, no more is read than is shown.

    Args:
        engine: of `open_store`.
        wanted: which.
        before: number of the entry before which to begin; None for the newest.
        count: how many.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    index_record(engine)
    span = _span(engine, wanted, before)
    if span is None:
        return SendingsPage((), 0, is_end=True)
    with reading(engine) as connection:
        found = find_sendings(connection, wanted, span, count + 1)
        shown = tuple(one for one in _read(connection, found[:count]) if wanted.fits(one))
    return SendingsPage(shown, found[:count][-1] if found else 0, is_end=len(found) <= count)


def _span(engine: Engine, wanted: "Wanted", before: int | None) -> EntrySpan | None:
    """Return the entries that may be wanted; None: there are none."""
    first = first_since(engine, wanted.since) if wanted.since else 1
    end = first_since(engine, wanted.until) if wanted.until else None
    if first is None:
        return None
    return EntrySpan(first, min((number for number in (before, end) if number is not None), default=None))


def _read(connection: Connection, numbers: list[int]) -> Iterator[Sending]:
    """Read attempts with their outcomes, the newest first."""
    outcomes = ENTRIES.alias("outcomes")
    query = select(ENTRIES.c.seq, ENTRIES.c.body, outcomes.c.seq, outcomes.c.body).select_from(
        FOUND.join(ENTRIES, ENTRIES.c.seq == FOUND.c.seq).outerjoin(outcomes, outcomes.c.seq == FOUND.c.ended)
    )
    for seq, text, ended, said in connection.execute(
        query.where(FOUND.c.seq.in_(numbers)).order_by(FOUND.c.seq.desc())
    ):
        outcome = None if ended is None else _body(ended, said)
        if outcome and (outcome["kind"], outcome.get("attempt")) != ("outcome", seq):
            raise _unreadable(ended)
        yield Sending(_body(seq, text), outcome)


def first_since(engine: Engine, time: str) -> int | None:
    """Return the number of the first entry that is not older, by halves, since entries stand in the order of time.

    Args:
        engine: of `open_store`.
        time: as the record writes it.

    Returns:
        None if all are older, or there is none.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    with reading(engine) as connection:
        see_record(connection)
        # Each by itself: SQLite looks at all entries for both together.
        first, last = (connection.scalar(select(which(ENTRIES.c.seq))) for which in (func.min, func.max))
        if first is None or last is None:
            return None
        low, high = first, last + 1
        while low < high:
            middle = (low + high) // 2
            next_one = select(ENTRIES.c.seq, ENTRIES.c.body).where(ENTRIES.c.seq >= middle)
            row = connection.execute(next_one.order_by(ENTRIES.c.seq).limit(1)).first()
            if row is None or _body(row.seq, row.body)["time"] >= time:
                high = middle
            else:
                low = row.seq + 1
        return low if low <= last else None


def _body(seq: int, text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
        if isinstance(body["kind"], str) and isinstance(body["time"], str):
            return dict(body)
    except (ValueError, KeyError, TypeError):
        pass
    raise _unreadable(seq)


def _unreadable(seq: int) -> RecordError:
    return RecordError(f"entry {seq} cannot be read - see labelguard audit verify")
