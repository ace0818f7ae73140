"""Hashed values: found wherever the values themselves would be, and told by nothing that stands in a list."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import DetectionError
from backend.privacy import hashed
from backend.privacy.hashed import HashedSearch, hashed_entry, name_of, read_entry
from backend.privacy.listed import ALWAYS, Lists, wrong_value
from backend.privacy.redact import Redactor
from backend.privacy.text.normalize import fold
from backend.privacy.text.value_search import ValueSearch

KEY, OTHER = b"k" * 32, b"o" * 32


def lookup(*values, key=KEY):
    return HashedSearch([hashed_entry(value, key) for value in values], [key])


def found(text, *values):
    return [text[match.start : match.end] for match in lookup(*values).matches(text)]


@pytest.mark.parametrize(
    ("value", "text", "places"),
    [
        ("Anna Smith", "so ANNA  smith, and Anna\nSmith", ["ANNA  smith", "Anna\nSmith"]),
        ("Anna Smith", "Anna Smithers, MyAnna Smith, anna_smith, Anna", []),
        ("O'Brien", "O’BRIEN or O Brien", ["O’BRIEN"]),
        ("Łukasz Żak", "łukasz żak, Lukasz Zak", ["łukasz żak"]),
        ("欧阳秀芬", "患者欧阳秀芬，女", ["欧阳秀芬"]),
        ("Straße 5a", "STRASSE 5A", ["STRASSE 5A"]),
        ("Passw0rd!", "Passw0rd! or Passw0rd", ["Passw0rd!"]),
        ("(hidden) word", "a (hidden) word b", ["(hidden) word"]),
        ("4111 1111 1111 1111", "4111-1111-1111-1111; 4111111111111111; 41111111111111112", None),
        ("4111 1111 1111 1111", "4111 1111 / / / 1111 1111", []),
        ("DE-771204-XQ", "de771204xq", ["de771204xq"]),
        ("1234-5", "1234-5 and 1234 5", ["1234-5"]),
    ],
)
def test_a_value_is_found_as_whole_words_in_any_case(value, text, places):
    wanted = ["4111-1111-1111-1111", "4111111111111111"] if places is None else places
    assert found(text, value) == wanted


@pytest.mark.parametrize("hidden", ["An\u200bna Smith", "Ａｎｎａ Smith", "\u0410nna Smith", "Anna&#32;Smith"])
def test_a_value_is_found_behind_what_hides_it(hidden):
    assert found(f"saw {hidden}.", "Anna Smith") == [hidden]


@pytest.mark.parametrize("text", [r"{\"a\": \"\u0041nna Smith\"}", "to=Anna%20Smith"])
def test_the_last_look_reads_escapes(text):
    assert lookup("Anna Smith").finds(text)
    assert not lookup("Anna Smithe").finds(text)


WORDS = ["Anna", "Rose", "rose-hip", "Ли", "王", "五", "x9", "17", "4111", "1111", "2291", ".", ",", "(", "!", "_", "#"]
TEXTS = st.lists(st.sampled_from([*WORDS, " ", " ", "\n", "-"]), min_size=1, max_size=14).map("".join)


@given(TEXTS.filter(lambda value: any(map(str.isalnum, value))), TEXTS)
def test_what_the_value_itself_finds_its_hash_finds(value, around):
    text = f"{around} {value} {around}{value}{around}"
    known = {(match.start, match.end) for match in ValueSearch([value], any_case=True).matches(text)}
    hidden = {(match.start, match.end) for match in lookup(value).matches(text)}
    covered = {place for span in hidden for place in range(*span)}
    for start, end in known - hidden:  # of a number what stands at its ends is left
        assert {place for place in range(start, end) if text[place].isalnum()} <= covered
    if not str(hashed_entry(value, KEY).shape).partition("n")[2]:
        assert hidden <= known


@given(st.text(min_size=1, max_size=40).filter(lambda value: any(map(str.isalnum, fold(value)))))
def test_an_entry_reads_as_it_was_written(value):
    entry = hashed_entry(value, KEY)
    assert read_entry(str(entry)) == entry
    assert wrong_value(f"{entry}\tPERSON") == ""


def test_a_value_of_any_length_has_a_shape_that_can_be_read():
    for value in ("a" * 200, "a " * 100, "王" * 200, "9" * 200, "." * 99 + "abc" + "!" * 98):
        assert read_entry(str(hashed_entry(value, KEY)))
        assert lookup(value).finds(f"so {value} then")


def test_an_entry_holds_nothing_of_the_value_but_its_shape():
    entry = str(hashed_entry("Zxqv Brondle", KEY))
    assert re.fullmatch(r"hmac-sha256:[0-9a-f]{8}:2x12:[0-9a-f]{32}", entry)
    assert str(hashed_entry("zxqv  BRONDLE", KEY)) == entry
    assert str(hashed_entry("Zxqv Brondle", OTHER)).rpartition(":")[2] not in entry
    assert str(hashed_entry("Zxqv Brondla", KEY)) != entry


def test_whoever_has_no_key_tests_no_guess():
    entry = hashed_entry("Zxqv Brondle", KEY)
    assert name_of(KEY) == entry.key
    with pytest.raises(DetectionError, match="its key is not here") as caught:
        HashedSearch([entry], [OTHER])
    assert KEY.decode() not in caught.value.reason
    assert KEY.decode() not in repr(lookup("Zxqv Brondle"))


@pytest.mark.parametrize("part", ["hash", "key", "words", "nothing", "none"])
def test_what_is_no_entry_is_told(part):
    good = str(hashed_entry("Zxqv Brondle", KEY))
    bad = {
        "hash": good[:-1],
        "key": good.replace(name_of(KEY), "zz"),
        "words": good.replace("2x12", "12x2"),
        "nothing": good.replace("2x12", ""),
        "none": good.replace("2x12", "0x12"),
    }[part]
    assert read_entry(bad) is None
    assert wrong_value(bad) == "is no hashed value as labelguard privacy miss writes it"


def test_a_text_is_hashed_for_places_and_shapes_and_not_for_entries(monkeypatch):
    many = lookup(
        *(f"name{number:04} other" for number in range(1000)), *(f"{number}" for number in range(10**7, 10**7 + 99))
    )
    made = []

    def count(*given):
        made.append(given)
        return ""

    monkeypatch.setattr(hashed, "_hash", count)
    text = "name0001 other 10000001 " * 500
    many.matches(text)
    assert len(made) <= 3 * 500


def test_a_list_takes_both_and_gives_their_types():
    lists = Lists((), [("Falcon", "CUSTOM"), (str(hashed_entry("Zxqv Brondle", KEY)), "PERSON")], [KEY])
    assert lists.kinds == {"CUSTOM", "PERSON"}
    redactor = Redactor(lambda _: []).listing(lists)
    redacted = redactor.redact({"text": "zxqv brondle of FALCON"})
    assert redacted.fields["text"].text == "[PERSON_1] of [CUSTOM_1]"
    assert {p.recognizer for p in redacted.fields["text"].placeholders} == {ALWAYS}
    assert redacted.restore("[PERSON_1]") == "zxqv brondle"


def test_several_keys_read_what_each_of_them_hashed():
    both = HashedSearch([hashed_entry("Anna", KEY), hashed_entry("Otto", OTHER)], [OTHER, KEY])
    assert [match.value for match in both.matches("Anna Otto")] == [
        str(hashed_entry("Anna", KEY)),
        str(hashed_entry("Otto", OTHER)),
    ]
