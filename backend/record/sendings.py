"""The record as people look at it: each attempt with its outcome, the newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, inspect, select

from backend.errors import RecordError
from backend.record.entries import BEGUN
from backend.record.tables import ENTRIES
from backend.store import reading

UNKNOWN = "unknown"
FIGURES = ("bytes_in", "tokens_in", "tokens_out", "cost_usd")
"""What is known of an attempt once it has ended."""


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


def sendings(engine: Engine, wanted: Wanted) -> Iterator[Sending]:
    """Yield sendings, the newest first. What was tampered with may come out wrong: `verify` says so.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    outcomes: dict[int, dict[str, Any]] = {}
    with reading(engine) as connection:
        if not inspect(connection).has_table(ENTRIES.name):
            raise RecordError("there is no record in the state's database yet - see LABELGUARD_STATE_URL")
        query = select(ENTRIES.c.seq, ENTRIES.c.body).order_by(ENTRIES.c.seq.desc())
        for seq, text in connection.execution_options(yield_per=1000).execute(query):
            try:
                body = json.loads(text)
                if body["kind"] == "outcome":
                    outcomes[body["attempt"]] = body
                    continue
                if wanted.since and body["time"] < wanted.since:
                    return
                sending = Sending(body, outcomes.pop(seq, None))
                fits = body["kind"] != "pruned" and wanted.fits(sending)
            except (ValueError, KeyError, TypeError):
                raise RecordError(f"entry {seq} cannot be read - see labelguard audit verify") from None
            if fits:
                yield sending
