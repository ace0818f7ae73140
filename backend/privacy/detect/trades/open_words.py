"""Words of medicine and software that open vocabularies have: drugs, brands, substances, diseases, parts of the body.

They were gathered without what people and places are called, so that hardly anybody is called so; whoever is has a title
or another name beside, or the model says so.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.trades.evidence import LIKELY, is_of_person, is_titled
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.sorted_words import SortedWords
from backend.privacy.text.word_lists import word_lists
from backend.system.memory import remembered

BESIDE_NAMES = 0.1
"""Up to which probability of the model a word is believed that stands where names stand: `Epilim Chrono said`."""
LEAST = 4
"""Letters of a listed word."""
_WORD = re.compile(r"(?<![\w@/#.])[^\W\d_]+(?:['’-][^\W\d_]+)*(?![\w@#$%^*=]|[!.-]\w)")
_JOINT = re.compile("['’-]")


@lru_cache(maxsize=1)
def _words() -> SortedWords:
    return SortedWords(word_lists(__file__)["words"])


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


def _is_plain(part: str) -> bool:
    return len(part) < LEAST or (is_common(part) and part not in MAY_BE_NAMES)


def open_words(text: str, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Yield where listed words stand in a stretch, and up to which probability of a person they are believed."""
    for match in _WORD.finditer(text, start, end):
        if is_open_word(match[0]) and not is_titled(text, match.start()):
            beside = is_of_person(text, *match.span(), is_wide=False)
            yield *match.span(), BESIDE_NAMES if beside else LIKELY
