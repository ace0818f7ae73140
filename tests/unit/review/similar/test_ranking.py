"""BM25 over texts that come and go, beside the formula written out."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.review.similar.ranking import K1, B, Ranking
from backend.review.similar.words import hashed_words

TEXTS = ["the card was declined", "card card card", "where is my new card", "the balance is wrong"]
WORDS = st.lists(st.sampled_from("a b c d e f g".split()), max_size=12).map(" ".join)


def bm25(texts, query):
    """Score texts as the formula says."""
    split = [text.split() for text in texts]
    mean = max(sum(map(len, split)) / len(split), 1.0)
    scores = []
    for words in split:
        score = 0.0
        for word in set(query.split()):
            having = sum(word in other for other in split)
            count = words.count(word)
            rarity = log(1 + (len(split) - having + 0.5) / (having + 0.5))
            score += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * len(words) / mean))
        scores.append(score)
    return scores


@given(st.lists(WORDS, min_size=1, max_size=8), WORDS)
def test_scores_are_the_formulas(texts, query):
    ranking = Ranking()
    slots = [ranking.add(hashed_words([text])) for text in texts]
    assert ranking.scores(hashed_words([query]))[slots].tolist() == pytest.approx(
        bm25(texts, query), rel=1e-4, abs=1e-6
    )


@given(st.lists(WORDS, min_size=2, max_size=8), st.data())
def test_what_was_removed_leaves_nothing(texts, data):
    ranking, plain = Ranking(), Ranking()
    gone = data.draw(st.sets(st.integers(0, len(texts) - 1)))
    slots = [ranking.add(hashed_words([text])) for text in texts]
    for number in gone:
        ranking.remove(slots[number], hashed_words([texts[number]]))
    left = [text for number, text in enumerate(texts) if number not in gone]
    again = [ranking.add(hashed_words([text])) for text in left]
    for number, slot in enumerate(slots):
        if number not in gone:
            ranking.remove(slot, hashed_words([texts[number]]))
    own = [plain.add(hashed_words([text])) for text in left]
    asked = hashed_words(["a b c"])
    assert ranking.scores(asked)[again].tolist() == pytest.approx(plain.scores(asked)[own].tolist(), rel=1e-4)
    assert len(ranking) == len(left)
    assert ranking.size <= len(texts) + len(left)


def test_nothing_is_like_anything_in_an_empty_one():
    assert Ranking().scores(hashed_words(["a"])).tolist() == []
    ranking = Ranking()
    ranking.add(hashed_words(["a"]))
    assert ranking.scores(hashed_words([])).tolist() == [0.0]


def test_more_texts_than_there_was_room_for():
    ranking = Ranking()
    slots = [ranking.add(hashed_words([f"text number{n}"])) for n in range(1_000)]
    assert int(np.argmax(ranking.scores(hashed_words(["number777"])))) == slots[777]
