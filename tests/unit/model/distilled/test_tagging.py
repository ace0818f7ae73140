"""Words' tags → spans that a text can have, and how an answer names them."""

import itertools

import numpy as np
import pytest

from backend.model.distilled.tagging import Marked, begins, likeliest_tags, spans_of, sureness, told_once
from backend.model.distilled.words import WORD_SIZE, word_features, words_of


def can_be(tags):
    """Say whether each word that is within a span follows one of the same span."""
    return all(tag == 0 or tag % 2 or before in {tag, tag - 1} for before, tag in itertools.pairwise((0, *tags)))


@pytest.mark.parametrize("seed", range(20))
def test_the_likeliest_row_of_tags_is_found(seed):
    logits = np.random.default_rng(seed).normal(size=(5, 5))
    best = max(
        filter(can_be, itertools.product(range(5), repeat=5)),
        key=lambda tags: sum(logits[place, tag] for place, tag in enumerate(tags)),
    )
    assert likeliest_tags(logits) == list(best)


def test_no_words_have_no_tags():
    assert likeliest_tags(np.zeros((0, 3))) == []
    assert spans_of([], []) == []


def test_spans_begin_and_end_where_their_tags_do():
    words = words_of("take [DRUG_1] 2.5 mg twice, or 5 mg")
    first, inner = begins(1), begins(1) + 1
    tags = [0, begins(0), first, inner, inner, inner, first, 0, 0, first, inner]
    found = spans_of(words, tags)
    assert found == [Marked(5, 13, 0, 1, 1), Marked(14, 20, 1, 2, 5), Marked(21, 26, 1, 6, 6), Marked(31, 35, 1, 9, 10)]
    shares = np.full((11, 5), 0.1)
    shares[3, inner] = 0.05
    assert sureness(found[1], shares) == 0.05


def test_words_are_told_once_but_where_their_labels_differ():
    text = "may may May may"
    spans = [Marked(0, 3, 0, 0, 0), Marked(4, 7, 1, 1, 1), Marked(8, 11, 0, 2, 2)]
    assert told_once(text, zip(spans, (0.9, 0.8, 0.7), strict=True)) == [
        (0, "may", 0.9),
        (1, "may", 0.8),
        (0, "May", 0.7),
    ]
    same = [(Marked(0, 3, 0, 0, 0), 0.9), (Marked(4, 7, 0, 1, 1), 0.7)]
    ((label, words, sure),) = told_once(text, same)
    assert (label, words) == (0, "may")
    assert sure == pytest.approx(0.8)


def test_hidden_values_look_alike_and_features_are_numbers_alone():
    assert word_features(words_of("[PERSON_1] ran")) == word_features(words_of("[PERSON_23] ran"))
    for text in ("", "\ud800 Łódź 2½ ☂", "a" * 300_000):
        for own in word_features(words_of(text)):
            assert own == sorted(set(own))
            assert all(0 <= place < WORD_SIZE for place in own)
