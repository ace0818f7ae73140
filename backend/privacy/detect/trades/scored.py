"""Whoever stands before a score, behind a bed or before what patients do: `Waterlow: Novak 14`, `Bed 2 Stone slept`.

Surnames that are words stand so too, and a capital tells of them: `Baker 5 mg`. In a list of scores whoever has one
stands beside others who have one; of scales that are called after somebody nothing is told.
"""

import re

_NEAR = 80
"""Characters before a word in which the scale's name is looked for."""
_ITEM = r"(?:[^\W\d_][\w'’-]{1,30}:? \d[\d./]{0,6}(?:, | and |; |/ )){0,4}"
SCORE_AFTER = re.compile(r":? \d{1,2}(?:/\d{1,2})?(?=[,.;)\n]\D|[.;)\n]?$| and |;)")
_SCALE_BEFORE = re.compile(
    r"\b(?:scores?|scored|waterlow|gcs|news2?|mews|pews|ews|braden|barthel|norton|must|pain|nihss|mmse|moca|amts?|cfs"
    rf"|rass|phq-?9|gad-?7|apgars?|vip|sofa|douleur|eva|glasgow)(?: [a-z]+)?(?: ?:| ?[-–]|,)? {_ITEM}$",
    re.IGNORECASE,
)
_ITEM_BEFORE = re.compile(r"(?<![\w'’-])([^\W\d_][\w'’-]{1,30}):? \d[\d./]{0,6}(?:, | and |; )$")
_ITEM_AFTER = re.compile(r":? \d[\d./]{0,6}(?:, | and |; )([^\W\d_][\w'’-]{1,30}):? \d")
_BED_BEFORE = re.compile(
    r"\b(?:bed|bay|room|side room|cubicle|cot|chair|trolley|ch|chambre|lit) \d{1,3}[a-z]?[:,.]? (?:[-–] )?$",
    re.IGNORECASE,
)
_MEASURED = r"(?:BM|BP|HR|RR|GCS|NEWS2?|[Ss]ats?|[Tt]emp|[Pp]ain)(?: is|:)? \d"
_OF_WARDS_AFTER = re.compile(
    rf",? (?:NBM\b|d/c(?!\w)|{_MEASURED}|(?:refus\w+|declin\w+) (?:all )?(?:meds|medication|obs|bloods|insulin"
    r"|breakfast|lunch)\b)"
)
_DOES_AFTER = re.compile(
    rf",? (?:refus\w+|slept|nil|awaiting|awaits|spiked|unsettled|apyrexial|(?:had|has) \d|{_MEASURED}|[Oo]bs\b)"
)
_SUFFERS_AFTER = re.compile(r",? (?:declin\w+|settled|discharged|omit(?:ted)?|held|afebrile|BO|due|stable)\b(?![\w/])")
_COUNTED = frozenset(
    "ball bridge day fall flood gate hall house lane page park part pool power quill ridge ring road room short spring"
    " stack story storey street summer wall ward way weeks winter".split()
)
"""Words before a number that is no score: `Day 3, Day 5`."""
_UNMEANT = _COUNTED | frozenset(
    "ball bass beard beer black bright brown burr chance cotton cross curry dale early field flowers frank gay gold"
    " golden good grant gray green grey gross hammer hook hope horn house judge little long love marks may mercy merry"
    " moody noble north pace park pearl pike pitts plank price pride quick rice rich rose rush salmon sharp shields"
    " silver small smart snow sparks speed stark steel stern strand street strong summers sweet swift tally thorn urban"
    " vine water waters watt watts west white wild winters wise worth young".split()
)
"""Surnames that in small letters are meant as words where a dose or a score stands: `pain sharp 7/10`."""


def scale_before(text: str, start: int) -> bool:
    """Say whether a scale is named before a place, and at most others who have a score on it: `GCS Novak 15, `."""
    return _SCALE_BEFORE.search(text, max(0, start - _NEAR), start) is not None


def neighbours(text: str, start: int, end: int) -> list[str]:
    """Return the words beside a place in a list of words that have a number each."""
    before, after = _ITEM_BEFORE.search(text, max(0, start - _NEAR // 2), start), _ITEM_AFTER.match(text, end)
    return [item[1] for item in (before, after) if item]


def is_in_bed(text: str, start: int) -> bool:
    """Say whether the number of a bed or room stands before a place."""
    return _BED_BEFORE.search(text, max(0, start - _NEAR // 4), start) is not None


def does_something(text: str, end: int) -> bool:
    """Say whether what patients do or have stands behind a place: `slept`, `BM 14.2`, `had 2.5 mg`."""
    return _DOES_AFTER.match(text, end) is not None or is_patient(text, end)


def is_patient(text: str, end: int) -> bool:
    """Say whether what is said of patients alone stands behind a place: `NBM`, `refused meds`."""
    return _OF_WARDS_AFTER.match(text, end) is not None


def is_left(text: str, end: int) -> bool:
    """Say whether what drugs and patients do stands behind a place: `held`, `discharged`."""
    return _SUFFERS_AFTER.match(text, end) is not None


def may_be_meant(word: str) -> bool:
    """Say whether a surname that is a word may be somebody's in small letters, where a dose or a score stands."""
    return word not in _UNMEANT


def may_be_counted(word: str) -> bool:
    """Say whether a number behind a word counts it, and is no score of somebody's."""
    return word.lower() in _COUNTED
