"""Words as they are compared: whatever their case, marks and forms."""

import pytest

from backend.review.similar.words import MOST_WORDS, hashed_words, is_double, shingles, texts_in


def same(one, other):
    return is_double(shingles(hashed_words([one])), shingles(hashed_words([other])))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The card was  declined!", "the CARD was declined"),
        ("<p>The card</p><b>was declined</b>", "The card was declined"),
        ("Карта была отклонена", "карта была отклонено"),
        ("日本語の文章です。", "日本語の文章です"),
        ("Yes", "yes."),
        ("", "?!"),
        (
            "one two three four five six seven eight nine ten",
            "One two three four five six seven eight nine ten, eleven",
        ),
    ],
)
def test_nearly_the_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The card was declined", "The card was accepted"),
        ("Yes", "No"),
        ("Yes", ""),
        ("日本語の文章です", "日本語の手紙です"),
        ("one two three four five", "five four three two one"),
    ],
)
def test_not_the_same(one, other):
    assert not same(one, other)


def test_a_long_text_counts_up_to_a_bound():
    assert len(hashed_words(["word " * (MOST_WORDS + 10)])) == MOST_WORDS
    assert len(hashed_words(["a", "b c"])) == 3


def test_all_texts_below_the_fields_that_are_shown_count_and_no_others():
    data = {"turns": [{"who": "A", "says": "Hi"}, {"who": "B"}], "note": {"body": "text"}, "id": "7", "count": 5}
    assert list(texts_in(data, ["turns", "note.body", "count"])) == ["text", "A", "Hi", "B"]
