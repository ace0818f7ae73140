"""Addresses and names put together out of what recognizers found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.detect.second_look.assemble import assemble
from backend.privacy.types import Detection
from tests import pace


def wholes(text, **values):
    found = [
        Detection(text.index(word), text.index(word) + len(word), kind, 0.5)
        for kind, words in values.items()
        for word in ([words] if isinstance(words, str) else words)
    ]
    return {text[d.start : d.end] for d in assemble(text, found)}


@pytest.mark.parametrize(
    ("text", "street", "place", "whole"),
    [
        ("at 12 Elm Street, Leeds.", "12 Elm Street", "Leeds", "12 Elm Street, Leeds"),
        (
            "at 67 Koskikatu 25 Apt. 864\nArtilleros\n, CO",
            "Koskikatu 25",
            "Artilleros",
            "67 Koskikatu 25 Apt. 864\nArtilleros",
        ),
        (
            "the corner of Elm Street and Oak Road",
            ["Elm Street", "Oak Road"],
            [],
            "the corner of Elm Street and Oak Road",
        ),
        ("in Suite 12, Hull", "12", "Hull", "Suite 12, Hull"),
        ("Botolen 12, Hull", "Botolen", "Hull", "Botolen 12, Hull"),
        ("at Plot 22, Oak Way, Hull", "22, Oak Way", "Hull", "Plot 22, Oak Way, Hull"),
        ("the third floor of 21 Oak Row", "21 Oak Row", [], "the third floor of 21 Oak Row"),
        ("at The Old Rectory, Oak Lane.", "Rectory, Oak Lane", [], "The Old Rectory, Oak Lane"),
        ("Wohnt Am Alten Markt 3", "Alten Markt 3", [], "Am Alten Markt 3"),
        ("på Ahornvej 60, 2. tv, i dag", "Ahornvej 60", [], "Ahornvej 60, 2. tv"),
        ("Calle Roble 8 Edif. 35 , Depto. 4", "Calle Roble 8", [], "Calle Roble 8 Edif. 35 , Depto. 4"),
        ("Via Quercia 5, Grassano (MT)", "Via Quercia 5", "Grassano", "Via Quercia 5, Grassano (MT)"),
        ("Via Quercia 3, scala B, int. 4", "Via Quercia 3", [], "Via Quercia 3, scala B, int. 4"),
    ],
)
def test_an_address_is_one(text, street, place, whole):
    assert whole in wholes(text, STREET_ADDRESS=street, LOCATION=place)


@pytest.mark.parametrize(
    ("text", "street", "place"),
    [
        ("We live at 12 Elm Street. Leeds is far.", "12 Elm Street", "Leeds"),
        ("12 Elm Street\n\nLeeds", "12 Elm Street", "Leeds"),
        ("12 Elm Street is not far from Leeds", "12 Elm Street", "Leeds"),
        ("12 Elm Street and Leeds", "12 Elm Street", "Leeds"),
    ],
)
def test_what_is_apart_stays_apart(text, street, place):
    assert wholes(text, STREET_ADDRESS=street, LOCATION=place) == {street, place}


def test_a_town_is_whole():
    assert wholes("he left Much Wenlock", LOCATION="Wenlock") == {"Wenlock", "Much Wenlock"}
    assert wholes("so much Wenlock", LOCATION="Wenlock") == {"Wenlock"}


def test_two_places_are_no_address():
    assert wholes("from Paris, France", LOCATION=["Paris", "France"]) == {"Paris", "France"}


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("We visit. A. Joly lives", "Joly", "A. Joly"),
        ("que Delorme, Jules, est", "Jules", "Delorme, Jules"),
        ("Yesterday, Jules left", "Jules", "Jules"),
        ("gegen Meister, Drago hat", "Drago", "Meister, Drago"),
        ("y Estrella Vallés viven", "Vallés", "Estrella Vallés"),
        ("report_winifred_abernathy to", "abernathy", "winifred_abernathy"),
        (r"C:\Users\ben.arkwright\Desktop", "arkwright", "ben.arkwright"),
        ("Smith J. K. came", "Smith", "Smith J. K."),
        ("john.smith.txt", "smith", "john.smith"),
        ("Yesterday Smith said", "Smith", "Smith"),
        ("met Smith. A. Jones came", "Smith", "Smith"),
        ("see www.smith.com", "smith", "smith"),
        ("Врач Иванова выписана", "Иванова", "Иванова"),
        ("met Wilma van der Zwaan there", "Wilma", "Wilma van der Zwaan"),
        ("met Wilma of Accounts", "Wilma", "Wilma"),
        ("she and My Linh came", "Linh", "My Linh"),
        ("but van den Broek left", "Broek", "van den Broek"),
        ("was Le Gall told", "Gall", "Le Gall"),
        ("Le Gall told", "Gall", "Gall"),
        ("met Agnieszka Łyczek there", "Agnieszka", "Agnieszka Łyczek"),
        ("She left. My Linh came", "Linh", "Linh"),
    ],
)
def test_a_name_is_whole(text, part, whole):
    assert wholes(text, PERSON=part) == {part, whole}


def test_parts_of_a_name_are_one():
    assert "Benjamin a Seiler" in wholes("Benjamin a Seiler", PERSON=["Benjamin", "Seiler"])
    assert "Ludwig van der Velde" in wholes("Ludwig van der Velde", PERSON=["Ludwig", "Velde"])
    assert wholes("Ann and Bob", PERSON=["Ann", "Bob"]) == {"Ann", "Bob"}
    assert wholes("Анна из Москвы", PERSON="Анна", NAME="Москвы") == {"Анна", "Москвы"}


@pytest.mark.parametrize(
    ("text", "part", "also"),
    [
        ("a gift for Mo & Bex", "Bex", "Mo"),
        ("ask for Baker or Quispe", "Quispe", "Baker"),
        ("the book and Quispe", "Quispe", "Quispe"),
        ("Yesterday and Quispe", "Quispe", "Quispe"),
    ],
)
def test_a_pair_of_names(text, part, also):
    assert wholes(text, PERSON=part) == {part, also}


def test_a_list_of_names_is_not_one_name_and_takes_no_time():
    def longest(names):
        text = "Drago Oduya, " * names
        parts = [Detection(place, place + 11, "PERSON", 0.9, "Rampart") for place in range(0, len(text), 13)]
        return max(d.end - d.start for d in assemble(text, parts))

    assert longest(3_000) < 60
    assert pace.grows_evenly(longest, 3_000)


TIES = [
    Detection(start, end, kind, score, recognizer)
    for start, end in ((4, 11), (15, 28), (30, 35))
    for kind, score, recognizer in (
        ("PERSON", 0.8, "Spacy"),
        ("PERSON", 0.8, "Rampart"),
        ("LOCATION", 0.8, "Spacy"),
        ("STREET_ADDRESS", 0.8, "Rampart"),
        ("STREET_ADDRESS", 0.8, "Patterns: street"),
    )
]


@given(st.permutations(TIES))
def test_what_stands_at_one_place_is_taken_in_any_order(parts):
    text = "Dr. Ann Lee of 12 Elm Street, Leeds"
    assert assemble(text, parts) == assemble(text, TIES)
