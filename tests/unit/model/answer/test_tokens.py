"""Tokens of an answer alone, and tokens that were written down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.answer.tokens import Token, read_tokens, within

ALL = tuple(
    Token(text, -float(place))
    for place, text in enumerate(("<think>", '{"mood": "Bad"}', "</think>", '{"mood": "', "Go", "od", '"} so'))
)
TOKENS = st.lists(st.builds(Token, st.text(max_size=4), st.floats(-9, 0)), max_size=12)


def test_tokens_within_the_answer():
    assert within(ALL, '{"mood": "Good"}') == ALL[3:]
    assert within(ALL, '{"mood": "Bad"}') == ALL[1:2]
    assert within(ALL, "") == within(ALL, "elsewhere") == within((), "x") == ()


def test_the_last_of_two_that_are_alike_counts():
    assert within([Token("ab", -1.0), Token("c", -2.0), Token("ab", -3.0)], "ab") == (Token("ab", -3.0),)


@given(TOKENS, st.data())
def test_the_tokens_of_a_stretch_hold_it_and_no_more_than_their_own_ends(tokens, data):
    text = "".join(token.text for token in tokens)
    start = data.draw(st.integers(0, len(text)))
    source = text[start : data.draw(st.integers(start, len(text)))]
    found = "".join(token.text for token in within(tokens, source))
    assert source in found
    assert len(found) <= len(source) + 6


def test_tokens_come_back_as_they_were_written():
    tokens = (Token("Go", -0.5, (("Ba", -1.0), ("N", -3.0))), Token("od", 0.0))
    assert read_tokens(json.loads(json.dumps(tokens))) == tokens


@pytest.mark.parametrize("said", [5, [5], [["Good", -0.1]], [["Good", -0.1, 5]], [["Good", -0.1, [["a"]]]]])
def test_what_was_not_written_so_is_refused(said):
    with pytest.raises((TypeError, ValueError)):
        read_tokens(said)
