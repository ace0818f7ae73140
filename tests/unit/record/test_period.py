"""A period's report: a thousand records of worlds in which it is known what happened, and what tampering does."""

import json
import random
from collections import Counter

import pytest

from backend.record.claims import MOST_LISTED, ClaimForm, ClaimTally
from backend.record.entries import values
from backend.record.period import Period, report_period
from backend.record.signed_report import period_json
from backend.record.verify import Trust
from tests.periods import PERIOD, SINCE, TYPES, UNTIL, make_world
from tests.record import attempt, outcome
from tests.tampering import TAMPERINGS, rewrite

WORLDS = 1000
FORMS = [ClaimForm(kind, to, held) for kind in TYPES for to in ("openai", "own", "") for held in ("text", "value")]


def stands(one, form):
    """Say whether what a sentence denies was so of a text, seen from outside."""
    return form.entity_type in (one.holds if form.held == "text" else one.readable)


def expected(world, form):
    """Return the verdict on a sentence and the entries that contradict it, by what happened."""
    left = [one for one in world.happened if one.seq >= world.links[0].seq]
    lists = {one.looked for one in left if one.lists}
    sent = [one for one in left if one.is_of_period_to(form.provider) and not (one.is_told and one.arrived is False)]
    against = [one for one in sent if stands(one, form) and form.entity_type in one.looked]
    blind = [one for one in sent if form.entity_type not in one.looked or one.looked not in lists]
    times = numbered(world)
    later = [seq for seq, time in times if time >= PERIOD.until]
    is_whole = times[0][1] <= PERIOD.since and later and max((one.seq for one in world.seals), default=0) >= later[0]
    if any(one.is_told and one.arrived for one in against):
        verdict = "contradicted"
    else:
        unsure = [one for one in blind if one not in against]
        verdict = "proven" if is_whole and not against and not unsure else "cannot be told"
    return verdict, [one.seq for one in against]


def numbered(world):
    return [(link.seq, json.loads(link.body)["time"]) for link in world.links]


def is_true(world, form):
    """Say whether nothing happened that a sentence denies, whatever stands in the record."""
    return not any(one.is_of_period_to(form.provider) and one.arrived and stands(one, form) for one in world.happened)


def report(world, signer, **other):
    return report_period(world.source(**other), Trust([signer.public]), PERIOD, FORMS)


def test_the_sentence_is_right_in_a_thousand_records(signer):
    seen: Counter[str] = Counter()
    for seed in range(WORLDS):
        world = make_world(seed, signer)
        found = report(world, signer)
        assert found.chain.count == 0, (seed, found.chain.problems)
        for claim in found.claims:
            said = (claim.verdict, [one.seq for one in claim.entries])
            assert said == expected(world, claim.form), (seed, claim)
            assert claim.verdict != "proven" or is_true(world, claim.form), (seed, claim)
            assert bool(claim.why) == (claim.verdict == "cannot be told"), (seed, claim)
            seen[claim.verdict] += 1
    assert min(seen[verdict] for verdict in ("proven", "contradicted", "cannot be told")) > WORLDS // 2, seen


def test_what_is_told_of_an_entry_is_what_happened(signer):
    for seed in range(100):
        world = make_world(seed, signer)
        happened = {one.seq: one for one in world.happened}
        for claim in report(world, signer).claims:
            for one in claim.entries:
                true = happened[one.seq]
                assert one.provider == true.provider
                assert one.reached == ("yes" if true.is_told and true.arrived else "possibly")
                assert one.outcome != "unknown" or not true.is_told


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_nothing_is_proven_by_a_record_that_was_tampered_with(signer, kind):
    tried = 0
    for seed in range(WORLDS // 5):
        world, place = make_world(seed, signer), random.Random(seed)
        if len(world.links) < 5 or world.links[0].seq > 1:
            continue
        links = TAMPERINGS[kind](world.links, place.randrange(1, len(world.links) - 1))
        tried += 1
        for claim in report(world, signer, links=links).claims:
            assert claim.verdict == "cannot be told", (seed, claim)
            assert "not as it was written" in claim.why[0]
    assert tried > WORLDS // 10


def without_heads(world, after):
    world.seals = [seal for seal in world.seals if seal.seq <= after]


def test_a_record_that_was_made_anew_from_a_breach_on_proves_nothing_false(signer):
    """Who may write to the database has no key: the heads after what was changed can only be removed."""
    tried = 0
    for seed in range(WORLDS):
        world = make_world(seed, signer)
        for form in (form for form in FORMS if not is_true(world, form)):
            first = (
                next(
                    at
                    for at, link in enumerate(world.links)
                    for one in world.happened
                    if one.seq == link.seq and one.is_of_period_to(form.provider) and one.arrived and stands(one, form)
                )
                if world.links[0].seq == 1
                else 0
            )
            if not first:
                continue
            tried += 1
            links = rewrite(world.links, first, entities={}, kept={}, beside={})
            without_heads(world, world.links[first].seq - 1)
            found = report(world, signer, links=links, tip=(links[-1].seq, links[-1].hash))
            assert found.chain.count == 0
            assert all(claim.verdict != "proven" for claim in found.claims), (seed, form)
            break
    assert tried > WORLDS // 10


def test_a_record_whose_end_was_cut_off_proves_nothing_false(signer):
    for seed in range(WORLDS):
        world, place = make_world(seed, signer), random.Random(seed)
        links = world.links[: place.randrange(1, len(world.links) + 1)]
        without_heads(world, links[-1].seq)
        found = report(world, signer, links=links, tip=(links[-1].seq, links[-1].hash))
        assert all(claim.verdict != "proven" or is_true(world, claim.form) for claim in found.claims), seed


def test_without_a_key_nothing_is_proven(signer):
    for seed in range(100):
        found = report_period(make_world(seed, signer).source(), Trust(), PERIOD, FORMS)
        assert all(claim.verdict != "proven" for claim in found.claims)


def test_a_head_that_was_noted_does_what_a_key_does(signer):
    for seed in range(100):
        world = make_world(seed, signer)
        trust = Trust(heads=[(world.links[-1].seq, world.links[-1].hash)])
        with_key = report(world, signer)
        if with_key.vouched == world.links[-1].seq:
            by_head = report_period(world.source(), trust, PERIOD, FORMS)
            assert [one.verdict for one in by_head.claims] == [one.verdict for one in with_key.claims]


def test_attempts_are_counted_where_they_belong(signer):
    for seed in range(200):
        world = make_world(seed, signer)
        found = report(world, signer)
        left = [one for one in world.happened if one.seq >= world.links[0].seq and SINCE <= one.time < UNTIL]
        counted = Counter({to.provider: 0 for to, _ in found.sent})
        for to, total in found.sent:
            counted[to.provider] += total.attempts
        assert counted == Counter(one.provider for one in left)
        if world.links[0].seq == 1:
            assert sum(found.refusals.values()) == world.refused


def test_of_a_period_no_more_is_held_than_is_open(signer):
    """What is listed is bounded; what is counted is not."""
    tally = ClaimTally(ClaimForm("PERSON", "openai", "text"))
    for seq in range(1, MOST_LISTED + 8):
        said = {**values(attempt()), "seq": seq, "time": "", "kind": "attempt"}
        tally.take(said, values(outcome(seq)))
    claim = tally.settle("", [], {})
    assert (len(claim.entries), claim.count) == (MOST_LISTED, MOST_LISTED + 7)


def test_a_period_in_words():
    assert PERIOD.words == "from 2026-11-01 until 2026-11-30 (UTC, both days included)"
    other = Period.between(SINCE.replace(hour=9, minute=13, second=5), UNTIL)
    assert other.words == "from 2026-11-01 09:13:05 until before 2026-12-01 00:00:00 (UTC)"


def test_the_json_of_the_same_record_is_the_same(signer):
    world = make_world(7, signer)
    assert period_json(report(world, signer), "") == period_json(report(world, signer), "")
