"""Find the places where a pattern may begin, try the patterns there, and leave out what a better one covers."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial

from backend.patterns import (
    america,
    asia,
    context,
    dates,
    europe,
    finance,
    keys,
    labelled,
    network,
    phones,
    records,
    russia,
)
from backend.patterns.addresses import ADDRESS_WORDS, capitalized, join, scan_address_words, scan_house_numbers
from backend.patterns.pattern import Pattern, words
from backend.types import Detection

LONG = (*keys.LONG, *labelled.LONG)
PATTERNS: tuple[Pattern, ...] = (
    *finance.PATTERNS,
    *phones.PATTERNS,
    *network.PATTERNS,
    *america.PATTERNS,
    *europe.PATTERNS,
    *russia.PATTERNS,
    *asia.PATTERNS,
    *records.PATTERNS,
    *dates.PATTERNS,
    *keys.PATTERNS,
    *labelled.PATTERNS,
    *LONG,
)
"""All that are tried at a place; e-mail, URLs and postal addresses are found by code of their own."""

_LONGEST = 21
_LETTERS = 9
_DIGITS = re.compile(r"[0-9]+")
_TOKEN = re.compile(r"[^\W_]+")
_LONG = 16
_SURE = 0.7
_OPENING = re.compile(r"(?:\(?\+\(? ?|\(|(?<![\w)-])-)$")
_JOINTS = frozenset("-./,:")
_CURRENCY = frozenset("$€£¥₽₴₹")
_EMAIL_WORDS = frozenset(words("dot at собака собачка точка arroba arobase chez punkt małpa klammeraffe apenstaartje"))


def _by_start() -> tuple[list[list[Pattern]], list[list[Pattern]], list[Pattern]]:
    at_digits: list[list[Pattern]] = [[] for _ in range(_LONGEST + 1)]
    at_letters: list[list[Pattern]] = [[] for _ in range(_LETTERS + 1)]
    at_plus: list[Pattern] = []
    for pattern in PATTERNS:
        for start in pattern.starts.split():
            if start == "+":
                at_plus.append(pattern)
                continue
            rows = at_letters if start.startswith("A") else at_digits
            length = start.lstrip("A")
            for row in rows[1:] if length == "*" else [rows[int(length)]]:
                row.append(pattern)
    return at_digits, at_letters, at_plus


_AT_DIGITS, _AT_LETTERS, _AT_PLUS = _by_start()
_AT_WORDS: dict[str, list[Pattern]] = defaultdict(list)
for _pattern in PATTERNS:
    for _word in _pattern.triggers.split():
        _AT_WORDS[_word].append(_pattern)
_TRIGGERS = frozenset(_AT_WORDS)


def scan_patterns(text: str) -> list[Detection]:
    """Find personal data that has a form.

    Args:
        text: normalized (see `backend.normalize`), of any length and language.

    Returns:
        what was found, in the order of the text. None lies within another that is at least as sure; they may overlap.
    """
    found = list(every_match(text))
    addresses = [d for d in found if d.entity_type == "STREET_ADDRESS"]
    if len(addresses) > 1:
        found = [d for d in found if d.entity_type != "STREET_ADDRESS"] + join(text, addresses)
    return _outermost(found)


def every_match(text: str) -> Iterator[Detection]:
    """Yield all that any pattern says about a text, also what another pattern knows better."""
    yield from _at_numbers(text)
    yield from _at_words(text)
    yield from network.scan_network(text)
    if text.islower():
        yield from _addresses(capitalized(text))


def _at_numbers(text: str) -> Iterator[Detection]:
    """Try what may begin at each word that holds a digit."""
    done = chunk = 0
    for digits in _DIGITS.finditer(text):
        first, end = digits.span()
        if first < done:
            continue
        start = first
        while start > done and text[start - 1].isalpha():
            start -= 1
        token = _TOKEN.match(text, first)
        done = token.end() if token else end
        before = text[start - 1] if start else " "
        if before in _CURRENCY:
            continue
        if not (before in _JOINTS and start > 1 and text[start - 2].isdigit() and end - first < 8):
            yield from _at_number(text, start, first, end)
        lead = _lead(text, start - 1, chunk) if before in " -.:/_" and start > 1 else start
        if lead < start - 1:
            chunk = done
            yield from _try(_AT_LETTERS[min(_letters(text, lead), _LETTERS)], text, lead)
        elif start:
            opening = _OPENING.search(text, max(0, start - 3), start)
            yield from _try(_AT_PLUS, text, opening.start()) if opening else ()


def _at_number(text: str, start: int, first: int, end: int) -> Iterator[Detection]:
    """Try what begins with a word: its letters, if any, at `start`, its first digits from `first` to `end`."""
    if start < first:
        yield from _try(_AT_LETTERS[min(first - start, _LETTERS)], text, start)
    else:
        yield from _try(_AT_DIGITS[min(end - first, _LONGEST)], text, start)
        if end - first <= 5:
            yield from scan_house_numbers(text, first, end)


def _addresses(text: str) -> Iterator[Detection]:
    """Find postal addresses alone, the sure ones: of a text that was written without capitals."""
    for digits in _DIGITS.finditer(text):
        if digits.end() - digits.start() <= 5 and not text[max(0, digits.start() - 1) : digits.start()].isalnum():
            yield from (d for d in scan_house_numbers(text, *digits.span()) if d.score >= _SURE)
    lowered = text.lower()
    for trigger in sorted(set(_TOKEN.findall(lowered)) & ADDRESS_WORDS):
        for start in _places(lowered, trigger):
            yield from (d for d in scan_address_words(text, start, start + len(trigger)) if d.score >= _SURE)


def _lead(text: str, end: int, floor: int) -> int:
    """Return where letters before a number begin that may be a part of it, as in `AB 12 34`; `end` if none do."""
    start = end
    while start > floor and end - start < 12 and (text[start - 1].isalnum() or text[start - 1] == "-"):
        start -= 1
    while start < end and text[start] == "-":
        start += 1
    if end - start >= 12 or not text[start:end].isupper() or text[start].isdigit():
        return end
    return start


def _letters(text: str, start: int) -> int:
    end = start
    while end < len(text) and end - start < _LETTERS and text[end].isalpha():
        end += 1
    return end - start


def _at_words(text: str) -> Iterator[Detection]:
    """Try what may begin at trigger words and at long words."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals, such as İ, become two characters
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    present = set(_TOKEN.findall(lowered))
    for trigger in sorted(present & _TRIGGERS):
        patterns = _AT_WORDS[trigger]
        for start in _places(lowered, trigger):
            yield from _try(patterns, text, start)
    for trigger in sorted(present & ADDRESS_WORDS):
        for start in _places(lowered, trigger):
            yield from scan_address_words(text, start, start + len(trigger))
    if any(len(found) >= _LONG for found in present):
        for match in re.finditer(r"[^\W_][\w+/=-]{15,}", text):
            yield from _try(LONG, text, match.start())
    if not present.isdisjoint(_EMAIL_WORDS):
        yield from network.scan_spelled_email(text)


def _places(text: str, word: str) -> Iterator[int]:
    """Yield where a word stands as a whole."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum()):
            yield start
        start = text.find(word, end)


def _try(patterns: Sequence[Pattern], text: str, start: int) -> Iterator[Detection]:
    near: dict[int, Set[str]] = {}
    for pattern in patterns:
        match = pattern.regex.match(text, start)
        if match:
            detection = pattern.detection(match, partial(_near, near, text, start, match.end()))
            if detection:
                yield detection


def _near(known: dict[int, Set[str]], text: str, start: int, end: int) -> Set[str]:
    """Return the kinds of context beside a match; the patterns that are tried at one place share them."""
    if end not in known:
        known[end] = context.beside(text, start, end)
    return known[end]


def _outermost(found: Iterable[Detection]) -> list[Detection]:
    """Leave out detections that lie within others that are at least as sure."""
    kept: list[Detection] = []
    for detection in sorted(set(found), key=lambda d: (d.start, -d.end, -d.score, d.recognizer)):
        around = [d for d in kept[-4:] if d.end >= detection.end]
        if not any(d.score >= detection.score for d in around):
            kept.append(detection)
    return kept
