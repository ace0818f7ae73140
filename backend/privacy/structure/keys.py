"""What a key, a column's header or a tag's name says about its value: words → entity type, in five languages.

A key is read as words, however it is written (`patientLastName`, `last-name`, `Date of birth`). Its head says the type;
what stands before it may change that: a `product_name` is nobody's.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from backend.privacy.entity_types import WORD_TYPES
from backend.privacy.structure.vocabulary import (
    ALONE,
    COMPANIES,
    FLAGS,
    NAMES,
    NEUTRAL,
    NUMBERS,
    OTHERS,
    OWNERS,
    PEOPLE,
    ROLES,
    SOFT,
    TECHNICAL,
    WEAK_NAMES,
)


@dataclass(frozen=True, slots=True)
class Key:
    """A kind of key.

    Attributes:
        name: canonical, of this dictionary; never as it stands in a text.
        entity_type: Presidio's.
        strength: how far the key alone may be trusted: `strong` for any value of the right form, `weak` for what looks
            like a name only (`name`), `role` for what looks like a full name only (`author`).
    """

    name: str
    entity_type: str
    strength: Literal["strong", "weak", "role"] = "strong"


_ID_NUMBER = Key("id_number", "ID_NUMBER")
_WITHOUT_NUMBER = WORD_TYPES - {"NRP"} | {"DATE_TIME"}
_ORGANIZATION = Key("organization", "ORGANIZATION")

_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 60


def _fold(text: str) -> str:
    if text.isascii():
        return text.casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _dictionary() -> dict[tuple[str, ...], Key]:
    keys: dict[tuple[str, ...], Key] = {}
    groups = [(Key(name, "PERSON", "role"), phrases) for name, phrases in ROLES.items()]
    groups += [(Key(name, "PERSON", "weak"), phrases) for name, phrases in WEAK_NAMES.items()]
    groups += [(Key(name, "PERSON"), phrases) for name, phrases in NAMES.items()]
    groups += [(Key(name, entity_type), phrases) for (name, entity_type), phrases in OTHERS.items()]
    for key, phrases in groups:
        for phrase in phrases.split(","):
            keys[tuple(_fold(phrase).split())] = key
    return keys


_KEYS = _dictionary()
_ENDINGS = ("password", "passwd", "passphrase", "passwort", "apikey", "secretkey", "accesstoken", "authtoken")
"""Of keys that are written as one word: `PGPASSWORD`."""
_WORDS = frozenset(word for phrase in _KEYS for word in phrase) | NEUTRAL | OWNERS | NUMBERS | TECHNICAL


def is_key_word(word: str) -> bool:
    """Say whether keys are made of a word, in any case: such a word in a key is nobody's name."""
    return _fold(word) in _WORDS


def key_words(key: str) -> list[tuple[str, int]]:
    """Return the words of a key, folded, with the offset of each; at most the first 60 characters are read."""
    words = []
    for match in _WORD.finditer(key, 0, _LONGEST):
        start = match.start()
        for cut in [*_CAMEL.finditer(match[0]), None]:
            stop = match.start() + cut.start() if cut else match.end()
            words.append((_fold(key[start:stop]), start))
            start = stop
    return words


def read_field_key(key: str, parent: str = "") -> Key | None:
    """Say what a key means; None for one that tells nothing.

    Args:
        key: as it stands in the text.
        parent: the key of what it stands in: `name` within `product` is nobody's, `first` within `name` is.
    """
    if not key or len(key) > _LONGEST:
        return None
    words = [word for word, _ in key_words(key)]
    found = find_key(words)
    key_found = found[0] if found else None
    if parent and (key_found is None or key_found.strength != "strong" or tuple(words) in ALONE):
        above = [word for word, _ in key_words(parent)]
        if key_found is None or tuple(words) in ALONE:
            both = find_key([*above, *words])
            return both[0] if both and both[1] <= len(above) - 1 else key_found
        if key_found.name == "name" and any(_singular(word) in COMPANIES for word in above):
            return _ORGANIZATION
        if any(word in NEUTRAL for word in above):
            return None
    return key_found


def is_neutral(key: str) -> bool:
    """Say whether a key speaks of things, such as `product`."""
    return any(word in NEUTRAL for word, _ in key_words(key))


def find_key(words: list[str]) -> tuple[Key, int] | None:
    """Find what the words of a key mean, and the index of the first of them that belongs to it."""
    for size in range(min(5, len(words)), 0, -1):
        key = _lookup(words[-size:])
        if key is not None:
            key = _qualified(key, tuple(words[-size:]), words[:-size])
            if key is None:
                break
            return key, _extended(words, len(words) - size)
    if len(words) > 1 and words[-1] in NUMBERS:
        return _numbered(words)
    for size in range(min(5, len(words) - 1), 0, -1):
        key = _lookup(words[:size])
        if key and key.strength != "role" and all(word in PEOPLE or word in SOFT for word in words[size:]):
            return key, 0
    if len(words) > 1 and words[0] in NUMBERS:
        rest = [word for word in words[1:] if word not in SOFT]
        key = _lookup(rest) if rest else None
        if key and key.entity_type != "PERSON":
            return key, 0
        return (_ID_NUMBER, 0) if rest and rest[0] in OWNERS else None
    return None


def _lookup(words: list[str]) -> Key | None:
    key = _KEYS.get(tuple(words))
    if key is None and words[-1].endswith("s"):
        key = _KEYS.get((*words[:-1], _singular(words[-1])))
    if key is None and len(words) == 1:
        ending = next((ending for ending in _ENDINGS if words[0].endswith(ending)), "")
        key = _KEYS.get((ending,))
    return key


def _singular(word: str) -> str:
    return word[:-2] if word.endswith("sses") else word.removesuffix("s")


def _qualified(key: Key, phrase: tuple[str, ...], before: list[str]) -> Key | None:
    """Let the words before a phrase change what it means."""
    if before and before[0] in FLAGS:
        return None
    if key.name == "name" and any(word in COMPANIES for word in before):
        return _ORGANIZATION
    if key.strength == "strong" and phrase not in ALONE and key.name not in ("date", "age", "state"):
        things = key.entity_type in ("PERSON", "USERNAME") and any(word in NEUTRAL for word in before)
        return None if things else key
    return key if all(word in PEOPLE or word in SOFT for word in before) else None


def _numbered(words: list[str]) -> tuple[Key, int] | None:
    """Read `… number`, `… id`: of something that has a key itself, or of somebody."""
    for size in range(min(4, len(words) - 1), 0, -1):
        key = _lookup(words[-size - 1 : -1])
        if key is not None and key.entity_type not in _WITHOUT_NUMBER:
            return key, _extended(words, len(words) - size - 1)
    return (_ID_NUMBER, _extended(words, len(words) - 2)) if words[-2] in OWNERS else None


def _extended(words: list[str], first: int) -> int:
    while first and (words[first - 1] in PEOPLE or words[first - 1] in SOFT):
        first -= 1
    return first
