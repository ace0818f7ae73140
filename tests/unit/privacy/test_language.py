"""Words in scripts that no recognizer reads."""

import pytest

from backend.privacy import language
from backend.privacy.language import (
    _MAY_BE_OTHER,
    _OF_OTHER,
    Legible,
    capitals,
    identify_language,
    legible,
    likely,
    load_identifier,
    unread,
)
from tests import pace

PIDGIN = (
    "Kwame Asante returned from Ghana with fever. Malaria confirmed. Artemether 80 mg. Microbiologist Ruth Silverman"
    " informed."
)
"""English that py3langid takes for Pidgin."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张伟 在 went to 北京, then", ["张伟 在", "北京"]),
        ("in 张伟abc  Δ only", ["张伟abc"]),
        ("Zoë met Анна in Łódź", []),
        ("", []),
    ],
)
def test_words_of_other_scripts(text, found):
    assert [text[start:end] for start, end in unread(text)] == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Jestem Zdzisława z Szczytna, mąż Wiesław-Jan.", "pl", ["Zdzisława", "Szczytna", "Wiesław-Jan"]),
        ("Ben Tuğba, şimdi Kırıkkale'de oturuyorum", "tr", ["Tuğba", "Kırıkkale"]),
        ("Ich habe ein Haus in der Stadt", "de", []),
    ],
)
def test_words_with_a_capital_in_a_language_that_nobody_reads(text, language, found):
    assert [text[start:end] for start, end in capitals(text, language)] == found


def test_an_endless_word_takes_no_time():
    assert list(unread("a" * 200_000 + " 张伟 " + "-" * 100_000)) == [(200_001, 200_003)]
    assert pace.grows_evenly(lambda size: list(unread("a" * size + " 张伟 " + "-" * size)), 200_000)


ENGLISH = "Please send the form back to me and tell your sister that they have moved."
OTHERS = [
    "Der Patient Hans Müller wurde gestern in Berlin operiert, and that is it for the day, sagte er seiner Frau.",
    "De patient is of was gisteren hier, my dear, en hij heeft het formulier van de kliniek niet bij zich gehad.",
    "Il paziente Mario Rossi ha detto: the end is near, e poi ha lasciato la clinica con sua moglie e suo figlio.",
    "Patienten og hans kone have fri; and eller ikke, de bor i Aarhus og rejser til Odense med toget i morgen.",
]


def test_plain_english_needs_no_closer_look(monkeypatch):
    monkeypatch.setattr(language, "load_identifier", lambda: pytest.fail("it was looked at"))
    assert identify_language(ENGLISH, ("en", "fr")) == "en"


@pytest.mark.parametrize("text", OTHERS)
def test_some_words_of_english_make_no_english(text):
    assert identify_language(text, ("en", "fr")) not in ("en", "")


def test_the_short_cut_is_of_the_closer_looks_opinion():
    assert load_identifier().classify(ENGLISH)[0] == "en"
    assert identify_language(ENGLISH, ("fr",)) == "en"  # where it is not expected, it is looked at closely


def test_every_letter_of_another_script_is_where_it_is_looked_for():
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    assert all(map(_MAY_BE_OTHER.match, _OF_OTHER.findall(every)))


@pytest.mark.parametrize(
    ("text", "known", "how"),
    [
        (ENGLISH, ("en",), Legible.WHOLLY),
        ("Ann Lee", ("en",), Legible.WHOLLY),
        ("", ("en",), Legible.WHOLLY),
        ("17 % + 4", ("en",), Legible.WHOLLY),
        ("Позвонил Иван Петров", ("en", "ru"), Legible.WHOLLY),
        ("Позвонил Иван Петров", ("en",), Legible.NOT),
        (f"{ENGLISH} Иван", ("en",), Legible.PARTLY),
        (f"{ENGLISH} Иван", ("en", "ru"), Legible.WHOLLY),
        (f"{ENGLISH} 王小明", ("en", "ru"), Legible.PARTLY),
        (f"{ENGLISH} 王小明", ("en", "zh"), Legible.WHOLLY),
        ("Ayşe Yılmaz aradı", ("en", "fr", "ru"), Legible.PARTLY),
        (PIDGIN, ("en", "fr", "ru"), Legible.WHOLLY),
        ("王小明打电话给 Anna Lee, anna@example.org", ("en",), Legible.PARTLY),
        *((text, ("en", "fr"), Legible.NOT) for text in OTHERS),
    ],
)
def test_how_well_a_text_can_be_read(text, known, how):
    assert legible(text, known) is how


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [(PIDGIN, ("en", "fr"), "en"), (PIDGIN, ("fr",), ""), (OTHERS[0], ("en", "fr"), ""), ("Anna Lee", ("en",), "")],
)
def test_what_a_text_most_likely_is(text, known, language):
    assert likely(text, known) == language
