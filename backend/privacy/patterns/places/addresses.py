"""Postal addresses: found at a street, a house number, a flat or a box, from which the whole address is grown."""

import re
from collections.abc import Iterator

from backend.privacy.patterns import context
from backend.privacy.patterns.pattern import words
from backend.privacy.patterns.places.growing import UNIT, grown, house_before
from backend.privacy.patterns.places.streets import (
    AREA_WORDS,
    BOX_WORDS,
    CAP,
    CLEAR,
    DOSES,
    ENGLISH,
    GLUED,
    HUNGARIAN,
    NOT_STREET,
    OWN_WORD,
    PLAIN,
    PREFIX,
    SMALL,
    STOP,
    SURE_PREFIX,
    UNIT_WORDS,
    WORD,
)
from backend.privacy.types import Detection

_STREETS = "|".join(sorted(ENGLISH, key=len, reverse=True))
_PREFIXES = "|".join(sorted(set(PREFIX), key=lambda name: (-len(name), name)))
_NUMBER = r"(?:\d{1,5}(?: ?[A-Za-zА-Яа-я](?!\w))?(?: ?[-/] ?\d{1,4}[A-Za-z]?(?!\w))?)"
_ROMAN_OR_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"

_NUMBER_FIRST = re.compile(
    rf"{_NUMBER},? (?:\d{{1,5}} )?(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.? )?(?:(?:{CAP}|{_ROMAN_OR_ORDINAL}"
    rf"|{SMALL}) ){{0,4}}?"
    rf"(?:{CAP}|{_ROMAN_OR_ORDINAL}) (?i:{_STREETS})\b\.?(?: (?:NE|NW|SE|SW|N|S|E|W|North|South|East|West)\b)?(?: "
    rf"(?i:{_STREETS})\b\.?)?"
)
_NUMBER_FIRST_SMALL = re.compile(
    rf"{_NUMBER} (?:\d{{1,5}} )?(?!(?:minutes?|hours?|days?|miles?|km|people|cars?|houses?|times?|more|other|of|in"
    r"|on|the|a)\b)"
    rf"(?:(?:{WORD}|{_ROMAN_OR_ORDINAL}) ){{1,3}}?(?:{CLEAR})\b\.?",
    re.IGNORECASE,
)
_NUMBER_PREFIX = re.compile(
    rf"{_NUMBER}(?: (?:bis|ter|quater))?,? (?![cC][. ])(?i:{_PREFIXES})(?:\. ?|/ ?| )(?:(?:{SMALL}|d'|de l'"
    rf"|l') ?){{0,4}}{CAP}(?: (?:(?:{SMALL} ){{0,2}}{CAP})){{0,5}}"
)
_NUMBER_NAME_NUMBER = re.compile(rf"\d{{3,5}} (?:{CAP} ){{1,3}}(?:[^\W\d_]{{3,}} )?\d{{1,5}}(?![\w%]|[.,:/-]\d)")
_NUMBER_NAMES = re.compile(
    rf"{_NUMBER} (?:\d{{1,5}} )?(?!AM|PM|A\.M|P\.M){CAP}(?: (?:{SMALL} ){{0,2}}{CAP}){{1,3}}(?! \d)"
)
_NUMBER_SMALL_NUMBER = re.compile(r"0?\d{4,5} [^\W\d_]{4,} \d{1,4}(?![\w%]|[.,:/-]\d)")
_NUMBER_DIRECTION = re.compile(rf"{_NUMBER} (?:[NSEW]|[NS]\.?[EW])\. {CAP}(?: {CAP}){{0,2}}")
_HOUSE_END = re.compile(
    r"\d{1,5}(?: ?[A-Za-z](?!\w))?(?:[-/]\d{1,4}[A-Za-z]?(?!\w))?\.?(?!\w|[.,:]\d|%|-\w"
    r"| (?:mg|mcg|[µμ]g|ml|cc|mmHg|kg|cm|mm|bpm|mmol|UI|IU|g/d?[lL]|cp|gouttes)\b)"
)
"""A house number, and no amount of something: `redon ramène 40 cc`."""
_PREFIXED = re.compile(
    rf"(?![cC][. ])(?i:{_PREFIXES})(?:\. ?|/ ?| )(?:(?:{SMALL}(?= )|d'|de l'|l'|\d{{1,2}}(?= )) ?){{0,4}}{CAP}"
    rf"(?:[ -](?:(?:{SMALL} ){{0,2}}(?:{CAP}|\d{{1,2}} (?={CAP})))){{0,5}}"
    rf"(?P<house>,? ?(?:(?:n[°ºo]\.?|№|nr\.?|no\.?|д\.?|дом|буд\.?|numero|número) ?)?{_NUMBER}\.?(?!\w|[.,]\d))?"
)
_RUSSIAN_STREET = re.compile(
    r"(?:^|(?<=\W))[А-ЯЁІЇ][\w-]+(?: [А-ЯЁІЇ][\w-]+)? (?:ул(?:ица|ице|\.)|пр(?:оспект|-т|\.)|пер(?:еулок|\.)|шоссе"
    r"|бульвар|наб(?:ережная|\.)|площадь|проезд),? (?:д\.? ?|дом )?\d{1,4}\w?"
)
_UNIT_HERE = re.compile(
    rf"{UNIT}\.? ?(?:#|no\.? ?|№ ?)?(?:\d{{1,5}}[A-Za-z]?|[A-Z]\d{{0,4}})(?!\w|[.,]\d)(?: Box \d{{1,6}})?"
)
_BOX_HERE = re.compile(
    r"(?:p\.? ?o\.? ?(?:box)|pob|pmb|postbox|postfach|postboks|apartado|box|psc)\.? ?#?(?:\d{1,3} \d{2,3}"
    r"|\d{1,7})(?!\w)(?:,? box \d{1,6})?",
    re.IGNORECASE,
)
_MILITARY = re.compile(r"(?:APO|FPO|DPO),? ?A[AEP],? ?\d{5}(?:-\d{4})?")
_CORNER_PART = rf"(?:{CAP}|{SMALL}|\d{{1,3}}(?:st|nd|rd|th)|\d{{1,5}}|[a-z]{{1,3}}\.)"
_CORNER = re.compile(
    rf"(?:corner|intersection) of {_CORNER_PART}(?: {_CORNER_PART}){{0,4}}? (?:and|&) {_CORNER_PART}(?: (?:{CAP}"
    rf"|\d{{1,5}})){{0,4}}(?!\w)"
)
_NAMED_STREET = re.compile(rf"(?:^|(?<=\W))(?:{CAP} ){{1,3}}$")

_BEFORE_UNIT = re.compile(
    rf"(?:(?<![\w.,])\d{{1,5}} (?:(?:{WORD} ){{1,3}}\d{{1,5}}|(?:{CAP} ){{1,3}})|(?<!\w)(?:{CAP} "
    rf"){{1,4}}\d{{1,5}}),?\s{{0,3}}$"
)

_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_ßŉǰΐΰև-ﬗ]\w{2,}")  # the letters left out would become two in capitals


def scan_house_numbers(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find addresses with a house number of up to five digits at a place, before or after the street."""
    following = text[end : end + 2]
    if following[:1] == " " or following == ", " or following[:1].isalpha() or following[:1] in "-/":
        for pattern, score in _AFTER_NUMBER:
            match = pattern.match(text, start)
            if match and not _is_phrase(match[0]):
                yield grown(text, start, match.end(), score)
                break
        match = _NUMBER_NAME_NUMBER.match(text, start) or _in_context(
            _NUMBER_SMALL_NUMBER.match(text, start) or _NUMBER_NAMES.match(text, start)
        )
        if match and not _is_phrase(match[0]):
            yield grown(text, start, match.end(), 0.5)
    if text[start - 1 : start] == " ":
        yield from _name_first(text, start)


_TITLES = frozenset({"Dr", "Dr.", "St", "St."})
_NAMED_BEHIND = re.compile(rf"\.? {CAP}")
"""Whom a title belongs to: `reports UTD. PCP Dr. Goldberg`."""
_JOINING = NOT_STREET | STOP | PLAIN
_AFTER_NUMBER = ((_NUMBER_FIRST, 0.75), (_NUMBER_DIRECTION, 0.6), (_NUMBER_PREFIX, 0.75), (_NUMBER_FIRST_SMALL, 0.6))


def _in_context(match: re.Match[str] | None) -> re.Match[str] | None:
    return match if match and "address" in context.Beside(match.string, *match.span()).kinds else None


def _is_phrase(value: str) -> bool:
    """Say whether what looks like an address is a phrase: a year, a count or a dose before ordinary words.

    In `5 mg stopped by Dr.` the last word is a title.
    """
    _, *following = value.split()
    first = following[0].strip(".,").lower() if following else ""
    if not first or first in NOT_STREET or first in STOP - {"the"}:
        return True
    is_dose = first in DOSES and not following[0].istitle()
    return is_dose or (following[-1] in _TITLES and any(word in _JOINING for word in following[-2:-1]))


def _name_first(text: str, start: int) -> Iterator[Detection]:
    """Find `Hammarvägen 15`, `Kálmán Imre u. 12`, and in context `Allika 46`."""
    house = _HOUSE_END.match(text, start)
    if house is None:
        return
    first, last = _words_before(text, start - 1)
    word = last.rstrip(".").lower()
    if not word or word in NOT_STREET or not word[0].isalpha():
        return
    end = house.end() - (house[0].endswith(".") and word not in HUNGARIAN)
    if word in OWN_WORD and text[first : start - 1].strip(". ").lower() != word:
        yield grown(text, first, end, 0.75)
    elif word.endswith(GLUED) and len(word) > 5 and (last[0].isupper() or not last.isascii()):
        yield grown(text, first, end, 0.7)
    elif last[0].isupper() or not last.isascii():
        first_word = text[first : start - 1].split(" ", maxsplit=1)[0].lower()
        is_near = first_word not in NOT_STREET and not text[first - 2 : first - 1].isdigit()
        if is_near and "address" in context.Beside(text, first, end).kinds:
            yield grown(text, first, end, 0.5)
        elif not word.isascii() and len(word) > 3 and not re.search("[\u0400-\u04ff]", word):
            yield grown(text, first, end, 0.4)
    elif word.endswith(GLUED) and len(word) > 6 and "address" in context.Beside(text, first, end).kinds:
        yield grown(text, first, end, 0.5)


def _words_before(text: str, end: int) -> tuple[int, str]:
    """Return where up to four words that could name a street begin, and the last of them."""
    start, last = end, ""
    for _ in range(4):
        chunk = text[max(0, end - 60) : start].rpartition(" ")[2]
        left = start - len(chunk) if chunk.isalpha() else start
        while left > 0 and end - left < 60 and (text[left - 1].isalnum() or text[left - 1] in "'’.-"):
            left -= 1
        word = text[left:start]
        if not word or not word[0].isalpha():
            break
        is_inner = word in ("van", "von", "de", "der", "den", "la") or last.rstrip(".").lower() in HUNGARIAN
        if last and not (word[0].isupper() or is_inner):
            break
        if last and (word.endswith(".") or word.lower() in NOT_STREET):
            break
        last = last or word
        start = left
        if text[start - 1 : start] != " ":
            break
        start -= 1
    while start < end and text[start] == " ":
        start += 1
    return start, last


def capitalized(text: str) -> str:
    """Return a text that has no capitals with one at each word that could be a name, of the same length."""
    return _LOWER_WORD.sub(lambda word: word[0] if word[0] in PLAIN else word[0][0].upper() + word[0][1:], text)


def scan_address_words(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find addresses at a trigger word: a flat, a box, a word that stands before or after a street's name."""
    word = text[start:end].lower()
    for trigger_words, scan in _SCANS:
        if word in trigger_words:
            yield from scan(text, start, end)


def _unit(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _UNIT_HERE.match(text, start)
    if match:
        lead = _BEFORE_UNIT.search(text, max(0, start - 60), start)
        yield grown(text, lead.start() if lead else start, match.end(), 0.7)


def _prefixed(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street whose kind stands first: `rue de la Paix 3`; without a house number only after a sure kind."""
    match = _PREFIXED.match(text, start)
    if match and (match["house"] or text[start:end].lower() in SURE_PREFIX):
        score = 0.75 if match["house"] else 0.5
        yield grown(text, start, match.end() - match[0].endswith("."), score)


def _corner(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _CORNER.match(text, start)
    if match:
        begin = start - 4 if text[max(0, start - 4) : start] == "the " else start
        yield Detection(begin, match.end(), "STREET_ADDRESS", 0.6, "Patterns: corner")


def _russian(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street whose kind stands last: `Тверская ул., д. 7`."""
    match = _RUSSIAN_STREET.search(text, max(0, start - 40), end + 12)
    if match and match.end() > end:
        yield grown(text, match.start(), match.end(), 0.75)


def _boxes(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _MILITARY.match(text, start)
    if match:
        yield grown(text, start, match.end(), 0.85)
    if text[start : start + 3].lower() == "box":
        lead = re.compile(r"p\.? ?o\.? ?$", re.IGNORECASE).search(text, max(0, start - 6), start)
        if lead is None:
            lead = re.compile(r"PSC \d{1,5}, ?$").search(text, max(0, start - 12), start)
        start = lead.start() if lead else start
    match = _BOX_HERE.match(text, start)
    if match:
        end = match.end()
        military = re.compile(rf"[\s,]{{1,4}}{_MILITARY.pattern}").match(text, end)
        yield grown(text, start, military.end() if military else end, 0.7)


def _named_street(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street without a house number: `Marina Fort Street`."""
    if not text[start].isupper() or (text[start:end] in _TITLES and _NAMED_BEHIND.match(text, end)):
        return
    match = _NAMED_STREET.search(text, max(0, start - 40), start)
    if match and match[0].partition(" ")[0].lower() not in STOP:
        begin = house_before(text, match.start())
        yield Detection(begin, end, "STREET_ADDRESS", 0.45, "Patterns: street name")


_SCANS = (
    (frozenset(UNIT_WORDS), _unit),
    (frozenset(BOX_WORDS), _boxes),
    (frozenset(PREFIX), _prefixed),
    (frozenset(CLEAR.split("|")), _named_street),
    (frozenset(AREA_WORDS), _corner),
    (frozenset(words("улица ул проспект пр переулок пер шоссе бульвар набережная наб площадь проезд")), _russian),
)
