"""Words in a table are those that were given, and no others."""

from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.text.sorted_words import SortedWords

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@given(st.sets(WORDS, min_size=1), st.lists(WORDS))
def test_a_word_is_held_if_it_was_given(words, others):
    held = SortedWords(words)
    assert len(held) == len(words)
    assert all(word in held for word in words)
    assert all((word in held) == (word in words) for word in others)


def test_what_only_resembles_a_word_is_not_held():
    held = SortedWords(["été", "est"])
    for other in ("", "es", "este", "Est", "est\0", "ete", "é" * 100):
        assert other not in held
