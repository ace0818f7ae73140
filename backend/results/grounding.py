"""Where in a text the model's words stand: exactly, else with other case, spaces, quotes or hyphens, else closely.

A mention that does not stand in the text is not found, rather than found at a wrong place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from unicodedata import normalize

from rapidfuzz import fuzz

from backend.privacy.text.scripts import INVISIBLE, Edge, Fit, edge, fit
from backend.privacy.text.sentences import SENTENCE_END, split
from backend.results.spelling import Folded, fold_spelling

CLOSE = 90.0
"""Least likeness (0 to 100) of a close match."""
CLOSE_LENGTH = 8
"""Shorter mentions are not matched closely: one changed letter makes another word of them."""
_NUMBER = re.compile(r"\d+")
_PARAGRAPH_END = re.compile(r"\n+")
_INNER = frozenset("’'-.")  # within a word, between two of its characters
_FARTHEST = 100  # characters that a word goes on
MARGIN = "\"'“”„«»‘’「」『』 \t\r\n" + "".join(sorted(INVISIBLE))

Place = tuple[int, int]


class Text:
    """A text that mentions are looked for in; made once for a text, asked often."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, mention: str) -> Sequence[Place]:
        """Return all places of a mention, `end` exclusive, in the order of the text; of the surest kind alone.

        Whole words first. What is part of a word alone, such as `20` in `20mg`, is found where it stands just once.
        """
        words = mention.strip(MARGIN)
        if not any(map(str.isalnum, words)) and not words:
            return []
        looked_at = []
        for places in self._by_spelling(mention.strip(), words):
            if surest := _surest(self.text, places):
                return surest
            looked_at.append(places)
        return next((places for places in looked_at if _is_alone(self.text, places)), []) or self._close(words)

    def every(self, mention: str) -> Sequence[Place]:
        """Return all places of a mention's words, within other words too, in any case and with any white space.

        What is merely like them is none.
        """
        words = mention.strip(MARGIN)
        return sorted({*self._exact(words), *self._folded(words)}) if any(map(str.isalnum, words)) else []

    def _by_spelling(self, mention: str, words: str) -> Iterator[Sequence[Place]]:
        """Yield where the words stand: as they are written, and as they may be."""
        yield from map(self._exact, dict.fromkeys((mention, words)))
        yield self._folded(words)

    def _exact(self, words: str) -> Sequence[Place]:
        """Return where the words stand as they are, however their accents are composed."""
        found = [(start, start + len(words)) for start in _occurrences(self.text, words)]
        if words.isascii():
            return found
        composed = normalize("NFC", words)
        same = [place for place in self._folded(words) if normalize("NFC", self.text[slice(*place)]) == composed]
        return sorted({*found, *same})

    def _folded(self, words: str) -> Sequence[Place]:
        wanted = fold_spelling(words).text
        found = (self._fold.place(start, start + len(wanted)) for start in _occurrences(self._fold.text, wanted))
        return [place for place in found if place]

    def _close(self, words: str) -> Sequence[Place]:
        folded, text = fold_spelling(words).text, self._fold.text
        if len(folded) < CLOSE_LENGTH or len(folded) > len(text):
            return []
        best = fuzz.partial_ratio_alignment(folded, text, score_cutoff=CLOSE)
        if best is None:
            return []
        start, end = _to_words(text, best.dest_start, best.dest_end)
        found = text[start:end]
        # Other numbers, a placeholder's included, are another thing, however like the rest is.
        same = _NUMBER.findall(found) == _NUMBER.findall(folded) and fuzz.ratio(folded, found) >= CLOSE
        elsewhere = fuzz.partial_ratio(folded, text[:start] + "\n" + text[end:], score_cutoff=CLOSE)
        place = self._fold.place(start, end) if same and not elsewhere else None
        return [place] if place and fit(self.text, *place) is not Fit.NONE else []

    @cached_property
    def _fold(self) -> Folded:
        return fold_spelling(self.text)


def _occurrences(text: str, words: str) -> Iterator[int]:
    start = text.find(words) if words else -1
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def _surest(text: str, places: Iterable[Place]) -> Sequence[Place]:
    """Return the places that are whole words; else those that are parts of compounds; no two overlap."""
    fits = [(fit(text, *place), place) for place in places]
    best = min((own for own, _ in fits), default=Fit.NONE)
    return _apart(place for own, place in fits if own is best) if best < Fit.ONCE else []


def _is_alone(text: str, places: Sequence[Place]) -> bool:
    """Say whether there is one place alone, which may be part of a word."""
    return len(places) == 1 and fit(text, *places[0]) is Fit.ONCE


def _apart(places: Iterable[Place]) -> list[Place]:
    kept: list[Place] = []
    for start, end in places:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def widen(text: str, start: int, end: int, granularity: str) -> Place:
    """Widen a place to whole words, sentences or paragraphs, as Label Studio does with what an annotator marks."""
    match granularity:
        case "word":
            return _to_words(text, start, end)
        case "sentence":
            ends = SENTENCE_END
        case "paragraph":
            ends = _PARAGRAPH_END
        case _:
            return start, end
    parts = [(a, b) for a, b in split(text, ends) if a < end and b > start]
    return (min(start, parts[0][0]), max(end, parts[-1][1])) if parts else (start, end)


def _to_words(text: str, start: int, end: int) -> Place:
    """Widen a place to whole words, and narrow it by the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    least, most = max(start - _FARTHEST, 0), min(end + _FARTHEST, len(text))
    while least < start and _is_inside(text, start):
        start -= 1
    while end < most and _is_inside(text, end):
        end += 1
    return start, end


def _is_inside(text: str, place: int) -> bool:
    """Say whether a word goes on across a place, also at a hyphen, an apostrophe or a point within it."""
    if edge(text, place) is not Edge.FREE:
        return True
    if not 0 < place < len(text):
        return False
    inner = place if text[place] in _INNER else place - 1
    around = text[max(inner - 1, 0) : inner + 2]
    return text[inner] in _INNER and len(around) == 3 and around[0].isalnum() and around[2].isalnum()
