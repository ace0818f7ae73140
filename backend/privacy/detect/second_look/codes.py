"""Numbers and logins that were found in part → whole ones: `AB-1234/2022`, of which a model took `1234`.

What a model took for a number of somebody's and is none goes: amounts with their units, codes that are known to all.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from backend.privacy.patterns.context import Beside
from backend.privacy.text.merge import MODEL
from backend.privacy.types import Detection

CODES = frozenset(
    "BANK_ACCOUNT DRIVER_LICENSE ID_NUMBER LICENSE_PLATE MEDICAL_RECORD PASSPORT PHONE_NUMBER ROUTING_NUMBER"
    " STREET_ADDRESS TAX_ID US_BANK_NUMBER US_DRIVER_LICENSE ZIP_CODE".split()
)
"""Types whose values are numbers, with letters or without."""
_NAMED = {
    "DRIVER_LICENSE": frozenset({"license"}),
    "PASSPORT": frozenset({"passport"}),
    "TAX_ID": frozenset(
        "tax inn ua tfn abn itin india pan cpf cnpj nir siren poland germany spain italy portugal czech greece hungary"
        " turkey mexico chile argentina nigeria croatia romania".split()
    ),
}
"""Kinds of words of which one stands beside a number of a type, if it is one: a model tells such numbers by chance."""
_ORDER = re.compile(
    r"(?<!\w)(?:orders?|invoices?|tickets?|parcels?|shipments?|warehouse|batch|sku|articles?|items?|receipts?|quotes?"
    r"|bestell\w+|auftrag\w*|rechnung\w*|liefer\w+|artikel\w*|commandes?|factures?|devis|colis|pedidos?|facturas?"
    r"|ordin[ei]|fattur[ae]|bestelling\w*|factuur\w*|zamówieni\w+|faktur\w*|заказ\w*|накладн\w+|заявк\w+|счёт\w*|счет\w*)"
    r"(?:\s(?:number|no|nr|n°|num|номер|№|id))?[.:]?\s?[#№]?\s?$",
    re.IGNORECASE,
)
"""Right before a number of an order, which is no postal code."""
_FAR = 40
LOGINS = frozenset({"NAME", "PERSON", "USERNAME"})
"""Types of which a login is made."""
LONGEST = 24
"""Characters that a number may have on each side of what was found."""
FEWEST = 4
"""Digits that a number has at least: fewer are a fraction or a range."""
_BEFORE = re.compile(r"(?<![\w/.+#-])(?:[A-ZА-Я0-9]{1,8}[/+-]){1,4}$")
_NO_PREFIX = "ID|NI|DL|AC|NO|NR|TC|CC|PW|UK|US|EU|OF|TO|IS|IN|ON|AT|BY|AND|FOR|THE|PIN|TIN|SSN|MRN|TEL|FAX|NHS|OTP|IBAN"
_BEFORE_SPACE = re.compile(rf"(?<![\w/.+#-])(?!(?:{_NO_PREFIX})\b)[A-ZА-Я]{{1,2}} $")
"""One or two letters before groups of digits, as of a ticket or an airline's card: `BA 4471 9022`."""
_AFTER_SIGN = re.compile(
    rf"(?:(?i:\b(?:no|nr|num|number|n°|ref))\b\.?|[№#:]|\b[A-ZА-Я]{{3,8}} )\s?"
    rf"(?!(?:{_NO_PREFIX})\b)(?P<v>[A-ZА-Я]{{2,5}} )$"
)
"""Letters between what announces a number and its digits: `Income tax no. SG 44719022`, `INPS PUC 447190228`."""
_AFTER_SPACE = re.compile(r" [B-HJ-Z](?=[.,;:)\n]|\s?$)")
"""A letter behind the digits: `8908270 K`."""
_GROUPS = re.compile(r"\d{2,14}(?:[ -]\d{2,12})*")
_AFTER = re.compile(r"(?:[/+-][A-ZА-Я0-9]{1,8}){1,4}(?!\w|[/+-]\w)")

_LOGIN_BEFORE = re.compile(r"(?<![\w.@/\\+-])\w[\w-]{0,30}[_-]$")
_LOGIN_AFTER = re.compile(r"(?:[_-]\w[\w-]*|\d+\w*)(?![\w@/\\]|\.[A-Za-z])")

_AMOUNT = re.compile(r"\W*\d{1,3}(?:[.,  ]?\d{1,3}){0,3}\W*")
_UNIT = re.compile(
    r"\s?(?:%|€|£|\$|₽|°|(?:mg|mcg|µg|g|kg|ml|dl|mmol|IU|units?|mm|cm|km|m²|kWh|kW|GB|MB|TB|px|EUR|USD|GBP|CHF|hours?|hrs?"
    r"|minutes|min|days|weeks|months|мг|мкг|мл|г|кг|мм|см|км|руб|тыс)\b)"
)
_PUBLIC = re.compile(
    r"(?:CVE|CWE|ORA|ISO|IEC|RFC|ASTM|IEEE|DIN|EN|SHA|HTTP|MS|KB)[- ]?\d[\d-]*|0x[0-9A-Fa-f]{4,8}"
    r"|v?\d{1,3}(?:\.\d{1,5}){2,3}|(?:INC|RITM|CHG|PRB|SCTASK)\d{5,10}"
)
"""Codes that name a fault, a standard, a version or a ticket: nobody's."""


def whole_codes(text: str, found: Iterable[Detection]) -> list[Detection]:
    """Give numbers and logins the parts that belong to them, and leave out what is no number of somebody's.

    Args:
        text: that was searched.
        found: in it.
    """
    return [_mended(text, d) for d in found if not (d.entity_type in CODES and _is_public(text, d))]


def _mended(text: str, found: Detection) -> Detection:
    if found.entity_type in CODES:
        return _whole(text, _typed(text, found))
    return _login(text, found) if found.entity_type in LOGINS else found


def _typed(text: str, found: Detection) -> Detection:
    """Return a number of which a recognizer guessed the kind as one of any kind, where nothing beside it names that."""
    named = _NAMED.get(found.entity_type) if found.recognizer == MODEL else None
    if named is not None:
        is_other = named.isdisjoint(Beside(text, found.start, found.end).kinds)
    else:
        before = max(0, found.start - _FAR)
        is_other = found.entity_type == "ZIP_CODE" and _ORDER.search(text, before, found.start) is not None
    return replace(found, entity_type="ID_NUMBER") if is_other else found


def _is_public(text: str, found: Detection) -> bool:
    """Say whether a model took an amount, or a code that is known to all, for a number of somebody's."""
    if found.recognizer != MODEL:
        return False
    if _AMOUNT.fullmatch(text, found.start, found.end) and _UNIT.match(text, found.end):
        return True
    return _PUBLIC.fullmatch(text, found.start, found.end) is not None


def _whole(text: str, found: Detection) -> Detection:
    value = text[found.start : found.end]
    digits = sum(map(str.isdigit, value))
    if digits < FEWEST:
        return found
    start, end = found.start, found.end
    if value[0] in "/+-" and text[start - 1 : start].isalnum():
        start += 1
    before = _BEFORE.search(text, max(0, start - LONGEST), start)
    begin = before.start() if before else found.start
    after = _AFTER.match(text, end, end + LONGEST)
    if (
        digits >= 6
        and found.entity_type not in ("PHONE_NUMBER", "STREET_ADDRESS", "ZIP_CODE")
        and _GROUPS.fullmatch(value)
    ):
        begin = begin if before else _spaced(text, begin)
        after = after or _AFTER_SPACE.match(text, end)
    return replace(found, start=begin, end=after.end() if after else end)


def _spaced(text: str, start: int) -> int:
    """Return where a number begins whose letters a space parts from its digits."""
    letters = _BEFORE_SPACE.search(text, max(0, start - 4), start)
    if letters:
        return letters.start()
    announced = _AFTER_SIGN.search(text, max(0, start - LONGEST), start)
    return announced.start("v") if announced else start


def _login(text: str, found: Detection) -> Detection:
    """Return a name with the rest of the login that it is a part of: `adm-tvogel`, `louane_33`."""
    value = text[found.start : found.end]
    name = value.rstrip("_-")
    if " " in value or not name[-1:].isalpha():
        return found
    end = found.start + len(name)
    before = _LOGIN_BEFORE.search(text, max(0, found.start - LONGEST), found.start)
    after = _LOGIN_AFTER.match(text, end, end + LONGEST)
    start, end = before.start() if before else found.start, after.end() if after else found.end
    token = text[start:end]
    if not (before or after) or not (re.search(r"[\d_]", token) or token.islower()):
        return found
    return replace(found, start=start, end=end)
