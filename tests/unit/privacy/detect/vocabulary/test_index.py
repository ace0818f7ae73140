"""A pattern that is tried at some words alone, or in some texts alone, finds what it finds everywhere."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.detect.announced import introduced, organizations, rosters
from backend.privacy.detect.vocabulary.index import WordIndex, firsts, folded_word, index

AT_WORDS = {
    name: (getattr(module, name), getattr(module, f"{name}_FIRST"))
    for module, names in (
        (introduced, ("TITLED", "SMALL", "ROLE", "SIGNED")),
        (rosters, ("_LIST", "_PLACE", "_ASKED", "_USER")),
        (organizations, ("_SUFFIXED", "_OF_THE")),
    )
    for name in names
}
IN_SOME: dict[str, tuple[re.Pattern[str], Callable[[str], object]]] = {
    "CREDENTIALS": (introduced.CREDENTIALS, lambda text: WordIndex(text).has(introduced.CREDENTIALS_FIRST)),
    "VIETNAMESE": (introduced.VIETNAMESE, lambda text: WordIndex(text).has(introduced.VIETNAMESE_WITHIN)),
    "SURNAME_FIRST": (introduced.SURNAME_FIRST, introduced.SURNAME_ENDS.search),
    "_TYPIST": (rosters._TYPIST, rosters._IN_BRACKETS.search),
    "_BESIDE_NAME": (rosters._BESIDE_NAME, rosters._IN_BESIDE_NAME.search),
    "_NUMBERED": (rosters._NUMBERED, rosters._IN_NUMBERED.search),
    "_DOTTED": (rosters._DOTTED, rosters._IN_DOTTED.search),
    "_LAST": (rosters._LAST, lambda text: rosters._INITIAL.search(text.rstrip())),
}
GAPS = st.sampled_from(
    [" ", " ", " ", ", ", ". ", "\n", ": ", "", " (", ") ", "'", "’", "_", "-", "2", "/", "& ", "#4410"]
)
NAMES = st.sampled_from(
    "Ann Lee Bob T. J. O'Neil SMITH NGUYEN 2 here and who the with was A (kjb) (a.lee) rin a.vixxen".split()
)


def fragments(pattern):
    """Words out of a pattern's own source, so that it is met often."""
    words = sorted(set(re.findall(r"[^\W\d_]{1,12}(?:'s|\\.)?", pattern.pattern.replace("[nñ]", "ñ"))))
    cased = [case(word.replace("\\", "")) for word in words for case in (str, str.lower, str.upper, str.title)]
    return st.sampled_from(sorted(set(cased)))


def texts(pattern):
    words = st.tuples(fragments(pattern) | NAMES, GAPS).map("".join)
    return st.lists(words, min_size=1, max_size=8).map("".join)


@pytest.mark.parametrize("name", AT_WORDS)
@given(st.data())
def test_a_pattern_is_tried_where_it_may_begin(name, data):
    pattern, first = AT_WORDS[name]
    text = data.draw(texts(pattern))
    assert spans(WordIndex(text).matches(pattern, first)) == spans(pattern.finditer(text))


@pytest.mark.parametrize("name", IN_SOME)
@given(st.data())
def test_a_text_that_is_left_out_holds_nothing(name, data):
    pattern, may_hold = IN_SOME[name]
    text = data.draw(texts(pattern))
    if not may_hold(text):
        assert pattern.search(text) is None


def test_a_word_in_any_case_is_the_same_where_it_is_so_for_patterns():
    every = "".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x10FFFF))))
    for letter in sorted({letter for _, first in AT_WORDS.values() for word in first for letter in word}):
        assert {folded_word(other) for other in re.findall(letter, every, re.IGNORECASE)} <= {folded_word(letter)}, (
            letter
        )


def test_matches_do_not_overlap():
    text = "told asked told asked grace"
    pattern = re.compile(r"\b(?:told|asked) \w+")
    assert spans(index(text).matches(pattern, firsts("told asked"))) == spans(pattern.finditer(text))


def spans(matches):
    return [match.span() for match in matches]
