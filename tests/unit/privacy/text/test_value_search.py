"""Looking values up: every disguise is found, no other word is, and it is quick (P4)."""

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.text.value_search import ValueSearch
from backend.privacy.text.word_borders import CASELESS, UNCASED, Finder, joins
from tests import pace

NAMES = ["John Smith", "Вера Семёнова", "Νίκος Παπαδόπουλος", "O’Brien", "Zoë", "王小明", "a.b@example.com"]
NUMBERS = ["4111-1111-1111-1111", "+1 (555) 123-4567", "DE89 3704 0044 0532 0130 00", "078-05-1120", "2024-01-15"]


def fullwidth(text):
    return text.translate({code: code + 0xFEE0 for code in range(33, 127)})


def entities(text):
    return "".join(f"&#{ord(char)};" for char in text)


DISGUISES = {
    "none": str,
    "capitals": str.upper,
    "small letters": str.lower,
    "zero-width": "\u200b".join,
    "bidirectional": lambda text: f"\u202e{text}\u202c",
    "soft hyphens": "\u00ad".join,
    "fullwidth": fullwidth,
    "entities": entities,
    "entities of entities": lambda text: entities(text).replace("&", "&amp;"),
    "other blanks": lambda text: text.replace(" ", "\u00a0\n "),
    "JSON in JSON": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "an escape before it": lambda text: "\\n" + text,
    "an address": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("value", NAMES + NUMBERS)
def test_p04_a_value_is_found_in_disguise(value, disguise):
    text = f"Seen: {disguise(value)}, today"
    assert ValueSearch.of([value]).finds(text)
    assert (
        ValueSearch.of([disguise(value).split("\\n")[-1]]).finds(f"Seen: {value}, today") or "\\" in text or "%" in text
    )


@pytest.mark.parametrize("value", ["Jоhn", "Ｊｏｈｎ", "J\u200bohn", "𝐉ohn", "Joh\u0336n"])
def test_p04_a_value_in_disguise_is_found_in_plain(value):
    assert ValueSearch.of([value]).finds("it is john.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4111-1111-1111-1111", "4111 1111 1111 1111"),
        ("4111-1111-1111-1111", "Card: 4111111111111111."),
        ("4111111111111111", "4111.1111.1111.1111"),
        ("+1 (555) 123-4567", "1/555/123/4567"),
        ("078-05-1120", "078 / 05\n/ 1120"),
        ("078-05-1120", "id_078051120"),
        ("AB 12 34 56 C", "ab123456c"),
        ("2024-01-15", "2024/01/15"),
        ("٠٧٨-٠٥-١١٢٠", "078051120"),
    ],
)
def test_p04_a_number_is_found_with_other_separators(value, text):
    lookup = ValueSearch.of([value])
    assert lookup.finds(f"is {text} so")
    assert lookup.matches(text)[0].value == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ann", "Anna, Joann, ann_1, Ann1"),
        ("John Smith", "John, Smith; John-Smith"),
        ("José", "Jose"),
        ("12-34", "12 34"),
        ("078-05-1120", "1078051120 07805112 0x 0780511205"),
        ("123456", "12 lines, 34 columns, 56 pages"),
        ("A-77", "xA-77"),
        ("PERSON", "[PERSON_1]"),
        ("...", "..."),
        ("", "x"),
    ],
)
def test_what_is_another_word_is_not_found(value, text):
    assert not ValueSearch.of([value]).finds(text)


@pytest.mark.parametrize("others", [0, 200], ids=["a few values", "many"])
@pytest.mark.parametrize("text", ["请联系{}谢谢", "{}さんは", "김은{}를", "ผู้ป่วย{}ได้", "وصل{}اليوم", "शाम{}गया"])
@pytest.mark.parametrize("value", ["Astrid Lindholm", "138 0013 8000"])
def test_p04_a_value_is_found_beside_letters_without_case(value, text, others):
    lookup = ValueSearch.of([value, *(f"Somebody {n}" for n in range(others))])
    said = text.format(value)
    assert lookup.finds(said)
    assert [said[m.start : m.end] for m in lookup.matches(said)] == [value]


@pytest.mark.parametrize("others", [0, 200], ids=["a few values", "many"])
@pytest.mark.parametrize("text", ["Annabel", "Joann", "ann_1", "Аnnа", "Annე", "XAnn", "2Ann", "Ann٣"])
def test_a_value_is_no_part_of_a_word_with_case(text, others):
    lookup = ValueSearch.of(["Ann", *(f"Somebody {n}" for n in range(others))])
    assert not lookup.finds(f"请{text}谢")


def test_all_letters_without_case_are_where_they_are_looked_for():
    letters = (char for char in map(chr, range(0x110000)) if char.isalnum() and not joins(char))
    assert all(re.match(UNCASED, char) for char in letters)
    caseless = (char for char in map(chr, range(0x110000)) if re.match(f"[{CASELESS}]", char))
    assert not [char for char in caseless if joins(char) and not char.isdigit()]


def test_an_ordinary_word_is_a_name_by_its_capitals():
    lookup = ValueSearch.of(["Will", "May"])
    assert not lookup.finds("it will be so, and may not")
    assert [match.value for match in lookup.matches("WILL, \u200bMay, will")] == ["Will", "May"]
    assert ValueSearch.of(["will"]).finds("will")
    assert ValueSearch.of(["Will Young"]).finds("will young")
    assert ValueSearch.of(["John"]).finds("john")


def test_a_match_is_a_span_of_the_text_given():
    text = "&lt;b&gt;ＪＯＨＮ\u200b \n Smi\u00adth\u200b&lt;/b&gt; and john smith"
    found = ValueSearch.of(["John Smith", "Smith"]).matches(text)
    assert [(text[m.start : m.end], m.value) for m in found] == [
        ("ＪＯＨＮ\u200b \n Smi\u00adth", "John Smith"),
        ("Smi\u00adth", "Smith"),
        ("john smith", "John Smith"),
        ("smith", "Smith"),
    ]
    text = "die Straße 1, İstanbul"
    assert [text[m.start : m.end] for m in ValueSearch.of(["STRASSE 1", "istanbul"]).matches(text)] == [
        "Straße 1",
        "İstanbul",
    ]


def test_values_do_not_show():
    lookup = ValueSearch.of(["canary"])
    assert "canary" not in repr(lookup) + repr(lookup.search("canary")) + repr(lookup._values)
    assert lookup
    assert not ValueSearch.of(["..."])


def test_a_lone_surrogate_and_broken_escapes_do_no_harm():
    for text in ("\ud800 john", "\\ud800 john", "\\u12 john", "%ff%zz john", "\\\\\\u0000 john"):
        assert ValueSearch.of(["John"]).finds(text)


words = st.text(st.sampled_from("abcXYZäßİéßàжЖщёαΣς1٣५Ａ漢"), min_size=1, max_size=6)


@pytest.mark.property
@given(st.lists(words, min_size=1, max_size=6), st.data())
def test_p04_what_the_plain_pattern_finds_is_found(parts, data):
    text = " ".join(parts)
    start = data.draw(st.integers(0, len(parts) - 1))
    value = " ".join(parts[start : data.draw(st.integers(start + 1, len(parts)))])
    assert value in [found for _, found in Finder([value]).every(text)]
    assert ValueSearch.of([value]).finds(text)
    assert ValueSearch.of([value]).finds(text.upper())
    spans = [text[m.start : m.end] for m in ValueSearch.of([value]).matches(text)]
    assert value in spans


@pytest.mark.property
@given(st.lists(st.text("abA1_ .+é漢Ж-", max_size=4), max_size=4), st.text("abA1_ .+é漢Ж-", max_size=40))
def test_p04_a_short_text_is_looked_through_as_a_long_one(values, text):
    assert list(Finder(values).every(text)) == list(Finder(values).every(text + "\0" * 1000))


def test_p04_a_last_look_is_quick():
    for words_, names in (
        ("the patient was seen by a doctor", "John Smith"),
        ("пациент был осмотрен врачом", "Иван Ильин"),
    ):
        lookup = ValueSearch.of(
            [f"{names}{index}" for index in range(80)] + [f"555-0{index}-1234" for index in range(10, 30)]
        )
        text = (f"{words_} " * 200)[:4000]
        assert not lookup.finds(text)
        assert pace.is_within(partial(lookup.finds, text), 3)
