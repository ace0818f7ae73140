"""Grows an address from its first part: over the flat, the code, the town and the country, over several lines."""

import re
from collections.abc import Iterable
from dataclasses import replace

from backend.privacy.patterns.places.streets import CAP, SMALL, STOP
from backend.privacy.types import Detection

UNIT = (
    r"(?i:apt|apartment|suite|ste|unit|flat|appt|piso|кв|квартира|оф|офис|lgh|wohnung|room|rm|floor|корп|корпус|к"
    r"|стр|строение|подъезд|этаж|д|дом|bldg|building|lot|space|trlr)"
)
_ZIP = (
    r"(?:\d{5}-\d{3,4}|\d{4,6}|\d{3} \d\d|\d{2}-\d{3}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} "
    r"[A-Z]{2}|(?:[A-Z]{1,2}-)\d{4,6})"
)
_GAP = r"(?: - |[\s,;?>|]{1,10})"
_GROW_UNIT = re.compile(
    rf"[\s,;?>|#]{{1,8}}(?:{UNIT}\.?\s?(?:#|№)?\s?(?:\d{{1,5}}[A-Za-zА-Яа-я]?|[A-Z](?:-?\d{{1,4}})?)(?!\w)"
    rf"|#\s?\d{{1,5}}[A-Za-z]?(?!\w)|Box \d{{1,6}}(?!\w))"
)
_GROW_ZIP = re.compile(rf"{_GAP}(?:(?:[A-Z]{{2,3}}|nan)[\s,]{{1,5}})?{_ZIP}(?!\w|[.,:/]\d|-\d)")
_GROW_WORDS = re.compile(
    rf"(?P<gap>{_GAP})(?P<words>(?:(?:{SMALL} )?{CAP})(?:[ -](?:(?:{SMALL} ){{0,2}}{CAP})){{0,4}}(?!\w)"
    rf"(?: \({CAP}\))?(?: nan\b)?|nan\b)(?P<zip>,?(?:[\s,]{{1,5}}(?:[A-Z]{{2,3}}|nan)\b)?[\s,]{{1,5}}{_ZIP}(?!\w"
    r"|[.,:/]\d|-\d))?"
)
_GROW_SMALL = re.compile(
    rf"[ ,\n]{{1,3}}(?:[^\W\d_]+(?:[ ,]{{1,2}}|\n)){{0,4}}?(?:(?:[^\W\d_]{{2,3}})[ ,]{{1,2}}{_ZIP}(?!\w)"
    r"|[^\W\d_]+(?=[.?!]?\s*(?:\n|$)))"
)
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:[A-Z]{{1,2}}-)?\d{{4,5}} {CAP}(?: {CAP})?, |(?:^|(?<=[\s>,]))(?:\d{{1,5}} ){{1,2}}|(?<=\bat "
    rf"){CAP} and |(?<=\bto ){CAP} and |(?<=\n){CAP} and |US[A-Z]{{1,4}} {CAP},?\s{{1,2}})$"
)
_BEFORE_GROWN = re.compile(rf"(?<=[a-z] ){CAP} $")
_BEFORE_RUSSIAN = re.compile(
    r"(?:\d{6},? )?(?:(?:Россия|РФ|Украина|Беларусь|Казахстан),? )?(?:[А-ЯЁ][а-яё-]+ (?:область|обл\.|край|район"
    r"|р-н),? )?(?:(?:дом|д\.) ?\d{1,4}\w? (?:по|на) |"
    r"(?:г|город|пос|пгт|рп|с|дер|м|ст-ца|станица|хутор|аул|снт)\.? ?[А-ЯЁІЇ][\w-]+(?: "
    r"[А-ЯЁ][\w-]+)?,? |(?:Москва|Санкт-Петербург|Киев|Минск|Казань|Екатеринбург|Новосибирск),? )$"
)
_BETWEEN = re.compile(rf"[\s,.?>|]{{0,8}}(?:{CAP}[\s,]{{1,4}}){{0,4}}")


_HOUSE = re.compile(
    rf"(?<![\w'’-])(?:The (?:{CAP} )?{CAP}|(?:{CAP} ){{1,2}}(?:Barn|Buildings?|Chambers|Cottages?|Court|Croft|Dairy"
    r"|Farm|Farmhouse|Grange|Hall|House|Lodge|Mansions|Manor|Mill|Rectory|Stables|Towers?|Vicarage|Villas?)), $"
)


def house_before(text: str, start: int) -> int:
    """Return where an address begins before whose street its house is named: `The Old Dairy, Nettle Lane`."""
    may_be = _may_end_a_house(text[max(0, start - 3) : start])
    house = _HOUSE.search(text, max(0, start - 60), start) if may_be else None
    return house.start() if house else start


def _may_end_a_house(before: str) -> bool:
    return before.removesuffix("\n").endswith(", ")


def grown(text: str, start: int, end: int, score: float) -> Detection:
    """Return the address that stands at a place, extended to the left and to the right."""
    before = text[max(0, start - 90) : start]
    may_lead = before.endswith((", ", " and ")) or before[-2:-1].isdecimal() or "US" in before  # quicker than to search
    lead = _BEFORE.search(before) if may_lead else None
    lead = lead or (_BEFORE_RUSSIAN.search(before) if before[-1:] == " " and not before.isascii() else None)
    if lead:
        start -= len(before) - lead.start()
    stop = _grow(text, end, is_small=text[start:end].islower())
    lead = _BEFORE_GROWN.search(before) if stop > end and not lead and before[-1:].isspace() else None
    if lead:
        start -= len(before) - lead.start()
    start = house_before(text, start)
    return Detection(start, stop, "STREET_ADDRESS", score if stop == end else max(score, 0.75), "Patterns: address")


def _grow(text: str, end: int, *, is_small: bool) -> int:
    is_open = False  # whether words may follow after a mere space
    for _ in range(6):
        unit = _GROW_UNIT.match(text, end)
        if unit:
            end, is_open = unit.end(), True
            continue
        code = _GROW_ZIP.match(text, end)
        if code and code[0].count("\n") < 3:
            end, is_open = code.end(), True
            continue
        town = _GROW_WORDS.match(text, end)
        if town is None or not _belongs(text, town, is_open=is_open):
            break
        end, is_open = town.end(), False
    small = _GROW_SMALL.match(text, end) if is_small else None
    return small.end() if small else end


def join(text: str, found: Iterable[Detection]) -> list[Detection]:
    """Join addresses between which nothing but some names stands, such as a district between a street and a flat."""
    joined: list[Detection] = []
    for address in sorted(found, key=lambda d: (d.start, -d.end)):
        last = joined[-1] if joined else None
        if last and (
            address.start <= last.end or _BETWEEN.fullmatch(text, last.end, min(address.start, last.end + 60))
        ):
            score = max(last.score, address.score)
            joined[-1] = replace(last, end=max(last.end, address.end), score=score)
        else:
            joined.append(address)
    return joined


def _belongs(text: str, town: re.Match[str], *, is_open: bool) -> bool:
    """Say whether words after an address are its town or country."""
    gap, has_code = town["gap"], bool(town["zip"])
    first = re.split(r"[ .-]", town["words"], maxsplit=1)[0].lower()
    if first in STOP or text[town.end() : town.end() + 1] in (":", "@") or text[town.end() : town.end() + 2] == " :":
        return False
    if gap.count("\n") > 1 or "?" in gap.strip(" \n")[:1]:
        return has_code or "?" in gap
    return has_code or is_open or "\n" in gap or "," in gap or gap == " - " or town["words"].isupper()
