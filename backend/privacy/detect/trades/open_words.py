"""Words of medicine and software that open vocabularies have: drugs, brands, substances, diseases, parts of the body.

They were gathered without what people and places are called. Other words are told by how they are spelt.
"""

import re
from functools import lru_cache

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.trades.spelling import likeness
from backend.privacy.detect.vocabulary.given import is_surname, may_be_given
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.sorted_words import SortedWords
from backend.privacy.text.word_lists import word_lists
from backend.system.memory import remembered

ALIKE = 1.3
"""Log-odds from which on a word is spelt as products are: two of three products are, and one name of 250."""
LEAST = 4
"""Letters of a listed word."""
_JOINT = re.compile("['’-]")
_FORM = re.compile(
    r" (?:XL|XR|SR|MR|LA|CR|ER|HC|LAR|DT|SL|PR|HD|DS|SA|IV|Plus|Forte|Advance|Infant|Extra|Rapide|Duo|Depot|Retard"
    r"|Chrono|Zydis|Handihaler|Turbohaler|Accuhaler|Respimat|Evohaler|Inhaler|Syrup|Sequi)(?![\w'’.-])"
)
"""What belongs to a product's name behind it: `Concerta XL`. Nobody is called so: `Keppra Max slept` is of Max."""


@lru_cache(maxsize=1)
def _words() -> SortedWords:
    return SortedWords(word_lists.__wrapped__(__file__)["words"])  # as it is read, they are not kept twice


@remembered(20_000)
def is_open_word(word: str) -> bool:
    """Say whether a word, in any case, is listed: as it is, in the plural, or by all its parts."""
    low = word.lower().replace("’", "'").removesuffix("'s")
    if len(low) < LEAST:
        return False
    if low in _words() or (low[-1] == "s" and low[:-1] in _words()):
        return True
    parts = _JOINT.split(low)
    listed = [part for part in parts if part in _words()]
    return len(parts) > 1 and bool(listed) and all(part in listed or _is_plain(part) for part in parts)


def end_of_product(text: str, end: int) -> int:
    """Return where a product's name ends of which a word ends at a place."""
    form = _FORM.match(text, end)
    return form.end() if form else end


def _is_plain(part: str) -> bool:
    return len(part) < LEAST or (is_common(part) and part not in MAY_BE_NAMES)


@remembered(20_000)
def is_known_name(word: str) -> bool:
    """Say whether a word, in any case, or a part of it, is a name that we know, or the plural of one."""
    every = [part for part in _JOINT.split(word.lower()) if len(part) > 1]
    every += [part[:-1] for part in every if part[-1] == "s"]
    return any(part in MAY_BE_NAMES or may_be_given(part) or is_surname(part) for part in every)


@remembered(20_000)
def is_spelt_as_product(word: str) -> bool:
    """Say whether a word with a capital is spelt as products are, and is no name that we know."""
    if word.islower() or word.isupper() or is_known_name(word):
        return False
    odd = [part for part in _JOINT.split(word) if len(part) >= LEAST and not is_common(part)]
    weights = [likeness(part) for part in odd]
    return bool(weights) and max(weights) >= ALIKE and min(weights) > 0
