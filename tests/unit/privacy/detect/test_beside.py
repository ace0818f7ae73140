"""What stands beside a name or an address is found although it is looked for in a shorter stretch, or seldom."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.detect.second_look.assemble import (
    _BEFORE,
    _BEFORE_ANOTHER,
    _NAME_BEFORE,
    _PARTICLE_BEFORE,
    FAR,
    _ends_a_pair,
    _name_before,
    _particle_before,
)
from backend.privacy.patterns.places.growing import _BEFORE_GROWN, _HOUSE, _may_end_a_house

PIECES = st.sampled_from(
    [
        *"AbÉ.,-_ \n'’&,;2",
        *("A.", "J. ", "B.-", "C. D. E. ", "Lee ", "Lee, ", "ben.", "O'Neil ", "Smith-Jones ", "Van ", "van den "),
        *("van 't ", "Saint ", "Le ", "de ", "and ", "or ", "& ", "Bob and ", "a ", "The Old Dairy, ", "Mill House, "),
        *("East Farm, \n", "corner of ", "12, ", "flat ", "Unit #", "second floor, ", "twenty-one "),
    ]
)
TEXTS = st.lists(PIECES, max_size=10).map("".join)


def span(match):
    return match.span() if match else None


@given(TEXTS, st.integers(0, 3))
def test_words_before_a_name(text, behind):
    text += "x" * behind
    end = len(text) - behind
    first = max(end - FAR, 0)
    assert span(_name_before(text, end)) == span(_NAME_BEFORE.search(text, first, end))
    assert span(_particle_before(text, end)) == span(_PARTICLE_BEFORE.search(text, first, end))


@pytest.mark.parametrize(
    ("pattern", "may_hold"),
    [
        (_BEFORE, lambda text: text[-1:].isspace()),
        (_BEFORE_ANOTHER, _ends_a_pair),
        (_HOUSE, _may_end_a_house),
        (_BEFORE_GROWN, lambda text: text[-1:].isspace()),
    ],
)
@given(text=TEXTS)
def test_a_text_that_is_left_out_ends_with_nothing(pattern: re.Pattern[str], may_hold, text):
    if not may_hold(text):
        assert pattern.search(text) is None
