"""The last look: which texts hold a value that must not leave, however it was written there."""

import json
from typing import ClassVar
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.last_look import LastLook
from backend.privacy.text.value_search import FoundValue, ValueSearch


@pytest.mark.parametrize(
    "text",
    [
        "Ann Zimmermann smiled",
        "ann zimmermann smiled",
        "ANN  ZIMMERMANN",
        json.dumps(json.dumps("Ann\nZimmermann")),
        quote("see Ann Zimmermann"),
        "Zimmermann",
        "ZIMMERMANN",
        "a=Zimmermann",
        quote("/Zimmermann/"),
        "Zimmermann\\nsmiled",
        "\\nZimmermann",
        "\\\\nZimmermann",
    ],
)
def test_values_are_found(text):
    guard = LastLook(["Ann Zimmermann", "Zimmermann"])
    assert guard.finds(text)


@pytest.mark.parametrize("text", ["", "Anna smiled", "zimmermanns", "Zimmermanns", "Mann"])
def test_others_are_not(text):
    assert not LastLook(["Ann Zimmermann", "Zimmermann"]).finds(text)


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("Baker slept", True),
        ("BAKER slept", True),
        ("a baker slept", False),
        ("a baker, and Baker", True),
        ("Baker, a baker", True),
        ("%42aker", True),
        ("a%20baker", False),
        ("said\\nBaker", True),
        ("said\\nbaker", False),
        ("\\u0042aker", True),
        ("\\u0062aker", True),  # escaped letter by letter, by whom and whatever for
    ],
)
def test_a_word_in_small_letters_may_be_another_one(text, is_meant):
    assert LastLook(["Baker"]).finds(text) is is_meant


VALUES = ["Baker", "Ann Baker", "Will", "+1 212 555 0147", "Łukasz Żak", "AB-4471"]
PIECES = [
    *VALUES,
    *(
        "baker",
        "will",
        "BAKER",
        "ann",
        "Ann",
        "\\u0042aker",
        "%42aker",
        "&amp;",
        "Ann\\nBaker",
        "B\u0430ker",
        "212 555",
    ),
    *(
        "0147",
        "+1",
        "AB",
        "4471",
        "type",
        "string",
        "a mood",
        "",
        " ",
        "\n",
        "\\",
        "%",
        "x",
        ".",
        "-",
        "\x0b",
        "\x7f",
        "é",
    ),
]


@given(
    values=st.lists(st.sampled_from(VALUES), max_size=4),
    always=st.lists(st.sampled_from(VALUES), max_size=2),
    texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=8, unique=True),
)
def test_of_many_texts_that_are_read_together_the_same_one_is_found(values, always, texts):
    guard = LastLook(values, ValueSearch(always, any_case=True))
    assert guard.first(texts) == next(filter(guard.finds, texts), None)


def test_plain_texts_are_read_as_one_and_others_by_themselves():
    class Watched:
        read: ClassVar[list[str]] = []

        def finds(self, text: str) -> bool:
            self.read.append(text)
            return False

        def __bool__(self) -> bool:
            return True

    texts = ["type", "b\u0430ker", "string", "50%", "a\\nb", "x &amp; y", "\x0b"]
    assert LastLook([], Watched()).first(texts) is None
    assert Watched.read == ["type\nstring", *(text for text in texts if text not in ("type", "string"))]


def test_what_stands_in_two_texts_stands_in_none():
    assert LastLook(["Ann Baker", "AB-447199"]).first(["Ann", "Baker", "AB-44", "7199"]) is None


def test_several_words_are_meant_in_any_case():
    assert LastLook(["Ann Baker"]).finds("ann baker")


def test_a_value_that_was_written_small_is_meant_in_small_letters():
    assert LastLook(["zimmermann"]).finds("zimmermann")


@pytest.mark.parametrize("value", ["", " ", "x", "21", "No"])
def test_what_tells_nothing_stops_nothing(value):
    guard = LastLook([value])
    assert not guard
    assert not guard.finds(f"x {value} x")


@pytest.mark.parametrize("value", ["Baker", "Ann Baker", " Baker ", "4111 1111"])
def test_any_other_makes_a_guard(value):
    assert LastLook([value])


def test_another_word_hides_no_value_that_is_disguised():
    guard = LastLook(["Baker", "Ann Zimmermann"])
    assert not guard.finds("a baker slept")
    assert guard.finds("a baker met \\u0041nn Zimmermann")


def test_blanks_around_a_value_are_none_of_it():
    assert LastLook([" Ann Baker\n"]).finds("(Ann Baker)")
    assert LastLook(["\tBaker "]).finds("(Baker)")
    assert not LastLook(["\tBaker "]).finds("a baker slept")


def test_matches_are_in_order_the_longest_first_and_undisguised():
    text = "A baker. Ann Baker, Baker"
    guard = LastLook(["Ann Baker", "Baker", "Ann"])
    found = [(match.start, match.end, match.value) for match in guard.matches(text)]
    assert found == [(9, 18, "Ann Baker"), (9, 12, "Ann"), (13, 18, "Baker"), (20, 25, "Baker")]
    assert guard.matches("%42aker") == []
    assert LastLook([]).matches(text) == list[FoundValue]()
