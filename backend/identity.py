"""Which values are one: forms of a person's name, or one value written in several ways."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backend.names import initials, parts, stem
from backend.normalize import fold, normalize
from backend.spans import LITERAL

FEWEST_DIGITS = 6
"""Of a number that is one with whatever stands between its digits."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it stands in a text.

    Attributes:
        text: its form there.
        entity_type: what it is.
        identity: equal for all forms of one value.
        canonical: the fullest of these forms.
        is_whole: whether it begins and ends where words do, wherever it stands.
    """

    text: str
    entity_type: str
    identity: str
    canonical: str
    is_whole: bool


def identify(found: Mapping[str, str], broken: Iterable[str] = ()) -> dict[str, Value]:
    """Tell which values are one.

    Args:
        found: entity types by value, in the order of the texts.
        broken: values that stand within a word somewhere.
    """
    within = frozenset(broken)
    keys = _identities(found)
    forms: dict[str, list[str]] = defaultdict(list)
    for value in found:
        forms[keys[value]].append(value)
    values = {}
    for identity, its in forms.items():
        canonical = max(its, key=_fullness)
        for form in its:
            # One identity has one type, that of its first form, or its placeholders would have two kinds.
            values[form] = Value(form, found[its[0]], identity, canonical, form not in within)
    return values


def _fullness(form: str) -> tuple[int, bool, bool, bool]:
    """Rank how full a name is; `John Smith` more than `Smith, John`, `JOHN SMITH` or `john.smith`."""
    plain = normalize(form).text
    count = 2 * len(parts(plain)) + len(initials(plain))
    return count, "," not in form, any(map(str.isspace, form)), not (form.isupper() or form.islower())


def _identities(found: Mapping[str, str]) -> dict[str, str]:
    """Return a key by value: a part of a name belongs to the full name, if to one alone."""
    keys: dict[str, str] = {}
    people: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for value, entity_type in found.items():
        if entity_type == LITERAL:
            keys[value] = f"literal {value}"
            continue
        plain = normalize(value).text
        its = frozenset(part.key for part in parts(plain)) if entity_type in ("PERSON", "WITHHELD") else frozenset()
        if its:
            keys[value] = "name " + " ".join([*sorted(its), *sorted(initials(plain))])
            people[keys[value]] = its, initials(plain)
        else:
            keys[value] = f"value {_bare(fold(plain))}"
    wholes = {key: _whole(key, people) for key in people}
    return {value: wholes.get(key, key) for value, key in keys.items()}


def _bare(value: str) -> str:
    """Return what is left of a value without what says nothing: a word's ending, what stands between digits."""
    if value.isalpha():
        return stem(value)
    is_number = sum(map(str.isdigit, value)) >= FEWEST_DIGITS
    return "".join(filter(str.isalnum, value)) if is_number else value


def _whole(key: str, people: Mapping[str, tuple[frozenset[str], frozenset[str]]]) -> str:
    """Return the one fullest name that a name is a part of, else itself."""
    fuller = [other for other in people if _is_part(people[key], people[other])]
    fullest = [other for other in fuller if not any(_is_part(people[other], people[more]) for more in fuller)]
    return fullest[0] if len(fullest) == 1 else key


def _is_part(name: tuple[frozenset[str], frozenset[str]], whole: tuple[frozenset[str], frozenset[str]]) -> bool:
    """Say whether one name is a part of another: its words are, and its initials are of the others' words."""
    its, letters = name
    full, more = whole
    glued = len(its) == 1 and len(full) > 1 and _is_glued(next(iter(its)), full)
    if not (its < full or glued or (its == full and letters < more)):
        return False
    return letters <= {part[0] for part in full - its} | more


def _is_glued(word: str, full: frozenset[str]) -> bool:
    return any(word == one + other for one in full for other in full if one != other)
