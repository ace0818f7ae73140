"""A score is made of the labels' own tokens, in the answer alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.config import build_plan
from backend.model.answer.score import answer_probability, prediction_score, within
from tests.parts import HANDLERS, SENTIMENT

PLAN = build_plan(SENTIMENT, HANDLERS)
TOKENS = (
    ("<think>", -1.0),
    ('{"mood": "Bad"}', -2.0),
    ("</think>", -3.0),
    ('{"mood": "', -4.0),
    ("Go", -0.5),
    ("od", -0.5),
)
ALL = (*TOKENS, ('"} so', -6.0))


def test_tokens_within_the_answer():
    assert within(ALL, '{"mood": "Good"}') == ALL[3:]
    assert within(ALL, '{"mood": "Bad"}') == ALL[1:2]
    assert within(ALL, "") == within(ALL, "elsewhere") == within((), "x") == ()


def test_the_last_of_two_that_are_alike_counts():
    assert within((("ab", -1.0), ("c", -2.0), ("ab", -3.0)), "ab") == (("ab", -3.0),)


def test_a_label_that_was_thought_of_has_no_part_in_the_score():
    assert answer_probability(PLAN, within(ALL, '{"mood": "Good"}')) == pytest.approx(math.exp(-1.0))
    assert answer_probability(PLAN, ()) is None
    assert prediction_score([None, 0.25, 1.0]) == pytest.approx(0.5)
    assert prediction_score([None]) is None


@given(st.lists(st.tuples(st.text(max_size=4), st.floats(-9, 0)), max_size=12), st.data())
def test_the_tokens_of_a_stretch_hold_it_and_no_more_than_their_own_ends(tokens, data):
    text = "".join(token for token, _ in tokens)
    start = data.draw(st.integers(0, len(text)))
    source = text[start : data.draw(st.integers(start, len(text)))]
    found = "".join(token for token, _ in within(tokens, source))
    assert source in found
    assert len(found) <= len(source) + 6
