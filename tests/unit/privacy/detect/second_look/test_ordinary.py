"""Products and labels are no names, unless something makes names of them."""

import importlib

import pytest
from faker.config import AVAILABLE_LOCALES

from backend.privacy.detect.second_look.ordinary import spare
from backend.privacy.detect.second_look.products import ALSO_NAMES, PRODUCTS, products
from backend.privacy.detect.vocabulary.labels import labels
from backend.privacy.names.gazetteer import PLACES
from backend.privacy.types import Detection
from tests import pace


def values(found, text):
    return [text[start:end] for start, end in found(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Set it in Times New Roman, Arial Black or Courier New.", ["Times New Roman", "Arial Black", "Courier New"]),
        ("Use Excel. Install Kubernetes, please", ["Excel", "Kubernetes"]),
        ("Excelsior, excel, Excel@x, python.org, C#", ["C#"]),
        ("Docker Smith, John Word, J. Excel, Mark Slack, Excel Georgia", []),
        ("Slack told me, Word's wife, Python, 34, and Outlook who came", []),
        ("Georgia called Julia about Jenkins and Ruby.", []),
        ("the font Georgia, Ruby 3.2, the Jenkins pipeline, written in Swift", ["Georgia", "Ruby", "Jenkins", "Swift"]),
        (
            "Georgia and Verdana; Java, Julia and C++; Ruby or Python",
            "Georgia Verdana Java Julia C++ Ruby Python".split(),
        ),
        ("Julia and Excel; Georgia, Julia and Ruby; with Julia, Python is easy", ["Excel", "Python"]),
    ],
)
def test_products_are_found_whole_and_no_persons_are(text, found):
    assert values(products, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tel. 030 1234567, Fax -472, mob: 0171 2345678", ["Tel.", "Fax", "mob"]),
        ("Тел. 8 495 123-45-67; СНИЛС № 112", ["Тел.", "СНИЛС"]),
        ("Tel/Fax (020) 7946, IBAN DE89, Email a@b.example", ["Tel/Fax", "IBAN", "Email"]),
        ("Ward 7, in Ward 12. Cell 212 555 0142", ["Ward", "Ward"]),
        ("Emma Ward 45, Tel Aviv, I told Tel that, Sam Handy 0171", []),
        ("tel:+49123 is fine, mailto:a@b.example, x/tel 5", ["tel"]),
    ],
)
def test_labels_stand_before_a_value(text, found):
    assert values(labels, text) == found


def test_what_only_guessed_is_cut_and_what_knows_is_kept():
    text = "Ann Lee Tel 020 in Arial Black"

    def found(recognizer, start=0, end=15, kind="PERSON"):
        return Detection(start, end, kind, 0.8, recognizer)

    assert [text[d.start : d.end].strip() for d in spare(text, [found("Spacy", 0, 11)])] == ["Ann Lee"]
    assert spare(text, [found("Spacy", 19, 30), found("Rampart", 8, 11, "EMAIL_ADDRESS")]) == []
    for kept in (found("Introduced", 19, 30), found("Mine", 19, 30), found("Patterns: x", 0, 15, "ID_NUMBER")):
        assert spare(text, [kept]) == [kept]
    assert len(spare(text, [found("Introduced", 19, 30), found("Spacy", 19, 30)])) == 2


def test_what_is_left_of_an_address_stays_hidden():
    text = "Main Street Ward: 7, Calibri 11 or"
    assert [text[d.start : d.end] for d in spare(text, [Detection(0, 19, "STREET_ADDRESS", 0.8, "Rampart")])] == [
        text[:19]
    ]
    text = "Main Street, Ward 7"
    left = spare(text, [Detection(0, 19, "STREET_ADDRESS", 0.8, "Rampart")])
    assert [text[d.start : d.end].strip(" ,") for d in left] == ["Main Street", "7"]
    assert spare("Calibri 11 or", [Detection(0, 13, "STREET_ADDRESS", 0.8, "Rampart")]) == []


@pytest.mark.parametrize("unit", ["Ruby, ", "Excel, Tel 020 and Ann; ", "Excel a-a-a-", "tel/tel/", "Georgia Excel "])
def test_time_grows_with_the_length_alone(unit):
    def work(size):
        text = (unit * size)[:size]
        spare(text, [Detection(place, place + 4, "PERSON", 0.6, "Spacy") for place in range(0, size, 6)])

    assert pace.grows_evenly(work, 20_000)


def names_of_people():
    """Return Faker's given names and surnames of all countries."""
    for locale in AVAILABLE_LOCALES:
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ImportError:
            continue
        for key, listed in vars(provider).items():
            if "name" in key and "format" not in key and isinstance(listed, (tuple, list, dict)):
                yield from (name for name in listed if isinstance(name, str))


def test_nobody_is_called_as_a_product_is_that_needs_no_word_of_the_trade():
    unguarded = PRODUCTS - ALSO_NAMES
    assert not unguarded & set(names_of_people())
    assert not {name.lower() for name in unguarded} & PLACES
