"""Dates shifted by the same number of days, in the form in which they were written."""

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from backend.privacy.replace.operators.chance import Chance

LEAST, MOST = 400, 1800
"""Days by which dates are shifted into the past: over a year, so that a year alone changes too."""

_ENGLISH = [name.lower() for name in calendar.month_name[1:]]
_MONTHS: tuple[tuple[str, ...], ...] = (
    tuple(_ENGLISH),
    tuple(name[:3] for name in _ENGLISH),
    ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
     "декабря"),
    ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
     "декабрь"),
    ("январе", "феврале", "марте", "апреле", "мае", "июне", "июле", "августе", "сентябре", "октябре", "ноябре",
     "декабре"),
    ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
     "décembre"),
)  # fmt: skip
_DAYS: tuple[tuple[str, ...], ...] = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
)
_MONTH = "|".join(sorted({name for names in _MONTHS for name in names} | {"sept"}, key=len, reverse=True))
_DAY = "|".join(sorted({name for names in _DAYS for name in names}, key=len, reverse=True))
_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d)(?P<y>{_YEAR})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep)(?P<y>{_YEAR}|\d\d)(?!\d)",
        rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?P<ord>st|nd|rd|th)?(?:(?:,\s*|\s+)(?P<y>{_YEAR}))?(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?P<ord>st|nd|rd|th|er)?\s+(?:of\s+)?(?P<mon>{_MONTH})\b\.?(?:,?\s+(?P<y>{_YEAR}))?(?!\d)",
        rf"\b(?P<mon>{_MONTH})\.?,?\s+(?P<y>{_YEAR})(?!\d)",
        rf"(?<!\d)(?P<y>{_YEAR})(?P<sep>[-/])(?P<m>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<m>\d{{1,2}})(?P<sep>[-/.])(?P<y>{_YEAR})(?!\d)",
        rf"(?<![\d.-])(?P<y>{_YEAR})(?![\d.-]|s\b)",
    )
]
_ALSO_READ = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d)(?P<y>{_YEAR})年(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?",
        rf"(?:(?<!\d)(?P<d>\d{{1,2}})(?P<ord>st|nd|rd|th)?\s+(?:of\s+)?)?\b(?P<mon>{_MONTH})\s+of\s+(?P<y>{_YEAR})(?!\d)",
    )
]
"""Forms of which no surrogate is made, and in which a model may write one."""
_OTHER_MONTH = re.compile(r"\d(?:\.|st|nd|rd|th|º)?\s+(?:de\s+|of\s+)?[^\W\d_]+\.?,?\s+(?:de\s+|of\s+)?$")
"""What stands before the year of a date in a language whose months are not read."""
_WEEKDAY = re.compile(rf"\b(?:{_DAY})\b", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:[+-]\d{2}:?\d{2})?|\d{1,2}(?=\s*[ap]\.?m\b)", re.IGNORECASE)


_READ = "|"
"""Stands where a date has been read."""
Day = tuple[int, int, int]
"""A year, a month and a day of it; 0 stands for what is not told."""


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in a text.

    Attributes:
        start, end: code points of its numbers and its month's name, of all that tells it.
        days: what it may mean: of `03/04/2020` two, first what the other dates say.
        parts: where each part of it stands, and how it is written, by the name of the part.
    """

    start: int
    end: int
    days: tuple[Day, ...] = field(repr=False)
    parts: Mapping[str, tuple[int, int, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shift:
    """A number of days by which all dates of a task are moved.

    Attributes:
        days: less than 0.
        day_first: whether `03/04/2020` is in April.
    """

    days: int
    day_first: bool

    @classmethod
    def of(cls, seed: str, values: Iterable[str], attempt: int) -> "Shift":
        """Choose the days; those of another attempt differ."""
        days = -(LEAST + Chance(seed, "days", str(attempt)).below(MOST - LEAST))
        return cls(days - 1 if days % 7 == 0 else days, _is_day_first(values))

    def moved(self, value: str) -> str | None:
        """Return a date moved, in its own form; None if it cannot be read for sure."""
        for form in _FORMS:
            if found := form.search(value):
                return self._moved(value, found)
        return self._moved_weekday(value)

    def dates(self, text: str) -> Iterator[WrittenDate]:
        """Yield the dates that stand in a text, none twice."""
        for form in (*_ALSO_READ, *_FORMS):
            rest, place = [], 0
            for found in form.finditer(text):
                groups = {name: part for name, part in found.groupdict().items() if part is not None}
                if groups.keys() == {"y"} and _is_of_unread(text, *found.span()):
                    continue
                if days := tuple(dict.fromkeys(self._meanings(groups))):
                    start, end = found.span()
                    rest += [text[place:start], _READ * (end - start)]
                    place = end
                    yield WrittenDate(start, end, days, {name: (*found.span(name), groups[name]) for name in groups})
            text = "".join([*rest, text[place:]])

    def _meanings(self, groups: Mapping[str, str]) -> Iterator[Day]:
        """Yield what a date may mean."""
        swapped = {**groups, "a": groups["b"], "b": groups["a"]} if "a" in groups else groups
        for each in (groups, swapped):
            if date := self._read(each):
                has_month, has_day = not each.keys().isdisjoint(("m", "mon", "a")), not each.keys().isdisjoint("da")
                yield date.year * ("y" in each), date.month * has_month, date.day * has_day

    def written(self, text: str, date: WrittenDate, means: Day, day: Day) -> str:
        """Return a date of a text as another day, in its own form.

        Args:
            text: in which it stands.
            date: that date.
            means: which of its days it means.
            day: which it is to be.
        """
        groups = {name: part for name, (_, _, part) in date.parts.items()}
        new = self._written(datetime.date(day[0] or 2001, day[1] or 7, day[2] or 15), groups)
        if "a" in new and means != date.days[0]:
            new["a"], new["b"] = new["b"], new["a"]
        return _replaced(text[date.start : date.end], date.parts, new, date.start)

    def _moved(self, value: str, found: re.Match[str]) -> str | None:
        rest = value[: found.start()] + " " + value[found.end() :]
        if re.search(r"\d", _CLOCK.sub("", rest)):
            return None
        groups = {name: text for name, text in found.groupdict().items() if text is not None}
        date = self._read(groups)
        if date is None:
            return None
        try:
            new = self._written(date + datetime.timedelta(days=self.days), groups)
        except OverflowError:
            return None
        changed = _replaced(found[0], {name: (*found.span(name), "") for name in new}, new, found.start())
        before, after = (self._weekdays(part) for part in (value[: found.start()], value[found.end() :]))
        return before + changed + after

    def _read(self, groups: Mapping[str, str]) -> datetime.date | None:
        year = _year(groups["y"]) if "y" in groups else 2001
        month = int(groups.get("m", "7")) if "mon" not in groups else _month(groups["mon"])
        day = int(groups.get("d", "15"))
        if "a" in groups:
            first, second = int(groups["a"]), int(groups["b"])
            day, month = (first, second) if self._is_day_first(groups) else (second, first)
        try:
            return datetime.date(year, month, day)
        except ValueError:
            return None

    def _is_day_first(self, groups: Mapping[str, str]) -> bool:
        first, second = int(groups["a"]), int(groups["b"])
        return first > 12 or (second <= 12 and (groups["sep"] == "." or self.day_first))

    def _written(self, date: datetime.date, groups: Mapping[str, str]) -> dict[str, str]:
        new: dict[str, str] = {}
        day_first = "a" in groups and self._is_day_first(groups)
        numbers = {"d": date.day, "m": date.month, "a": date.day if day_first else date.month}
        numbers["b"] = date.month if day_first else date.day
        # A number without a leading zero says nothing about whether one would stand there.
        padded = any(text.startswith("0") for name, text in groups.items() if name in numbers)
        for name in groups.keys() & numbers.keys():
            wide = padded or (groups[name].startswith("0"))
            new[name] = f"{numbers[name]:02d}" if wide or self._is_wide(groups) else str(numbers[name])
        if "y" in groups:
            new["y"] = f"{date.year:04d}"[-len(groups["y"]) :]
        if "mon" in groups:
            new["mon"] = _like(groups["mon"], _month_name(groups["mon"], date.month))
        if "ord" in groups:
            new["ord"] = _ordinal(date.day) if groups["ord"].lower() != "er" else ("er" if date.day == 1 else "")
        return new

    def _is_wide(self, groups: Mapping[str, str]) -> bool:
        """Say whether all numbers have two digits, as in `2020-11-12`."""
        return "mon" not in groups and all(len(text) == 2 for name, text in groups.items() if name in "dmab")

    def _moved_weekday(self, value: str) -> str | None:
        if re.search(r"\d", _CLOCK.sub("", value)) or not _WEEKDAY.search(value):
            return None
        return self._weekdays(value)

    def _weekdays(self, text: str) -> str:
        return _WEEKDAY.sub(lambda found: _like(found[0], _weekday(found[0], self.days)), text)


def _is_of_unread(text: str, start: int, end: int) -> bool:
    """Say whether a year is of a date that is not read: written alone it would be of two dates."""
    return text[end : end + 1] == "年" or bool(_OTHER_MONTH.search(text[max(0, start - 40) : start]))


def _replaced(text: str, places: Mapping[str, tuple[int, int, str]], new: Mapping[str, str], begins: int) -> str:
    """Put new parts in their places, which are told from where the text begins."""
    for name in sorted(new, key=lambda name: places[name][0], reverse=True):
        start, end, _ = places[name]
        text = text[: start - begins] + new[name] + text[end - begins :]
    return text


def _is_day_first(values: Iterable[str]) -> bool:
    """Say whether any date of the task shows that the day is written first, and none that the month is."""
    pairs = [(int(found["a"]), int(found["b"])) for value in values for found in _FORMS[1].finditer(value)]
    return any(first > 12 for first, _ in pairs) and not any(second > 12 for _, second in pairs)


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return 2000 + int(text) if int(text) < 50 else 1900 + int(text)


def _month(name: str) -> int:
    low = name.lower()
    return next((names.index(low) + 1 for names in _MONTHS if low in names), 9)


def _month_name(name: str, month: int) -> str:
    low = name.lower()
    return next((names[month - 1] for names in _MONTHS if low in names), _MONTHS[1][month - 1])


def _weekday(name: str, days: int) -> str:
    low = name.lower()
    names = next(names for names in _DAYS if low in names)
    return names[(names.index(low) + days) % 7]


def _like(pattern: str, word: str) -> str:
    """Write a word with the other's capitals."""
    if pattern.isupper():
        return word.upper()
    return word.capitalize() if pattern[:1].isupper() else word


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
