"""Given names, nicknames, surnames: which words are somebody's name in small letters too, and which may be one."""

from functools import lru_cache

from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.detect.vocabulary.slang import is_slang, shortened
from backend.privacy.text.word_lists import word_lists
from backend.system.memory import remembered

_LISTS = word_lists(__file__)
NICKNAMES = frozenset(_LISTS["nicknames"])
"""Short forms and names of three letters, in small letters; no words."""
FIRST = frozenset(_LISTS["first"])
"""Names that stand in dictionaries as words, but in a chat are seldom meant so."""
SECOND = frozenset(_LISTS["second"])
"""Words that are names too: what stands beside one decides."""
LIKELY = frozenset(_LISTS["likely"])
"""Which of them are mostly names: all but where a word beside says no."""
MISSPELT = frozenset(_LISTS["misspelt"])
"""Frequent names, of which a misspelling is told from another word."""
_WORD_SURNAMES = frozenset(_LISTS["word_surnames"])
AUXILIARY = frozenset({"may", "will"})
"""Which of them stand before a verb, and are none then."""
BARE = frozenset("also be do get give go have let make need not see take".split())
"""What stands behind an auxiliary, and in its form never behind a name."""
LEAST = 4
"""Letters of a name that is told from another word without knowing more, or although it is misspelt."""


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    return frozenset(word_lists(__file__, "given_names")["given_names"]) | NICKNAMES | FIRST | SECOND


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    return frozenset(word_lists(__file__, "surnames")["surnames"])


def is_surname(word: str) -> bool:
    """Say whether a word, in any case, is a surname and no word of the language."""
    return word.lower() in _surnames() and not is_common(word)


def is_word_surname(word: str) -> bool:
    """Say whether a word with a capital is a frequent surname and a word of the language as well: `Baker`, `Stone`."""
    return word[:1].isupper() and word[1:].islower() and word.lower() in _WORD_SURNAMES


def is_small_word_surname(word: str) -> bool:
    """Say whether a word in small letters is a frequent surname as well: `baker`. What stands beside it decides."""
    return word.islower() and word in _WORD_SURNAMES


def may_be_surname(word: str) -> bool:
    """Say whether a word, in any case, stands in the lists of surnames, be it a word of the language or not."""
    return word.lower() in _surnames()


@remembered(20_000)
def is_given(word: str) -> bool:
    """Say whether a word, in any case, is a given name and hardly anything else; `mariaaa` and `jhon` are."""
    low = word.lower()
    if is_slang(low) or low in SECOND:
        return False
    if any(each in NICKNAMES or each in FIRST for each in (low, *shortened(low))):
        return True
    if is_common(low) or len(low) < LEAST:
        return False
    return any(each in _listed() for each in (low, *shortened(low))) or _is_swapped(low)


def may_be_given(word: str) -> bool:
    """Say whether a word, in any case, stands in the lists of given names, be it a word of the language or not."""
    return word.lower() in _listed() or is_given(word)


def _is_swapped(word: str) -> bool:
    """Say whether two letters of a name are swapped, but for the first: `jhon`, `micheal`."""
    if not LEAST <= len(word) <= 9:
        return False
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1))
    return not MISSPELT.isdisjoint(swapped)
