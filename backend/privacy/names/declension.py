"""Russian declension of names: six cases of the kinds of words that names are."""

import re

from backend.privacy.names.lists import CYRILLIC_FEMALE, CYRILLIC_MALE
from backend.privacy.names.parts import stem
from backend.system.memory import remembered

CASES = 6
"""Nominative, genitive, dative, accusative, instrumental, prepositional."""

_TABLES: dict[str, tuple[str, ...]] = {
    "surname": ("", "а", "у", "а", "ым", "е"),
    "female surname": ("а", "ой", "ой", "у", "ой", "ой"),
    "consonant": ("", "а", "у", "а", "ом", "е"),
    "patronymic": ("", "а", "у", "а", "ем", "е"),
    "й": ("й", "я", "ю", "я", "ем", "е"),
    "ий": ("ий", "ия", "ию", "ия", "ием", "ии"),
    "ь": ("ь", "я", "ю", "я", "ем", "е"),
    "а": ("а", "ы", "е", "у", "ой", "е"),
    "ка": ("а", "и", "е", "у", "ой", "е"),
    "я": ("я", "и", "е", "ю", "ей", "е"),
    "ия": ("ия", "ии", "ии", "ию", "ией", "ии"),
    "кий": ("ий", "ого", "ому", "ого", "им", "ом"),
    "ый": ("ый", "ого", "ому", "ого", "ым", "ом"),
    "ой": ("ой", "ого", "ому", "ого", "ым", "ом"),
    "ая": ("ая", "ой", "ой", "ую", "ой", "ой"),
    "": ("", "", "", "", "", ""),
}
_KINDS = (
    (re.compile(r"(?:[оеё]в|[иы]н)$"), "surname"),
    (re.compile(r"(?:[оеё]в|[иы]н)а$"), "female surname"),
    (re.compile(r"[сц]кий$"), "кий"),
    (re.compile(r"ый$"), "ый"),
    (re.compile(r"ой$"), "ой"),
    (re.compile(r"ая$"), "ая"),
    (re.compile(r"[иы]ч$"), "patronymic"),
)
_GIVEN_KINDS = (
    (re.compile(r"ий$"), "ий"),
    (re.compile(r"й$"), "й"),
    (re.compile(r"ь$"), "ь"),
    (re.compile(r"ия$"), "ия"),
    (re.compile(r"я$"), "я"),
    (re.compile(r"[гкхжчшщ]а$"), "ка"),
    (re.compile(r"а$"), "а"),
    (re.compile(r"[бвгджзклмнпрстфхцчшщ]$"), "consonant"),
)
_FLEETING = {"павел": "павл", "лев": "льв", "петр": "петр", "пётр": "петр"}
_GIVEN = {stem(name): name for name in (*CYRILLIC_FEMALE, *CYRILLIC_MALE)}
_COMMON_CASE = {
    **dict.fromkeys(("а", "я", "ы", "и", "ого", "его"), 1),
    **dict.fromkeys(("у", "ю", "ому", "ему"), 2),
    **dict.fromkeys(("ом", "ем", "ым", "им", "ой", "ей", "ою", "ею"), 4),
    **dict.fromkeys(("е",), 5),
}
_WORD = re.compile(r"[А-Яа-яЁё]{2,}")


@remembered(4096)
def given_name(word: str) -> str:
    """Return the nominative of a known given name in any case; "" for another word."""
    return _GIVEN.get(stem(word), "")


@remembered(4096)
def kind(word: str) -> str:
    """Return how a word in the nominative declines."""
    low = word.lower()
    kinds = (*_GIVEN_KINDS,) if given_name(word).lower() == low else (*_KINDS, *_GIVEN_KINDS)
    return next((name for pattern, name in kinds if pattern.search(low)), "")


@remembered(4096)
def forms(word: str) -> tuple[str, ...]:
    """Return the six cases of a word in the nominative."""
    table = _TABLES[kind(word)]
    bare = word[: len(word) - len(table[0])]
    oblique = _FLEETING.get(word.lower(), bare)
    oblique = oblique.capitalize() if word[0].isupper() else oblique
    return (word, *(oblique + ending for ending in table[1:]))


def inflect(name: str, ending: str) -> str:
    """Put a name into the case that a model meant by the ending that it glued to a placeholder."""
    found = list(_WORD.finditer(name))
    if not found or found[-1].end() != len(name):
        return name + ending
    last = found[-1][0]
    own = _TABLES[kind(last)]
    case = _COMMON_CASE.get(ending, 0)
    if own[case] != ending and ending in own[1:] and ending != "ом":
        case = own.index(ending, 1)
    if not case:
        return name + ending
    return _WORD.sub(lambda match: forms(match[0])[case], name)
