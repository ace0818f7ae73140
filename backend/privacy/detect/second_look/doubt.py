"""What taggers found too much of is cut: at the end of a line or cell, at common words in small letters beside a name.

Common words that one tagger alone takes for a name go.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.vocabulary.lexicon import GIVEN, is_common
from backend.privacy.entity_types import ADDRESS_TYPES
from backend.privacy.names.gazetteer import COUNTRIES, PEOPLES, PLACES
from backend.privacy.names.parts import ALSO_WORDS, PARTICLES
from backend.privacy.text.merge import MODEL, PACKAGE, TAGGER
from backend.privacy.types import Detection

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
CELL = r"\s*\t\s*|[ ]{3,}|[\"']\s?[,;:]\s?[\"']|\s\|\s"
"""What separates the columns of a table, or two strings of a program."""
LINE = re.compile(rf"\s*\n\s*|{CELL}")
PARAGRAPH = re.compile(rf"\s*\n\s*\n\s*|{CELL}")
TAIL = re.compile(r"(?:['’]s)?(?:[\s.,;:!?]+[a-zà-öø-ÿ]+(?:['’][a-z]+)?)+[\s.,;:!?]*$")
"""Words in small letters at the end of a value."""
HEAD = re.compile(rf"(?:(?!(?:{'|'.join(sorted(PARTICLES))})\b)[^\W\d_A-ZÀ-Þ][^\W\d_]*\.? )+(?=[^\W\d_a-zß-ÿ])")
"""Words in small letters before one with a capital."""
TITLE = re.compile(r"\b(?:mr|mrs|ms|mx|miss|dr|prof|name|named|called|is|am)\.?:? $", re.IGNORECASE)
ENDS = re.compile(r"[.!?\n]")
"""Ends of sentences."""
CUT = frozenset({TAGGER, MODEL, PACKAGE})
"""Recognizers whose values do not run over the end of a line or cell."""
SMALL = 0.55
"""Score from which on a model is believed that a word of a language whose words nobody knows is a name."""
OF_ADDRESS = re.compile(r"\d, $")
"""Before a floor or a door, in whatever language."""
REGION = re.compile(r"(?:Northern|Southern|Eastern|Western|Central|Upper|Lower) ")
MAY_BE_NAMES = ALSO_WORDS | PLACES | PEOPLES | frozenset(map(str.lower, GIVEN))
"""Common words in small letters that a model may be right about."""
STRAY = 0.6
"""Score up to which the model alone is not believed that a short number belongs to an address."""
MOST_STRAY = 3
"""Digits of a number that may be a dose's or a paragraph's."""
STRAY_NUMBER = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine)\b|\d\D{0,2}\d\D{0,2}\d|[A-Z]\D?\d|\d\D?[A-Z]|[/\\-]"
)
CAPITALIZED = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]{2}")
BESIDE = 3
"""Characters that may stand between parts of an address."""
OF_NAMES = frozenset(
    "academy agency airport association bakery bank bar brewery brothers cafe cathedral centre center charity"
    " church cinema clinic club college commission company co corporation council dairy factory farm farms"
    " federation force foundation foods garage group gym hall holdings homes hospice hospital hotel house inn"
    " institute kitchen laboratory library lodge ltd mill ministry motors museum nursery parish partners pharmacy"
    " police practice press pub restaurant salon school shop society stores"
    " avenue barn bridge buildings bungalow chambers close cottage cottages court crescent drive estate fields gardens"
    " grange green grove heath hill lane manor meadow mews orchard park place quay rectory road square street terrace"
    " tower towers vicarage view villa villas walk way wharf wood woods yard studio supermarket surgery team temple"
    " theatre trust union university works".split()
)
"""Words that names of organisations and houses have: of common words alone, only such a name is believed."""


def settle(
    text: str, found: Iterable[Detection], second_opinion: bool, is_foreign: Callable[[int], bool] = lambda _: False
) -> list[Detection]:
    """Cut what the taggers found at the ends of lines and cells, and leave out what nobody else believes.

    Args:
        text: that was searched.
        found: in it.
        second_opinion: whether a second model has read the text too.
        is_foreign: says of a place whether its language has a tagger of its own, whose common words nobody knows here.
    """
    cut = [part for d in found for part in (_parts(text, d, is_foreign) if d.recognizer in CUT else (d,))]
    if not second_opinion:
        return cut
    sentences = _Sentences(text)
    cut = [d for d in cut if not _is_small(text, d, sentences, is_foreign(d.start))]
    people = {(d.start, d.end) for d in cut if d.recognizer == MODEL and d.entity_type == "PERSON"}
    cut = [_retyped(d, people) for d in cut]
    others = sorted((d.start, d.end) for d in cut if d.recognizer != TAGGER and d.start < d.end)
    starts, ends = [start for start, _ in others], list(accumulate((end for _, end in others), max))

    def is_alone(d: Detection) -> bool:
        before = bisect_left(starts, d.end)  # those that begin before its end
        return not before or ends[before - 1] <= d.start

    near = _Near(cut)
    return [
        d for d in cut if not ((_is_doubtful(text, d) and is_alone(d)) or (_is_stray(text, d) and near.is_alone(d)))
    ]


class _Near:
    """Where something was found, to tell whether anything else stands beside a detection."""

    def __init__(self, found: Iterable[Detection]) -> None:
        self._found = sorted(found)
        self._starts = [d.start for d in self._found]
        self._reach = list(accumulate((d.end for d in self._found), max))

    def is_alone(self, found: Detection) -> bool:
        """Say whether nothing else overlaps a detection or stands a mark and a space from it."""
        index = bisect_left(self._starts, found.end + BESIDE) - 1
        while index >= 0 and self._reach[index] > found.start - BESIDE:
            other = self._found[index]
            if other.end > found.start - BESIDE and other != found:
                return False
            index -= 1
        return True


class _Sentences:
    """Where sentences begin, and where capitals stand."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _begins(self) -> Sequence[int]:
        return [0, *(match.end() for match in ENDS.finditer(self._text))]

    @cached_property
    def _capitals(self) -> Sequence[int]:
        text = self._text
        return [place for place, char in enumerate(text) if char.isupper()] if not text.islower() else []

    def begin(self, place: int) -> int:
        """Return where the sentence begins that a place stands in."""
        return self._begins[bisect_right(self._begins, place) - 1]

    def has_capital(self, start: int, end: int) -> bool:
        """Say whether a capital stands within."""
        return bisect_left(self._capitals, start) < bisect_left(self._capitals, end)


def _retyped(found: Detection, people: set[tuple[int, int]]) -> Detection:
    """Take for a person what the tagger takes for an organisation, and a model for a person."""
    is_person = (
        found.recognizer == TAGGER and found.entity_type == "ORGANIZATION" and (found.start, found.end) in people
    )
    return replace(found, entity_type="PERSON") if is_person else found


def _parts(text: str, found: Detection, is_foreign: Callable[[int], bool]) -> Iterator[Detection]:
    for part in _lines(text, found):
        if is_foreign(part.start):
            yield _without_head(text, part)
        elif part.entity_type == "PERSON":
            yield _without_tail(text, part)
        elif part.entity_type == "LOCATION":
            yield _without_region(text, _without_tail(text, part))
        else:
            yield part


def _without_head(text: str, found: Detection) -> Detection:
    """Leave out what stands in small letters before a name, but for particles: `asiste Ana`, but not `de la Torre`."""
    head = HEAD.match(text, found.start, found.end)
    if found.entity_type not in ("LOCATION", "PERSON") or head is None:
        return found
    return replace(found, start=head.end())


def _without_region(text: str, found: Detection) -> Detection:
    """Leave out what says where in a country: `Southern France`, but not `Northern Ireland`."""
    region = REGION.match(text, found.start, found.end)
    if region is None or text[found.start : found.end].lower() in COUNTRIES:
        return found
    return replace(found, start=region.end()) if text[region.end() : found.end].lower() in COUNTRIES else found


def _without_tail(text: str, found: Detection) -> Detection:
    """Leave out common words that follow a name in small letters: `Ann Lee's wife`, `Oslo by helicopter`."""
    value = text[found.start : found.end]
    tail = TAIL.search(value)
    if tail is None or not any(map(str.isupper, value[: tail.start()])):
        return found
    start = len(value)
    for word in reversed(list(WORD.finditer(value, tail.start()))):
        if not is_common(word[0]):
            break
        start = word.start()
    first = WORD.search(value, start)
    if found.entity_type == "LOCATION" and first and (first[0] == "of" or first[0] not in STOP_WORDS):
        return found  # `United states`, `Isle of dogs`
    kept = value[:start].rstrip(" .,;:!?\n'’")
    return replace(found, end=found.start + len(kept)) if start < len(value) and kept else found


def _lines(text: str, found: Detection) -> Iterator[Detection]:
    """Yield the parts of a detection between the ends of lines and cells."""
    border = PARAGRAPH if found.entity_type in ADDRESS_TYPES else LINE  # none runs over an empty line
    start = found.start
    for match in border.finditer(text, found.start, found.end):
        if start < match.start():
            yield replace(found, start=start, end=match.start())
        start = match.end()
    if start < found.end:
        yield replace(found, start=start)


def _is_small(text: str, found: Detection, sentences: _Sentences, is_foreign: bool) -> bool:
    """Say whether a model took a common word for a name that stands in small letters in a sentence with capitals."""
    if found.recognizer != MODEL or found.entity_type not in ("LOCATION", "PERSON"):
        return False
    value = text[found.start : found.end]
    is_unsure = is_foreign and found.score < SMALL and not OF_ADDRESS.search(text, max(0, found.start - 3), found.start)
    is_word = is_unsure or all(is_common(word) and word not in MAY_BE_NAMES for word in WORD.findall(value))
    if not value.islower() or not is_word:
        return False
    start = sentences.begin(found.start)
    near = max(start, found.start - 12)
    return sentences.has_capital(start, found.start) and not TITLE.search(text, near, found.start)


def _is_stray(text: str, found: Detection) -> bool:
    """Say whether the model took a short number or common words for a part of an address, and is not sure."""
    if found.recognizer != MODEL or found.entity_type not in ("STREET_ADDRESS", "ZIP_CODE") or found.score > STRAY:
        return False
    value = text[found.start : found.end]
    is_number = sum(map(str.isdigit, value)) > MOST_STRAY or STRAY_NUMBER.search(value)
    return not is_number and not CAPITALIZED.search(value)


def _is_doubtful(text: str, found: Detection) -> bool:
    """Say whether the tagger took common words for a person or people, or a single one for an organisation."""
    if found.recognizer != TAGGER or found.entity_type not in ("PERSON", "ORGANIZATION", "NRP"):
        return False
    words = WORD.findall(text, found.start, found.end)
    if found.entity_type == "NRP" and any(word.lower().removesuffix("s") in PEOPLES for word in words):
        return False
    lowered = set(map(str.lower, words))
    is_named = found.entity_type == "ORGANIZATION" and len(words) > 1 and (OF_NAMES | MAY_BE_NAMES) & lowered
    return all(map(is_common, words)) and not is_named
