"""What a policy's owner lists: words of the trade that are no names, and values that are replaced whatever they are."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from backend.privacy.entity_types import CUSTOM, LITERAL, PERSON_TYPES, WORD_TYPES
from backend.privacy.hashed import MARK, HashedEntry, HashedSearch, read_entry
from backend.privacy.names import lists
from backend.privacy.names.declined import DeclinedSearch
from backend.privacy.names.parts import ALSO_WORDS, TITLES
from backend.privacy.replace.propagation import is_telling, unescaped
from backend.privacy.text.merge import GUESSING
from backend.privacy.text.value_search import Finds, FoundValue, ValueSearch
from backend.privacy.types import Detection, Scan

ALWAYS = "always_redact"
"""The recognizer of listed values."""
MOST_ENTRIES = 100_000
LONGEST = 200
"""Characters of an entry."""

_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")
# Own recognizers that a file of the policy may load; they go by the look of a word too.
_GUESSING = GUESSING | {"GLiNERRecognizer", "SpacyRecognizer", "StanzaRecognizer", "TransformersRecognizer"}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s\b")
_LONG_NUMBER = re.compile(r"\d{5}")
_UNITS = frozenset("cm dl fl g gr h hr iu kg l mcg mg min ml mm mmol ng nmol pg u µg μg г ед л мг мкг мл".split())
_BEFORE = re.compile(r"(?:(?<!\w)(?P<initial>[^\W\d_])\.|(?P<word>[^\W\d_]+)\.?)[ \t]{0,2}$")
_INITIAL_AFTER = re.compile(r"[ \t]{1,2}[^\W\d_]\.")
_BLANK = re.compile(r"[ \t]{1,2}|-")
_NEAR = 40

_FIRST_LISTS = (
    *(lists.LATIN_FEMALE, lists.LATIN_MALE, lists.OTHER_FEMALE, lists.OTHER_MALE),
    *(lists.CYRILLIC_FEMALE, lists.CYRILLIC_MALE, lists.COMMON_FIRST),
)
FIRST_NAMES = frozenset(name.lower() for names in _FIRST_LISTS for name in names)
_LAST_LISTS = (lists.LATIN_SURNAMES, lists.CYRILLIC_SURNAMES, lists.COMMON_SURNAMES)
SURNAMES = frozenset(name.lower() for names in _LAST_LISTS for name in names)
"""Common ones, in small letters."""


def entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield the entries of a list with their 1-based lines; blank lines and those that begin with `#` are none.

    Whatever ends a line on some system does: entries that were read as one would hide neither.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if (entry := line.strip()) and not entry.startswith("#"):
            yield number, entry


def valued(entry: str) -> tuple[str, str]:
    """Split an entry of `always_redact` at its tab into the value and its entity type."""
    value, _, kind = entry.partition("\t")
    return value.strip(), kind.strip() or CUSTOM


def is_type(kind: str) -> bool:
    """Say whether listed values may have an entity type; it need not be one that anything else finds."""
    return bool(_TYPE.fullmatch(kind)) and kind != LITERAL


def wrong_word(entry: str) -> str:
    """Say what is wrong with an entry of `never_redact`, "" if nothing is. It is not shown."""
    if sum(map(str.isalpha, entry)) < 2:
        return "has fewer than two letters"
    return "has a tab" if "\t" in entry else _too_long(entry)


def wrong_value(entry: str) -> str:
    """Say what is wrong with an entry of `always_redact`, "" if nothing is. It is not shown."""
    value, kind = valued(entry)
    if not is_type(kind):
        return "has an entity type behind its tab that is none"
    if value.startswith(MARK):
        return "" if read_entry(value) else "is no hashed value as labelguard privacy miss writes it"
    if not is_telling(value):
        return "is too short: three letters, four digits, or a letter with two digits tell something"
    return _too_long(value)


def hashed(text: str) -> Iterator[tuple[int, HashedEntry]]:
    """Yield the hashed values of a list of `always_redact`, with their 1-based lines."""
    for number, line in entries(text):
        if entry := read_entry(valued(line)[0]):
            yield number, entry


def _too_long(entry: str) -> str:
    return f"is longer than {LONGEST} characters" if len(entry) > LONGEST else ""


class _Values:
    """Finds listed values, both those that are known and those of which only a hash is.

    Args:
        values: as the list has them.
        keys: by which some of them may be hashed.

    Raises:
        DetectionError: one is hashed by another key.
    """

    __slots__ = ("_finders",)

    def __init__(self, values: Iterable[str], keys: Iterable[bytes]) -> None:
        read = {value: read_entry(value) for value in values}
        plain = DeclinedSearch((value for value, entry in read.items() if not entry), any_case=True)
        self._finders = (plain, HashedSearch(filter(None, read.values()), keys))

    def __bool__(self) -> bool:
        return any(self._finders)

    def finds(self, text: str) -> bool:
        """Say whether any value stands in a text (P4)."""
        return any(finder.finds(text) for finder in self._finders)

    def matches(self, text: str) -> list[FoundValue]:
        """Return the places where a value stands, each with its entry."""
        return [match for finder in self._finders for match in finder.matches(text)]


class Lists:
    """Applies both lists of a policy to what was found in a text.

    Args:
        never: words and phrases that are not replaced where something guessed at them.
        always: the values that are replaced, with their entity types; they count more.
        keys: by which some of the values may be hashed.

    Attributes:
        always: finds the values.

    Raises:
        DetectionError: a value is hashed by another key.
    """

    def __init__(
        self, never: Iterable[str] = (), always: Iterable[tuple[str, str]] = (), keys: Iterable[bytes] = ()
    ) -> None:
        self._never = DeclinedSearch(never, any_case=True)
        self._types = dict(always)
        self._always = _Values(self._types, keys)
        self.always: Finds = self._always

    @classmethod
    def of(cls, scan: Scan) -> "Lists":
        """Return those of a way of looking; reading them takes long, so that it is done once."""
        return _read(scan.never_redact, scan.always_redact, scan.list_keys)

    def __bool__(self) -> bool:
        return bool(self._never) or bool(self.always)

    @property
    def kinds(self) -> frozenset[str]:
        """The entity types of the values."""
        return frozenset(self._types.values())

    def apply(self, text: str, found: Sequence[Detection]) -> list[Detection]:
        """Return what was found without words that are listed as no names, and with the listed values."""
        left = spared(text, found, self._never) if self._never else found
        return sorted({*left, *self._values(text)})

    def _values(self, text: str) -> Iterator[Detection]:
        if not self._always:
            return
        for match in [*self._always.matches(text), *self._always.matches(unescaped(text))]:
            yield Detection(match.start, match.end, self._types[match.value], 1.0, ALWAYS)


@lru_cache(maxsize=32)
def _read(never: str, always: str, keys: tuple[bytes, ...]) -> Lists:
    return Lists((entry for _, entry in entries(never)), (valued(entry) for _, entry in entries(always)), keys)


def spared(text: str, found: Sequence[Detection], never: ValueSearch) -> list[Detection]:
    """Leave out guesses that consist of nothing but listed words, with the numbers and units beside them.

    What else makes a name of such a word counts more: a recognizer that goes by more than its look, a title or an
    initial before it, a first name beside it, or a name beside it that is not listed.
    """
    guesses = [d for d in found if d.recognizer in _GUESSING and d.entity_type in WORD_TYPES]
    spans = _joined((m.start, m.end) for m in never.matches(text)) if guesses else []
    listed = {d for d in guesses if _consists(text, d, spans)} if spans else set()
    if not listed:
        return list(found)
    people = [d for d in found if d.entity_type in PERSON_TYPES and d not in listed]
    edges = {d.end for d in people}, {d.start for d in people}
    free = {d for d in listed if not (_is_named(text, d, spans) or _is_beside(text, d, *edges))}
    return [d for d in found if d not in free]


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest of overlapping stretches, from left to right: of two phrases, neither is lengthened."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not joined or end > joined[-1][1]:
            joined.append((start, end))
    return joined


def _consists(text: str, found: Detection, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether a detection consists of listed words, with at most a dose beside them."""
    place, rest, is_listed = found.start, "", False
    for start, end in spans[bisect_left(spans, found.start, key=lambda span: span[1]) :]:
        if start >= found.end:
            break
        rest += f" {text[place : max(start, place)]}"
        place, is_listed = max(place, end), is_listed or end > found.start
    rest = _POSSESSIVE.sub("", f"{rest} {text[place : found.end]}")
    return is_listed and not _LONG_NUMBER.search(rest) and all(w.lower() in _UNITS for w in _WORD.findall(rest))


def _is_named(text: str, found: Detection, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether a title, an initial or a first name makes a name of a detection."""
    before = _BEFORE.search(text, max(found.start - _NEAR, 0), found.start)
    if before and ((before["initial"] or "").isupper() or (before["word"] or "").lower() in TITLES):
        return True
    if _INITIAL_AFTER.match(text, found.end) and text[found.end :].lstrip()[0].isupper():
        return True
    return any(_is_full(text, one, other, found, spans) for one, other in pairwise(_words_around(text, found)))


def _words_around(text: str, found: Detection) -> list[tuple[int, int]]:
    """Return the places of a detection's words, and of the words beside it."""
    words = [m.span() for m in _WORD.finditer(text, max(found.start - _NEAR, 0), found.end + _NEAR)]
    first = next((n for n, word in enumerate(words) if word[1] > found.start), len(words))
    last = next((n for n, word in enumerate(words) if word[0] >= found.end), len(words))
    return words[max(first - 1, 0) : last + 1]


def _is_full(
    text: str, one: tuple[int, int], other: tuple[int, int], found: Detection, spans: Sequence[tuple[int, int]]
) -> bool:
    """Say whether two words are a first name and a surname: with capitals, side by side, and no phrase of the list."""
    first, last = text[slice(*one)], text[slice(*other)]
    if not (_BLANK.fullmatch(text, one[1], other[0]) and first[0].isupper() and last[0].isupper()):
        return False
    if first.lower() not in FIRST_NAMES and not (first.lower() in ALSO_WORDS and one[0] >= found.start):
        return False
    return not any(start <= one[0] and other[1] <= end for start, end in spans)


def _is_beside(text: str, found: Detection, ends: set[int], starts: set[int]) -> bool:
    """Say whether a name that is not listed stands beside a detection."""
    before = (text[place : found.start] for place in range(max(found.start - 2, 0), found.start + 1) if place in ends)
    after = (text[found.end : place] for place in range(found.end, found.end + 3) if place in starts)
    return any(not gap or _BLANK.fullmatch(gap) for gap in (*before, *after))
