"""What the record says of a period: what left to whom under which policy, what was refused, and sentences put to it.

One pass along the chain checks it and counts; no more of it is held than attempts that are still open.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backend.errors import RecordError
from backend.record.chain import FIRST_TIME, Link, stamp
from backend.record.claims import Claim, ClaimForm, ClaimTally, reached
from backend.record.entries import BEGUN, types_hash
from backend.record.sources import RecordSource
from backend.record.verify import Report, Trust, verify_record

ENDS = ("answered", "failed", "refused", "unknown", "not_sent")
"""How attempts end, as they are counted: `not_sent` was written down and then not made."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time.

    Args:
        since: the first moment of it, as the record writes times.
        until: the first moment after it.
    """

    since: str
    until: str

    @classmethod
    def between(cls, since: datetime, until: datetime) -> "Period":
        """Return the time from one moment until before another.

        Raises:
            RecordError: it ends before it begins.
        """
        if until <= since:
            raise RecordError("the period ends before it begins - give its first day and its last")
        return cls(stamp(since), stamp(until))

    @property
    def words(self) -> str:
        """Return it in words; days where it is of whole days."""
        if self.since.endswith("T00:00:00.000000Z") and self.until.endswith("T00:00:00.000000Z"):
            last = datetime.fromisoformat(self.until) - timedelta(days=1)
            return f"from {self.since[:10]} until {last:%Y-%m-%d} (UTC, both days included)"
        return f"from {_moment(self.since)} until before {_moment(self.until)} (UTC)"


@dataclass(frozen=True, slots=True)
class SentTo:
    """To whom attempts went, and under which policy."""

    provider: str
    model: str
    region: str
    external: bool
    policy: str
    kind: str


@dataclass(slots=True)
class SentSum:
    """What attempts add up to.

    Attributes:
        ends: how many ended how, by ENDS.
        bytes_out: length of the requests.
        tokens_in, tokens_out: as the provider counts them.
        cost_usd: as far as it is known.
        replaced, kept, beside: stretches by entity type, as `Attempt` has them.
    """

    ends: Counter[str] = field(default_factory=Counter)
    bytes_out: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    replaced: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)

    @property
    def attempts(self) -> int:
        """How many there are."""
        return self.ends.total()

    def add(self, attempt: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> None:
        """Add an attempt with its outcome."""
        said = outcome or {}
        ended = "not_sent" if reached(outcome) == "no" else said.get("outcome", "unknown")
        self.ends[ended] += 1
        if ended == "not_sent":
            return
        self.bytes_out += attempt["bytes_out"]
        self.tokens_in += said.get("tokens_in", 0)
        self.tokens_out += said.get("tokens_out", 0)
        self.cost_usd = _finite(self.cost_usd + (said.get("cost_usd") or 0.0))
        self.replaced.update(attempt["entities"])
        self.kept.update(attempt.get("kept", {}))
        self.beside.update(attempt.get("beside", {}))


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """What the record says of a period.

    Attributes:
        period: of which.
        chain: what a check of the whole record found.
        begins: the time of the record's first entry, "" if there is none.
        ends: that of its last.
        pruned: the last entry that was pruned, 0 for none.
        first, last: numbers of the period's first and last entry, 0 if it has none.
        after: the first entry after it, 0 if there is none.
        vouched: the last entry that a signature, or a head that was given, stands for.
        heads: those that were given.
        open_before: attempts that had begun before it and had not ended.
        sent: what left to whom.
        refusals: what was not sent, by the error's code.
        claims: sentences, with what follows for each.
    """

    period: Period
    chain: Report
    begins: str
    ends: str
    pruned: int
    first: int
    last: int
    after: int
    vouched: int
    heads: tuple[tuple[int, str], ...]
    open_before: int
    sent: tuple[tuple[SentTo, SentSum], ...]
    refusals: Mapping[str, int]
    claims: tuple[Claim, ...]


def report_period(source: RecordSource, trust: Trust, period: Period, claims: Sequence[ClaimForm] = ()) -> PeriodReport:
    """Read a record from its beginning to its end, check all of it, and say what it says of a period.

    Attempts belong to the time at which they were written down.

    Args:
        source: the record.
        trust: what is known from elsewhere. Without a key nothing is proven.
        period: of which.
        claims: sentences that are put to it.
    """
    tally = _Tally(period, [ClaimTally(form) for form in claims])
    chain = verify_record(RecordSource(tally.watch(source.links), source.seals, source.tip), trust)
    checkpoints = [seal.seq for seal in source.seals if seal.kind == "checkpoint" and isinstance(seal.seq, int)]
    return tally.report(chain, trust, max(checkpoints, default=0))


class _Tally:
    """Counts what passes."""

    def __init__(self, period: Period, claims: Sequence[ClaimTally]) -> None:
        self._period, self._claims = period, claims
        self._sent: dict[SentTo, SentSum] = {}
        self._refusals: Counter[str] = Counter()
        self._open: dict[int, Mapping[str, Any]] = {}
        self._open_before: set[int] = set()
        self._sought: dict[str, frozenset[str]] = {}
        self._begins, self._ends = "", FIRST_TIME
        self._first = self._last = self._after = self._unread = 0

    def watch(self, links: Iterator[Link]) -> Iterator[Link]:
        """Pass entries on, and count them."""
        for link in links:
            try:
                self._take(link.seq, json.loads(link.body))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self._unread += 1
            yield link

    def _take(self, seq: int, body: Mapping[str, Any]) -> None:
        kind, time = body["kind"], body["time"]
        datetime.fromisoformat(time)  # what is no time is no entry
        self._begins, self._ends = self._begins or time, max(self._ends, time)
        within = self._period.since <= time < self._period.until
        if within:
            self._first, self._last = self._first or seq, seq
        elif time >= self._period.until:
            self._after = self._after or seq
        self._learn(body)
        if kind in BEGUN:
            if within:
                self._open[seq] = body
            elif time < self._period.since:
                self._open_before.add(seq)
        elif kind == "outcome":
            if time < self._period.since:
                self._open_before.discard(body["attempt"])
            elif attempt := self._open.pop(body["attempt"], None):
                self._end(attempt, body)
        elif kind == "refusal" and within:
            self._refusals[body["code"]] += 1

    def _learn(self, body: Mapping[str, Any]) -> None:
        """Note which types were looked for, where an entry lists them and the hash is that of the list."""
        types = tuple(body.get("sought", ()))
        digest = body.get("sought_hash", "")
        if types and digest not in self._sought and types_hash(types) == digest:
            self._sought[digest] = frozenset(types)

    def _end(self, attempt: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> None:
        names = ("provider", "model", "region", "external", "policy", "kind")
        self._sent.setdefault(SentTo(*(attempt[name] for name in names)), SentSum()).add(attempt, outcome)
        for claim in self._claims:
            claim.take(attempt, outcome)

    def report(self, chain: Report, trust: Trust, pruned: int) -> PeriodReport:
        """Return what was counted, once all has passed."""
        for attempt in self._open.values():
            try:
                self._end(attempt, None)
            except (KeyError, TypeError, AttributeError):
                self._unread += 1
        vouched = max([chain.signed, *(seq for seq, _ in trust.heads)])
        problem = self._problem(chain)
        gaps = [why for why in (_unsigned(trust), self._beginning(pruned), self._ending(vouched)) if why]
        return PeriodReport(
            period=self._period,
            chain=chain,
            begins=self._begins,
            ends=self._ends if self._begins else "",
            pruned=pruned,
            first=self._first,
            last=self._last,
            after=self._after,
            vouched=vouched,
            heads=tuple(trust.heads),
            open_before=len(self._open_before),
            sent=tuple(sorted(self._sent.items(), key=lambda one: [*map(str, astuple(one[0]))])),
            refusals={code: self._refusals[code] for code in sorted(self._refusals, key=str)},
            claims=tuple(claim.settle(problem, gaps, self._sought) for claim in self._claims),
        )

    def _problem(self, chain: Report) -> str:
        """Say why nothing follows from the record, "" if it is as it was written."""
        if chain.count:
            return f"the record is not as it was written ({chain.problems[0].what}), so nothing follows from it"
        if self._unread:
            return f"{self._unread:,} of its entries cannot be read: they were written by another version"
        return ""

    def _beginning(self, pruned: int) -> str:
        """Say what the record does not have of the period's beginning."""
        if self._begins and self._begins <= self._period.since:
            return ""
        if not self._begins:
            return "the record has no entry"
        cause = f"entries up to {pruned:,} were pruned, and what is left" if pruned else "the record"
        begins = f"{cause} begins at {_moment(self._begins, after=True)} (UTC)"
        return f"{begins}, after the period's beginning: of what was before it says nothing"

    def _ending(self, vouched: int) -> str:
        """Say what nobody vouches for of the period's end: what follows a signed head can be cut off unseen."""
        if not self._after:
            return "no entry is later than the period's end: it is not over, or the record's end was cut off"
        if vouched < self._after:
            signed = f"the last signed head is that of entry {vouched:,}" if vouched else "no head is signed"
            return f"{signed}, and the period's end needs one from entry {self._after:,} on"
        return ""


def _finite(amount: float) -> float:
    if not math.isfinite(amount):
        raise ValueError
    return amount


def _unsigned(trust: Trust) -> str:
    if trust.keys or trust.heads:
        return ""
    return "no key was given that signs the record: who may write to the database could have made it anew"


def _moment(time: str, *, after: bool = False) -> str:
    """Write a time of the record to the second: that before it, or that after it."""
    moment = datetime.fromisoformat(time)
    more = timedelta(seconds=1) if after and moment.microsecond else timedelta()
    return f"{moment.replace(microsecond=0) + more:%Y-%m-%d %H:%M:%S}"
