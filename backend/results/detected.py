"""What detection found in a text → the stretches that a label marks: the sure ones alone, by an annotator's borders.

Redaction hides what may be personal data, and rather too much of it. A label that is wrong costs a reviewer's time, so
that only what was sure on annotated texts becomes one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from backend.privacy.entity_types import ADDRESS_TYPES
from backend.privacy.text.merge import CAPITALS, JUDGE, TAGGER
from backend.privacy.text.word_lists import word_lists
from backend.privacy.types import Detection
from backend.prompting.detected_labels import ADDRESS, DATE, DATE_TIME, TIME

SURE = 0.5
"""Least score of what becomes a label."""
UNSURE = frozenset({TAGGER, JUDGE, CAPITALS, "Introduced", "Lexicon"})
"""Recognizers whose people are people too seldom, whatever the score."""
STREET = "STREET_ADDRESS"
_GUESSED_STREET = "Patterns: address"
"""Finds what may be a street by its place alone."""

_TITLES = frozenset(word_lists(__file__, "detected")["titles"])
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_NUMBER = re.compile(r"[+(]?\d.*\d", re.DOTALL)
_EMAIL = re.compile(r"[^\s@<>()'\",;:=]+@[^\s@<>()'\",;:=]+[^\W_]")
_DIGIT = re.compile(r"\d")
_INITIAL = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]|jr|sr|esq)\.$", re.IGNORECASE)
_APART = re.compile(r"\s*(?:[,;/&]|\s[–—-]\s|\n)\s*")
_CLOCK = re.compile(r"\d{1,2}\s?(?:[:.h]\s?\d{2}(?::\d{2})?\s?(?:[ap]\.?m\.?|uhr|h)?|[ap]\.?m\.?|uhr|h)", re.IGNORECASE)
_SIGNS = frozenset(" \t\r\n\u00a0.,;:!?\"'«»“”„‘’`*_–—-")
_BRACKETS = {"(": ")", ")": "(", "[": "]", "]": "["}
_WITHIN = {"EMAIL_ADDRESS": _EMAIL, "PHONE_NUMBER": _NUMBER, "IBAN_CODE": re.compile(r"[A-Za-z]{2}\d.*\w", re.DOTALL)}
"""Of what has a form, how its value looks: a recognizer may have taken more."""
_BETWEEN = re.compile(r"(?:\s*,)?\s+")


def marked_stretches(
    text: str, found: Iterable[Detection], means: str, taken: frozenset[str] = frozenset()
) -> list[Detection]:
    """Return the stretches of a text that a label marks, in their order; none overlap.

    Args:
        text: the original.
        found: what redaction would hide, in the order of the text; none overlap.
        means: what the label means.
        taken: what the other labels of its control mean.
    """
    sure = [d for d in found if is_sure(d)]
    if means == ADDRESS:
        return list(_addresses(text, sure, taken))
    if means in (DATE, TIME):
        own = [d for d in sure if d.entity_type == DATE_TIME]
        bare = [replace(d, start=start, end=end) for d in own for start, end in [_bare(text, d.start, d.end)]]
        return [d for d in bare if d.start < d.end and _is_clock(text, d) is (means == TIME)]
    return [part for d in sure if d.entity_type == means for part in _parts(text, d)]


def is_sure(found: Detection) -> bool:
    """Say whether redaction holds what it found for sure."""
    return found.score >= SURE and found.recognizer.partition(":")[0] not in UNSURE


def _parts(text: str, found: Detection) -> Iterator[Detection]:
    """Yield what was found without the signs around it; of people each name without the titles before it."""
    within = _WITHIN.get(found.entity_type)
    places = [(found.start, found.end)]
    if found.entity_type == "PERSON":
        places = [_untitled(text, *place) for place in _names(text, found)]
    elif within:
        match = within.search(text, found.start, found.end)
        places = [match.span()] if match else []
    for place in places:
        start, end = _bare(text, *place)
        if start < end:
            yield replace(found, start=start, end=end)


def _names(text: str, found: Detection) -> list[tuple[int, int]]:
    """Return the names in what was taken for one: `Hill, Ann` is one name, `Ann Hill, Jo Low` are two."""
    parts, place = [], found.start
    for gap in _APART.finditer(text, found.start, found.end):
        parts.append((place, gap.start()))
        place = gap.end()
    parts.append((place, found.end))
    is_list = all(len(text[slice(*part)].split()) > 1 for part in parts)
    return parts if is_list else [(found.start, found.end)]


def _untitled(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a name's place without titles before it; a title alone stays, since it may be a name as well."""
    start, end = _bare(text, start, end)
    while (word := _WORD.match(text, start, end)) and word[0].lower() in _TITLES and word.end() < end:
        start, end = _bare(text, word.end(), end)
    return start, end


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a place without signs and spaces at its ends; brackets stay where both are within."""
    while start < end and (text[start] in _SIGNS or _is_lone(text, start, end, start)):
        start += 1
    while end > start and (text[end - 1] in _SIGNS or _is_lone(text, start, end, end - 1)):
        if _INITIAL.search(text, start, end):
            break
        end -= 1
    return start, end


def _is_lone(text: str, start: int, end: int, place: int) -> bool:
    """Say whether a bracket stands at a place whose other half is not within."""
    other = _BRACKETS.get(text[place])
    return other is not None and text.find(other, start, end) < 0


def _is_clock(text: str, found: Detection) -> bool:
    """Say whether a time of day is all that a stretch is."""
    return _CLOCK.fullmatch(text, found.start, found.end) is not None


def _addresses(text: str, found: Sequence[Detection], taken: frozenset[str]) -> Iterator[Detection]:
    """Yield whole addresses: a street with what follows it of its town, unless another label marks that."""
    joined: list[Detection] = []
    for d in found:
        is_part = d.entity_type in ADDRESS_TYPES and d.entity_type not in taken
        if joined and is_part and _BETWEEN.fullmatch(text, joined[-1].end, d.start):
            joined[-1] = replace(joined[-1], end=d.end, score=min(joined[-1].score, d.score))
        elif d.entity_type == STREET and d.recognizer != _GUESSED_STREET:
            joined.append(d)
    for d in joined:
        start, end = _bare(text, d.start, d.end)
        if _DIGIT.search(text, start, end):
            yield replace(d, start=start, end=end)
