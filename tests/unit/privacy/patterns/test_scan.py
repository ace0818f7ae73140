"""Tests of `backend.privacy.patterns.scan`: where trigger words stand."""

import re

from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.patterns.scan import _standing


@given(text=st.text("no ab_-1éİ", max_size=30), word=st.sampled_from(["no", "a", "aba", "é", "no1"]))
def test_a_word_is_found_wherever_it_stands_by_itself(text, word):
    standing = [match.start() for match in re.finditer(r"[^\W_]+", text) if match[0] == word]
    assert [*_standing(text, word)] == standing
