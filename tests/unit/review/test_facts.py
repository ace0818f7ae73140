"""What became of a prediction, told without its text."""

import hashlib
import json
from typing import Any

import pytest

from backend.review.facts import compare, facts_of
from tests.unit.review.conftest import CANARY, choice, span


def digest(said):
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def verdict(before, after, **said):
    return compare(facts_of(before, digest), facts_of(after, digest), **said).verdict


def done(before, after, **said):
    """Return how often each thing was done."""
    changes = compare(facts_of(before, digest), facts_of(after, digest), **said).changes
    counts: dict[str, int] = {}
    for change, count in changes.items():
        counts[change.how] = counts.get(change.how, 0) + count
    return counts


SPANS = [span("PER", 0, 5, "a"), span("ORG", 9, 12, "b")]


@pytest.mark.parametrize(
    ("before", "after", "expected", "how"),
    [
        ([choice("Good")], [choice("Good", "x")], "kept", {"kept": 1}),
        ([choice("Good")], [choice("Bad")], "changed", {"changed": 1}),
        ([choice("Good")], [], "thrown", {"removed": 1}),
        ([], [], "kept", {}),
        ([], [choice("Good")], "changed", {"added": 1}),
        (SPANS, SPANS[::-1], "kept", {"kept": 2}),
        (SPANS, [SPANS[0]], "changed", {"kept": 1, "removed": 1}),
        (SPANS, [SPANS[0], span("PER", 9, 12, "z")], "changed", {"kept": 1, "changed": 1}),
        (SPANS, [SPANS[0], span("ORG", 9, 14, "b")], "changed", {"kept": 1, "moved": 1}),
        (SPANS, [*SPANS, span("PER", 20, 22, "n")], "changed", {"kept": 2, "added": 1}),
        (SPANS, [span("PER", 30, 32, "n")], "thrown", {"removed": 2, "added": 1}),
    ],
)
def test_what_became_of_a_prediction(before, after, expected, how):
    assert verdict(before, after) == expected
    assert done(before, after) == how


def test_a_skipped_task_throws_its_prediction_away():
    assert verdict(SPANS, SPANS, cancelled=True) == "thrown"
    assert done(SPANS, SPANS, cancelled=True) == {"removed": 2}


def test_what_the_editor_adds_changes_nothing():
    before = [{**SPANS[0], "value": {"start": 0, "end": 5, "labels": ["PER"]}, "score": 0.9}]
    after = [{**SPANS[0], "origin": "prediction", "meta": {"text": [CANARY]}}]
    assert verdict(before, after) == "kept"
    offsets = {"globalOffsets": {"start": 3, "end": 7}, "hypertextlabels": ["A"]}
    html = {"id": "h", "from_name": "h", "to_name": "t", "type": "hypertextlabels"}
    given = {**html, "value": {"start": "", "end": "", "startOffset": 0, "endOffset": 0, **offsets}}
    edited: dict[str, Any] = {
        **html,
        "value": {"start": "/p[1]", "end": "/p[1]", "startOffset": 3, "endOffset": 7, **offsets},
    }
    assert verdict([given], [{**edited, "value": {**edited["value"], "text": CANARY}}]) == "kept"
    several = {**choice("Good"), "value": {"choices": ["a", "b"]}}
    assert verdict([several], [{**several, "value": {"choices": ["b", "a"]}}]) == "kept"


def test_a_text_that_was_edited_is_changed():
    text = {"id": "t", "from_name": "summary", "to_name": "text", "type": "textarea", "value": {"text": ["one"]}}
    assert verdict([text], [{**text, "value": {"text": "one"}}]) == "kept"
    assert done([text], [{**text, "value": {"text": ["two"]}}]) == {"changed": 1}


def test_relations_are_known_by_their_ends():
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["of"]}
    assert verdict([*SPANS, relation], [*SPANS, relation]) == "kept"
    assert verdict([*SPANS, relation], [*SPANS, {**relation, "to_id": "c"}]) == "changed"


def test_no_text_stands_in_facts():
    facts = facts_of([{**choice(CANARY), "value": {"choices": [CANARY], "note": CANARY}}, *SPANS], digest)
    assert CANARY not in repr(facts)


@pytest.mark.parametrize(
    "odd", [{}, {"type": 1}, {"type": "choices", "value": []}, {"type": "x", "value": {"start": {}}}]
)
def test_odd_regions_are_left_out_or_stand_for_themselves(odd):
    assert verdict([odd], [odd]) == "kept"


def test_many_regions_are_compared_in_proportion():
    many = [span("PER", number, number + 1, f"a{number}") for number in range(20_000)]
    facts = facts_of(many, digest)
    assert len(facts) == 5_000
    moved = facts_of([span("ORG", number + 30_000, number + 30_001, f"b{number}") for number in range(5_000)], digest)
    assert compare(facts, moved).verdict == "thrown"
