"""What stands behind a word tells no drug of whoever gets it: that the word itself tells."""

import pytest

from backend.privacy.detect.trades.taken import in_company, may_be_taker, may_take, taken, takers
from tests import pace


def takes(text, word):
    start = text.index(word)
    return may_take(text, start, start + len(word))


@pytest.mark.parametrize("word", "Kowalczyk Lindqvist lindqvist Larson Silva Diaz Novak DAVIES O'Shaughnessy".split())
def test_a_word_may_be_a_surname(word):
    assert may_be_taker(word)


@pytest.mark.parametrize(
    "word", "Ramipril ramipril apixaban Ozempic Zelvotrimab Cardioplexil morphine Na T4 NSTEMI".split()
)
def test_a_drug_or_an_abbreviation_is_none(word):
    assert not may_be_taker(word)


@pytest.mark.parametrize(
    "behind",
    [
        " 5 mg",
        " 2 units",
        ": 10 ml",
        " nebs",
        " eye drops",
        " catheter out",
        " post op",
        " 7/10",
        " positive",
        " Hb 92",
    ],
)
def test_whoever_gets_something_may_stand_before_it(behind):
    assert takes(f"Seen: Kowalczyk{behind} and home", "Kowalczyk")
    assert takes(f"Seen: kowalczyk{behind} and home", "kowalczyk")


@pytest.mark.parametrize(
    "text",
    [
        "⟦Baker⟧ 5 mg",
        "⟦Baker⟧ morphine 2 ml",
        "⟦Baker⟧ had paracetamol",
        "⟦Baker⟧ NBM from midnight",
        "Waterlow: ⟦Baker⟧ 14, Novak 12",
        "⟦Baker⟧ 2 units, obs stable, sats 95%",
        "Obs stable, sats 95%. Bed 2 ⟦Baker⟧ for echo",
    ],
)
def test_a_surname_that_is_a_word_may_get_something_with_a_capital(text):
    bare = text.replace("⟦", "").replace("⟧", "")
    start, end = text.index("⟦"), text.index("⟧") - 1
    assert may_take(bare, start, end)


@pytest.mark.parametrize(
    "text",
    ["⟦Day⟧ 3, Novak 5, sats 95%, obs", "⟦Brown⟧ dressing, obs", "⟦Baker⟧ 2 units of flour", "⟦Clexane⟧ held, obs"],
)
def test_elsewhere_it_is_a_word(text):
    bare = text.replace("⟦", "").replace("⟧", "")
    assert not may_take(bare, text.index("⟦"), text.index("⟧") - 1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Stat morphine 5 mg, obs stable", "Stat"),
        ("Epworth 17/24, Mallampati IV", "Epworth"),
        ("Finkelstein positive on the left", "Finkelstein"),
        ("Oxford hoist sling", "Oxford"),
        ("Hartmann's 1 L over 8 hours", "Hartmann's"),
        ("Reason: sepsis on the ward, BP 90/60", "Reason"),
        ("We started Kowalczyk in the office", "Kowalczyk"),
    ],
)
def test_signs_and_scales_and_other_texts_tell_nothing(text, word):
    assert not takes(text, word)


def test_a_list_and_who_gives_tell_in_a_text_of_a_clinic_alone():
    note = "Bloods: Novak, Szabo. INR 2.1, wound dry. Started Kowalczyk."
    assert takes(note, "Novak")
    assert takes(note, "Szabo")
    assert takes(note, "Kowalczyk")
    assert not takes("Sales: Novak, Szabo. Started Kowalczyk.", "Novak")


def test_a_sentence_with_somebody_who_gets_something_has_more_of_them():
    text = "Warfarin - Novak 5 mg, Szabo none. Lindqvist slept."
    words = {text.index(word): text.index(word) + len(word) for word in ("Szabo", "Lindqvist", "Warfarin")}
    assert in_company(text, words, [text.index("Novak")]) == {text.index("Szabo")}
    assert in_company(text, words, []) == set()


def test_many_in_company_take_time_by_their_number_alone():
    def find(size):
        places = range(0, size, 12)
        in_company(("Novak 5 mg, " * size)[:size], {place: place + 5 for place in places}, places)

    assert pace.grows_evenly(find, 50_000)


def test_a_word_that_may_be_a_surname_is_nobodys_for_no_dose():
    text = "Ramipril 5 mg, Kowalczyk 5 mg, Kowalczyk cream bd, Albumin: 32 g/l"
    assert {text[start:end] for start, end, _ in taken(text)} == {"Ramipril", "Albumin"}


def test_takers_are_found_in_french():
    text = "Tour : Lindqvist 5 mg de morphine, Moreau 10 ml, Paracétamol 1 g, Pansement 2 cp"
    assert [text[start:end] for start, end in takers(text)] == ["Lindqvist", "Moreau"]


@pytest.mark.parametrize(
    "unit",
    ["Novak 5 mg, ", "Novak, ", "Novak: ", "Novak 5 ", "Gave Novak ", "GCS Baker 3, ", "Baker had ", "Bed 2 Stone "],
)
def test_time_grows_with_the_length_alone(unit):
    assert pace.grows_evenly(lambda size: [*taken((unit * size)[:size]), *takers((unit * size)[:size])], 20_000)
