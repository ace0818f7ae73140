"""Whatever is done to a record is found, and where; what nobody touched is good."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from backend.errors import RecordError
from backend.record.chain import Link, Seal, link
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.sources import RecordSource, export_record, exported, stored
from backend.record.tables import PART, TIP, Heads, append
from backend.record.verify import RecordProblem, Report, Trust, verify_record
from backend.store import open_store, writing
from tests.record import attempt, outcome
from tests.tampering import TAMPERINGS, read, remove_seals, rewrite, write, write_tip
from tests.unit.record.conftest import HEADS_EVERY, SENDINGS, fill

ENTRIES = 3 * SENDINGS + 1
POSITIONS = {"first": 0, "middle": ENTRIES // 2, "at a signed head": 2 * HEADS_EVERY - 1, "last": ENTRIES - 1}
KEY = Signer(Ed25519PrivateKey.generate())


def report(engine, trust: Trust | None = None) -> Report:
    with stored(engine) as source:
        return verify_record(source, trust)


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for seq in range(1, length + 1):
        before = links[-1].hash if links else "0" * 64
        entry = outcome(seq - 1) if seq % 2 == 0 else attempt(seq)
        links.append(link(before, seq, f"2026-11-25T10:00:00.{seq:06}Z", entry))
    return links


CHAIN = chain(40)


def source(links: list[Link], tip: Link | None = None, seals: tuple[Seal, ...] = ()) -> RecordSource:
    last = tip or CHAIN[-1]
    return RecordSource(iter(links), seals, (last.seq, last.hash))


def test_an_untouched_record_is_good(written, signer):
    found = report(written, Trust((signer.public,), heads_every=HEADS_EVERY))
    assert found.problems == ()
    assert (found.entries, found.first, found.last, found.signed) == (ENTRIES, 1, ENTRIES, ENTRIES)
    assert (found.attempts, found.unknown, found.refusals) == (SENDINGS + 1, 1, SENDINGS)


def test_an_empty_record_is_good(engine):
    Record.open(engine).close()
    assert report(engine).problems == ()
    assert report(engine).entries == 0


def test_no_record_is_no_good_record(engine):
    with pytest.raises(RecordError, match="no record"):
        report(engine)


@pytest.mark.parametrize("place", POSITIONS)
@pytest.mark.parametrize("kind", TAMPERINGS)
def test_tampering_with_an_entry_is_found(written, kind, place):
    tampered = TAMPERINGS[kind](read(written), POSITIONS[place])
    write(written, tampered)
    assert report(written).problems


@given(kind=st.sampled_from(sorted(TAMPERINGS)), at=st.integers(0, len(CHAIN) - 1))
def test_tampering_is_found_where_it_was_done(kind, at):
    tampered = TAMPERINGS[kind](CHAIN, at)
    problems = verify_record(source(tampered)).problems
    touched = [one.seq for one, now in zip(CHAIN, tampered, strict=False) if one != now] or [len(tampered)]
    assert touched[0] <= problems[0].seq <= touched[0] + 1


@given(at=st.integers(0, len(CHAIN) - 1))
def test_one_changed_entry_is_one_problem(at):
    found = verify_record(source(TAMPERINGS["a field changed"](CHAIN, at)))
    assert [problem.seq for problem in found.problems] == [at + 1]


@given(at=st.integers(0, len(CHAIN) - 1), other=st.text(max_size=8))
def test_any_other_body_is_found(at, other):
    body = CHAIN[at].body[:at] + other + CHAIN[at].body[at + len(other) + 1 :]
    if body != CHAIN[at].body:
        links = [*CHAIN[:at], replace(CHAIN[at], body=body), *CHAIN[at + 1 :]]
        assert [problem.seq for problem in verify_record(source(links)).problems][:1] == [at + 1]


@given(st.permutations(range(8)))
def test_any_other_order_is_found(order):
    links = CHAIN[:8]
    moved = [replace(links[index], seq=seq) for seq, index in enumerate(order, 1)]
    problems = verify_record(source(moved, tip=links[-1])).problems
    assert bool(problems) == (moved != links)


@given(st.sets(st.integers(0, len(CHAIN) - 1), min_size=1))
def test_any_removal_is_found(gone):
    left = [link for index, link in enumerate(CHAIN) if index not in gone]
    found = verify_record(source(left))
    assert found.problems[0].seq == min(gone) + 1


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        b"bytes",
        "[]",
        '{"seq":1}',
        "{" * 10_000,
        '{"kind":"outcome","seq":4,"time":"","attempt":[]}',
        '{"kind":[],"seq":1,"time":""}',
    ],
)
def test_what_is_no_entry_is_found(broken):
    links = [*CHAIN[:3], replace(CHAIN[3], body=broken), *CHAIN[4:]]
    assert [problem.seq for problem in verify_record(source(links)).problems] == [4]


def test_the_rest_of_the_record_is_removed(written):
    write(written, read(written)[:50])
    assert report(written).problems[0].what == f"entries 51 to {ENTRIES} are missing at the end"


def test_all_entries_are_removed(written):
    write(written, [])
    assert report(written).problems[0].seq == 1


def test_the_tip_is_removed(written):
    with writing(written, PART) as connection:
        connection.execute(delete(TIP))
    assert report(written).problems
    with pytest.raises(RecordError, match="verify"):
        Record.open(written)


def test_the_end_is_cut_off_and_the_tip_rewritten(written, signer):
    last = read(written)[ENTRIES - 2]
    write(written, read(written)[: ENTRIES - 1])
    write_tip(written, last)
    assert [problem.seq for problem in report(written).problems] == [ENTRIES], "a signed head stands for it"
    noted = (ENTRIES, "0" * 64)
    remove_seals(written, 0)
    assert report(written).problems == (), "nothing in the database shows it"
    assert [problem.seq for problem in report(written, Trust(heads=(noted,))).problems] == [ENTRIES]


@pytest.mark.parametrize("place", POSITIONS)
def test_a_chain_made_anew_is_found_by_its_heads(written, signer, place):
    made = rewrite(read(written), POSITIONS[place])
    noted = read(written)[-1]
    write(written, made)
    write_tip(written, made[-1])
    trust = Trust((signer.public,), heads_every=HEADS_EVERY)
    assert report(written, trust).problems[0].seq >= POSITIONS[place] + 1
    remove_seals(written, 0)
    assert report(written).problems == (), "whoever knows nothing from elsewhere cannot see it"
    assert report(written, trust).problems, "signed heads are missing"
    assert report(written, Trust(heads=((noted.seq, noted.hash),))).problems


def test_a_head_that_somebody_else_signed_is_found(written, signer):
    other = Signer(Ed25519PrivateKey.generate())
    remove_seals(written, 0)
    made = rewrite(read(written), 0)
    write(written, made)
    write_tip(written, made[-1])
    with writing(written, PART) as connection:
        append(connection, [attempt()], Heads(other, every=1))
    problems = report(written, Trust((signer.public,))).problems
    assert f"signed by key {other.public.name}" in problems[0].what


def test_a_head_whose_signature_was_changed_is_found():
    head = Seal.by(KEY, "head", 20, CHAIN[19].hash)
    for signature in ("0" * 128, head.signature[:-2], "no hex", ""):
        forged = replace(head, signature=signature)
        found = verify_record(source(CHAIN, seals=(forged,)), Trust((KEY.public,)))
        assert [problem.seq for problem in found.problems] == [20]


def test_a_signature_stands_for_one_place_and_one_kind():
    head = Seal.by(KEY, "head", 20, CHAIN[19].hash)
    assert head.is_good(KEY.public)
    assert not replace(head, seq=21).is_good(KEY.public)
    assert not replace(head, hash=CHAIN[0].hash).is_good(KEY.public)
    assert not replace(head, kind="checkpoint").is_good(KEY.public)


def test_the_beginning_is_removed_behind_a_checkpoint_that_is_none(written, signer):
    head = next(seal for seal in _seals(written) if seal.seq == 2 * HEADS_EVERY)
    write(written, read(written)[2 * HEADS_EVERY :])
    with stored(written) as opened:
        forged = replace(head, kind="checkpoint")
        found = verify_record(RecordSource(opened.links, (*opened.seals, forged), opened.tip), Trust((signer.public,)))
    assert f"the signature of the checkpoint at entry {2 * HEADS_EVERY} is not good" in [p.what for p in found.problems]


def _seals(engine) -> tuple[Seal, ...]:
    with stored(engine) as opened:
        return opened.seals


def test_what_is_put_among_the_heads_is_found():
    head = Seal.by(KEY, "head", 20, CHAIN[19].hash)
    others: tuple[dict[str, Any], ...] = ({"seq": "20"}, {"seq": None}, {"key": []}, {"signature": None}, {"hash": 7})
    for other in others:
        forged = replace(head, **other)
        assert verify_record(source(CHAIN, seals=(forged,)), Trust((KEY.public,))).problems


@pytest.mark.parametrize("tip", [("40", CHAIN[-1].hash), (None, ""), (40, None)])
def test_a_tip_that_is_none_is_found(tip):
    assert verify_record(RecordSource(iter(CHAIN), (), tip)).problems


def test_many_problems_are_counted_and_some_told():
    links = [replace(one, hash="0" * 64) for one in chain(300)]
    found = verify_record(source(links))
    assert len(found.problems) == 100
    assert found.count >= 300


def test_the_file_that_was_exported_is_checked_likewise(tmp_path, signer):
    engine = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    fill(engine, signer)
    file = tmp_path / "record.jsonl"
    with file.open("w") as out, stored(engine) as opened:
        export_record(opened, out)
    trust = Trust((signer.public,), heads_every=HEADS_EVERY)
    lines = file.read_text().splitlines(keepends=True)

    def found(*changed: str) -> tuple[RecordProblem, ...]:
        file.write_text("".join(changed))
        with exported(file) as opened:
            return verify_record(opened, trust).problems

    assert found(*lines) == ()
    assert found(*lines[:-1])
    assert found(*lines[:5], *lines[6:])
    assert found(*lines[:5], lines[6], lines[5], *lines[7:])
    assert found(*lines[:5], lines[5], lines[5], *lines[6:])
    assert found(*lines[:5], lines[5].replace("answered", "failed"), *lines[6:])
    assert found(*lines, lines[-1])
    assert found(*lines, "\n")
    assert found(*lines[:5], "{}\n", *lines[6:])
    assert found(*lines[:-1], lines[-1][:40])
    assert found(lines[0].replace('"seq":10', '"seq":11'), *lines[1:])
    engine.dispose()
