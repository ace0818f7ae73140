"""What the record is told of texts that are sent: what stands in them, what was looked for, and when nobody knows."""

import re

import pytest

from backend.privacy.redact import Redactor
from backend.privacy.types import Detection
from backend.record.claims import ClaimForm, ClaimTally
from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests.parts import SENTIMENT, build_engine, predict_body, provider, serving, write_policy
from tests.standin import StandIn

KINDS = ("HEALTH", "ORGANIZATION", "PERSON")
FORMS = {"Ann": "PERSON", "Acme": "ORGANIZATION", "asthma": "HEALTH"}
TEXT = "Ann of Acme has asthma, and she says that all is well with her."


def found(text):
    return [
        Detection(match.start(), match.end(), kind, 0.9)
        for word, kind in FORMS.items()
        for match in re.finditer(word, text)
    ]


def told(folder, text=TEXT, detect=found, external=True, **rule):
    """Return the entry of an attempt to send a text under a rule."""
    with StandIn() as standin:
        rules = [{"name": "all", "match": "everything", "providers": ["one"], **rule}]
        policy = write_policy(folder, {"one": provider(standin.address, external=external)}, rules)
        with serving(build_engine(policy, Redactor(detect, KINDS))) as client:
            assert client.post("/predict", json=predict_body(SENTIMENT, text)).json()["results"][0]
    (one,) = sendings(open_store(f"sqlite:///{folder / 'state.db'}"), Wanted())
    return one


def proven(one, kind, held):
    tally = ClaimTally(ClaimForm(kind, "one", held))
    tally.take(one.attempt, one.outcome)
    lists = {one.attempt.get("sought_hash", ""): frozenset(one.attempt.get("sought", ()))}
    return tally.settle("", [], lists).verdict


def test_what_is_replaced_was_found_and_does_not_stand_there(tmp_path):
    one = told(tmp_path)
    assert one.attempt["entities"] == {"HEALTH": 1, "ORGANIZATION": 1, "PERSON": 1}
    assert "kept" not in one.attempt
    assert one.attempt["sought"] == sorted(KINDS)
    assert proven(one, "PERSON", "text") == "contradicted"
    assert proven(one, "PERSON", "value") == "proven"


@pytest.mark.parametrize("rule", [{"keep": ["HEALTH"]}, {"operators": {"HEALTH": "keep"}}])
def test_what_a_rule_keeps_stands_there(tmp_path, rule):
    one = told(tmp_path, **rule)
    assert one.attempt["entities"] == {"ORGANIZATION": 1, "PERSON": 1}
    assert one.attempt["kept"] == {"HEALTH": 1}
    assert proven(one, "HEALTH", "value") == proven(one, "HEALTH", "text") == "contradicted"
    assert proven(one, "PERSON", "value") == "proven"


def test_what_stands_within_something_that_is_kept_is_told_too(tmp_path):
    text = "The people of Ann Acme say that all is well with them."

    def detect(text):
        start = text.find("Ann Acme")
        whole = Detection(start, start + 8, "ORGANIZATION", 0.9)
        return [whole, Detection(start, start + 3, "PERSON", 0.5)] if start >= 0 else []

    one = told(tmp_path, text, detect, keep=["ORGANIZATION"])
    assert one.attempt["kept"] == {"ORGANIZATION": 1, "PERSON": 1}
    assert proven(one, "PERSON", "value") == "contradicted"


def test_a_text_in_which_nothing_is_found_was_searched(tmp_path):
    one = told(tmp_path, "All is well, and nobody is named in this text that says so.")
    assert one.attempt["entities"] == {}
    assert proven(one, "PERSON", "text") == "proven"
    assert proven(one, "US_SSN", "text") == "cannot be told"


def test_where_nothing_is_replaced_nobody_knows(tmp_path):
    one = told(tmp_path, external=False, redact=False)
    assert not one.attempt.keys() & {"sought", "sought_hash", "kept"}
    assert proven(one, "PERSON", "text") == proven(one, "PERSON", "value") == "cannot be told"


@pytest.mark.parametrize("text", ["Η Άννα είναι καλά και μένει στην Αθήνα με όλη την οικογένειά της."])
def test_names_in_a_language_that_nobody_reads_were_not_looked_for(tmp_path, text):
    one = told(tmp_path, text, detection={"unknown_language": "patterns"})
    assert one.attempt["sought"] == ["HEALTH"]
    assert proven(one, "PERSON", "text") == "cannot be told"


def test_nor_were_they_where_a_language_has_no_model(tmp_path):
    one = told(tmp_path, detection={"languages": ["en", "es"]})
    assert one.attempt["sought"] == ["HEALTH"]


def test_the_list_of_types_stands_in_the_record_once(tmp_path):
    with StandIn() as standin:
        policy = write_policy(tmp_path, {"one": provider(standin.address)})
        with serving(build_engine(policy, Redactor(found, KINDS))) as client:
            for _ in range(3):
                client.post("/predict", json=predict_body(SENTIMENT, TEXT))
    entries = [one.attempt for one in sendings(open_store(f"sqlite:///{tmp_path / 'state.db'}"), Wanted())]
    assert ["sought" in one for one in entries] == [False, False, True]
    assert len({one["sought_hash"] for one in entries}) == 1
