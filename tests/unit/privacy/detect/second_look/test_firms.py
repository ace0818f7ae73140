"""What ends as firms and bodies do is an organisation; nobody who is called so is."""

import pytest

from backend.privacy.detect.second_look.firms import firms
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.types import Detection


def types(text, *found):
    marks = [Detection(text.index(v), text.index(v) + len(v), kind, 0.84, who) for v, kind, who in found]
    return [d.entity_type for d in firms(text, marks)]


@pytest.mark.parametrize("value", ["Thackeray Quill LLP", "Emma Watson Ltd", "Ejura District Hospital", "Tulpenhof BV"])
@pytest.mark.parametrize("kind", ["PERSON", "LOCATION"])
def test_a_firm_is_no_person_and_no_place(value, kind):
    assert types(f"Sent by {value} today.", (value, kind, MODEL)) == ["ORGANIZATION"]


def test_a_part_of_a_firm_s_name_is_one_too():
    text = "Sent by Thackeray Quill LLP today."
    whole = ("Thackeray Quill LLP", "ORGANIZATION", "Introduced")
    assert types(text, whole, ("Thackeray Quill", "PERSON", MODEL)) == ["ORGANIZATION", "ORGANIZATION"]


@pytest.mark.parametrize("value", ["Emma Bank", "Baker School", "Robin Hall", "Lindqvist", "Novak Park", "Clinic"])
def test_whoever_may_be_called_so_stays_a_person(value):
    assert types(f"Sent by {value} today.", (value, "PERSON", MODEL)) == ["PERSON"]


def test_what_was_announced_keeps_its_type():
    value = "Okonkwo Bank"
    assert types(f"Mr {value} rang.", (value, "PERSON", "Introduced")) == ["PERSON"]


@pytest.mark.parametrize(
    ("kind", "score", "left"),
    [
        ("LOCATION", 0.6, "ORGANIZATION"),
        ("LOCATION", 0.8, "LOCATION"),
        ("PERSON", 0.1, "ORGANIZATION"),
        ("PERSON", 0.6, "PERSON"),
    ],
)
def test_a_part_of_what_the_tagger_takes_for_one_is_one_where_the_model_is_unsure(kind, score, left):
    text = "Sent by Fenland Poultry today."
    found = [Detection(8, 23, "ORGANIZATION", 0.6, TAGGER), Detection(8, 15, kind, score, MODEL)]
    assert [d.entity_type for d in firms(text, found)] == ["ORGANIZATION", left]
    alone = [Detection(8, 15, "ORGANIZATION", 0.6, TAGGER), found[1]]
    assert [d.entity_type for d in firms(text, alone)] == ["ORGANIZATION", kind]
