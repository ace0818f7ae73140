"""The second opinion goes by what is known of words of a kind, and by no word itself."""

import pytest

from backend.privacy.detect.judging.evidence import evidence
from backend.privacy.detect.judging.opinion import every_evidence, is_nobodys
from backend.privacy.detect.judging.words import Repeats, split_words
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.types import Detection

NOTE = "Patient on the ward. {} Wound dry, obs stable, paracetamol 1 g."


def evidence_of(sentence, word, *claims, note=NOTE):
    text = note.format(sentence)
    start = text.index(word)
    found = [Detection(start, start + len(word), kind, score, who) for who, kind, score in claims]
    said = split_words(text, found)
    place = next(at for at, each in enumerate(said) if each.start == start)
    return text, said[place], list(evidence(text, said, place, Repeats(said)))


LEXICON = ("Lexicon", "NAME", 0.15)
TAGGED = (TAGGER, "PERSON", 0.6)
SURE = (MODEL, "PERSON", 0.84)


@pytest.mark.parametrize(
    ("sentence", "word", "claims"),
    [
        ("Started Zelvotriptan 5 mg, settled.", "Zelvotriptan", [LEXICON]),
        ("An ICU bed is free.", "ICU", [(TAGGER, "ORGANIZATION", 0.6)]),
        ("The Glycoretard, then Keppra.", "Glycoretard", [LEXICON, TAGGED]),
    ],
)
def test_words_that_nothing_speaks_for_are_nobodys(sentence, word, claims):
    assert is_nobodys(*evidence_of(sentence, word, *claims))


@pytest.mark.parametrize(
    ("sentence", "word", "claims"),
    [
        ("Mr Lindqvist rang.", "Lindqvist", [LEXICON, TAGGED, SURE]),
        ("Seen by Okonkwo today.", "Okonkwo", [LEXICON, TAGGED, SURE]),
        ("Wife Margit visited.", "Margit", [LEXICON, SURE]),
        ("Handed over to Kowalczyk.", "Kowalczyk", [LEXICON, TAGGED]),
        ("Novak slept well.", "Novak", [LEXICON, SURE]),
        ("MODY 3 confirmed Exeter, off Novorapid.", "Exeter", [LEXICON, (TAGGER, "LOCATION", 0.6)]),
    ],
)
def test_names_are_somebodys(sentence, word, claims):
    assert not is_nobodys(*evidence_of(sentence, word, *claims))


@pytest.mark.parametrize("behind", ["pays", "ref 1821", "claim denied", "referral"])
def test_who_pays_or_decides_is_somebody_though_an_abbreviation(behind):
    claims = [(TAGGER, "ORGANIZATION", 0.6)]
    assert is_nobodys(*evidence_of("Ciprodex given. An IHQ bed is free.", "IHQ", *claims))
    assert not is_nobodys(*evidence_of(f"Ciprodex given. The IHQ {behind}.", "IHQ", *claims))


def test_no_evidence_is_of_a_single_word():
    text, word, told = evidence_of("Started Zelvotriptan 5 mg, settled.", "Zelvotriptan", LEXICON)
    assert any(name.startswith("-1 is started") for name, _ in told)
    names = {name.lower() for name, _ in every_evidence(text, word, told)}
    assert not [name for name in names if "started" in name or "zelvo" in name]


def test_elsewhere_than_in_clinics_nobody_is_asked():
    claims = [(TAGGER, "ORGANIZATION", 0.6)]
    assert not is_nobodys(*evidence_of("An ICU bed is free.", "ICU", *claims, note="Hello. {} It rained all day."))
