"""Surrogates that a model writes in another form than it read them: dates, digits, initials.

What it writes of a made-up date would else be stored as a fact. Whatever stands in the texts by itself stays.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from backend.privacy.names.parts import WORD
from backend.privacy.replace.operators.dates import Day, Shift, WrittenDate
from backend.privacy.text.word_borders import Finder

_RUN = re.compile(r"\d(?:[ ().\-/]{0,3}\d){3,}")
"""Digits as numbers of telephones, cards and accounts are written."""
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)?(?![.,]?\d)")
_FEWEST = 4
"""Digits from which on the last ones tell which number they are the end of: `ending in 1881`."""
_WITHOUT_PREFIX = 7
"""Digits of a number that may get a prefix: `+1`."""
_MOST = 40
"""Digits of a number."""
_LETTER = re.compile(r"(?<!\w)[^\W\d_](?!\w)")
_INITIALS = 5
"""Words of a name at most that may be written as initials."""


@dataclass(frozen=True, slots=True)
class RetoldPlace:
    """A surrogate in another form: code points of the answer, and what is to stand there."""

    start: int
    end: int
    original: str = field(repr=False)


class Retold:
    """Finds what stands for a value in another form than its surrogate's.

    Args:
        exact: original values by their surrogates.
        dates: those of the surrogates that are dates.
        names: those that are people's.
        shift: by which dates were moved.
        beside: what stands in the texts of the task besides.
    """

    def __init__(
        self, exact: Mapping[str, str], dates: Set[str], names: Set[str], shift: Shift | None, beside: str
    ) -> None:
        self._exact, self._dates, self._names, self._beside = exact, dates, names, beside
        self._shift = shift if dates else None

    def places(self, text: str) -> Iterator[RetoldPlace]:
        """Yield what stands for a value; none overlap but dates and initials."""
        dates = list(self._shift.dates(text)) if self._shift else []
        yield from filter(None, (self._date(text, date) for date in dates))
        yield from self._numbers(text, dates)
        if self._names and _LETTER.search(text):
            for start, form in self._initials.apart(text):
                yield RetoldPlace(start, start + len(form), self._abbreviations[form])

    @cached_property
    def _days(self) -> dict[Day, set[Day]]:
        """Days, as told whole and in part, by those that stand for them."""
        found: dict[Day, set[Day]] = defaultdict(set)
        for surrogate in self._dates:
            shown, its = (next(self._read(text), None) for text in (surrogate, self._exact[surrogate]))
            for place, day in enumerate(shown.days if shown and its else ()):
                of_same = its.days[min(place, len(its.days) - 1)] if its else day
                for new, old in zip(_told(day), _told(of_same), strict=False):
                    found[new].add(old)
        return found

    @cached_property
    def _own_days(self) -> set[Day]:
        """Days that stand in the texts by themselves, in whole and in part."""
        return {part for date in self._read(self._beside) for day in date.days for part in _told(day)}

    def _read(self, text: str) -> Iterator[WrittenDate]:
        return self._shift.dates(text) if self._shift else iter(())

    @cached_property
    def _ends(self) -> dict[str, set[str]]:
        """Digits by those that stand for them, whole ones and their ends."""
        found: dict[str, set[str]] = defaultdict(set)
        for surrogate, original in self._exact.items():
            new, old = _digits(surrogate), _digits(original)
            if len(new) != len(old) or not _FEWEST <= len(new) <= _MOST or surrogate in self._dates:
                continue
            if not any(map(str.isalpha, surrogate)):
                for length in range(_FEWEST, len(new) + 1):
                    found[new[-length:]].add(old[-length:])
        return found

    @cached_property
    def _own_digits(self) -> set[str]:
        return set(map(_digits, _RUN.findall(self._beside)))

    @cached_property
    def _abbreviations(self) -> dict[str, str]:
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._names:
            for new, old in initials(name, self._exact[name]):
                found[new].add(old)
        return {new: old.pop() for new, old in found.items() if len(old) == 1}

    @cached_property
    def _initials(self) -> Finder:
        return Finder(self._abbreviations)

    def _date(self, text: str, date: WrittenDate) -> RetoldPlace | None:
        means = self._meant(date)
        if self._shift is None or means is None or means in self._own_days:
            return None
        (day,) = self._days[means]
        return RetoldPlace(date.start, date.end, self._shift.written(text, date, means, day))

    def _meant(self, date: WrittenDate) -> Day | None:
        """Return which day a date means, if it is one that stands for one other."""
        return next((day for day in date.days if len(self._days.get(day, ())) == 1), None)

    def _numbers(self, text: str, dates: Sequence[WrittenDate]) -> Iterator[RetoldPlace]:
        ends = sorted(date.end for date in dates)
        starts = sorted(date.start for date in dates)
        for run in _RUN.finditer(text):
            is_date = bisect_right(ends, run.start()) < bisect_left(starts, run.end())
            if not is_date and (old := self._end_of(_digits(run[0]))):
                yield RetoldPlace(*run.span(), _with_digits(run[0], old))

    def _end_of(self, digits: str) -> str:
        """Return the digits of the value that some digits are, are the end of, or end with; "" if there is none."""
        longest = (digits[-length:] for length in range(min(len(digits), _MOST), _WITHOUT_PREFIX - 1, -1))
        known = (self._ends.get(each, set()) for each in chain([digits], longest))
        old = next((next(iter(old)) for old in known if len(old) == 1), "")
        return "" if old and digits in self._own_digits else old

    def date(self, text: str) -> str | None:
        """Return the original of a date that a model gives; None if nobody can tell it.

        Args:
            text: that begins with a date, such as by ISO 8601; what has none is returned as it is.
        """
        date = next(self._read(text), None)
        if self._shift is None or date is None:
            return text
        is_own, means = not self._own_days.isdisjoint(date.days), self._meant(date)
        if is_own or means is None:
            is_shown = any(day in self._days for day in date.days)
            return text if is_own and not is_shown else None
        (day,) = self._days[means]
        return text[: date.start] + self._shift.written(text, date, means, day) + text[date.end :]

    def number(self, number: float) -> float | None:
        """Return the original of a number that a model gives; None if nobody can tell it."""
        read = ((_only_number(surrogate), _only_number(own)) for surrogate, own in self._exact.items())
        known = {old for new, old in read if new == number and old is not None}
        if not known:
            return number
        is_own = number in {_value(own) for own in _NUMBER.findall(self._beside)}
        return None if is_own or len(known) > 1 else known.pop()


def initials(surrogate: str, original: str) -> Iterator[tuple[str, str]]:
    """Yield a name's surrogate with all words but one as initials, in the ways that is written, and the same of it.

    Args:
        surrogate: of a name.
        original: that name.
    """
    new, old = WORD.findall(surrogate), WORD.findall(original)
    if not 1 < len(new) == len(old) <= _INITIALS or not all(word[:1].isupper() for word in (*new, *old)):
        return
    for place in (len(new) - 1, 0):
        made = zip(_abbreviated(new, place), _abbreviated(old, place), strict=True)
        yield from made


def _abbreviated(words: list[str], full: int) -> Iterator[str]:
    surname, others = words[full], [word[0] for place, word in enumerate(words) if place != full]
    for letters in (others, others[:1]):
        for said in (". ".join(letters) + ".", ".".join(letters) + ".", " ".join(letters)):
            yield from (f"{said} {surname}", f"{surname} {said}", f"{surname}, {said}")
        yield ".".join(letters) + "." + surname


def _told(day: Day) -> Iterator[Day]:
    """Yield a day as it is told, and with parts of it left out that may be."""
    year, month, date = day
    yield day
    if year and month and date:
        yield from ((year, month, 0), (0, month, date))
    if year and month:
        yield year, 0, 0


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _with_digits(text: str, digits: str) -> str:
    """Write digits in place of a text's last ones."""
    left = list(digits)
    chars = [left.pop() if char.isdecimal() and left else char for char in reversed(text)]
    return "".join(reversed(chars))


def _only_number(text: str) -> float | None:
    found = _NUMBER.findall(text)
    return _value(found[0]) if len(found) == 1 else None


def _value(text: str) -> float:
    return float(text.replace(",", "."))
