"""What models guess in texts without much case is cut to what may be a name."""

import pytest

from backend.privacy.detect.second_look.casual import is_emphatic, trim
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.types import Detection


def trimmed(text: str, value: str, kind: str = "PERSON", score: float = 0.6, recognizer: str = MODEL) -> list[str]:
    start = text.index(value)
    found = Detection(start, start + len(value), kind, score, recognizer)
    return [text[d.start : d.end].strip() for d in trim(text, [found])]


@pytest.mark.parametrize(
    ("text", "guess", "left"),
    [
        ("luv ya jen xx", "luv ya jen xx", ["jen"]),
        ("Tell Pinky no", "Tell Pinky", ["Pinky"]),
        ("yo Dre its late", "yo Dre", ["Dre"]),
        ("can jay merge it", "jay merge", ["jay"]),
        ("amy wdyt", "amy wdyt", ["amy"]),
        ("Oscar w/ Jude", "Oscar w/ Jude", ["Oscar", "Jude"]),
        ("<frost> yo kev", "frost> yo kev", ["frost", "kev"]),
        ("Zoe 😭 Max", "Zoe 😭 Max", ["Zoe", "Max"]),
        ("@kim Netflix then", "Netflix", []),
        ("LOL OMG ok", "LOL OMG", []),
        ("O Brien left", "O Brien", ["O Brien"]),
        ("Ignatius Rooke came", "Ignatius Rooke", ["Ignatius Rooke"]),
        ("the Alexan-\nder case", "Alexan-\nder", ["Alexan-\nder"]),
    ],
)
def test_a_guess_is_cut_to_the_name(text, guess, left):
    assert trimmed(text, guess) == left


@pytest.mark.parametrize(
    ("text", "guess", "left"),
    [
        ("so #MarketUpdate now", "MarketUpdate", []),
        ("#JusticeForEudoraPike is here", "JusticeForEudoraPike", ["EudoraPike"]),
        ("see #ramirez-family", "ramirez", ["ramirez"]),
    ],
)
def test_of_a_hashtag_a_name_is_left(text, guess, left):
    assert trimmed(text, guess) == left


def test_a_day_of_the_week_is_no_date():
    assert trimmed("come on Sunday then", "Sunday", "DATE_TIME", recognizer=TAGGER) == []
    assert trimmed("come on 3 May then", "3 May", "DATE_TIME", recognizer=TAGGER) == ["3 May"]


def test_a_handle_behind_a_common_word_is_no_address():
    text = "hey @ann.lee x"
    (found,) = trim(text, [Detection(0, 12, "EMAIL_ADDRESS", 0.75, "Patterns: email_spelled_out")])
    assert (text[found.start : found.end], found.entity_type) == ("@ann.lee", "USERNAME")


def test_capitals_say_nothing_in_a_headline():
    headline = "Local Man Rescues Swan From Canal"
    assert is_emphatic(headline, 18, 22)
    assert trimmed(headline, "Swan", score=0.3) == []
    assert trimmed(headline, "Swan", score=0.8) == ["Swan"]
    assert not is_emphatic("we saw Swan on the way home", 7, 11)
    assert trimmed("we saw Swan on the way home", "Swan", score=0.3) == ["Swan"]


def test_what_does_not_guess_is_left_as_it_is():
    text = "tell lol"
    found = Detection(0, 8, "PERSON", 0.7, "Introduced")
    assert trim(text, [found]) == [found]
