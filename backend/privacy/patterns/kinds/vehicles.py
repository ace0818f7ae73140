"""Numbers and plates of vehicles."""

import re

from backend.privacy.patterns import checksums as sums
from backend.privacy.patterns.kinds.dates import SHORT_MONTHS
from backend.privacy.patterns.pattern import Pattern, number, word

PATTERNS = (
    Pattern(
        "vin",
        "VIN",
        number(r"(?=[A-HJ-NPR-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}"),
        starts="* A*",
        score=0.5,
        valid=0.95,
        context="vin",
        confirmed=0.95,
        check=sums.vin,
    ),
    Pattern(
        "vin_labelled",
        "VIN",
        word(
            r"(?:vehicle|chassis|fahrgestell\w*)\s?(?:identification\s|ident\w*\s)?(?:number|no\b|nr\b|identifier|id\b|num)?"
            r"[\s.:#=]*(?:is\s+)?(?P<v>(?=[A-Z]*\d)[A-HJ-NPR-Z0-9]{17})(?!\w)"
        ),
        triggers="vehicle chassis fahrgestellnummer",
        score=0.95,
    ),
    Pattern(
        "vin_beside_word",
        "VIN",
        number(r"[A-HJ-NPR-Z0-9]{10,17}", re.IGNORECASE),
        starts="* A*",
        context="vin",
        confirmed=0.7,
    ),
    Pattern(
        "plate",
        "LICENSE_PLATE",
        number(
            r"[A-ZÄÖÜ]{1,3}[ -]?[A-Z]{0,2}[ -]?\d{1,4}(?:[ -]?[A-Z]{1,3})?(?:[ -]?\d{1,4})?|\d{1,4}[ -]?[A-Z]{1,3}[ "
            r"-]?\d{0,4}"
        ),
        starts="1 2 3 4 A1 A2 A3 A4",
        context="plate",
        confirmed=0.65,
        accept=lambda value: len(sums.compact(value)) >= 5,
    ),
    Pattern(
        "plate_german",
        "LICENSE_PLATE",
        number(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?"),
        starts="A1 A2",
        score=0.7,
        context="plate",
    ),
    Pattern(
        "plate_french", "LICENSE_PLATE", number(r"[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}"), starts="A2", score=0.7
    ),
    Pattern(
        "plate_dashed",
        "LICENSE_PLATE",
        number(
            r"\d\d-[A-Z]{2}-\d\d|[A-Z]{2}-\d\d-(?:[A-Z]{2}|\d\d)|\d\d-\d\d-[A-Z]{2}|\d{1,2}-[A-Z]{3}-\d{1,2}"
            r"|[A-Z]{1,2}-\d{3}-[A-Z]{1,2}|\d{2,3}-(?:[CDGLMOSW]|[CDLKMORTW][A-Z])-\d{1,6}"
        ),
        starts="1 2 A1 A2",
        score=0.5,
        context="plate",
        accept=lambda value: not re.search(f"-(?:{SHORT_MONTHS})-", value, re.IGNORECASE),
    ),
    Pattern(
        "plate_british",
        "LICENSE_PLATE",
        number(r"[A-HJ-PR-Y]{2}\d\d ?[A-HJ-PR-Z]{3}"),
        starts="A2",
        score=0.55,
        context="plate",
    ),
    Pattern(
        "plate_word",
        "LICENSE_PLATE",
        word(
            r"(?:license|licence|number|registration)\s+plates?(?:\s+(?:number|no))?\s*(?:[:#]|is|was)?\s*"
            r"(?P<v>(?-i:(?=[A-Z]*[ -]?\d|\d*[ -]?[A-Z]+)[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,5}){0,2}|[A-Z0-9]{4,8}))\b"
        ),
        triggers="license licence number registration",
        score=0.8,
    ),
)
