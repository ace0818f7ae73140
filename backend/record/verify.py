"""Whether a record is as it was written: what was changed, removed, inserted, moved or copied, and at which entry."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import RecordError
from backend.record.chain import FIRST_TIME, START, Link, Seal, link_hash
from backend.record.entries import BEGUN, KINDS
from backend.record.keys import PublicKey
from backend.record.sources import RecordSource
from backend.record.timestamps import Stamp, TimestampRoots
from backend.record.tokens import Token

SHOWN = 100
"""Problems that are told; more are counted."""


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """What is wrong, at which entry."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What an auditor knows that stands elsewhere than in the record.

    Args:
        keys: those that signed.
        heads: numbers and hashes of entries, noted earlier.
        heads_every: how many entries may be without a signed head at the end; None: any number.
        published: signed heads that another party has kept.
        roots: whose time stamps are trusted; None: they are not looked at.
    """

    keys: Sequence[PublicKey] = ()
    heads: Sequence[tuple[int, str]] = ()
    heads_every: int | None = None
    published: Sequence[Seal] = ()
    roots: TimestampRoots | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Args:
        entries: how many there are.
        first: the first one's number.
        last: the last one's number.
        hash: its hash; note it with the number, and a later record can be held against it.
        attempts: how many attempts there are.
        unknown: attempts without an outcome.
        refusals: what was not sent.
        views: how often somebody saw what was.
        signed: the last entry that a good signature stands for.
        problems: the first of them.
        count: how many problems there are.
        published: the last entry that a published head stands for.
        stamps: what good time stamps say, in order.
    """

    entries: int
    first: int
    last: int
    hash: str
    attempts: int
    unknown: int
    refusals: int
    views: int
    signed: int
    problems: tuple[RecordProblem, ...]
    count: int
    published: int = 0
    stamps: tuple[Stamp, ...] = ()


def verify_record(source: RecordSource, trust: Trust | None = None) -> Report:
    """Read a record from its beginning to its end and check all of it.

    Args:
        source: the record.
        trust: what is known from elsewhere. Without a key or a head, whoever may write to the database could have made
            the whole record anew.
    """
    walk = _Walk(source.seals, trust or Trust())
    walk.take_tokens(source.tokens)
    for link in source.links:
        walk.step(link)
    walk.end(source.tip)
    return walk.report()


class _Walk:
    """One way along a chain."""

    def __init__(self, seals: Iterable[Seal], trust: Trust) -> None:
        self._trust = trust
        self._problems: list[RecordProblem] = []
        self._count = 0
        self._known = {key.name: key for key in trust.keys}
        self._open: set[int] = set()
        self._kinds = dict.fromkeys(KINDS, 0)
        self._entries, self._first, self._signed, self._published, self._time = 0, 0, 0, 0, FIRST_TIME
        self._last, self._hash = 0, START
        self._before: tuple[str, ...] = (START,)
        self._expected: dict[int, list[tuple[str, str]]] = {}
        self._stamps: list[Stamp] = []
        self._heads: dict[int, Seal] = {}
        self._take([seal for seal in seals if self._is_seal(seal)])

    def _is_seal(self, seal: Seal) -> bool:
        """Say whether it may be one; what is none was put in by hand."""
        words = (seal.kind, seal.hash, seal.key, seal.signature)
        good = isinstance(seal.seq, int) and all(isinstance(word, str) for word in words)
        if not good:
            self._add(0, "something stands among the signed heads that is none")
        return good

    def _take(self, seals: Sequence[Seal]) -> None:
        """Check signatures, and note what they say of which entry."""
        start = max((seal for seal in seals if seal.kind == "checkpoint"), key=lambda seal: seal.seq, default=None)
        for seal in seals:
            good = self._is_good(seal, seal.kind)
            if seal.kind == "head":
                self._heads[seal.seq] = seal
                self._expected.setdefault(seal.seq, []).append((seal.hash, "its signed head"))
                self._signed = max(self._signed, seal.seq if good else 0)
        for seq, digest in self._trust.heads:
            self._expected.setdefault(seq, []).append((digest, "the head that was given"))
        self._take_published(start.seq if start else 0)
        if start:
            self._last, self._hash, self._before = start.seq, start.hash, (start.hash,)
            self._check_expected(start.seq, start.hash)

    def take_tokens(self, tokens: Iterable[Token]) -> None:
        """Check time stamps, each over its head."""
        for token in tokens if self._trust.roots else ():
            head = self._heads.get(token.seq)
            try:
                if self._trust.roots and head:
                    self._stamps.append(self._trust.roots.check(token, head))
                else:
                    self._add(0, f"the head at entry {token.seq} that a time stamp is over is not there")
            except RecordError as error:
                self._add(token.seq, error.reason)

    def _take_published(self, begin: int) -> None:
        """Note what published heads say; those before the record's beginning stand for what was pruned."""
        for head in self._trust.published:
            if (self._is_good(head, "published head") or not self._known) and head.seq >= begin:
                self._expected.setdefault(head.seq, []).append((head.hash, "a published head"))
                self._published = max(self._published, head.seq)
        if self._trust.published and not self._published:
            self._add(begin, "no published head stands for anything in this record")

    def _is_good(self, seal: Seal, what: str) -> bool:
        key = self._known.get(seal.key)
        if key and seal.is_good(key):
            return True
        if key:
            self._add(seal.seq, f"the signature of the {what} at entry {seal.seq} is not good")
        elif self._known:
            self._add(seal.seq, f"the {what} at entry {seal.seq} is signed by key {seal.key}, which was not given")
        return False

    def step(self, link: Link) -> None:
        """Check the next entry."""
        self._entries += 1
        if link.seq < 1:
            self._add(self._last + 1, f"what stands after entry {self._last} is no entry")
            return
        if link.seq <= self._last:
            self._add(link.seq, f"entry {link.seq} stands after entry {self._last}: inserted, moved or copied")
            return
        if link.seq > self._last + 1:
            self._add(self._last + 1, _missing(self._last + 1, link.seq - 1))
            self._before = ()
        self._check(link)
        self._first = self._first or link.seq
        self._last, self._hash = link.seq, link.hash

    def _check(self, link: Link) -> None:
        """Check an entry that stands where it may."""
        body = _read(link.body)
        hashes = [link_hash(before, link.body) for before in self._before] if body else []
        problem = None
        if body is None:
            problem = f"entry {link.seq} was changed: it is no entry any more"
        elif body["seq"] != link.seq:
            problem = f"entry {link.seq} was replaced: it says that it is entry {body['seq']}"
        elif hashes and link.hash not in hashes:
            problem = f"entry {link.seq} was changed, or entry {link.seq - 1} with its hash"
        elif body["time"] < self._time:
            problem = f"entry {link.seq} is older than the one before it"
        if problem:
            self._add(link.seq, problem)
        if body:
            self._time = max(self._time, body["time"])
            self._note(link.seq, body)
        self._check_expected(link.seq, link.hash)
        # After a change the next entry may follow what is kept or what should be: so it is not blamed for it.
        self._before = (link.hash, *hashes) if problem and isinstance(link.hash, str) else (link.hash,)

    def _note(self, seq: int, body: dict[str, Any]) -> None:
        kind = body["kind"]
        self._kinds[kind] += 1
        if kind in BEGUN:
            self._open.add(seq)
        elif kind == "outcome":
            self._open.discard(body.get("attempt", 0))

    def _check_expected(self, seq: int, digest: str) -> None:
        for expected, whose in self._expected.pop(seq, ()):
            if expected != digest:
                self._add(seq, f"entry {seq} has another hash than {whose}: it or what is before it was rewritten")

    def end(self, tip: tuple[int, str] | None) -> None:
        """Check where the record ends."""
        if tip is None or not isinstance(tip[0], int):
            self._add(self._last, "what says where the record ends was removed or changed")
        elif tip[0] > self._last:
            self._add(self._last + 1, f"{_missing(self._last + 1, tip[0])} at the end")
        elif tip[0] < self._last:
            self._add(tip[0] + 1, f"the record ended with entry {tip[0]}: what follows was inserted")
        elif tip[1] != self._hash:
            self._add(self._last, f"entry {self._last} has another hash than the end of the record")
        for seq, whose in ((seq, whose) for seq, said in self._expected.items() for _, whose in said):
            self._add(
                seq, f"entry {seq}, which {whose.removeprefix('its ')} stands for, is not there: removed or pruned"
            )
        unsigned, every = self._last - self._signed, self._trust.heads_every
        if self._known and every and unsigned >= every:
            what = f"the last {unsigned:,} entries have no signed head, though one is signed every {every:,}"
            self._add(self._signed + 1, f"{what}: rewritten, or written without the key")

    def _add(self, seq: int, what: str) -> None:
        self._count += 1
        if len(self._problems) < SHOWN:
            self._problems.append(RecordProblem(seq, what))

    def report(self) -> Report:
        """Return what was found."""
        return Report(
            entries=self._entries,
            first=self._first,
            last=self._last,
            hash=self._hash,
            attempts=sum(self._kinds[kind] for kind in BEGUN),
            unknown=len(self._open),
            refusals=self._kinds["refusal"],
            views=self._kinds["view"],
            signed=self._signed,
            problems=tuple(self._problems),
            count=self._count,
            published=self._published,
            stamps=tuple(self._stamps),
        )


def _read(body: object) -> dict[str, Any] | None:
    """Parse a body; None where it is none."""
    try:
        said = json.loads(body) if isinstance(body, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("kind") not in KINDS:
        return None
    numbers = (said.get("seq"), said.get("attempt", 0) if said["kind"] == "outcome" else 0)
    return said if all(isinstance(each, int) for each in numbers) and isinstance(said.get("time"), str) else None


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
