"""Surrogates: a value of the same kind in a value's place, the same one in the whole task.

No surrogate is or holds a word of the task's texts, so that each can be told from what stands there, and restored.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from backend import lists
from backend.identity import Value
from backend.names import WORD, stem
from backend.normalize import fold
from backend.operators.chance import Chance
from backend.operators.dates import Shift
from backend.operators.people import Names
from backend.operators.shapes import address_of_host, host, phone, shaped, url

ATTEMPTS = 30
"""Choices that are tried before a placeholder is taken."""

_NAMES = frozenset({"PERSON", "PER", "NAME", "FIRST_NAME", "LAST_NAME", "MIDDLE_NAME"})
_PLACES = frozenset({"LOCATION", "LOC", "GPE", "CITY", "FAC"})
_STREETS = frozenset({"STREET_ADDRESS", "ADDRESS", "STREET"})
_COMPANIES = frozenset({"ORGANIZATION", "ORG", "COMPANY"})
_DATES = frozenset({"DATE_TIME", "DATE", "DATE_OF_BIRTH", "BIRTH_DATE", "TIME"})
_LEGAL = re.compile(
    r"^(?P<before>(?:ООО|ОАО|ЗАО|ПАО|АО|ИП|банк|ГБУЗ)\s*)?(?P<open>[«\"“]?)(?P<name>.+?)(?P<close>[»\"”]?)"
    r"(?P<after>,?\s+(?:Inc|LLC|L\.L\.C|Ltd|Limited|GmbH|AG|S\.?A|SARL|Corp|Corporation|Company|Co|Group|Bank|Hospital"
    r"|Clinic|University|College|School|Partners|Associates|Foundation|Institute)\b\.?)?$",
    re.DOTALL,
)
_KEPT_IN_STREETS = """
    street st avenue ave road rd lane ln drive dr boulevard blvd court ct square sq way place pl terrace apt suite unit
    floor room box po north south east west n s e w ne nw se sw highway hwy route rue place
    улица ул проспект пр переулок пер дом д квартира кв корпус корп строение стр шоссе площадь пл город г область обл
"""
_STREET_WORDS = frozenset(_KEPT_IN_STREETS.split())


class Surrogate:
    """Writes surrogates for the values of a task.

    Args:
        seed: of the task; the same seed and texts give the same surrogates.
        texts: of the task.
        values: all that may get a surrogate.
    """

    def __init__(self, seed: str, texts: Iterable[str], values: Sequence[Value]) -> None:
        self._seed = seed
        sources = list(texts)
        self._texts = "\n".join(map(fold, sources))
        taken = {stem(match[0]) for text in sources for match in WORD.finditer(text)}
        taken |= {stem(match[0]) for value in values for match in WORD.finditer(value.text)}
        self._taken = taken
        self._names = Names(seed, taken)
        for value in sorted(values, key=lambda value: -len(value.canonical)):
            if value.entity_type in _NAMES:
                self._names.learn(value.canonical)
        dates = [value.text for value in values if value.entity_type in _DATES]
        self._shift = self._free_shift(dates)
        ages = [value.text for value in values if value.entity_type == "AGE"]
        self._years = self._free_years(ages)
        self._made: dict[str, str | None] = {}

    def replace(self, value: Value) -> str | None:
        """Return the value's surrogate; None if there is none that is sure to be restored."""
        if not value.is_whole:
            return None  # within a word it could not be told from the word
        key = value.text
        if key not in self._made:
            self._made[key] = self._replacement(value)
        return self._made[key]

    @property
    def restored(self) -> dict[str, str]:
        """The words of names by those of their surrogates, in all cases and in small letters."""
        return self._names.restored

    def _replacement(self, value: Value) -> str | None:
        text, entity_type = value.text, value.entity_type
        if entity_type in _NAMES:
            return self._names.replace(text)
        if entity_type in _DATES:
            return self._free(iter([self._shift.moved(text) if self._shift else None]), text)
        if entity_type == "AGE":
            return self._free(iter([_older(text, self._years)]), text)
        if entity_type in _COMPANIES or (entity_type in _PLACES | _STREETS and _is_company(text)):
            return self._company(value)  # a hospital is a place too
        if entity_type in _PLACES and not any(map(str.isdigit, text)):
            return self._place(text)
        return self._free(self._shapes(value), text)

    def _shapes(self, value: Value) -> Iterator[str | None]:
        """Yield surrogates of the value's shape; none of a word without a digit, which would be gibberish."""
        text = value.text
        make: Callable[[Chance], str | None]
        match value.entity_type:
            case "EMAIL_ADDRESS" | "EMAIL":
                yield self._email(text)
                return
            case "URL" | "DOMAIN_NAME":
                yield url(text, self._seed)
                return
            case "PHONE_NUMBER" | "PHONE" | "TELEPHONE":
                make = lambda chance: phone(text, chance)  # noqa: E731
            case "IP_ADDRESS" | "IP":
                make = lambda chance: address_of_host(text, chance)  # noqa: E731
            case entity_type if entity_type in _STREETS | _PLACES:
                make = lambda chance: self._street(text, chance)  # noqa: E731
            case "PASSWORD" | "SECRET" | "USERNAME" | "API_KEY" | "TOKEN":
                make = lambda chance: shaped(text, chance)  # noqa: E731
            case _:
                if not any(map(str.isdigit, text)):
                    return
                make = lambda chance: shaped(text, chance)  # noqa: E731
        for attempt in range(ATTEMPTS):
            yield make(Chance(self._seed, value.identity, str(attempt)))

    def _free(self, candidates: Iterator[str | None], original: str) -> str | None:
        """Return the first candidate that stands in no text."""
        return next((new for new in candidates if new and new != original and self._is_free(new)), None)

    def _is_free(self, candidate: str) -> bool:
        return fold(candidate) not in self._texts

    def _free_shift(self, dates: Sequence[str]) -> Shift | None:
        """Choose the days such that no date becomes one that stands in a text."""
        if not dates:
            return None
        shift = None
        for attempt in range(ATTEMPTS):
            shift = Shift.of(self._seed, dates, attempt)
            moved = [new for date in dates if (new := shift.moved(date))]
            if all(map(self._is_free, moved)):
                break
        return shift

    def _free_years(self, ages: Sequence[str]) -> int:
        """Choose the years such that no age becomes one that stands in a text."""
        chance, years = Chance(self._seed, "age"), 0
        for _ in range(ATTEMPTS if ages else 0):
            years = chance.among((-4, -3, -2, 2, 3, 4))
            if all(new is None or self._is_free(new) for new in (_older(age, years) for age in ages)):
                break
        return years

    def _place(self, text: str) -> str | None:
        new = self._names.place(text)
        return new if new and self._is_free(new) else None

    def _company(self, value: Value) -> str | None:
        found = _LEGAL.match(value.text)
        if not found:
            return None
        cyrillic = re.search("[а-яё]", found["name"], re.IGNORECASE)
        pool = lists.CYRILLIC_COMPANIES if cyrillic else lists.COMPANIES
        start = Chance(self._seed, "company", found["name"].lower()).below(len(pool))
        for word in (*pool[start:], *pool[:start]):
            if stem(word) not in self._taken:
                self._taken.add(stem(word))
                name = word.upper() if found["name"].isupper() and len(found["name"]) > 4 else word
                return (found["before"] or "") + found["open"] + name + found["close"] + (found["after"] or "")
        return None

    def _email(self, text: str) -> str | None:
        local, at, domain = text.rpartition("@")
        if not at or not domain:
            return None
        name = self._names.known(local) or local
        chance = Chance(self._seed, text.lower())
        new = name if name != local and not re.search(r"\d", name) else shaped(local, chance)
        return f"{new}@{host(domain, self._seed)}" if new else None

    def _street(self, text: str, chance: Chance) -> str | None:
        """Return an address with other names and numbers; its words for streets and floors, and states, stay."""

        def word(match: re.Match[str]) -> str:
            its = match[0]
            if its.lower() in _STREET_WORDS or (len(its) <= 2 and not its.istitle()):
                return its
            new = chance.among(lists.CYRILLIC_STREETS if "а" <= its[0].lower() <= "я" else lists.STREETS)
            return new.upper() if its.isupper() else new.lower() if its.islower() else new

        parts = re.split(r"([^\W\d_]+)", text)
        digits = [shaped(part, chance) if index % 2 == 0 else part for index, part in enumerate(parts)]
        if any(part is None for part in digits):
            return None
        return WORD.sub(word, "".join(part or "" for part in digits))


def _is_company(text: str) -> bool:
    found = _LEGAL.match(text)
    return bool(found and found["after"]) and not any(map(str.isdigit, text))


def _older(age: str, years: int) -> str | None:
    """Return an age that is some years greater; None if none is read, or it would be none."""
    found = re.findall(r"\d+", age)
    if len(found) != 1 or not years or int(found[0]) + years < 1:
        return None
    return age.replace(found[0], str(int(found[0]) + years))
