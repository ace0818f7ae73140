"""Where in a text the model's words stand: exactly, else with other case, spaces, quotes or hyphens, else closely.

A mention that does not stand in the text is not found, rather than found at a wrong place.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from itertools import chain

from rapidfuzz import fuzz

from backend.words import word_pattern

QUOTES = "\"'“”„«»‘’‚‛′″`´"
CLOSE = 90.0
"""Least likeness (0 to 100) of a close match."""
CLOSE_LENGTH = 8
"""Shorter mentions are not matched closely: one changed letter makes another word of them."""
_FOLDED = {**dict.fromkeys(map(ord, QUOTES), "'"), **dict.fromkeys(map(ord, "‐‑‒–—―−­"), "-")}
_IGNORED = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+(?:[’'\-.]\w+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*\s+|\n\s*\n|(?<=[。！？])")
_PARAGRAPH_END = re.compile(r"\n+")
MARGIN = "\"'“”„«»‘’ \t\r\n"


class Text:
    """A text that mentions are looked for in; made once for a text, asked often."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, mention: str) -> Sequence[tuple[int, int]]:
        """Return all places of a mention, `end` exclusive, in the order of the text; of the surest kind alone."""
        words = mention.strip(MARGIN)
        if not any(map(str.isalnum, words)) and not words:
            return []
        return (
            _places(self.text, mention.strip())
            or _places(self.text, words)
            or self._folded(words)
            or self._close(words)
        )

    def _folded(self, words: str) -> Sequence[tuple[int, int]]:
        folded, _ = _fold(words)
        text, places = self._fold
        return [self._back(places, *found) for found in _places(text, folded.strip())]

    def _close(self, words: str) -> Sequence[tuple[int, int]]:
        folded = _fold(words)[0].strip()
        text, places = self._fold
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
        return [self._back(places, start, end)] if same and not elsewhere else []

    def _back(self, places: Sequence[int], start: int, end: int) -> tuple[int, int]:
        last = places[end - 1] + 1
        while last < len(self.text) and unicodedata.combining(self.text[last]):
            last += 1
        return places[start], last

    @cached_property
    def _fold(self) -> tuple[str, Sequence[int]]:
        return _fold(self.text)


def widen(text: str, start: int, end: int, granularity: str) -> tuple[int, int]:
    """Widen a place to whole words, sentences or paragraphs, as Label Studio does with what an annotator marks."""
    match granularity:
        case "word":
            return _to_words(text, start, end)
        case "sentence":
            ends = _SENTENCE_END
        case "paragraph":
            ends = _PARAGRAPH_END
        case _:
            return start, end
    parts = [(a, b) for a, b in _split(text, ends) if a < end and b > start]
    return (min(start, parts[0][0]), max(end, parts[-1][1])) if parts else (start, end)


def pieces(text: str, size: int, kept: Sequence[tuple[int, int]] = ()) -> Sequence[tuple[int, int]]:
    """Split a long text at sentence borders into overlapping pieces.

    Args:
        text: what is split.
        size: longest piece, in code points; a sentence that is longer is cut at a space.
        kept: stretches that are not cut, such as placeholders.

    Returns:
        Places of the pieces, `end` exclusive. Neighbours share the last sentences of the first, a tenth of the size.
    """
    if len(text) <= size:
        return [(0, len(text))]
    inside = {place for start, end in kept for place in range(start + 1, end)}
    borders = [b for _, b in _split(text, _SENTENCE_END, trim=False) if b not in inside]
    spaces = [match.end() for match in re.finditer(r"\s", text) if match.end() not in inside]
    found: list[tuple[int, int]] = []
    start = end = 0
    while len(text) - start > size:
        least, most = end + 1, start + size  # each piece ends after the one before it
        # No border: a cut within a word; and past a placeholder that is longer than the size.
        reach = chain(range(most, end, -1), range(most, len(text) + 1))
        end = (
            _last(borders, max(least, start + size // 2), most)
            or _last(spaces, least, most)
            or next(place for place in reach if place not in inside)
        )
        found.append((start, end))
        if end == len(text):
            return found
        overlap = max(end - size // 10, start + 1)
        start = _first(borders, overlap, end) or _first(spaces, overlap, end) or _free(overlap, end, inside)
    return [*found, (start, len(text))]


def _last(places: Sequence[int], least: int, most: int) -> int:
    count = bisect_right(places, most)
    return places[count - 1] if count and places[count - 1] >= least else 0


def _first(places: Sequence[int], least: int, end: int) -> int:
    count = bisect_left(places, least)
    return places[count] if count < len(places) and places[count] < end else 0


def _free(least: int, end: int, inside: Set[int]) -> int:
    """Return a place within a script that has no spaces: so that a mention at the end of a piece stands in the next."""
    return next((place for place in range(least, end) if place not in inside), end)


def _places(text: str, words: str) -> list[tuple[int, int]]:
    pattern = word_pattern([words]) if words else None
    return [match.span() for match in pattern.finditer(text)] if pattern else []


def _split(text: str, ends: re.Pattern[str], *, trim: bool = True) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text between its ends; without the white space after each, or with it."""
    start = 0
    for match in ends.finditer(text):
        if match.end() > start:
            stop = match.end() if not trim else match.start() + len(match[0].rstrip())
            if stop > start:
                yield start, stop
            start = match.end()
    if start < len(text):
        yield start, len(text) if not trim else start + len(text[start:].rstrip())


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a place to whole words, and narrow it by the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    near = max(start - 100, 0)
    for match in _WORD.finditer(text, near, min(end + 100, len(text))):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    return start, end


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without differences of case, width, spaces, quotes and hyphens, and each character's place."""
    parts: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if _IGNORED.match(char):
            continue
        folded = unicodedata.normalize("NFKD", char).translate(_FOLDED).casefold()
        folded = " " if folded.isspace() else folded
        if folded == " " and parts and parts[-1] == " ":
            continue
        parts += folded
        places += [place] * len(folded)
    return "".join(parts), places
