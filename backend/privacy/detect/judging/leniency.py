"""Under which probability a word goes: in texts of clinics more of it where nothing else speaks for somebody.

The model is what knows names best there. Of a word that it does not take for one, that nobody announces and that does
not stand as names do, the tagger knows little, and dictionaries only that it is rare; how it is spelt tells more.
"""

from dataclasses import replace

from backend.privacy.detect.judging.words import Word
from backend.privacy.detect.trades.beside import is_beside_deeds, is_beside_terms
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.detect.trades.evidence import is_of_person
from backend.privacy.detect.trades.nobodys import is_somebodys_place, may_be_initials
from backend.privacy.detect.trades.open_words import is_known_name
from backend.privacy.detect.trades.spelling import least_likeness
from backend.privacy.detect.vocabulary.given import may_be_surname
from backend.privacy.text.merge import TAGGER

DROPPED = 0.003
"""Probability under which a word that was found by its look goes."""
COMMON = 0.01
"""Under which a common word or an abbreviation does that the tagger alone takes for a name in a text of a clinic."""
ALIKE = 1.0
"""Log-odds from which on a word is spelt as products are, of which it goes elsewhere too: one name of 500 is."""
BESIDE = ((-1.0, 0.1), (-3.0, 0.05))
"""Under which a word goes that stands where drugs and devices do, by log-odds from which on it is spelt as they are."""
NUMBERED = frozenset({"Patterns: address"})
"""Recognizers that take a word and a number for an address where something near is of addresses."""
DOUBTFUL = 0.45
"""Score up to which what announces a name is a guess too."""
_LEXICON, _INTRODUCED = "Lexicon", "Introduced"


def dropped_under(text: str, word: Word) -> float:
    """Return the probability of being somebody's under which a word goes.

    Args:
        text: that it stands in.
        word: with what each recognizer said of it.
    """
    claimed = {d.recognizer for d in word.claims if d.recognizer != _INTRODUCED or d.score > DOUBTFUL}
    claimed -= NUMBERED
    if not claimed <= {TAGGER, _LEXICON} or not is_clinical(text):
        return DROPPED
    bare = word.text.removesuffix("'s").removesuffix("’s")
    word = replace(word, end=word.start + len(bare), text=bare)
    if is_of_person(text, word.start, word.end, is_wide=False) or is_somebodys_place(text, word.start, word.end):
        return DROPPED
    if is_known_name(bare) or may_be_surname(bare):
        return DROPPED
    return _of_rare(text, word) if _LEXICON in claimed else _of_common(text, word)


def _of_common(text: str, word: Word) -> float:
    """Return it of what the tagger alone takes for a name."""
    is_doubtful = _may_be_called(word) or may_be_initials(text, word.start, word.end)
    return DROPPED if is_doubtful else COMMON


def _of_rare(text: str, word: Word) -> float:
    """Return it of a word that no dictionary has."""
    if word.text.islower() or word.text.isupper() or is_beside_deeds(text, word.end):
        return DROPPED
    likeness = least_likeness(word.text)
    if not is_beside_terms(text, word.start, word.end):
        return BESIDE[-1][1] if likeness >= ALIKE else DROPPED
    return next((under for least, under in BESIDE if likeness >= least), DROPPED)


def _may_be_called(word: Word) -> bool:
    """Say whether a common word may be somebody's surname, or one of several of an organisation's name."""
    is_name = word.text.istitle() and any(d.entity_type in ("PERSON", "LOCATION") for d in word.claims)
    return is_name or any(
        d.end - d.start > len(word.text) + 1 for d in word.claims if d.entity_type == "ORGANIZATION"
    )  # `Brewer`, `Camelid Plasma Co`
