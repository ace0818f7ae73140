"""Find the places where a pattern may begin, try the patterns there, and leave out what a better one covers."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from backend.privacy.patterns import context
from backend.privacy.patterns.countries import america, asia, europe, russia
from backend.privacy.patterns.kinds import (
    access,
    cards,
    dates,
    finance,
    keys,
    labelled,
    network,
    phones,
    records,
    spoken,
    users,
    vehicles,
)
from backend.privacy.patterns.pattern import Pattern, words
from backend.privacy.patterns.places import coordinates
from backend.privacy.patterns.places.addresses import capitalized, scan_address_words, scan_house_numbers
from backend.privacy.patterns.places.growing import join
from backend.privacy.patterns.places.streets import ADDRESS_WORDS
from backend.privacy.types import Detection

LONG = (*keys.LONG, *labelled.LONG)
PATTERNS: tuple[Pattern, ...] = (
    *finance.PATTERNS,
    *cards.PATTERNS,
    *phones.PATTERNS,
    *network.PATTERNS,
    *america.PATTERNS,
    *europe.PATTERNS,
    *russia.PATTERNS,
    *asia.PATTERNS,
    *records.PATTERNS,
    *vehicles.PATTERNS,
    *users.PATTERNS,
    *coordinates.PATTERNS,
    *dates.PATTERNS,
    *spoken.PATTERNS,
    *keys.PATTERNS,
    *access.PATTERNS,
    *labelled.PATTERNS,
    *LONG,
)
"""All that are tried at a place; e-mail, URLs and postal addresses are found by code of their own."""

_LONGEST = 21
_LETTERS = 9
_DIGITS = re.compile(r"[0-9]+")
_TOKEN = re.compile(r"[^\W_]+")
_LONG = 16
_LONG_WORD = re.compile(r"[^\W_][\w+/=-]{15,}")
_BEFORE, _BEHIND = 300, 150
"""Characters before and behind a place within which all stands that tells what begins there."""
_SURE = 0.7
_FORMED = 0.6
"""Score from which a long value is one, so that nothing within it is another."""
_PART = 0.5
"""Score at most of what begins within a longer number, whatever its check digit says."""
_OPENING = re.compile(r"(?:\(?\+\(? ?|\(|(?<![\w)-])-)$")
_JOINTS = frozenset("-./,:")
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff"
)
_UNSPACED = re.compile(rf"[{_NO_SPACES}](?:(?<=[0-9A-Za-z].)|(?=[0-9A-Za-z]))")
"""Letters of scripts without spaces (and Korean particles) that touch a Latin letter or a digit."""
_CURRENCY = frozenset("$€£¥₽₴₹")
_EMAIL_DOTS = frozenset(words("dot точка punto point punkt ponto kropka"))
_EMAIL_MARKS = re.compile(r"[\[({<@A](?:(?<=@) |(?<= A)T |(?<= @)|(?<=[\[({<]) ?(?:at|a|@|собака|arroba|ät) ?[\])}>])")
"""It begins with a class, which `re` looks for quickly."""


_BITS = {kind: 2 << number for number, kind in enumerate(sorted({k for p in PATTERNS for k in p.context.split()}))}
"""The bit of each kind of context that a pattern needs."""
_ANY = 1
"""The bit of what needs none."""


def _bits(kinds: Iterable[str]) -> int:
    """Return kinds of context as the bits of a number."""
    found = 0
    for kind in kinds:
        found |= _BITS.get(kind, 0)
    return found


_Rows = dict[str, list[tuple[int, Pattern]]]
"""Patterns, each with the bits of which one must be in the text, by what they begin with."""


def _row(pattern: Pattern) -> tuple[int, Pattern]:
    return _ANY if pattern.is_possible(frozenset()) else _bits(pattern.context.split()), pattern


def _by_start() -> _Rows:
    rows: _Rows = defaultdict(list)
    for pattern in PATTERNS:
        for start in pattern.starts.split():
            kind, longest = ("A", _LETTERS) if start.startswith("A") else ("", _LONGEST)
            anywhere = [f"{kind}{length}" for length in range(1, longest + 1)]
            for place in anywhere if start.endswith("*") else [start]:
                rows[place].append(_row(pattern))
    return rows


_AT_STARTS = _by_start()
_AT_WORDS: _Rows = defaultdict(list)
for _pattern in PATTERNS:
    for _word in _pattern.triggers.split():
        _AT_WORDS[_word].append(_row(_pattern))
_TRIGGERS = frozenset(_AT_WORDS)
_STARTING = _TRIGGERS | ADDRESS_WORDS


def scan_patterns(text: str, near: Sequence[tuple[int, int]] | None = None) -> list[Detection]:
    """Find personal data that has a form.

    Args:
        text: normalized (see `backend.privacy.text.normalize`), of any length and language.
        near: stretches, in order; of numbers and words those alone are looked at that stand near one of them.

    Returns:
        what was found, in the order of the text. None lies within another that is at least as sure; they may overlap.
    """
    found = list(every_match(text, near))
    addresses = [d for d in found if d.entity_type == "STREET_ADDRESS"]
    if len(addresses) > 1:
        found = [d for d in found if d.entity_type != "STREET_ADDRESS"] + join(text, addresses)
    return _outermost(found)


def every_match(text: str, near: Sequence[tuple[int, int]] | None = None) -> Iterator[Detection]:
    """Yield all that any pattern says about a text, also what another pattern knows better."""
    text = _spaced(text)
    is_near = _nearness(near)
    around = _ANY | _bits(context.kinds(context.words_of(text)))
    yield from _at_numbers(text, around, is_near)
    yield from _at_words(text, around, is_near)
    yield from network.scan_network(text)
    yield from records.scan_machine_readable(text)
    yield from access.scan_credentials(text)
    if text.islower():
        yield from _addresses(capitalized(text))


def _nearness(near: Sequence[tuple[int, int]] | None) -> Callable[[int], bool]:
    """Return what says of a place whether it is near one of some stretches; of none in particular, each is."""
    if near is None:
        return lambda _: True
    ends = [end + _BEHIND for _, end in near]

    def is_near(place: int) -> bool:
        index = bisect_right(ends, place)
        return index < len(ends) and near[index][0] - _BEFORE <= place

    return is_near


def _spaced(text: str) -> str:
    """Return a text, of the same length, in which words in scripts without spaces do not touch Latin ones or numbers.

    In `请致电13800138000或写信` the number is a word of its own, though nothing parts it from its neighbours.
    """
    return _UNSPACED.sub(" ", text) if not text.isascii() else text


def _at_numbers(text: str, around: int, is_near: Callable[[int], bool]) -> Iterator[Detection]:
    """Try what may begin at each word that holds a digit, in a text with these bits of context."""
    possible = _Possible(around)
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
        is_wanted = is_near(start)
        is_part = before in _JOINTS and start > 1 and text[start - 2].isdigit()
        if is_wanted and not (is_part and end - first < 8):
            place = f"A{min(first - start, _LETTERS)}" if start < first else str(min(end - first, _LONGEST))
            for found in _try(possible[place], text, start):
                yield replace(found, score=min(found.score, _PART)) if is_part else found
            if start == first and end - first <= 5:
                yield from scan_house_numbers(text, first, end)
        place, start = _lead(text, start, before, chunk)
        if place:
            chunk = done if place != "+" else chunk
            yield from _try(possible[place], text, start) if is_wanted else ()


class _Possible(dict[str, list[Pattern]]):
    """What may begin at each kind of place in a text with some bits of context; told when it is first asked for."""

    def __init__(self, around: int) -> None:
        super().__init__()
        self._around = around

    def __missing__(self, place: str) -> list[Pattern]:
        found = self[place] = [pattern for bits, pattern in _AT_STARTS.get(place, ()) if bits & self._around]
        return found


def _lead(text: str, start: int, before: str, floor: int) -> tuple[str, int]:
    """Return what stands before a number and may be a part of it, and where: letters, as in `AB 12`, or a plus."""
    if before in " -.:/_" and start > 1:
        begin = _letters_before(text, start - 1, floor)
        if begin < start - 1:
            return f"A{min(_letters(text, begin), _LETTERS)}", begin
    opening = _OPENING.search(text, max(0, start - 3), start) if before in " +(-" else None
    return ("+", opening.start()) if opening else ("", start)


def _addresses(text: str) -> Iterator[Detection]:
    """Find postal addresses alone, the sure ones: of a text that was written without capitals."""
    for digits in _DIGITS.finditer(text):
        if digits.end() - digits.start() <= 5 and not text[max(0, digits.start() - 1) : digits.start()].isalnum():
            yield from (d for d in scan_house_numbers(text, *digits.span()) if d.score >= _SURE)
    lowered = text.lower()
    places = _places(lowered, ADDRESS_WORDS.intersection(_TOKEN.findall(lowered)))
    for trigger in sorted(places):
        for start in places[trigger]:
            yield from (d for d in scan_address_words(text, start, start + len(trigger)) if d.score >= _SURE)


def _letters_before(text: str, end: int, floor: int) -> int:
    """Return where a word in capitals that ends at a place begins; the place itself if there is none."""
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


def _at_words(text: str, around: int, is_near: Callable[[int], bool]) -> Iterator[Detection]:
    """Try what may begin at trigger words and at long words, in a text with these bits of context."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals, such as İ, become two characters
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    present = set(_TOKEN.findall(lowered))
    places = _places(lowered, present & _STARTING)
    for trigger in sorted(_TRIGGERS.intersection(places)):
        patterns = [pattern for bits, pattern in _AT_WORDS[trigger] if bits & around]
        for start in filter(is_near, places[trigger]):
            yield from _try(patterns, text, start)
    for trigger in sorted(ADDRESS_WORDS.intersection(places)):
        for start in filter(is_near, places[trigger]):
            yield from scan_address_words(text, start, start + len(trigger))
    if any(len(found) >= _LONG for found in present):
        for match in _LONG_WORD.finditer(text):
            yield from _try(LONG, text, match.start())
    if not present.isdisjoint(_EMAIL_DOTS) or _EMAIL_MARKS.search(text):
        yield from network.scan_spelled_email(text)


def _places(text: str, words: Iterable[str]) -> dict[str, list[int]]:
    """Return where each of some words stands in a text, in which each of them does."""
    return {word: [*_standing(text, word)] for word in words}


def _standing(text: str, word: str) -> Iterator[int]:
    """Yield where a word stands by itself; `find` is quicker than to look at each word of the text."""
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        if not (text[place - 1 : place].isalnum() or text[end : end + 1].isalnum()):
            yield place
        place = text.find(word, end)


def _try(patterns: Sequence[Pattern], text: str, start: int) -> Iterator[Detection]:
    near: dict[int, context.Beside] = {}
    for pattern in patterns:
        match = pattern.regex.match(text, start)
        if match:
            detection = pattern.detection(match, partial(_near, near, text, start, match.end()))
            if detection:
                yield detection


def _near(known: dict[int, context.Beside], text: str, start: int, end: int) -> context.Beside:
    """Return the words beside a match; the patterns that are tried at one place share them."""
    if end not in known:
        known[end] = context.Beside(text, start, end)
    return known[end]


def _is_part(found: Detection, whole: Detection) -> bool:
    """Say whether a value is the end of a longer one whose kind is known: the digits of a mistyped IBAN are no card."""
    return found.start > whole.start and found.end <= whole.end and whole.score >= _FORMED


def _outermost(found: Iterable[Detection]) -> list[Detection]:
    """Leave out detections that lie within others that are at least as sure, or within one that a word names."""
    kept: list[Detection] = []
    for detection in sorted(set(found), key=lambda d: (d.start, -d.end, -d.score, d.recognizer)):
        around = [d for d in kept[-4:] if d.end >= detection.end]
        if not any(d.score >= detection.score or _is_part(detection, d) for d in around):
            kept.append(detection)
    return kept
