"""Surrogates: a value of the same kind in a value's place, the same one in the whole task.

No surrogate is or holds a word of the task's texts, so that each can be told from what stands there, and restored.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from backend.privacy import entity_types
from backend.privacy.entity_types import BIRTHS, DATES, ORGANIZATIONS, PEOPLE, PLACES, STREETS, entity_kind
from backend.privacy.names import gazetteer, lists
from backend.privacy.names.parts import WORD
from backend.privacy.replace.operators.chance import Chance
from backend.privacy.replace.operators.dates import Shift
from backend.privacy.replace.operators.people import Names, TakenWords, is_given_part
from backend.privacy.replace.operators.shapes import address_of_host, host, phone, shaped, url
from backend.privacy.replace.same_value import TextValue
from backend.privacy.text.normalize import fold

if TYPE_CHECKING:
    from backend.privacy.replace.operators.free import LongText

LONG = 10_000
"""Characters of a text from which on it is worth while to prepare it for thousands of searches."""
ATTEMPTS = 30
"""Choices that are tried before a placeholder is taken."""

_NAMES, _PLACES, _STREETS, _COMPANIES = PEOPLE.names, PLACES.names, STREETS.names, ORGANIZATIONS.names
_DATES = DATES.names | BIRTHS.names
_LEGAL = r"""
    Inc LLC L\.L\.C Ltd Limited GmbH AG SA S\.A SARL Corp Corporation Company Co PLC LLP Pty BV NV SpA SRL DAC FZE
    inc ltd limited plc LTD INC LIMITED CORP
"""
_ALSO_SURNAMES = frozenset(
    """
    Arms Bank Board Center Chambers Chapel Church Court Farm Force Fund Gallery Hall House Inn Kitchen Law Lodge Mills
    Parish Press School Steel Temple Union
    """.split()
)
_KIND = f"(?:{'|'.join(lists.ORGANIZATION_KINDS)})"
_COMPANY = re.compile(
    r"^(?P<before>(?:(?:ООО|ОАО|ЗАО|ПАО|АО|ИП|банк|ГБУЗ)\s*)?(?:The\s+)?"
    rf"(?P<head>(?:(?:High|Supreme)\s+)?{_KIND}\s+(?:of|for)\s+(?:the\s+)?)?)"
    r"(?P<open>[«\"“]?)(?P<name>.+?)(?P<close>[»\"”]?)"
    rf"(?P<after>(?P<kind>(?:\s+(?:&\s+|and\s+)?{_KIND})+)?(?:,?\s+(?P<legal>{'|'.join(_LEGAL.split())}))?(?:\b\.)?)$",
    re.DOTALL,
)
_ACRONYM = re.compile(r"[A-Z]{2,4}")
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
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

    Attributes:
        shift: by which all dates are moved; None if there are none.
    """

    def __init__(self, seed: str, texts: Iterable[str], values: Sequence[TextValue]) -> None:
        self._seed = seed
        sources = list(texts)
        self._texts = _searchable("\n".join(map(fold, sources)))
        self._taken = TakenWords([*sources, *(value.text for value in values)])
        self._names = Names(seed, self._taken)
        for value in sorted(values, key=lambda value: -len(value.canonical)):
            if value.entity_type in _NAMES and not self._is_doubtful(value.canonical):
                self._names.learn(value.canonical)
        dates = [value.text for value in values if value.entity_type in _DATES]
        self.shift = self._free_shift(dates)
        ages = [value.text for value in values if value.entity_type == "AGE"]
        self._years = self._free_years(ages)
        self._made: dict[str, str | None] = {}

    def replace(self, value: TextValue) -> str | None:
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

    def _replacement(self, value: TextValue) -> str | None:
        text = value.text
        match self._kind(value):
            case "name":
                return self._names.replace(text)
            case "company":
                return self._company(value)
            case "place":
                candidates = iter([self._names.place(text)])
            case "nationality":
                candidates = iter([self._names.nationality(text)])
            case "date":
                candidates = iter([self.shift.moved(text) if self.shift else None])
            case "age":
                candidates = iter([_older(text, self._years)])
            case _:
                candidates = self._shapes(value)
        return self._free(candidates, text)

    def _kind(self, value: TextValue) -> str:
        """Return what a value is, as far as its words tell: detection knows a name better than what it is of."""
        text, entity_type = value.text, value.entity_type
        has_digits = any(map(str.isdigit, text))
        if entity_type in _NAMES:
            return self._kind_of_person(text)
        if entity_type in _COMPANIES | _PLACES and (self._names.knows(text) or _is_full_name(text)):
            return "name"  # somebody's surname, as elsewhere in the task
        is_company = _is_company(text) or (entity_type in _PLACES and self._is_acronym(text))
        if entity_type in _COMPANIES or (entity_type in _PLACES | _STREETS and is_company):
            return "company"  # a hospital is a place too
        if entity_type in _PLACES and not has_digits:
            return "place"
        return {"NRP": "nationality", "AGE": "age", **dict.fromkeys(_DATES, "date")}.get(entity_type, "shape")

    def _kind_of_person(self, text: str) -> str:
        """Return what a name is that is taken for a person's."""
        if self._is_doubtful(text):
            return "company" if self._is_acronym(text) else "place"
        if text.islower() and self._names.nationality(text):
            return "nationality"
        return "company" if _is_company(text, _ALSO_SURNAMES) else "name"

    def _is_doubtful(self, text: str) -> bool:
        """Say whether a name that is taken for a person's is rather another one, as long as no person has it."""
        is_place = text.lower() in gazetteer.PLACES and not self._names.is_known(text)
        return is_place or self._is_acronym(text)

    def _is_acronym(self, text: str) -> bool:
        """Say whether a name is capitals alone: what merely looks like a name or a place is not to become one."""
        return bool(_ACRONYM.fullmatch(text)) and not self._names.is_known(text)

    def _shapes(self, value: TextValue) -> Iterator[str | None]:
        """Yield surrogates of the value's shape; none of a word without a digit, which would be gibberish."""
        text = value.text
        make: Callable[[str, Chance], str | None]
        match entity_kind(value.entity_type):
            case entity_types.EMAILS:
                yield self._email(text)
                return
            case entity_types.HOSTS:
                yield url(text, self._seed)
                return
            case entity_types.PHONES:
                make = phone
            case entity_types.IP_ADDRESSES:
                make = address_of_host
            case entity_types.STREETS | entity_types.PLACES:
                make = self._street
            case entity_types.ACCESS:
                make = shaped
            case _:
                if not any(map(str.isdigit, text)):
                    return
                make = shaped
        for attempt in range(ATTEMPTS):
            yield make(text, Chance(self._seed, value.identity, str(attempt)))

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

    def _company(self, value: TextValue) -> str | None:
        found = _COMPANY.match(value.text)
        if not found:
            return None
        name = found["name"]
        new = self._acronym(name) if _ACRONYM.fullmatch(name) else self._company_name(name)
        if new is None:
            return None
        self._names.restored.setdefault(new.lower(), name)
        return found["before"] + found["open"] + new + found["close"] + found["after"]

    def _acronym(self, name: str) -> str | None:
        """Return other capitals, as many."""
        chances = (Chance(self._seed, "acronym", name, str(attempt)) for attempt in range(ATTEMPTS))
        return self._free(("".join(chance.among(_CONSONANTS) for _ in name) for chance in chances), name)

    def _company_name(self, name: str) -> str | None:
        pool = lists.CYRILLIC_COMPANIES if re.search("[а-яё]", name, re.IGNORECASE) else lists.COMPANIES
        start = Chance(self._seed, "company", name.lower()).below(len(pool))
        for word in (*pool[start:], *pool[:start]):
            if not self._taken.has(word):
                self._taken.add(word)
                return word.upper() if name.isupper() else word
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
            new = chance.among(pools["а" <= its[0].lower() <= "я"])
            return new.upper() if its.isupper() else new.lower() if its.islower() else new

        pools = [[w for w in pool if not self._taken.has(w)] for pool in (lists.STREETS, lists.CYRILLIC_STREETS)]
        parts = re.split(r"([^\W\d_]+)", text)
        digits = [shaped(part, chance) if index % 2 == 0 else part for index, part in enumerate(parts)]
        if any(part is None for part in digits) or not all(pools):
            return None
        return WORD.sub(word, "".join(part or "" for part in digits))


def _searchable(text: str) -> "str | LongText":
    """Return what holds all that stands in a text."""
    if len(text) < LONG:
        return text
    from backend.privacy.replace.operators.free import LongText  # noqa: PLC0415 - it takes numpy, and each start time

    return LongText(text)


def _is_company(text: str, but: Set[str] = frozenset()) -> bool:
    """Say whether a name ends as a company's by law does, or as another organization's, but for some words."""
    found = _COMPANY.match(text)
    kinds = found["kind"].split() if found and found["kind"] else []
    is_one = found and (found["legal"] or found["head"] or len(kinds) > 1 or set(kinds) - but)
    return bool(is_one) and not any(map(str.isdigit, text))


def _is_full_name(text: str) -> bool:
    """Say whether what is taken for an organization may be a person whose surname is the word for one: `Annie Hall`."""
    first, _, last = text.partition(" ")
    return last.title() in _ALSO_SURNAMES and is_given_part(first)


def _older(age: str, years: int) -> str | None:
    """Return an age that is some years greater; None if none is read, or it would be none."""
    found = re.findall(r"\d+", age)
    if len(found) != 1 or not years or int(found[0]) + years < 1:
        return None
    return age.replace(found[0], str(int(found[0]) + years))
