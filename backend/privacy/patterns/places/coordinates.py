"""Places told by numbers: coordinates in degrees, in words, and by three words."""

import re

from backend.privacy.patterns.kinds.spoken import NUMBER, SPOKEN_DIGITS, SPOKEN_TENS
from backend.privacy.patterns.pattern import Pattern, number, word


def _is_place(value: str) -> bool:
    """Say whether two decimal numbers could be a place that is told to some ten metres."""
    latitude, longitude = (abs(float(part)) for part in re.findall(r"\d+\.\d+", value)[:2])
    return latitude <= 90 and longitude <= 180 and max(latitude, longitude) >= 1 and len(value) >= 14


_DEGREES = (
    r"\d{1,3}(?:\.\d+)?\s?(?:deg(?:rees?)?\b\.?|°)\s?(?:\d{1,2}(?:\.\d+)?\s?(?:min(?:utes?)?\b\.?|['′’])\s?)?"
    r"(?:\d{1,2}(?:\.\d+)?\s?(?:sec(?:onds?)?\b\.?|[\"″”]|'')\s?)?(?:north|south|east|west|[NSEW])\b"
)
_MINUTES = r"\d{1,2}(?:\.\d+)? ?['′’] ?(?:\d{1,2}(?:\.\d+)? ?(?:[\"″”]|''))?"
_ANGLE = rf"\d{{1,3}}(?:\.\d+)?(?: ?° ?(?:{_MINUTES}|\d{{1,2}}(?:\.\d+)?)?| \d{{1,2}}\.\d{{2,4}})"
_SIDE = r"(?:[NSEWСЮВЗ]|[сСюЮ]\.? ?ш\.|[вВзЗ]\.? ?д\.)"
_DECIMAL = (
    rf"(?:(?:minus|plus|negative)\s)?{NUMBER}\s(?:point|dot|comma)\s{NUMBER}(?:\sdegrees?)?"
    r"(?:\s(?:north|south|east|west))?"
)

PATTERNS = (
    Pattern(
        "coordinates",
        "COORDINATES",
        number(r"-?\d{1,3}\.\d{3,10}°? ?[NSns]?[,;/ ] {0,2}-?\d{1,3}\.\d{3,10}°? ?[EWew]?"),
        starts="1 2 3 +",
        score=0.5,
        context="gps",
        accept=_is_place,
    ),
    Pattern(
        "coordinates_degrees",
        "COORDINATES",
        re.compile(
            rf"\d{{1,3}} ?° ?{_MINUTES} ?{_SIDE}(?:[,; ]{{0,3}}\d{{1,3}} ?° ?{_MINUTES} ?{_SIDE})?"
            r"|\d{1,3}\.\d+ ?° ?[NSEW](?:[,; ]{0,3}\d{1,3}\.\d+ ?° ?[NSEW])?"
        ),
        starts="1 2 3",
        score=0.85,
    ),
    Pattern(
        "coordinate",
        "COORDINATES",
        number(r"-?\d{1,3}(?:\.\d{3,10}|,\d{4,10})"),
        starts="1 2 3 +",
        context="gps",
        confirmed=0.6,
    ),
    Pattern(
        "coordinates_in_letters",
        "COORDINATES",
        re.compile(rf"{_DEGREES}(?:[,;\s]{{1,3}}{_DEGREES})?", re.IGNORECASE),
        starts="1 2 3",
        score=0.8,
    ),
    Pattern(
        "coordinates_letter_first",
        "COORDINATES",
        re.compile(rf"[NS] ?{_ANGLE}[,;/ ]{{0,3}}[EW] ?{_ANGLE}"),
        starts="A1 1 2 3",
        score=0.85,
    ),
    Pattern(
        "coordinates_spelled_out",
        "COORDINATES",
        word(rf"{_DECIMAL}(?:[,;\s]{{1,3}}(?:and\s|by\s)?{_DECIMAL})?\b"),
        triggers=f"minus plus negative {SPOKEN_DIGITS} {SPOKEN_TENS}",
        context="gps",
        confirmed=0.6,
    ),
    Pattern(
        "plus_code",
        "COORDINATES",
        number(r"(?=\w*\d)[2-9CFGHJMPQRVWX]{4,8}\+[2-9CFGHJMPQRVWX]{2,3}"),
        starts="1 2 3 4 5 6 7 8 A1 A2 A3 A4 A5 A6",
        score=0.6,
    ),
    Pattern(
        "three_words",
        "COORDINATES",
        word(r"\w+[\s:]{1,3}(?:(?:address|location)\s)?(?:is\s)?(?P<v>/{0,3}[a-z]{3,18}(?:\.[a-z]{3,18}){2})\b"),
        triggers="what3words w3w",
        score=0.8,
    ),
)
