"""A value made less exact, by the Safe Harbor rules of HIPAA (45 CFR 164.514(b)(2))."""

import datetime
import re

from backend.privacy import entity_types
from backend.privacy.entity_types import entity_kind
from backend.privacy.replace.same_value import TextValue
from backend.privacy.text.normalize import normalize

OLDEST = 90
"""From this age on all are one group."""
_SPARSE = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
SPARSE = frozenset(_SPARSE.split())
"""First three digits of the ZIP codes of areas with at most 20,000 people, by the census of 2000."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_YOUNG = re.compile(r"month|week|day|mois|semaine|jour|месяц|недел|дн", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)\d{1,2}([./-])\d{1,2}\1(\d\d)(?!\d)")
_ZIP = re.compile(r"(?<!\d)(\d{3})\d\d(?:-?\d{4})?(?!\d)")
_STATE = re.compile(r"^([A-Z]{2}),? ")


class Generalized:
    """Age → band of ten years, date → year, ZIP → its first three digits."""

    def replace(self, value: TextValue) -> str | None:
        """Return the value less exactly; None if it cannot be, as a name or a place smaller than a state."""
        text = normalize(value.text).text
        match entity_kind(value.entity_type):
            case entity_types.AGES:
                return _age(text)
            case entity_types.DATES | entity_types.BIRTHS as kind:
                return _year(text, is_birth=kind is entity_types.BIRTHS)
            case entity_types.ZIP_CODES:
                return _zip(text)
        return None


def _age(text: str) -> str | None:
    numbers = _NUMBER.findall(text)
    if not numbers:
        return None
    years = 0 if _YOUNG.search(text) and len(numbers) == 1 else int(re.split("[.,]", numbers[0])[0])
    return _band(years)


def _band(years: int) -> str:
    low = years // 10 * 10
    return f"{OLDEST} or older" if years >= OLDEST else f"{low}-{low + 9}"


def _year(text: str, is_birth: bool) -> str | None:
    this_year = datetime.datetime.now(tz=datetime.UTC).year
    years = _YEAR.findall(text)
    short = _SHORT_YEAR.search(text)
    if len(years) > 1 or not (years or short):
        return None  # a span of years says how long something took: more than one year
    if years:
        year = int(years[0])
    else:
        year = this_year // 100 * 100 + int(short[2] if short else 0)
        year -= 100 if year > this_year else 0
    if this_year - year >= OLDEST:  # a year that may tell such an age goes too, and most dates are not told from births
        return f"{OLDEST} or older" if is_birth else None
    return str(year)


def _zip(text: str) -> str | None:
    found = _ZIP.search(text)
    if not found:
        return None
    state = _STATE.search(text)
    return (f"{state[1]} " if state else "") + ("000**" if found[1] in SPARSE else f"{found[1]}**")
