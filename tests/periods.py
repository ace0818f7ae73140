"""Worlds in which texts are sent, each with the record that was written of it, and what really happened.

What is true of a world is kept apart from what is written: tests hold what a report says of the record against it.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, update

from backend.record.chain import START, Link, Seal, link, stamp
from backend.record.entries import Attempt, Entry, Look, Pruned
from backend.record.keys import Signer
from backend.record.period import Period
from backend.record.sources import RecordSource
from backend.record.tables import ENTRIES, PART, SEALS, TIP
from backend.store import writing
from tests.record import attempt, outcome, refusal

TYPES = ("PERSON", "HEALTH", "IBAN_CODE")
PROVIDERS = {"openai": True, "mistral": True, "own": False}
FATES = ("answered", "refused", "failed", "wrong", "not sent", "open")
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
PERIOD = Period.between(SINCE, UNTIL)


@dataclass
class Rule:
    """How a rule sends texts.

    Attributes:
        looks: the types that are looked for; none where detection is off.
        keeps: those that are left alone.
    """

    looks: frozenset[str]
    keeps: frozenset[str]


@dataclass
class Happened:
    """A text that was, or may have been, sent.

    Attributes:
        seq: its entry.
        holds: the types that stand in it, whether anybody looks for them or not.
        readable: those that stand in it as they are, once it is sent.
        looked: the types that were looked for in it.
        arrived: yes; no; None: nobody can know.
        lists: whether its entry lists the types.
        is_told: whether it stands in the record how it ended.
    """

    seq: int
    time: datetime
    provider: str
    holds: frozenset[str]
    readable: frozenset[str]
    looked: frozenset[str]
    arrived: bool | None
    lists: bool = False
    is_told: bool = False

    def is_of_period_to(self, provider: str) -> bool:
        """Say whether it went to a provider, "" for all outside, in the period."""
        to = self.provider == provider if provider else PROVIDERS[self.provider]
        return to and SINCE <= self.time < UNTIL


@dataclass
class World:
    """What happened, and what was written of it."""

    links: list[Link] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    refused: int = 0

    def source(self, links: list[Link] | None = None, tip: tuple[int, str] | None = None) -> RecordSource:
        """Return the record, or another in its place that ends as this one does."""
        end = tip or (self.links[-1].seq, self.links[-1].hash)
        return RecordSource(iter(self.links if links is None else links), tuple(self.seals), end)


class _Maker:
    def __init__(self, seed: int, signer: Signer) -> None:
        self.random = random.Random(seed)
        self.signer = signer
        self.world = World()
        self.now = SINCE
        self.said: set[frozenset[str]] = set()
        self.open: list[tuple[Happened, dict[str, Any]]] = []
        self.risk = self.random.choice((0.0, 0.05, 0.4, 0.7))
        self.types = self.random.choice((frozenset({"PERSON"}), frozenset(TYPES)))
        self.rules = [self.rule() for _ in range(3)]

    def rule(self) -> Rule:
        if self.random.random() < self.risk / 3:
            return Rule(frozenset(), frozenset())
        looks = frozenset(TYPES) - ({"HEALTH"} if self.random.random() < self.risk else set())
        return Rule(looks, frozenset(kind for kind in sorted(looks) if self.random.random() < self.risk / 2))

    def write(self, entry: Entry) -> int:
        links = self.world.links
        before, seq = (links[-1].hash, links[-1].seq + 1) if links else (START, 1)
        links.append(link(before, seq, stamp(self.now), entry))
        return seq

    def seal(self) -> None:
        last = self.world.links[-1]
        if all(seal.seq != last.seq for seal in self.world.seals):
            self.world.seals.append(Seal.by(self.signer, "head", last.seq, last.hash))

    def step(self) -> None:
        """Let something happen."""
        what = self.random.random()
        if what < 0.6:
            self.send()
        elif what < 0.8 and self.open:
            self.end(self.open.pop(self.random.randrange(len(self.open))))
        elif what < 0.9:
            self.world.refused += SINCE <= self.now < UNTIL
            self.write(refusal(self.random.randrange(99), self.random.choice(("blocked", "no_rule"))))

    def send(self) -> None:
        rule, provider = self.random.choice(self.rules), self.random.choice(list(PROVIDERS))
        might = self.types if self.random.random() < (self.risk if PROVIDERS[provider] else 0.5) else frozenset()
        holds = frozenset(kind for kind in sorted(might) if self.random.random() < 0.5)
        others = {kind: self.random.randrange(1, 4) for kind in sorted(holds)}
        replaced = {kind: count for kind, count in others.items() if kind in rule.looks - rule.keeps}
        kept = {kind: count for kind, count in others.items() if kind in rule.looks & rule.keeps}
        beside = {kind: replaced.pop(kind) for kind in list(replaced) if self.random.random() < 0.2}
        about = {"provider": provider, "external": PROVIDERS[provider], "entities": replaced}
        made = attempt(self.random.randrange(99), **about, kept=kept, beside=beside, sought=tuple(sorted(rule.looks)))
        readable = holds - (rule.looks - rule.keeps)
        looked, lists = rule.looks, bool(rule.looks) and rule.looks not in self.said
        if provider == "own" and self.random.random() < 0.2:
            made, readable, looked, lists = self.look(about), holds, frozenset(), False
        elif not lists:
            made = attempt(int(made.task), **about, kept=kept, beside=beside, sought_hash=made.sought_hash)
        else:
            self.said.add(rule.looks)
        number = self.write(made)
        fate = self.random.choices(FATES, (12, 1, 1, 1, 1, 2))[0]
        arrived = {"answered": True, "refused": True, "wrong": True, "not sent": False}.get(fate)
        one = Happened(number, self.now, provider, holds, readable, looked, arrived, lists)
        self.world.happened.append(one)
        ends: dict[str, dict[str, Any]] = {
            "answered": {},
            "refused": {"outcome": "refused", "code": "provider_refusal", "bytes_in": 0, "tokens_in": 0},
            "failed": {"outcome": "failed", "code": "provider_down", "bytes_in": 0, "tokens_in": 0},
            "wrong": {"outcome": "failed", "code": "answer", "bytes_in": 12},
            "not sent": {"outcome": "failed", "code": "not_sent", "bytes_in": 0, "tokens_in": 0},
        }
        if fate != "open":
            self.open.append((one, ends[fate]))

    @staticmethod
    def look(about: dict[str, Any]) -> Attempt:
        given = {name: getattr(attempt(), name) for name in ("project", "task", "rule", "policy", "prompt", "schema")}
        return Look(
            **given, **(about | {"entities": {}}), model_version="v", model="m", region="", bytes_out=1, keep_days=None
        )

    def end(self, one: tuple[Happened, dict[str, Any]]) -> None:
        happened, how = one
        self.write(outcome(happened.seq, **how))
        happened.is_told = True

    def prune(self, count: int) -> None:
        """Remove the oldest entries, as `prune_record` does."""
        links, cut = self.world.links, self.world.links[count - 1]
        self.world.seals = [seal for seal in self.world.seals if seal.seq > cut.seq]
        self.world.seals.append(Seal.by(self.signer, "checkpoint", cut.seq, cut.hash))
        self.write(Pruned(through=cut.seq, hash=cut.hash, entries=count))
        del links[:count]


def make_world(seed: int, signer: Signer) -> World:
    """Let things happen before, in and after November 2026, and return what did."""
    maker = _Maker(seed, signer)
    chance = maker.random
    for days, least in ((-20, 0), (0, 4), (30, 0)):
        count = chance.choice((least, 8, 8, 15))
        moments = sorted(chance.uniform(0, 20 if days < 0 else 29.9) for _ in range(count))
        for moment in moments:
            maker.now = SINCE + timedelta(days=days + moment)
            maker.step()
            if chance.random() < 0.1 and maker.world.links:
                maker.seal()
    while maker.open and chance.random() < 0.9:
        maker.end(maker.open.pop())
    if not maker.world.links:
        maker.write(refusal())
    if chance.random() < 0.15 and len(maker.world.links) > 4:
        maker.prune(chance.randrange(1, len(maker.world.links) // 2))
    if chance.random() < 0.9:
        maker.seal()
    return maker.world


def keep_world(engine: Engine, world: World) -> None:
    """Put a world's record into a store."""
    links = [{"seq": one.seq, "body": one.body, "hash": one.hash} for one in world.links]
    seals = [{name: getattr(one, name) for name in ("kind", "seq", "hash", "key", "signature")} for one in world.seals]
    with writing(engine, PART) as connection:
        connection.execute(insert(ENTRIES), links)
        connection.execute(insert(SEALS), seals)
        connection.execute(update(TIP).values(seq=links[-1]["seq"], hash=links[-1]["hash"]))
