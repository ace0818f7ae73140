"""Which values are one: forms of a person's name, or one value written in several ways."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from backend.privacy.entity_types import LITERAL, WITHHELD
from backend.privacy.names.parts import MOST_WORDS, initials, parts, stem
from backend.privacy.text.normalize import fold, normalize

MOST_SHARING = 100
"""Names that share a word: beyond these, nobody tells which one a part is of."""
FEWEST_DIGITS = 6
"""Of a number that is one with whatever stands between its digits."""


@dataclass(frozen=True, slots=True)
class TextValue:
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


def identify_values(found: Mapping[str, str], broken: Iterable[str] = ()) -> dict[str, TextValue]:
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
        canonical = max(its, key=_fullness) if len(its) > 1 else its[0]
        for form in its:
            # One identity has one type, that of its first form, or its placeholders would have two kinds.
            values[form] = TextValue(form, found[its[0]], identity, canonical, form not in within)
    return values


def _fullness(form: str) -> tuple[int, bool, bool, bool]:
    """Rank how full a name is; `John Smith` more than `Smith, John`, `JOHN SMITH` or `john.smith`."""
    plain = normalize(form).text
    count = 2 * len(parts(plain)) + len(initials(plain))
    return count, "," not in form, any(map(str.isspace, form)), not (form.isupper() or form.islower())


def _identities(found: Mapping[str, str]) -> dict[str, str]:
    """Return a key by value: a part of a name belongs to the full name, if to one alone."""
    keys: dict[str, str] = {}
    people: dict[str, Name] = {}
    for value, entity_type in found.items():
        if entity_type == LITERAL:
            keys[value] = f"literal {value}"
            continue
        plain = normalize(value).text
        its = frozenset(part.key for part in parts(plain)) if entity_type in ("PERSON", WITHHELD) else frozenset()
        if its:
            keys[value] = "name " + " ".join([*sorted(its), *sorted(initials(plain))])
            people[keys[value]] = its, initials(plain)
        else:
            keys[value] = f"value {_bare(fold(plain))}"
    index = _Names(people)
    return {value: index.whole(key) if key in people else key for value, key in keys.items()}


def _bare(value: str) -> str:
    """Return what is left of a value without what says nothing: a word's ending, what stands between digits."""
    if value.isalpha():
        return stem(value)
    is_number = sum(map(str.isdigit, value)) >= FEWEST_DIGITS
    return "".join(filter(str.isalnum, value)) if is_number else value


Name = tuple[frozenset[str], frozenset[str]]
"""The words of a name, and its initials."""


class _Names:
    """Tells of which full name a name is a part.

    Args:
        people: names by key.
    """

    def __init__(self, people: Mapping[str, Name]) -> None:
        self._people = people
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._by_glued: dict[str, set[str]] = defaultdict(set)
        self._known: dict[frozenset[str], Set[str]] = {}
        for key, (its, _) in people.items():
            for word in its:
                self._by_word[word].add(key)
            for one, other in itertools.permutations(its, 2) if len(its) <= MOST_WORDS else ():
                self._by_glued[one + other].add(key)

    def whole(self, key: str) -> str:
        """Return the one fullest name that a name is a part of, else itself."""
        if len(self._sharing(self._people[key][0])) > MOST_SHARING:
            return key
        fuller = self._fuller(key)
        fullest = [other for other in fuller if not fuller & self._fuller(other)]
        return fullest[0] if len(fullest) == 1 else key

    def _fuller(self, key: str) -> set[str]:
        its, letters = self._people[key]
        return {other for other in self._sharing(its) if _is_part(its, letters, *self._people[other])}

    def _sharing(self, its: frozenset[str]) -> Set[str]:
        """Return the names that have all these words, told once however many initials stand beside them."""
        if its not in self._known:
            first, *others = sorted((self._by_word[word] for word in its), key=len)
            found: Set[str] = first.intersection(*others) if others else first
            self._known[its] = found | self._by_glued.get(next(iter(its)), set()) if len(its) == 1 else found
        return self._known[its]


def _is_part(its: frozenset[str], letters: frozenset[str], full: frozenset[str], more: frozenset[str]) -> bool:
    """Say whether a name with some words of another, which it shares, is less full than that one."""
    if its == full:
        return letters < more
    return letters <= {word[0] for word in full - its} | more
