"""Pruning takes the oldest entries whose time is over, nothing else, and what stays can still be checked."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import RecordError
from backend.record.chain import START, Link, link, stamp
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.prune import find_cut, prune_record
from backend.record.sources import RecordSource, stored
from backend.record.tables import PART, Heads, append
from backend.record.verify import Trust, verify_record
from backend.store import writing
from tests.record import attempt, outcome, refusal
from tests.tampering import TAMPERINGS, read, write

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def fill(engine, signer, monkeypatch, *entries) -> None:
    """Write entries, each a pair of how many days ago and what."""
    with Record.open(engine, signer, heads_every=2), writing(engine, PART) as connection:
        for days, entry in entries:
            time = stamp(datetime.now(UTC) - timedelta(days=days))
            monkeypatch.setattr("backend.record.tables.now", lambda time=time: time)
            append(connection, [entry], Heads(signer, 2))
    monkeypatch.undo()


def report(engine, *keys):
    with stored(engine) as source:
        return verify_record(source, Trust(keys, heads_every=1000))


def test_what_is_over_goes_and_the_rest_is_good(engine, signer, monkeypatch):
    old = [(40, attempt(1, keep_days=30)), (40, outcome(1)), (35, refusal(2, keep_days=30))]
    fill(engine, signer, monkeypatch, *old, (20, attempt(3, keep_days=30)), (20, outcome(4)))
    before = read(engine)
    done = prune_record(engine, signer)
    assert (done.entries, done.through, done.hash) == (3, 3, before[2].hash)
    assert done.kept == "entry 4 is kept for 30 days"
    assert read(engine)[:2] == before[3:]
    found = report(engine, signer.public)
    assert found.problems == ()
    assert (found.first, found.last, found.entries) == (4, 6, 3)


def test_the_record_goes_on_after_pruning(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)), (40, outcome(1)))
    assert prune_record(engine, signer).entries == 2
    with Record.open(engine, signer) as record:
        assert record.begin(attempt(2)) == 4, "the third says that two were pruned"
    assert report(engine, signer.public).problems == ()


def test_what_has_no_days_is_kept_for_ever_and_all_after_it(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (9000, attempt(1)), (9000, outcome(1)), (9000, attempt(2, keep_days=1)))
    done = prune_record(engine, signer)
    assert done.entries == 0
    assert done.kept == f"entry 1 is kept for ever by rule {attempt().rule!r}"
    assert len(read(engine)) == 3


def test_an_outcome_stays_with_its_attempts_days(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)), (10, outcome(1)))
    assert prune_record(engine, signer).through == 1
    assert len(read(engine)) == 2


def test_pruning_again_takes_what_says_so_along(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)))
    prune_record(engine, signer)
    assert prune_record(engine, signer).entries == 0
    fill(engine, signer, monkeypatch, (0, attempt(2, keep_days=0)))
    done = prune_record(engine, signer)
    assert (done.entries, done.through) == (2, 3)
    found = report(engine, signer.public)
    assert (found.problems, found.entries, found.first) == ((), 1, 4)


def test_who_cannot_sign_cannot_prune_unseen(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)), (1, attempt(2)))
    prune_record(engine, Signer(Ed25519PrivateKey.generate()), [signer.public])
    assert "checkpoint" in report(engine, signer.public).problems[0].what


def test_more_cannot_be_removed_after_pruning(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)), (1, attempt(2)), (1, attempt(3)))
    prune_record(engine, signer)
    write(engine, read(engine)[1:])
    assert report(engine, signer.public).problems[0].what == "entry 2 is missing"


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_a_checkpoint_does_not_hide_tampering(engine, signer, monkeypatch, kind):
    fill(engine, signer, monkeypatch, *[(40, attempt(task, keep_days=30)) for task in range(6)])
    write(engine, TAMPERINGS[kind](read(engine), 2))
    left = len(read(engine))
    with pytest.raises(RecordError, match="nothing was pruned"):
        prune_record(engine, signer)
    assert len(read(engine)) == left


def test_a_head_noted_before_pruning_can_be_held_against_the_checkpoint(engine, signer, monkeypatch):
    fill(engine, signer, monkeypatch, (40, attempt(1, keep_days=30)), (1, attempt(2)))
    done = prune_record(engine, signer)
    with stored(engine) as source:
        assert verify_record(source, Trust(heads=((done.through, done.hash),))).problems == ()
    with stored(engine) as source:
        assert verify_record(source, Trust(heads=((done.through, START),))).problems


@given(st.lists(st.tuples(st.integers(0, 50), st.none() | st.integers(0, 50)), max_size=12))
def test_nothing_goes_before_its_time(given):
    links: list[Link] = []
    for seq, (days, keep) in enumerate(sorted(given, key=lambda each: -each[0]), 1):
        before = links[-1].hash if links else START
        links.append(link(before, seq, stamp(NOW - timedelta(days=days)), attempt(seq, keep_days=keep)))
    over = [keep is not None and days >= keep for days, keep in sorted(given, key=lambda each: -each[0])]
    expected = over.index(False) if False in over else len(over)
    cut = find_cut(RecordSource(iter(links), (), None), NOW)
    assert cut.through == cut.entries == expected
    assert bool(cut.kept) == (expected < len(over))
