"""The record as people look at it: each attempt with its outcome, the newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, select

from backend.errors import RecordError
from backend.record.entries import BEGUN, SENDINGS
from backend.record.tables import ENTRIES
from backend.store import reading

UNKNOWN = "unknown"
FIGURES = ("bytes_in", "tokens_in", "tokens_out", "cost_usd")
"""What is known of an attempt once it has ended."""
READ = 20_000
"""Entries that are looked at for a page."""
LATER = 5_000
"""Entries after an attempt in which its outcome is looked for."""


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
        looked: number of the oldest entry that was looked at; 0: there is none.
        is_end: whether nothing older is wanted.
    """

    shown: tuple[Sending, ...]
    looked: int
    is_end: bool


def has_record(engine: Engine) -> bool:
    """Say whether anything was ever recorded.

    Raises:
        StoreError: the store cannot be reached.
    """
    with reading(engine) as connection:
        return inspect(connection).has_table(ENTRIES.name)


def sendings(engine: Engine, wanted: Wanted) -> Iterator[Sending]:
    """Yield sendings, the newest first. What was tampered with may come out wrong: `verify` says so.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    for _, sending in _looked_at(engine, wanted, None, None):
        if sending:
            yield sending


def sendings_page(engine: Engine, wanted: Wanted, before: int | None, count: int) -> SendingsPage:
    """Return some sendings, the newest first, and look at READ entries at most.

    An outcome that stands more than LATER entries after its attempt is not seen, unless the page has the newest.

    Args:
        engine: of `open_store`.
        wanted: which.
        before: number of the entry before which to begin; None for the newest.
        count: how many.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    shown: list[Sending] = []
    looked, read = before or 0, 0
    for seq, sending in _looked_at(engine, wanted, before, READ):
        if before is not None and seq >= before:
            continue
        looked, read = seq, read + 1
        if sending:
            shown.append(sending)
        if len(shown) == count or read == READ:
            return SendingsPage(tuple(shown), looked, is_end=False)
    return SendingsPage(tuple(shown), looked, is_end=True)


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
        _see_record(connection)
        bounds = connection.execute(select(func.min(ENTRIES.c.seq), func.max(ENTRIES.c.seq))).one()
        if bounds[0] is None:
            return None
        low, high = bounds[0], bounds[1] + 1
        while low < high:
            middle = (low + high) // 2
            next_one = select(ENTRIES.c.seq, ENTRIES.c.body).where(ENTRIES.c.seq >= middle)
            row = connection.execute(next_one.order_by(ENTRIES.c.seq).limit(1)).first()
            if row is None or _body(row.seq, row.body)["time"] >= time:
                high = middle
            else:
                low = row.seq + 1
        return low if low <= bounds[1] else None


def _looked_at(
    engine: Engine, wanted: Wanted, before: int | None, most: int | None
) -> Iterator[tuple[int, Sending | None]]:
    """Yield entries' numbers, the newest first, each with the sending that begins there if it is wanted.

    Before them stand LATER entries from `before` on: the outcomes of those that follow.
    """
    outcomes: dict[int, dict[str, Any]] = {}
    query = select(ENTRIES.c.seq, ENTRIES.c.body).order_by(ENTRIES.c.seq.desc())
    query = query if before is None else query.where(ENTRIES.c.seq < before + LATER)
    query = query if most is None else query.limit(most + (0 if before is None else LATER))
    with reading(engine) as connection:
        _see_record(connection)
        for seq, text in connection.execution_options(yield_per=1000).execute(query):
            sending = None
            try:
                body = _body(seq, text)
                if body["kind"] == "outcome":
                    outcomes[body["attempt"]] = body
                elif wanted.since and body["time"] < wanted.since:
                    return
                elif body["kind"] in SENDINGS:
                    sending = Sending(body, outcomes.pop(seq, None))
                    sending = sending if wanted.fits(sending) else None
            except (KeyError, TypeError):
                raise _unreadable(seq) from None
            yield seq, sending


def _see_record(connection: Connection) -> None:
    if not inspect(connection).has_table(ENTRIES.name):
        raise RecordError("there is no record in the state's database yet - see LABELGUARD_STATE_URL")


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
