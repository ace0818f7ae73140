"""The sentence that people ask for, "no text with PERSON reached provider X", and what the record can say of it.

A sentence is proven, contradicted, or cannot be told. It is proven only where the record holds all that could
contradict it: each attempt of the time, whether the type was looked for in what it sent, and what became of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from backend.record.entries import Look

MOST_LISTED = 1000
"""Entries that are listed for a sentence; more are counted."""
NOT_SENT = "not_sent"
"""Code of an attempt that was written down and then not made."""

Verdict = Literal["proven", "contradicted", "cannot be told"]
Reached = Literal["yes", "possibly", "no"]
Held = Literal["text", "value"]


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """What a sentence says did not happen.

    Args:
        entity_type: such as PERSON.
        provider: the provider's name in the policy; "" for every one outside the network.
        held: `text`: a text in which something of the type was found, even if it was replaced, was sent; `value`:
            something of the type was found and sent as it stands.
    """

    entity_type: str
    provider: str
    held: Held

    def is_about(self, attempt: Mapping[str, Any]) -> bool:
        """Say whether an attempt went to whom it is about."""
        return bool(attempt["provider"] == self.provider if self.provider else attempt["external"])

    def found(self, attempt: Mapping[str, Any]) -> int:
        """Count what an attempt says that contradicts it, in stretches of text."""
        kinds = ("kept",) if self.held == "value" else ("entities", "kept", "beside")
        return sum(int(attempt.get(kind, {}).get(self.entity_type, 0)) for kind in kinds)

    def words(self, period: str) -> str:
        """Return the sentence.

        Args:
            period: in words, such as "from 2026-11-01 until 2026-11-30 (UTC)".
        """
        who = f"provider {self.provider}" if self.provider else "a provider outside the network"
        if self.held == "text":
            return f"No text in which {self.entity_type} was found reached {who} {period}."
        return f"Nothing that was found as {self.entity_type} reached {who} as it stands {period}."


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """An attempt that contradicts a sentence, if it reached the provider."""

    seq: int
    time: str
    project: str
    task: str
    rule: str
    provider: str
    model: str
    stretches: int
    outcome: str
    reached: Reached


@dataclass(slots=True)
class _Some:
    """Attempts of which a sentence cannot be told: how many, and which."""

    count: int = 0
    first: int = 0
    last: int = 0

    def add(self, seq: int) -> None:
        self.count += 1
        self.first = min(self.first or seq, seq)
        self.last = max(self.last, seq)

    def said(self, why: str) -> str:
        which = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        return f"{self.count:,} attempt{'s' * (self.count != 1)}, {which}: {why}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and what the record says of it.

    Attributes:
        form: what it says.
        verdict: what follows from the record.
        why: why it cannot be told; empty otherwise.
        entries: the first MOST_LISTED that contradict it.
        count: how many there are.
        possibly: how many of them are not known to have reached the provider.
        attempts: how many went to whom it is about.
    """

    form: ClaimForm
    verdict: Verdict
    why: tuple[str, ...]
    entries: tuple[ClaimEntry, ...]
    count: int
    possibly: int
    attempts: int


@dataclass(slots=True)
class ClaimTally:
    """Puts a sentence to each attempt of the time.

    Attributes:
        form: the sentence.
    """

    form: ClaimForm
    _entries: list[ClaimEntry] = field(default_factory=list)
    _counts: dict[Reached, int] = field(default_factory=lambda: {"yes": 0, "possibly": 0, "no": 0})
    _attempts: int = 0
    _looks: _Some = field(default_factory=_Some)
    _quiet: dict[str, _Some] = field(default_factory=dict)

    def take(self, attempt: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> None:
        """Count an attempt.

        Args:
            attempt: its entry.
            outcome: how it ended; None: nobody knows.
        """
        got = reached(outcome)
        if got == "no" or not self.form.is_about(attempt):
            return
        self._attempts += 1
        stretches, seq = self.form.found(attempt), attempt["seq"]
        if stretches:
            self._counts[got] += 1
            if len(self._entries) < MOST_LISTED:
                self._entries.append(_listed(attempt, stretches, outcome, got))
        elif attempt["kind"] == Look.kind:
            self._looks.add(seq)
        else:
            self._quiet.setdefault(attempt.get("sought_hash", ""), _Some()).add(seq)

    def settle(self, problem: str, gaps: Sequence[str], sought: Mapping[str, frozenset[str]]) -> Claim:
        """Return what follows.

        Args:
            problem: why nothing follows from the record, "" if it is as it was written.
            gaps: why nothing can be proven of the time as a whole.
            sought: what was looked for, by the hash that attempts have.
        """
        why = [problem] if problem else [*gaps, *self._untold(sought)]
        verdict: Verdict = "cannot be told" if why else "proven"
        if self._counts["yes"] and not problem:
            verdict, why = "contradicted", []
        return Claim(
            self.form,
            verdict,
            tuple(why),
            tuple(sorted(self._entries, key=lambda one: one.seq)),
            self._counts["yes"] + self._counts["possibly"],
            self._counts["possibly"],
            self._attempts,
        )

    def _untold(self, sought: Mapping[str, frozenset[str]]) -> list[str]:
        """Say of which attempts it cannot be told, and why."""
        kind, why = self.form.entity_type, []
        if count := self._counts["possibly"]:
            said = f"{count:,} attempt{'s' * (count != 1)} that would contradict it may have reached the provider"
            why.append(f"{said}: nothing says how they ended, or that they were answered")
        if self._looks.count:
            why.append(self._looks.said("a guard was given texts as they stand, before anything was looked for"))
        for digest, some in sorted(self._quiet.items()):
            if not digest:
                why.append(some.said("nothing says what was looked for: detection was off, or they are older"))
            elif digest not in sought:
                why.append(some.said("what was looked for is not in the record any more"))
            elif kind not in sought[digest]:
                why.append(some.said(f"{kind} was not looked for"))
        return why


def reached(outcome: Mapping[str, Any] | None) -> Reached:
    """Say whether a request reached its provider: whoever answers, or refuses, had it."""
    if outcome is None:
        return "possibly"
    if outcome["outcome"] in ("answered", "refused") or outcome["bytes_in"] or outcome["tokens_in"]:
        return "yes"
    return "no" if outcome["code"] == NOT_SENT else "possibly"


def _listed(attempt: Mapping[str, Any], stretches: int, outcome: Mapping[str, Any] | None, got: Reached) -> ClaimEntry:
    names = ("project", "task", "rule", "provider", "model")
    return ClaimEntry(
        seq=attempt["seq"],
        time=attempt["time"],
        **{name: str(attempt[name]) for name in names},
        stretches=stretches,
        outcome=str(outcome["outcome"]) if outcome else "unknown",
        reached=got,
    )
