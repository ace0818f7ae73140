"""The grammar of placeholders: as we write them, and as a model may give them back.

`[PERSON_1]` stands for a value. Another form of it, such as the surname alone, is `[PERSON_1B]`, the next
`[PERSON_1C]`: the number tells a model that they are one, the letter lets each be restored exactly.
"""

import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from backend.privacy.text.word_borders import CASELESS

LETTERS = "BCDEFGHIJKLMNOPQRTUVWXYZ"
"""Of the forms after the first. Without S, which a model would mean as a plural: `PERSON_1s`."""

EXACT = re.compile(r"\[([A-Z][A-Z0-9_]*)_([0-9]+)([B-RT-Z]*)\]")
"""A placeholder as we write it."""

_KNOWN_WORDS = """
    ABA_ROUTING_NUMBER ACCOUNT_NUMBER ADDRESS AGE API_KEY BANK_ACCOUNT BANK_NUMBER BIC BITCOIN BUILDING CITY COORDINATES
    COUNTRY CREDIT_CARD CREDIT_CARD_NUMBER CRYPTO CVV DATE DATE_OF_BIRTH DATE_TIME DEVICE_ID DOMAIN_NAME
    DRIVER_LICENSE EMAIL EMAIL_ADDRESS EMPLOYEE_ID FAC FIRST_NAME GEO GPE GPS HASH IBAN IBAN_CODE ID ID_NUMBER
    IMEI INSURANCE_NUMBER IP IP_ADDRESS LAST_NAME LICENSE_PLATE LITERAL LOC LOCATION MAC MAC_ADDRESS MEDICAL_LICENSE
    MEDICAL_RECORD MIDDLE_NAME MRN NAME NATIONAL_ID NRP ORG ORGANIZATION PASSPORT PASSWORD PATIENT PER PERSON PHONE
    PHONE_NUMBER PIN PLATE POSTAL_CODE PREFIX PROFESSION RU_BIK RU_INN RU_KPP RU_OGRN RU_OMS RU_PASSPORT RU_PHONE
    RU_SNILS SECRET SOCIAL_SECURITY SSN STATE STREET STREET_ADDRESS SWIFT SWIFT_CODE TAX_ID TELEPHONE TIME TITLE TOKEN
    TRACK_DATA UK_NHS UK_NINO URL USER USERNAME US_BANK_NUMBER US_DRIVER_LICENSE US_ITIN US_PASSPORT US_SSN VAT_NUMBER
    VEHICLE_ID VIN WITHHELD ZIP ZIP_CODE
"""
KNOWN = frozenset(_KNOWN_WORDS.split())
"""Kinds of which `[KIND_1]` in a text is always taken for a placeholder that stood there already."""

_OPEN = r"\\?[\[［【〔{｛<＜(（]|&lt;"
_CLOSE = r"\\?[\]］】〕}｝>＞)）]|&gt;"
_INNER = r"(?P<{0}kind>{1})(?:\\?[_\-\s#]){{{2},2}}(?P<{0}number>[0-9]+)(?P<{0}form>[b-rt-z]{{0,2}})"
_BORDER = rf"(?:(?<!\w)|(?-i:(?<=[{CASELESS}])))"
_FIRM = "[［【〔{｛<＜&\\"
"""Brackets of a placeholder alone; round ones stand in any prose."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a model that may mean a placeholder.

    Attributes:
        start, end: their place, brackets included.
        token: the placeholder, as we would write it.
        kind, number: its parts.
        is_firm: whether they can be nothing but a placeholder.
        is_joined: whether kind and number are written as one word, as we do.
    """

    start: int
    end: int
    token: str
    kind: str
    number: int
    is_firm: bool
    is_joined: bool


class Grammar:
    """Finds mentions of placeholders of some kinds, in any case and with other brackets."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = frozenset(kinds)
        self._first = {kind.split("_")[0].lower() for kind in self._kinds}
        parts = (r"(?:\\?[_\-\s])".join(kind.split("_")) for kind in sorted(kinds, key=len, reverse=True))
        any_kind = "|".join(parts)
        self._pattern = re.compile(
            rf"(?P<open>{_OPEN})\s?{_INNER.format('', any_kind, 0)}\s?(?:{_CLOSE})"
            rf"|{_BORDER}{_INNER.format('bare_', any_kind, 1)}(?=(?:e?s)?(?![A-Za-z0-9_]))(?!\.[0-9])",
            re.IGNORECASE,
        )

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield what may mean a placeholder, in the order of the text."""
        folded = text.lower()
        if not any(word in folded for word in self._first):
            return
        for match in self._pattern.finditer(text):
            yield self._mention(match)

    def _mention(self, match: re.Match[str]) -> Mention:
        prefix = "" if match["open"] else "bare_"
        said, number = match[prefix + "kind"], int(match[prefix + "number"])
        kind = re.sub(r"\\?[_\-\s]", "_", _upper(said))
        between = match.string[match.end(prefix + "kind") : match.start(prefix + "number")]
        is_joined = between in ("_", "\\_") and not re.search(r"[-\s]", said)
        is_firm = bool(match["open"]) and (match["open"][0] in _FIRM or (is_joined and said.isupper()))
        start, end = match.span()
        if match["open"] in ("(", "（") and not is_joined:
            start, end = start + 1, end - 1  # a parenthesis of the sentence
        token = f"[{kind}_{number}{_upper(match[prefix + 'form'])}]"
        return Mention(start, end, token, kind, number, is_firm, is_joined)


@lru_cache(maxsize=64)
def grammar(kinds: frozenset[str]) -> Grammar:
    """Return the grammar of some kinds; it is costly to make and the same for most tasks."""
    return Grammar(kinds)


@lru_cache(maxsize=256)
def placeholder_kind(entity_type: str) -> str:
    """Write an entity type as a placeholder's kind."""
    kind = re.sub(r"[^A-Z0-9_]", "_", entity_type.upper())
    return kind if "A" <= kind[:1] <= "Z" else f"X{kind}"


def write(kind: str, number: int, form: int = 0) -> str:
    """Write the placeholder of a value's form, counted from 0."""
    return f"[{kind}_{number}{_letters(form)}]"


def _letters(form: int) -> str:
    if form == 0:
        return ""
    for size in itertools.count(1):
        if form <= len(LETTERS) ** size:
            break
        form -= len(LETTERS) ** size
    place, letters = form - 1, ""
    for _ in range(size):
        place, index = divmod(place, len(LETTERS))
        letters = LETTERS[index] + letters
    return letters


def _upper(text: str) -> str:
    """Raise to capitals by way of small letters, since signs such as the Kelvin's have no capital."""
    return text.lower().upper()
