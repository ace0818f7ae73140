"""Countries, large cities and what their people are called: found in any case, where a tagger goes by capitals."""

import re
from collections.abc import Iterator

from backend.privacy.names.gazetteer import COUNTRIES, PEOPLES, PLACES

_NO_PEOPLES = frozenset(
    "channel native pole viking roma orthodox democrat lapp scot gypsy caribbean vatican slav dane finn lao".split()
)
"""Words that are names of other things, or of persons, as well: found only as the second of two words."""
_TWO_WORDS = frozenset(
    "native south north east west new costa sri saudi puerto sierra central san el papua northern southern cape".split()
)
_SECOND_ONLY = frozenset("rican lankan leonean zealander verdean".split())
_AMBIGUOUS = frozenset(
    "turkey china chad jordan georgia guinea niger mali samoa cologne charlotte columbus phoenix florence virginia"
    " sofia valencia hollywood orlando oxford cambridge lima cork polish french".split()
)
"""Places and peoples that are words or names in small letters too: found so only behind a preposition, or never."""


_STARTS = frozenset(name.partition(" ")[0] for name in PLACES)
_WORD = re.compile(r"(?<![\w@#/.-])[^\W\d_]{3,}(?:-[^\W\d_]{3,})?(?![\w@])")
_CAPITAL = re.compile(r"[A-ZÅÎ][^\W\d_]{2,}(?:-[^\W\d_]{3,})?(?![\w@])")
_PREPOSITION = re.compile(r" (?:in|from|to|at|near|around|outside|via|through|visit(?:ed|ing)?) (?=[a-z]{3})")
_PART = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_TITLE = re.compile(r" [A-Z][a-z]")
"""Behind a people's name: an organisation's, as in `European Union`."""
_OF_COMPANIES = frozenset("african american asian british european".split())
_BEFORE = re.compile(r"(?<!\w)(?P<word>[A-Z][a-z]+) $")


def nations(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and entity type of countries and peoples with a capital, and of places without one."""
    if text.islower():
        yield from _uncased(text)
        return
    for match in _CAPITAL.finditer(text):
        start, end = match.span()
        if start and (text[start - 1].isalnum() or text[start - 1] in "_@#/.-"):
            continue
        word = match[0].lower()
        if word in _STARTS:
            yield from _place(text, start, COUNTRIES if word in _AMBIGUOUS else PLACES)
        elif _is_people(word) or word.removesuffix("s") in _SECOND_ONLY:
            first = _first_word(text, start)
            is_lone = word not in _NO_PEOPLES | _SECOND_ONLY and word.removesuffix("s") not in _SECOND_ONLY - PEOPLES
            is_of_company = word in _OF_COMPANIES and _TITLE.match(text, end)
            if first < start or (is_lone and not is_of_company):
                yield first, end, "NRP"
    for match in _PREPOSITION.finditer(text):
        yield from _place(text, match.end(), PLACES)


def _uncased(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _WORD.finditer(text):
        word = match[0]
        if word in _AMBIGUOUS:
            continue
        if word in _STARTS:
            yield from _place(text, match.start(), PLACES)
        elif _is_people(word) and word not in _NO_PEOPLES:
            yield *match.span(), "NRP"


def _is_people(word: str) -> bool:
    return word in PEOPLES or (word.endswith("s") and word[:-1] in PEOPLES)


def _first_word(text: str, start: int) -> int:
    """Return where a people's name begins that ends with the word at a place: `South African`."""
    before = _BEFORE.search(text, max(0, start - 12), start)
    return before.start() if before and before["word"].lower() in _TWO_WORDS else start


def _place(text: str, start: int, known: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the longest known name that begins at a place."""
    lowered = text[start : start + 28].lower()
    ends = [word.end() for word in _PART.finditer(lowered)][:3]
    for end in reversed(ends):
        if lowered[:end] in known:
            yield start, start + end, "LOCATION"
            return
