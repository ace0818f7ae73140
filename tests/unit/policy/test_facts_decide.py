"""What is found in a task is counted, and decides who may be asked about it."""

import pytest

from backend.errors import BlockedError
from backend.policy.facts import Facts, restrict, stretches
from backend.policy.types import Decision
from backend.privacy.types import Detection, Operator
from backend.providers import Provider

VENDOR = Provider("vendor", "openai", "m", external=True)
OWN = Provider("own", "embedded", "m", external=False)
OTHER = Provider("other", "litellm", "ollama/m", external=False)
LOCAL = Operator(local=True)
BLOCK = Operator("block")


def found(*kinds: str, score: float = 0.9) -> dict[str, list[Detection]]:
    return {"text": [Detection(10 * n, 10 * n + 5, kind, score) for n, kind in enumerate(kinds)]}


def names(decision: Decision) -> list[str]:
    return [provider.name for provider in decision.providers]


def decision(providers=(VENDOR, OWN, OTHER), **settings) -> Decision:
    return Decision("mine", providers, **settings)


@pytest.mark.parametrize(
    ("operators", "kinds", "allowed"),
    [
        ({}, ["PERSON"], ["vendor", "own", "other"]),
        ({"PERSON": LOCAL}, ["PERSON"], ["own", "other"]),
        ({"PERSON": LOCAL}, ["AGE"], ["vendor", "own", "other"]),
        ({"PERSON": LOCAL}, [], ["vendor", "own", "other"]),
        ({"PERSON": LOCAL}, ["AGE", "PERSON"], ["own", "other"]),
        ({"*": LOCAL}, ["AGE"], ["own", "other"]),
        ({"*": LOCAL, "AGE": Operator()}, ["AGE"], ["vendor", "own", "other"]),
        ({"*": BLOCK, "AGE": LOCAL}, ["AGE"], ["own", "other"]),
        ({"PERSON": Operator("keep", local=True)}, ["PERSON"], ["own", "other"]),
    ],
)
def test_who_may_be_asked(operators, kinds, allowed):
    assert names(restrict(decision(operators=operators), found(*kinds))) == allowed


def test_what_is_kept_goes_anywhere_unless_its_own_operator_says_else():
    assert names(restrict(decision(operators={"*": LOCAL}, keep=frozenset({"AGE"})), found("AGE"))) == [
        "vendor",
        "own",
        "other",
    ]
    kept = decision(operators={"AGE": LOCAL}, keep=frozenset({"AGE"}))
    assert names(restrict(kept, found("AGE"))) == ["own", "other"]


def test_what_is_blocked_says_which_rule_what_and_what_to_do():
    with pytest.raises(BlockedError) as caught:
        restrict(decision(operators={"AGE": BLOCK, "ZIP_CODE": LOCAL}), found("PERSON", "ZIP_CODE", "AGE"))
    assert caught.value.reason == (
        "rule 'mine' lets no AGE pass - label this task by hand, or change its operator in the policy"
    )


def test_what_is_local_is_blocked_where_nobody_is_self_hosted():
    with pytest.raises(BlockedError) as caught:
        restrict(decision((VENDOR,), operators={"ZIP_CODE": LOCAL}), found("PERSON", "ZIP_CODE"))
    assert caught.value.reason == (
        "rule 'mine' lets no ZIP_CODE pass - it may not leave: name a self-hosted provider in the rule"
    )


def test_detections_from_the_threshold_on_count():
    bounded = decision(operators={"AGE": BLOCK}, threshold=0.5)
    assert names(restrict(bounded, found("AGE", score=0.49))) == ["vendor", "own", "other"]
    with pytest.raises(BlockedError):
        restrict(bounded, found("AGE", score=0.5))


def test_any_text_of_the_task_decides():
    texts = {"a": [], **found("PERSON"), "c": []}
    assert names(restrict(decision(operators={"PERSON": LOCAL}), texts)) == ["own", "other"]


def spans(*detections: Detection, entity_type: str = "*", score: float = 0.0) -> list[int]:
    return [start for start, _ in stretches(detections, entity_type, score)]


def test_what_overlaps_is_one_stretch():
    a, b, c = (Detection(start, end, "AGE", 0.9) for start, end in ((0, 10), (5, 8), (9, 12)))
    assert spans(a, b, c) == [0]
    assert spans(c, b, a) == [0]
    assert spans(a, Detection(10, 12, "AGE", 0.9)) == [0, 10]
    assert spans(a, Detection(11, 12, "AGE", 0.9)) == [0, 11]
    assert spans(a, b, Detection(9, 10, "AGE", 0.9)) == [0]


def test_a_stretch_is_of_its_type_and_score():
    low, high = Detection(0, 3, "AGE", 0.4), Detection(4, 6, "AGE", 0.5)
    other = Detection(7, 9, "PERSON", 0.9)
    assert spans(low, high, other, entity_type="AGE") == [0, 4]
    assert spans(low, high, other, score=0.5) == [4, 7]
    assert spans(other, low, entity_type="PERSON") == [7]
    assert spans(low, other, entity_type="PERSON") == [7]


def test_stretches_of_all_texts_are_counted():
    texts = {"a": found("AGE")["text"], "b": found("AGE", "PERSON")["text"]}
    facts = Facts({}, {}, lambda: {"a": "one", "b": " ", "c": "three"}, lambda: texts, lambda text: text[:2])
    assert (facts.count("AGE", 0), facts.count("*", 0), facts.count("ZIP_CODE", 0)) == (2, 3, 0)
    assert facts.characters == 9
    assert facts.languages == {"on", "th"}
