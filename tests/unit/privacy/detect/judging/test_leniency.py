"""In texts of clinics a word goes more easily, unless anything but its look speaks for somebody."""

import pytest

from backend.privacy.detect.judging.leniency import BESIDE, COMMON, DROPPED, dropped_under
from backend.privacy.detect.judging.words import Word
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.types import Detection

NOTE = "Patient on the ward. {} Wound dry, obs stable."


def under(sentence, word, *claims):
    text = NOTE.format(sentence)
    start = text.index(word)
    found = [Detection(start, start + len(word), kind, score, who) for who, kind, score in claims]
    return dropped_under(text, Word(start, start + len(word), word, found))


def lexicon(kind="NAME"):
    return "Lexicon", kind, 0.15


def test_a_rare_word_among_drugs_goes_more_easily():
    assert under("Difflam, Caphosol, ice.", "Caphosol", lexicon()) == BESIDE[0][1]


def test_a_common_word_or_abbreviation_that_the_tagger_alone_takes_for_a_name_does():
    assert under("Plan: repeat MRE in a year.", "MRE", (TAGGER, "ORGANIZATION", 0.6)) == COMMON


@pytest.mark.parametrize(
    ("sentence", "word", "claims"),
    [
        ("Difflam, Caphosol, ice.", "Caphosol", [lexicon(), (MODEL, "PERSON", 0.1)]),
        ("Difflam, Caphosol, ice.", "Caphosol", [lexicon(), ("Introduced", "PERSON", 0.7)]),
        ("Difflam, Yasmin, ice.", "Yasmin", [lexicon()]),
        ("Mr Caphosol, Difflam given.", "Caphosol", [lexicon()]),
        ("Difflam, Caphosol rang.", "Caphosol", [lexicon()]),
        ("Difflam and Caphosol to bleed.", "Caphosol", [lexicon()]),
        ("Seen at Caphosol.", "Caphosol", [lexicon()]),
        ("Handed over to Brewer.", "Brewer", [(TAGGER, "PERSON", 0.6)]),
        ("Signed MRE.", "MRE", [(TAGGER, "ORGANIZATION", 0.6)]),
    ],
)
def test_whatever_speaks_for_somebody_holds_it(sentence, word, claims):
    assert under(sentence, word, *claims) == DROPPED


def test_elsewhere_nothing_goes_more_easily():
    text = "We sell Difflam, Caphosol, ice."
    start = text.index("Caphosol")
    word = Word(start, start + 8, "Caphosol", [Detection(start, start + 8, "NAME", 0.15, "Lexicon")])
    assert dropped_under(text, word) == DROPPED
