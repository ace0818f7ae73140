"""No text comes into the record: what is no identifier, name, hash or count is refused or hashed."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import RecordError
from backend.record.chain import START, canonical_json, link, link_hash
from backend.record.entries import Outcome
from tests.record import attempt, outcome, refusal

TEXT = "Mr. John Smith, born 1970,\nhas diabetes."
TIME = "2026-11-25T10:00:00.000000Z"


@pytest.mark.parametrize("field", ["policy", "prompt", "schema", "model_version"])
@pytest.mark.parametrize("value", [TEXT, "John Smith", "a" * 129, "é", 12, None])
def test_a_hash_is_a_hash(field, value):
    with pytest.raises(RecordError, match=f"entry's {field} does not fit") as caught:
        attempt(**{field: value})
    assert "John" not in caught.value.reason


@pytest.mark.parametrize("field", ["rule", "provider", "model", "region"])
@pytest.mark.parametrize("value", [TEXT, "a" * 201, "\x00", "a\u2028b", "\ud800", 12, None])
def test_a_name_is_short_and_of_one_line(field, value):
    with pytest.raises(RecordError, match=f"entry's {field} does not fit"):
        attempt(**{field: value})


@pytest.mark.parametrize("value", [{TEXT: 1}, {"PERSON": "John"}, {"PERSON": -1}, {"PERSON": True}, {"PERSON": 1.5}])
def test_entities_are_types_and_counts(value):
    with pytest.raises(RecordError, match="entities"):
        attempt(entities=value)


@pytest.mark.parametrize("value", [-1, True, 1.0, "1", 2**53, None])
def test_a_count_is_a_count(value):
    with pytest.raises(RecordError, match="bytes_out"):
        attempt(bytes_out=value)
    with pytest.raises(RecordError, match="tokens_in"):
        outcome(1, tokens_in=value)


@pytest.mark.parametrize("value", [-1, True, 1.5, "1"])
def test_days_are_a_count_or_none(value):
    with pytest.raises(RecordError, match="keep_days"):
        attempt(keep_days=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1])
def test_a_cost_is_an_amount(value):
    with pytest.raises(RecordError, match="cost_usd"):
        outcome(1, cost_usd=value)


@pytest.mark.parametrize("given", [{"outcome": TEXT}, {"code": TEXT}, {"code": "a b"}, {"code": None}])
def test_an_outcome_is_told_by_words(given):
    with pytest.raises(RecordError):
        outcome(1, **given)
    if "code" in given:
        with pytest.raises(RecordError, match="code"):
            refusal(1, **given)


@given(st.text())
def test_a_clients_identifier_is_kept_if_it_is_one_and_hashed_if_it_may_be_text(value):
    for kept in (attempt(project=value).project, attempt(task=value or 1).task, refusal(project=value).project):
        assert re.fullmatch(r"[\w.:/-]{0,64}", kept, re.ASCII)
    assert attempt(project=value).project == attempt(project=value).project


def test_numbers_and_names_of_projects_are_kept():
    assert [attempt(project=name).project for name in ("12", "12.1700000000", "", "team-a/12")] == [
        "12",
        "12.1700000000",
        "",
        "team-a/12",
    ]
    assert attempt(project=TEXT).project.startswith("sha256:")


@pytest.mark.parametrize("entry", [attempt(1), refusal(2), outcome(1), outcome(1, cost_usd=None)])
def test_what_is_kept_is_what_is_hashed(entry):
    made = link(START, 3, TIME, entry)
    assert made.body.isascii()
    assert canonical_json(json.loads(made.body)) == made.body
    assert made.hash == link_hash(START, made.body)
    assert json.loads(made.body).items() >= {"seq": 3, "time": TIME, "kind": entry.kind}.items()


def test_a_rule_in_any_language_is_kept():
    rule = "Психиатрия остаётся здесь 🏥"
    assert json.loads(link(START, 1, TIME, attempt(rule=rule)).body)["rule"] == rule


def test_the_hash_is_what_the_documentation_says():
    """An auditor may compute it with other tools: printf '%s%s' HASH_BEFORE BODY | sha256sum."""
    assert link_hash(START, '{"a":1}') == "fc6cee09194dd2578bd7664604fcb72a539066fd34544cea0009c43eb6cdc289"


def test_an_outcome_has_no_field_for_text():
    assert set(Outcome.__dataclass_fields__) - {"kind"} == {
        "attempt",
        "outcome",
        "code",
        "bytes_in",
        "tokens_in",
        "tokens_out",
        "cost_usd",
    }
