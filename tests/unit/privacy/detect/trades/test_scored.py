"""Whoever has a score, lies in a bed or does what patients do may be told of by that; what has a number may not."""

import pytest

from backend.privacy.detect.trades import scored
from tests import pace


@pytest.mark.parametrize(
    "before", ["Scores: ", "Waterlow: ", "GCS ", "NEWS Novak 3, ", "Pain scores - Novak 3, Szabo 5 and ", "Scores : "]
)
def test_a_scale_is_named_before_whoever_has_a_score(before):
    assert scored.scale_before(f"{before}Lindqvist 3", len(before))


@pytest.mark.parametrize("before", ["", "Seen by ", "Scores were high. ", "Novak 3, Szabo 5, "])
def test_no_scale_is_named_elsewhere(before):
    assert not scored.scale_before(f"{before}Lindqvist 3", len(before))


def test_neighbours_in_a_list_are_those_with_a_number():
    text = "Novak 3, Szabo 5, Lindqvist slept"
    start = text.index("Szabo")
    assert scored.neighbours(text, start, start + 5) == ["Novak"]
    assert scored.neighbours(text, 0, 5) == ["Szabo"]


@pytest.mark.parametrize("before", ["Bed 2 ", "bed 12: ", "Side room 1 - ", "Ch 4 ", "Chambre 12 "])
def test_somebody_lies_in_a_bed(before):
    assert scored.is_in_bed(f"{before}Lindqvist slept", len(before))
    assert not scored.is_in_bed("in bed Lindqvist", 7)


@pytest.mark.parametrize(
    "behind", [" slept", " refused", " BM 14.2", " had 2.5 mg", " NBM", " d/c today", " pain 8/10"]
)
def test_patients_do_something(behind):
    assert scored.does_something(f"Lindqvist{behind}", 9)


@pytest.mark.parametrize(
    ("behind", "holds"),
    [(" NBM", True), (" BM 4", True), (" refused meds", True), (" slept", False), (" refused", False)],
)
def test_some_of_it_is_said_of_patients_alone(behind, holds):
    assert scored.is_patient(f"Baker{behind}", 5) is holds


@pytest.mark.parametrize("behind", [" held", " declined", " settled", " omitted"])
def test_drugs_are_held_too(behind):
    assert scored.is_left(f"Clexane{behind}", 7)
    assert not scored.does_something(f"Clexane{behind}", 7)


@pytest.mark.parametrize(("word", "holds"), [("Day", True), ("Ward", True), ("Baker", False)])
def test_days_and_wards_are_counted(word, holds):
    assert scored.may_be_counted(word) is holds


@pytest.mark.parametrize("unit", ["Novak 3, ", "GCS Novak 3 ", "Scores: ", "a 1; ", "GCS " * 3])
def test_time_grows_with_the_length_alone(unit):
    def look(size):
        text = (unit * size)[:size]
        for place in range(0, size, 9):
            scored.scale_before(text, place)
            scored.neighbours(text, place, place + 5)
            scored.is_in_bed(text, place)

    assert pace.grows_evenly(look, 20_000)
