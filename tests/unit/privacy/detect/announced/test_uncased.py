"""Names as chats write them are found, and words that are meant as words are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.detect.announced.uncased import _BEFORE_CALLED, _is_named, uncased_names
from backend.privacy.detect.second_look.brands import brands
from backend.privacy.detect.vocabulary.given import is_given, may_be_given
from backend.privacy.detect.vocabulary.lexicon import WORD, is_common, is_deed
from backend.privacy.detect.vocabulary.slang import is_slang


def names(text: str) -> list[str]:
    return [text[start:end] for start, end in uncased_names(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("her boy will bit the cat", ["will"]),
        ("my boss grant says no", ["grant"]),
        ("my wife rose, and auntie may", ["rose", "may"]),
        ("thanks mate, tell grace sorry", ["grace"]),
        ("cheers drew", ["drew"]),
        ("hi will, you there?", ["will"]),
        ("its mark from work", ["mark"]),
        ("+1 to what chance said", ["chance"]),
        ("well, bill from finance rang", ["bill"]),
        ("frank and me will pop over", ["frank"]),
        ("zara, ruby & hazel", ["zara", "ruby", "hazel"]),
        ("agent\nhope: hi there\nuser: hello", ["hope"]),
        ("is sue's branch merged?", ["sue"]),
        ("will will be there", ["will"]),
        ("no mrs tickle today", ["tickle"]),
        ("everyone here calls me noodle lol", ["noodle"]),
        ("omg mariaaa, jhon is late", ["mariaaa", "jhon"]),
        ("who told henderson about okonkwo", ["henderson", "okonkwo"]),
        ("TELL NGOZI and Mags", ["NGOZI", "Mags"]),
    ],
)
def test_names_are_found_by_what_stands_beside(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "i will call, may i? my wife will be late and her boss may come",
        "my sister drew a cat and the sun rose early",
        "hope you are well, good grace, have faith",
        "the bill from the plumber says 40",
        "its summer! so sunny here, and im rich",
        "call me later, call me asap",
        "a jack of all trades, a mark on the art, no chance",
        "thanks hope to see you",
        "mail dave@example.org or /home/rose_b/dave.txt",
        "#justicefordave @dave_x",
    ],
)
def test_words_that_are_meant_as_such_are_none(text):
    assert names(text) == []


def test_words_of_chats_are_no_names():
    assert all(map(is_slang, ["tmrw", "LMAOOO", "Ngl", "yaar"]))
    assert not is_slang("Kal")
    assert all(map(is_common, ["wfh", "sooooo", "omg", "hiya"]))
    assert not is_common("mariaaa")


def test_given_names_are_told_from_words():
    assert all(map(is_given, ["Tunde", "gaz", "SIOBHAN", "mikeyyy", "micheal"]))
    assert not any(map(is_given, ["will", "merge", "table", "rite"]))
    assert may_be_given("Ignatius")
    assert not may_be_given("merge")


def test_deeds_are_verbs_and_adverbs_alone():
    assert all(map(is_deed, ["merge", "merged", "quickly"]))
    assert not any(map(is_deed, ["baker", "table", "mark"]))


def test_brands_are_found_whole_and_as_written():
    text = "Call of Duty on my PlayStation, then Taco Bell's drive-in; a call of duty"
    assert [text[slice(*span)] for span in brands(text)] == ["Call of Duty", "PlayStation", "Taco Bell"]


@pytest.mark.parametrize("text", ["Georgia Dyson came", "Suzuki said no", "mail spotify@example.org", "J. Honda"])
def test_a_word_beside_makes_somebody_of_a_brand(text):
    assert list(brands(text)) == []


CALLED = st.sampled_from(
    "everyone they people calls call me himself goes by nickname's nickname is user name's insta mr dr. prof sir o'"
    " rose zed 2 _".split()
)


@given(st.lists(st.tuples(CALLED, st.sampled_from([" ", " ", " ", ". ", ", ", "\n", ""])).map("".join)).map("".join))
def test_a_word_that_somebody_is_called_by_stands_behind_one_that_tells_it(text):
    words = list(WORD.finditer(text))
    for index, word in enumerate(words):
        if _is_named(text, word.start(), word[0].lower()):
            assert index
            assert words[index - 1][0].lower()[-2:] in _BEFORE_CALLED
