"""The fuzzer sees what it is to see: its own disguises, and a law that is broken."""

import random

import pytest

from backend.privacy.redact import Redactor
from tests.fuzz.fuzz_privacy import (
    DISGUISES,
    FindingError,
    Maker,
    Planted,
    bare,
    look_at_last_look,
    look_at_map,
    look_at_text,
    look_for_values,
)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_hides_a_value_from_the_fuzzer(disguise):
    maker = Maker(random.Random(1))
    for _ in range(50):
        value = maker.planted().value
        assert bare(disguise(value, maker.chance)) == bare(value)


def test_what_is_not_found_and_what_leaks_are_findings():
    planted = [Planted("Bafe Kogu", "PERSON")]
    with pytest.raises(FindingError, match="a planted value is found"):
        look_for_values("Bafe Kogum", planted, "x")
    with pytest.raises(FindingError, match="what is not there is not found"):
        look_for_values("Bafe Kogu", planted, "BAFE")
    task = Redactor(lambda _: []).redact({"a": "Bafe Kogu"})
    with pytest.raises(FindingError, match="the last look stops"):
        look_at_last_look(task, planted, {"a": "Bafe Kogu"})
    with pytest.raises(FindingError, match="the source is kept"):
        look_at_map(task, "a", "Bafe")


def test_some_cases():
    for seed in range(100):
        maker = Maker(random.Random(seed))
        planted = [maker.planted()]
        text = maker.text([planted[0].value])
        look_at_text(text)
        look_for_values(text, planted, maker.word())
