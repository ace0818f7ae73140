"""Names that their place tells are found, whatever words they are; so are names of users without an at sign."""

import pytest

from backend.privacy.detect.announced.introduced import IntroducedNames
from backend.privacy.detect.announced.rosters import handles, people_by_place
from backend.privacy.text.merge import GUESSING


def people(text: str) -> list[str]:
    return [text[start:end] for start, end in people_by_place(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Attendees: Cross, Penn, J. Stamp and Ledger.", ["Cross", "Penn", "J. Stamp", "Ledger"]),
        ("Apologies from Ward and Frost.", ["Ward", "Frost"]),
        ("Bed 2 Ledger for theatre. Bed 3 empty.", ["Ledger"]),
        ("Fenwick on call, Cross off, Marsh for theatre", ["Fenwick", "Cross", "Marsh"]),
        ("Can you chase him? T.", ["T."]),
        ("Dictated by the registrar (kjb).", ["kjb"]),
        ("Why did Harsh cancel? Where does Rust live?", ["Harsh", "Rust"]),
        ("Shepherd never answered. Line called again.", ["Shepherd", "Line"]),
        ("Customer called. Tenants wrote. Nobody answered. Mum said no. Does Excel open? Did Monday work?", []),
        ("Lights on, Music off, Doors in use", []),
        ("Room 3 The key is lost", []),
        ("Team: go on", []),
    ],
)
def test_people_are_told_by_their_place(text, found):
    assert people(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gg xX_reaper_Xx carried", ["xX_reaper_Xx"]),
        ("we saw toxic_tommo_77 again", ["toxic_tommo_77"]),
        ("ban Not_Your_Nan now", ["Not_Your_Nan"]),
        ("User onursusener was blocked", ["onursusener"]),
        ("ask @vex#4410 later", ["vex#4410"]),
        ("hollow.vixxen has proof, ok.there is more", ["hollow.vixxen"]),
        ("Contact: Connor Hunt (uburns)", ["uburns"]),
        ("the user account was blocked, see Form Two (draft)", []),
        ("the max_len of user_id", []),
        ("def run_all_77(user_name): pass", []),
        ("see notes_2021.txt or /home/big_bob_99", []),
    ],
)
def test_names_of_users_are_told_by_their_form(text, found):
    assert [text[start:end] for start, end in handles(text)] == found


def test_a_policys_list_may_free_what_goes_by_words_alone():
    (found,) = IntroducedNames().analyze("who told henderson that", [])
    assert found.recognition_metadata[found.RECOGNIZER_NAME_KEY] in GUESSING
