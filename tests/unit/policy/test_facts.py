"""What is counted in a task, and what a decision leaves of its providers for what was found (P6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BlockedError
from backend.policy.facts import Facts, restrict, stretches
from backend.policy.types import Decision
from backend.privacy.types import Detection, Operator
from backend.providers import Provider

CLOUD = Provider("cloud", "openai", "m", external=True)
OURS = Provider("ours", "litellm", "m", external=False)
HERE = Provider("here", "embedded", "m", external=False)


def found(*kinds: str, score: float = 0.5) -> dict[str, list[Detection]]:
    """Return detections, each in a text of its own."""
    return {f"t{n}": [Detection(0, 3, kind, score)] for n, kind in enumerate(kinds)} | {"empty": []}


def decision(operators: dict[str, Operator], *providers: Provider, **rest: Any) -> Decision:
    return Decision("r", providers or (CLOUD, OURS, HERE), operators=operators, **rest)


BLOCK, LOCAL, KEPT_HERE = Operator("block"), Operator(local=True), Operator("keep", local=True)

LEFT = [
    # the operators, what is kept, what was found, who is left; None if nothing may be sent
    ({}, (), ["PERSON"], "cloud ours here"),
    ({"PERSON": LOCAL}, (), [], "cloud ours here"),
    ({"PERSON": LOCAL}, (), ["URL"], "cloud ours here"),
    ({"PERSON": LOCAL}, (), ["PERSON"], "ours here"),
    ({"PERSON": LOCAL}, (), ["URL", "PERSON"], "ours here"),
    ({"PERSON": KEPT_HERE}, ("PERSON",), ["PERSON"], "ours here"),
    ({"*": LOCAL}, (), ["PERSON"], "ours here"),
    ({"*": LOCAL, "PERSON": Operator("mask")}, (), ["PERSON"], "cloud ours here"),
    ({"*": LOCAL, "PERSON": Operator("mask")}, (), ["PERSON", "URL"], "ours here"),
    ({"*": LOCAL}, ("PERSON",), ["PERSON"], "cloud ours here"),
    ({"*": BLOCK}, ("PERSON",), ["PERSON"], "cloud ours here"),
    ({"PERSON": BLOCK}, (), ["URL"], "cloud ours here"),
    ({"PERSON": BLOCK}, (), ["PERSON"], None),
    ({"PERSON": BLOCK, "URL": LOCAL}, (), ["URL", "PERSON"], None),
    ({"*": BLOCK}, (), ["PERSON"], None),
    ({"*": BLOCK, "PERSON": Operator()}, (), ["PERSON"], "cloud ours here"),
    ({"*": BLOCK, "PERSON": LOCAL}, (), ["PERSON"], "ours here"),
]


@pytest.mark.parametrize(("operators", "keep", "kinds", "left"), LEFT)
def test_who_may_be_asked_about_what_was_found(operators, keep, kinds, left):
    whole = decision(operators, keep=frozenset(keep))
    if left is None:
        with pytest.raises(BlockedError):
            restrict(whole, found(*kinds))
    else:
        assert " ".join(provider.name for provider in restrict(whole, found(*kinds)).providers) == left


@pytest.mark.parametrize(("score", "is_blocked"), [(0.5, True), (0.51, True), (0.49, False)])
def test_what_is_below_the_threshold_was_not_found(score, is_blocked):
    for operator, providers in ((BLOCK, ()), (LOCAL, (CLOUD,))):
        whole = decision({"PERSON": operator}, *providers, threshold=0.5)
        if is_blocked:
            with pytest.raises(BlockedError):
                restrict(whole, found("PERSON", score=score))
        else:
            assert restrict(whole, found("PERSON", score=score)) is whole


def test_nothing_but_the_providers_changes():
    whole = decision({"PERSON": LOCAL}, withhold=frozenset({"x"}))
    left = restrict(whole, found("PERSON"))
    assert (left.withhold, left.operators, left.rule) == (whole.withhold, whole.operators, "r")
    assert restrict(whole, found("URL")) is whole


def test_the_reason_names_the_rule_and_the_type_and_what_to_do():
    with pytest.raises(BlockedError) as caught:
        restrict(decision({"*": BLOCK}), found("URL", "AGE"))
    assert caught.value.reason == (
        "rule 'r' lets no AGE pass - label this task by hand, or change its operator in the policy"
    )
    with pytest.raises(BlockedError) as caught:
        restrict(decision({"URL": LOCAL}, CLOUD), found("URL", "AGE"))
    assert caught.value.reason == (
        "rule 'r' lets no URL pass - it may not leave: name a self-hosted provider in the rule"
    )


KINDS = st.sampled_from(["PERSON", "URL", "AGE"])
OPERATORS = st.sampled_from([Operator(), Operator("mask"), LOCAL, KEPT_HERE, BLOCK])


@given(
    operators=st.dictionaries(KINDS | st.just("*"), OPERATORS),
    kinds=st.lists(KINDS, max_size=3),
    providers=st.permutations([CLOUD, OURS, HERE]).flatmap(lambda all_: st.integers(1, 3).map(lambda n: all_[:n])),
)
def test_p06_what_is_local_never_meets_an_external_provider(operators, kinds, providers):
    try:
        left = restrict(decision(operators, *providers), found(*kinds)).providers
    except BlockedError:
        return
    applied = [operators.get(kind, operators.get("*", Operator())) for kind in kinds]
    assert not any(operator.name == "block" for operator in applied)
    assert list(left) == [p for p in providers if p in left]
    if any(operator.local for operator in applied):
        assert not any(provider.external for provider in left)
        assert left
    else:
        assert list(left) == list(providers)


STRETCHES = [
    ([], []),
    ([(0, 5)], [(0, 5)]),
    ([(0, 5), (5, 9)], [(0, 5), (5, 9)]),
    ([(0, 5), (4, 9)], [(0, 5)]),
    ([(4, 9), (0, 5)], [(0, 5)]),
    ([(0, 9), (1, 2), (8, 12), (11, 13)], [(0, 9)]),
    ([(0, 9), (1, 2), (9, 12)], [(0, 9), (9, 12)]),
    ([(0, 5), (0, 5)], [(0, 5)]),
]


@pytest.mark.parametrize(("spans", "told"), STRETCHES)
def test_what_overlaps_is_one_stretch(spans, told):
    assert list(stretches([Detection(start, end, "PERSON", 0.5) for start, end in spans], "PERSON", 0.0)) == told


def test_stretches_are_of_a_type_and_a_score():
    own = [Detection(0, 2, "PERSON", 0.5), Detection(1, 4, "URL", 0.4), Detection(5, 7, "PERSON", 0.3)]
    assert list(stretches(own, "PERSON", 0.3)) == [(0, 2), (5, 7)]
    assert list(stretches(own, "PERSON", 0.31)) == [(0, 2)]
    assert list(stretches(own, "*", 0.0)) == [(0, 2), (5, 7)]
    assert list(stretches(own, "*", 0.4)) == [(0, 2)]
    assert list(stretches(own, "AGE", 0.0)) == []


def test_what_is_found_is_asked_when_a_rule_asks_first():
    asked: list[str] = []

    def texts() -> dict[str, str]:
        asked.append("texts")
        return {"a": "en", "b": "  ", "c": "xx"}

    def language(text: str) -> str:
        asked.append(text)
        return "" if text == "xx" else text

    facts = Facts({}, {}, texts, lambda: {}, language)
    assert asked == []
    assert (facts.characters, facts.characters) == (6, 6)
    assert asked == ["texts"]
    assert facts.languages == facts.languages == {"en", "unknown"}
    assert asked == ["texts", "texts", "en", "xx"]


def test_no_text_stands_in_its_repr():
    assert "canary" not in repr(Facts({"a": "canary"}, {"b": "canary"}, lambda: {}, lambda: {}, str))
