"""Numbers that were found in part → whole ones: `AB-1234/2022`, of which a model took `1234`."""

import re
from collections.abc import Iterable
from dataclasses import replace

from backend.types import Detection

CODES = frozenset(
    "BANK_ACCOUNT DRIVER_LICENSE ID_NUMBER LICENSE_PLATE MEDICAL_RECORD PASSPORT PHONE_NUMBER ROUTING_NUMBER"
    " STREET_ADDRESS TAX_ID ZIP_CODE".split()
)
"""Types whose values are numbers, with letters or without."""
LONGEST = 24
"""Characters that a number may have on each side of what was found."""
FEWEST = 4
"""Digits that a number has at least: fewer are a fraction or a range."""
_BEFORE = re.compile(r"(?<![\w/.+#-])(?:[A-ZА-Я0-9]{1,8}[/+-]){1,4}$")
_BEFORE_SPACE = re.compile(r"(?<![\w/.+#-])[A-Z]{2} $")
"""Two letters before groups of digits, as of a ticket or an airline's card: `BA 4471 9022`."""
_GROUPS = re.compile(r"\d{3,5}(?: \d{2,5})+")
_AFTER = re.compile(r"(?:[/+-][A-ZА-Я0-9]{1,8}){1,4}(?!\w|[/+-]\w)")


def whole_codes(text: str, found: Iterable[Detection]) -> list[Detection]:
    """Give numbers the parts that a slash, a plus or a dash joins to them.

    Args:
        text: that was searched.
        found: in it.
    """
    return [_whole(text, d) if d.entity_type in CODES else d for d in found]


def _whole(text: str, found: Detection) -> Detection:
    value = text[found.start : found.end]
    if sum(map(str.isdigit, value)) < FEWEST:
        return found
    start, end = found.start, found.end
    if value[0] in "/+-" and text[start - 1 : start].isalnum():
        start += 1
    before = _BEFORE.search(text, max(0, start - LONGEST), start)
    if before is None and _GROUPS.fullmatch(value):
        before = _BEFORE_SPACE.search(text, max(0, start - 4), start)
    after = _AFTER.match(text, end, end + LONGEST)
    if not before and not after:
        return found
    return replace(found, start=before.start() if before else found.start, end=after.end() if after else end)
