"""Tells names of persons and places from other words, where a key says that there may be one."""

import re

from backend.privacy.names.parts import ALSO_WORDS
from backend.privacy.structure.keys import Key
from backend.privacy.structure.vocabulary import word_set

Fit = tuple[int, int, str]
"""Start, end and entity type of a value."""

NOTHING = word_set(
    "unknown none null nil n/a na nan undefined true false yes no other not anonymous redacted hidden string str int"
    " integer float bool boolean object array text any required optional default empty todo tbd test same see self this"
    " value varchar неизвестно нет не да отсутствует inconnu aucun desconocido ninguno unbekannt keine password passwd"
    " pwd secret token username login user email"
)
"""Words that say that there is no value, or of which kind it should be."""
_NO_NAMES = NOTHING | word_set(
    "the a an this that these it its he she they we you i your our my all every everyone everybody somebody is are was"
    " has have had will may must please stable alert female male denies presents reports presented hi hello thanks"
    " thank ok okay sure good great well what when where who why how and or but if for with at on in as new home index"
    " admin administrator root guest system bot support sales team staff users name phone address date monday tuesday"
    " wednesday thursday friday saturday sunday"
)
_PARTICLES = word_set(
    "van von der den de del della di da do dos das du la le les el al bin ibn ben bint ter ten te y e zu zum zur af av"
    " оглы кызы фон де"
)
_ARTICLES = word_set("the a an our my every")
_TITLES = word_set("prof hon capt mme mlle herr frau проф")
_NAME = r"[^\W\d_](?:[^\W\d_]|['’ʼ`´.‐‑-](?=[^\W\d_]))*+\.?"
_WORDS = re.compile(rf"{_NAME}(?:(?:,? |\xa0){_NAME}){{0,5}}+")
_WORD = re.compile(_NAME)
_COMPANY = re.compile(r"\b(?:inc|llc|ltd|corp|gmbh|plc|llp|s\.?a\.?r\.?l|ооо|оао|зао|пао|ао)\b", re.IGNORECASE)
_ENDS = re.compile(r"[\s.,;:!?)\"'”»*_`(<\[\\/&|]|$")
_COORDINATES = re.compile(r"[+-]?\d{1,3}[.,]\d+(?:°?[ ,]{1,2}[+-]?\d{1,3}[.,]\d+)?")
_STATE = re.compile(r"[A-Z]{2}(?!\w)")


def is_capital(word: str) -> bool:
    """Say whether a word begins as a name does: with a capital, or in a script without them."""
    return word[0].isupper() or not word[0].islower()


def is_no_name(word: str) -> bool:
    """Say whether no name begins with a word."""
    return word.strip(",.").casefold() in _NO_NAMES


def is_person(key: Key, value: str) -> bool:
    """Say whether a delimited value may be the name of a person."""
    words = value.replace(",", " ").split()
    if not words or len(words) > 6 or not _WORDS.fullmatch(value) or is_no_name(words[0]):
        return False
    capitals = all(is_capital(word) or word.casefold() in _PARTICLES for word in words)
    if key.strength == "strong":
        return capitals or len(words) <= 3
    return (capitals and is_capital(words[0])) and not (key.strength == "role" and len(words) < 2)


def is_doubtful(key: Key, value: str) -> bool:
    """Say whether a value would be a name if anything else about a person stood beside it: `"name": "john"`."""
    words = value.split()
    if key.strength == "strong" or len(words) > 3 or not _WORDS.fullmatch(value) or is_no_name(words[0]):
        return False
    return key.strength == "weak" or all(map(is_capital, words))


def is_company(value: str) -> bool:
    """Say whether a name is a company's."""
    return _COMPANY.search(value) is not None


def person_at(key: Key, text: str, start: int, end: int) -> Fit | None:
    """Find the name of a person at the beginning of running text."""
    found = _WORDS.match(text, start, end)
    words = list(_WORD.finditer(text, start, found.end())) if found else []
    if found and key.strength == "role" and found[0] in ALSO_WORDS and not text[found.end() : end].strip(" .,;"):
        return start, found.end(), "PERSON"  # `Cc: will`
    if not found or is_no_name(words[0][0]):
        return None
    named = _count_names(text, words)
    if not named:
        whole = key.strength == "strong" and len(words) <= 3 and not text[found.end() : end].strip(" .,;\"'*_`)")
        return (start, found.end(), "PERSON") if whole else None
    stop = words[named - 1].end()
    if _ends_sentence(words[named - 1][0]):
        stop -= 1
    goes_on = named < len(words) and text[stop : words[named].start()] == " "
    if key.strength != "strong" and (goes_on or (key.strength == "role" and named < 2)):
        return None
    if not _ENDS.match(text, stop, end):
        return None
    return start, stop, "ORGANIZATION" if is_company(text[start:stop]) else "PERSON"


def _count_names(text: str, words: list[re.Match[str]]) -> int:
    """Count the words that a name goes on for."""
    named = 0
    for index, word in enumerate(words):
        # "Smith, John" is one person, "John Smith, Ann Lee" are two.
        if index > 1 and text[word.start() - 2] == ",":
            break
        if is_capital(word[0]):
            named = index + 1
        elif word[0].casefold() not in _PARTICLES:
            break
        if _ends_sentence(word[0]):
            break
    return named


def _ends_sentence(word: str) -> bool:
    return word.endswith(".") and len(word) > 4 and word[:-1].casefold() not in _TITLES


def place_at(key: Key, text: str, start: int, end: int) -> Fit | None:
    """Find a place, or a nationality, at the beginning of running text."""
    if key.name in ("coordinates", "state"):
        found = (_COORDINATES if key.name == "coordinates" else _STATE).match(text, start, end)
        return (start, found.end(), key.entity_type) if found else None
    stop = start
    for word in _WORD.finditer(text, start, end):
        if text[stop : word.start()] not in ("", " ", ", ") or not is_capital(word[0]) or len(word[0]) < 2:
            break
        stop = word.end()
        if _ends_sentence(word[0]):
            break
    stop -= text[stop - 1 : stop] == "."
    first = text[start:stop].split(maxsplit=1)[0].strip(",.").casefold() if stop > start else ""
    if not first or first in NOTHING or first in _ARTICLES:
        return None
    goes_on = text[stop : stop + 1] == " " and text[stop + 1 : min(stop + 2, end)].islower()
    return None if goes_on else (start, stop, key.entity_type)
