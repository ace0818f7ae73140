"""Grounding of what a guard lists: every occurrence, exactly; what does not occur is dropped and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.engine.guard.listing import LONGEST, Canary, Listing, Value, ground
from backend.model.answer.leniency import AnswerShape

TEXT = "Frau Ines Hagedorn rief an, INES  HAGEDORN aus Köln. Hagedorns Sohn Til wohnt in der Köln-Straße 5."


def found(text, *values):
    """Return what stands at the places that are found of some values, and how many stand nowhere."""
    places, dropped = ground(text, [Value(type="PERSON", value=value) for value in values])
    assert all((d.entity_type, d.recognizer) == ("PERSON", "Guard") for d in places)
    return [text[d.start : d.end] for d in places], dropped


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("Ines Hagedorn", ["Ines Hagedorn", "INES  HAGEDORN"]),
        ("„ines hagedorn“", ["Ines Hagedorn", "INES  HAGEDORN"]),
        ("Til", ["Til"]),
        ("Köln", ["Köln", "Köln"]),
        ("Hagedorn", ["Hagedorn", "HAGEDORN"]),
        ("Hage", ["Hagedorn", "HAGEDORN", "Hagedorns"]),
        ("Ko\u0308ln", ["Köln", "Köln"]),
        ("5", []),
        ("…", []),
        ("", []),
        ("Ines Hagenbeck", []),
        ("Ines Hagedom", []),
        ("e", []),
        ("orn", []),
        (TEXT * 3, []),
    ],
)
def test_a_value_is_found_wherever_it_stands_and_nowhere_else(value, places):
    assert found(TEXT, value) == (places, int(not places))


def test_a_base_form_stands_for_the_word_that_begins_with_it():
    assert found("Spotkałem Kowalskiego i rozmawiałem z Nowakiem.", "Kowalski", "Nowak") == (
        ["Kowalskiego", "Nowakiem"],
        0,
    )


def test_names_in_scripts_without_spaces_are_found_within_them():
    assert found("患者李秀梅由王医生接诊，李秀梅住院。", "李秀梅", "王", "赵") == (["李秀梅", "王", "李秀梅"], 1)


def test_what_is_as_long_as_a_passage_is_no_value():
    passage = "ja " * LONGEST
    assert found(passage, passage.strip()) == ([], 1)


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=5))
def test_whatever_is_listed_its_places_are_within_the_text(text, values):
    places, dropped = ground(text, [Value(type="PERSON", value=value) for value in values])
    assert all(0 <= d.start < d.end <= len(text) for d in places)
    assert dropped <= len(values)


def test_a_control_is_foretold_by_nobody_and_stands_in_no_piece():
    assert Canary.of(TEXT, b"key") == Canary.of(TEXT, b"key")
    everyone = {Canary.of(TEXT, f"key {number}".encode()).name for number in range(5000)}
    assert len(everyone) > 500
    assert Canary.of("\n".join(everyone), b"key").name  # also where every name is taken


def test_a_value_is_written_under_its_type():
    """In the form that a model is given, and as it is read."""
    (entry,) = Listing.model_validate_json('{"found": [{"PERSON": "Til"}]}').found
    assert (entry.type, entry.value) == ("PERSON", "Til")
    options = AnswerShape(Listing.of("")).schema["$defs"]["Value"]["anyOf"]
    assert [list(option["properties"]) == option["required"] for option in options] == [True] * 10
    assert AnswerShape(Listing).tidy({"found": [{"person": "Til"}]}) == {"found": [{"PERSON": "Til"}]}


@pytest.mark.parametrize(
    "said", ['{"DOG": "Til"}', '{"PERSON": 5}', '{"PERSON": "Til", "LOCATION": "Til"}', '"Til"', "{}"]
)
def test_what_is_no_value_of_a_known_type_fits_no_list(said):
    with pytest.raises(ValidationError):
        Listing.model_validate_json(f'{{"found": [{said}]}}')


@pytest.mark.parametrize(
    ("piece", "most"), [("", 25), ("a" * 400, 25), ("a" * 500, 50), ("患" * 400, 100), ("a" * 9000, 200)]
)
def test_a_list_is_bounded_by_what_the_piece_can_hold(piece, most):
    form = Listing.of(piece)
    assert form.model_json_schema()["properties"]["found"]["maxItems"] == most
    assert form(found=[Value(type="PERSON", value="Til")] * (most - 1)).has_end()
    assert not form(found=[Value(type="PERSON", value="Til")] * most).has_end()


@pytest.mark.parametrize(("value", "listed"), [("{name}", True), (" {name}", True), ("Ines Hagedorn", False)])
def test_a_list_without_its_control_is_told_apart(value, listed):
    control = Canary.of(TEXT, b"key")
    value = Value(type="PERSON", value=value.format(name=control.name))
    assert control.is_listed(Listing(found=[value])) is listed
    assert control.is_it(value) is listed
