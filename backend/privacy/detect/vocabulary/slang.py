"""Words of chats and tweets that stand in no dictionary, and that taggers take for names: `tmrw`, `lmao`, `wfh`."""

import re

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
SLANG = frozenset(_LISTS["slang"])
"""Slang, abbreviations, sounds and new words, in small letters; words in any case."""
ELSEWHERE = frozenset(_LISTS["elsewhere"])
"""Words of Hindi, Urdu, Arabic, Pidgin and Spanish that chats in English mix in; with a capital some are names."""
SURE = frozenset(
    "aka aww btw idk imo lmk lol nah ngl omg omw pls plz rip smh tbh tbt thx ugh wow wtf yay yep yup".split()
)
"""Short ones that are nobody's name with a capital either."""
_DRAWN = re.compile(r"([a-z])\1{2,}")


def is_slang(word: str) -> bool:
    """Say whether a word is one of these, however long its letters are drawn: `lmaooo` is.

    A short one with one capital may be a name: `Bae`, `Huh`, `Yoo`.
    """
    low = word.lower()
    if len(word) < 4 and word != low and word[1:].islower() and low not in SURE:
        return False
    if low in SLANG or (low in ELSEWHERE and word == low):
        return True
    return any(short in SLANG for short in shortened(low))


def shortened(word: str) -> tuple[str, ...]:
    """Return what a word whose letters are drawn out may be: `goood` is `good` or `god`; else nothing."""
    if not _DRAWN.search(word):
        return ()
    return _DRAWN.sub(r"\1\1", word), _DRAWN.sub(r"\1", word)
