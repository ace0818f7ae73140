"""Which stretches of a text a label marks, of what detection found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.types import Detection
from backend.results.detected import marked_stretches


def marked(text, *found, means="PERSON", taken=frozenset()):
    """Return the words that are marked; what is found is given as words with their type, and more."""
    detections = []
    for words, kind, *more in found:
        start = text.index(words)
        score, recognizer = more or (0.9, "Rampart")
        detections.append(Detection(start, start + len(words), kind, score, recognizer))
    own = marked_stretches(text, sorted(detections), means, taken)
    return [text[d.start : d.end] for d in own]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ("Dr. Ann Lee,", ["Ann Lee"]),
        ("Mme Béatrix Oger", ["Béatrix Oger"]),
        ("Prof Dr Ann Lee", ["Ann Lee"]),
        ("доктор Анна Ли", ["Анна Ли"]),
        ("J. Smith Jr.", ["J. Smith Jr."]),
        ("Ann K.", ["Ann K."]),
        ("(Ann", ["Ann"]),
        ("Ann (Annie) Lee", ["Ann (Annie) Lee"]),
        ("Lee, Ann", ["Lee, Ann"]),
        ("Ann Lee, Bob Hill", ["Ann Lee", "Bob Hill"]),
        ("Judge", ["Judge"]),
        ("— .", []),
    ],
)
def test_a_name_stands_without_title_and_signs(found, names):
    assert marked(f"x {found} y", (found, "PERSON")) == names


def test_only_what_is_sure_is_marked():
    text = "Ann and Bob and Cid and Dee met Eva"
    unsure = [("Bob", "PERSON", 0.4, "Rampart"), ("Cid", "PERSON", 0.6, "Spacy"), ("Dee", "NAME", 0.9, "Judge")]
    assert marked(text, ("Ann", "PERSON"), *unsure, ("Eva", "PERSON", 0.9, "Patterns: name, context")) == ["Ann", "Eva"]


def test_a_date_has_its_time_of_day_and_a_time_is_no_date():
    text = "on 3 May 2024. at 10:30, or 4 June 2024 at 9 am, or 5pm"
    found = [("3 May 2024.", "DATE_TIME"), ("10:30,", "DATE_TIME"), ("4 June 2024 at 9 am", "DATE_TIME")]
    found.append(("5pm", "DATE_TIME"))
    assert marked(text, *found, means="DATE") == ["3 May 2024", "4 June 2024 at 9 am"]
    assert marked(text, *found, means="TIME") == ["10:30", "5pm"]
    assert marked(text, *found, means="DATE_TIME") == ["3 May 2024", "10:30", "4 June 2024 at 9 am", "5pm"]


def test_an_address_is_whole_unless_a_part_of_it_has_a_label():
    text = "lives at 9 Mill Lane, Ely CB7 4AA. Leeds is far, and so is Payroll"
    found: list[tuple[Any, ...]] = [
        ("9 Mill Lane", "STREET_ADDRESS"),
        ("Ely", "LOCATION"),
        ("CB7 4AA", "ZIP_CODE"),
        ("Leeds", "LOCATION"),
    ]
    found.append(("Payroll", "STREET_ADDRESS", 0.75, "Patterns: address"))
    assert marked(text, *found, means="ADDRESS") == ["9 Mill Lane, Ely CB7 4AA"]
    assert marked(text, *found, means="ADDRESS", taken=frozenset({"LOCATION"})) == ["9 Mill Lane"]


@pytest.mark.parametrize(
    ("found", "kind", "value"),
    [
        ("mail='ann@example.org.", "EMAIL_ADDRESS", "ann@example.org"),
        ("(+254 722 555 014", "PHONE_NUMBER", "+254 722 555 014"),
        ("Queries 02 5550 4417", "PHONE_NUMBER", "02 5550 4417"),
        ("(212) 555-0147", "PHONE_NUMBER", "(212) 555-0147"),
        ("IBAN: GB33BUKB20201555555555", "IBAN_CODE", "GB33BUKB20201555555555"),
        ("10.0.0.1,", "IP_ADDRESS", "10.0.0.1"),
    ],
)
def test_what_has_a_form_is_marked_by_it(found, kind, value):
    assert marked(f"x {found} y", (found, kind), means=kind) == [value]


@given(
    st.text("Ann Lee,.()\n-—@+19: Dr", max_size=40),
    st.lists(st.integers(0, 40), min_size=2, max_size=8, unique=True),
    st.sampled_from(["PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "DATE_TIME", "STREET_ADDRESS"]),
    st.sampled_from(["PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "DATE", "TIME", "DATE_TIME", "ADDRESS"]),
)
def test_whatever_is_found_stretches_lie_within_it_and_do_not_overlap(text, places, kind, means):
    inside = sorted({min(place, len(text)) for place in places})
    found = [Detection(a, b, kind, 0.9, "R") for a, b in zip(inside[::2], inside[1::2], strict=False)]
    end = 0
    for d in marked_stretches(text, found, means):
        assert end <= d.start < d.end <= len(text)
        assert text[d.start : d.end].strip() == text[d.start : d.end]
        end = d.end
