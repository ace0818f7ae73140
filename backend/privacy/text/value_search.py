"""Values in a text, however both are written: in another case, with what is not shown, with other separators."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol
from urllib.parse import unquote

from backend.privacy.text.normalize import Normalized, fold, folded, normalize
from backend.privacy.text.word_borders import UNCASED, Finder, joins

FEWEST_DIGITS = 6
"""Of a number that is one with whatever stands between its digits."""
LONGEST_GAP = 4
"""Characters between the parts of a number."""
PART = re.compile(rf"(?:(?!{UNCASED})[^\W_])+|(?!_){UNCASED}(?<=\w)")
"""A word or number, or a letter of a script without case."""
_NO_PARTS = {place: None for place in range(128) if not chr(place).isalnum()}
_FEW = 64  # values that are looked for one by one, which is quicker
_SHORT = 200  # characters of a value that is looked for so: a longer one may overlap itself a thousand times
_UNICODE_ESCAPES = re.compile(r"(?<!\\)(?:\\+u[0-9a-fA-F]{4})+")
_BLANK_ESCAPES = re.compile(r"(?<!\\)\\+[bfnrt]")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
# Words that are names too, words of every text, and words of prompts. Names that are hardly ever a word are not here.
_ORDINARY = """
    a about after all also am an and any are as at back be been before being between both but by can could did do does
    down each few first for from get had has have he her here him his how i if in into is it its just last like made
    make many me more most much my new no not now of off old on one only or other our out over own per same see she so
    some such than that the their them then there these they this those through to too two under up us use very was way
    we were what when where which while who whom why with you your yes
    april art august bay bill bird black blue bond brown bush case chance chase church city cook cross day dawn dean
    drew east faith field fields fish ford forest frank gay gene glass gold good grace grant gray green grey guy hall
    hand hill home hope house hunt joy judge june king lake lane law leg long love major march mark marks max may mercy
    miles north orange page park parks pen pond pope power price pride queen ray reading rich river rob rock rose sage
    sharp short silver sky small smart snow south spring star stone storm strong sue summer swift violet wall ward
    waters wells west white will winter wise wolf wood woods worth yard year young
    address age answer category choice company country date doctor dr email entity example false file group id item key
    label labels list location model mr mrs ms name names none null number order organization patient person phone place
    question region result score sentence span state string system task text time title true type url user value word
    words zip
    au aux avec ce claire dans de des du elle en et il ils je la le les ne ou par pas pour que qui rose sa sans se ses
    son sur un une
    без был быть в вера во воля все вы да для до его ее ей за здесь и из или им их к как любовь лев мир мы на надежда
    не нет но о об он она они от по под при роза роман с слава со так то ты у что это я
"""


class Finds(Protocol):
    """Says whether any of some values stands in a text; it is false if there are none."""

    def finds(self, text: str) -> bool:
        """Say whether any value stands in a text, also within JSON's escapes or percent signs."""

    def __bool__(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value found in a text: code points `start` (inclusive) to `end` (exclusive) of the text as it was given."""

    start: int
    end: int
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Value:
    value: str = field(repr=False)
    folded: str = field(repr=False)
    compact: str = field(repr=False)
    is_ordinary: bool

    @classmethod
    def of(cls, value: str, *, any_case: bool) -> "_Value":
        form = fold(value).strip()
        compact = "".join(PART.findall(form))
        is_number = sum(map(str.isdigit, compact)) >= FEWEST_DIGITS
        is_ordinary = not any_case and (len(form) == 1 or form in _FOLDED_ORDINARY)
        return cls(value, form, compact if is_number else "", is_ordinary)


_FOLDED_ORDINARY = frozenset(map(fold, _ORDINARY.split()))


class ValueSearch:
    """Finds any of some values in a text, as whole words.

    Both are compared as `fold` writes them. A value of six digits or more is also found with other characters between
    its parts; a value that is an ordinary word too, such as `Will`, in small letters only if it was written so.

    Args:
        values: those without a letter or digit are left out.
        any_case: whether ordinary words are found in small letters too.
    """

    __slots__ = ("_by_form", "_compact", "_finder", "_heads", "_values")

    def __init__(self, values: Iterable[str], *, any_case: bool = False) -> None:
        known = [_Value.of(value, any_case=any_case) for value in sorted(set(values)) if any(map(str.isalnum, value))]
        # Of values that are one when folded, the first tells; ordinary words differ in case.
        unique = {(v.folded, v.value if v.is_ordinary else ""): v for v in reversed(known) if v.folded}
        self._values = tuple(unique.values())
        self._by_form: dict[str, list[_Value]] = {}
        self._compact: dict[str, str] = {}
        self._heads: dict[str, set[int]] = {}
        for v in self._values:
            self._by_form.setdefault(v.folded, []).append(v)
            if v.compact:
                self._compact.setdefault(v.compact, v.value)  # one of its forms does
                self._heads.setdefault(v.compact[:FEWEST_DIGITS], set()).add(len(v.compact))
        is_quick = len(self._by_form) <= _FEW and all(len(form) <= _SHORT for form in self._by_form)
        self._finder = None if is_quick else Finder(self._by_form)

    @classmethod
    def of(cls, values: Iterable[str]) -> "ValueSearch":
        """Return a lookup of values."""
        return cls(values)

    def __bool__(self) -> bool:
        return bool(self._values)

    def __repr__(self) -> str:
        return f"Lookup({len(self._values)} values)"

    def finds(self, text: str) -> bool:
        """Say whether any value stands in a text, also within JSON's escapes or percent signs (P4)."""
        return self.search(text) is not None or any(self.search(plain) is not None for plain in readings(text))

    def search(self, text: str) -> FoundValue | None:
        """Return a place in a text where a value stands; None if there is none."""
        return next(self._matches(text), None)

    def matches(self, text: str) -> list[FoundValue]:
        """Return all places in a text where a value stands, from left to right; they may overlap."""
        return sorted(set(self._matches(text)), key=lambda match: (match.start, -match.end, match.value))

    def _matches(self, text: str) -> Iterator[FoundValue]:
        if not self._values:
            return
        whole = folded(text)
        for start, form in self._forms(whole.text):
            place = whole.to_source(start, start + len(form))
            for known in self._by_form[form]:
                if not known.is_ordinary or _is_written_so(text[slice(*place)], known.value):
                    yield FoundValue(*place, known.value)
        yield from self._spaced_otherwise(whole)

    def _forms(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the values in a folded text with their places: one search for each of a few, or one for all."""
        if self._finder:
            yield from self._finder.every(text)
            return
        for form in self._by_form:
            if form in text:
                yield from ((start, form) for start, _ in _places(text, form))

    def _spaced_otherwise(self, whole: Normalized) -> Iterator[FoundValue]:
        """Find numbers by their parts alone."""
        if not self._compact:
            return
        joined = _joined(whole.text)
        is_quick = len(self._compact) <= _FEW
        if is_quick and not any(compact in joined for compact in self._compact):
            return
        found = list(PART.finditer(whole.text))
        starts = {start: index for index, start in enumerate(accumulate((len(match[0]) for match in found), initial=0))}
        heads = {place for head in self._heads for place in _occurrences(joined, head)} if is_quick else starts.keys()
        for start in sorted(starts.keys() & heads):
            first = starts[start]
            for length in self._heads.get(joined[start : start + FEWEST_DIGITS], ()):
                compact, after = joined[start : start + length], starts.get(start + length)
                if compact not in self._compact or after is None:
                    continue
                gaps = (found[index + 1].start() - found[index].end() for index in range(first, after - 1))
                if all(gap <= LONGEST_GAP for gap in gaps):
                    place = whole.to_source(found[first].start(), found[after - 1].end())
                    yield FoundValue(*place, self._compact[compact])


def _joined(text: str) -> str:
    """Return what stands in a text's parts, which take longer to find."""
    return text.translate(_NO_PARTS) if text.isascii() else "".join(filter(str.isalnum, text))


def readings(text: str) -> Iterator[str]:
    """Yield a text as it is read where it is JSON within JSON, or within an address."""
    if "\\" in text:
        plain = _UNICODE_ESCAPES.sub(lambda found: json.loads('"' + re.sub(r"\\+", r"\\", found[0]) + '"'), text)
        yield _BLANK_ESCAPES.sub(" ", plain)
    if _PERCENT.search(text):
        yield unquote(text)


def is_ordinary(value: str) -> bool:
    """Say whether a value is an ordinary word too, of texts or of prompts."""
    return fold(value).strip() in _FOLDED_ORDINARY


def _occurrences(text: str, value: str) -> Iterator[int]:
    start = text.find(value)
    while start >= 0:
        yield start
        start = text.find(value, start + 1)


def _places(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Yield where a value stands as a whole word, as `backend.privacy.text.word_borders` means it."""
    left, right = joins(value[0]), joins(value[-1])
    for start in _occurrences(text, value):
        end = start + len(value)
        if not (left and start and joins(text[start - 1])) and not (right and joins(text[end : end + 1])):
            yield start, end


def _is_written_so(form: str, value: str) -> bool:
    """Say whether an ordinary word may be meant as the value: where it has capitals, or none in the value either."""
    plain = normalize(form).text
    return not plain.islower() or plain == normalize(value).text.strip()
