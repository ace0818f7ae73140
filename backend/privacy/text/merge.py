"""Detections as stretches of a text: cut at borders and around placeholders, trimmed, joined where they overlap."""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from backend.errors import DetectionError
from backend.privacy import entity_types
from backend.privacy.entity_types import NAME_TYPES, WITHHELD
from backend.privacy.types import Detection

PROPAGATION = "Propagation"
"""The recognizer of what was found because it was found elsewhere."""
TAGGER, MODEL, PACKAGE, CAPITALS, GUARD, JUDGE = "Spacy", "Rampart", "Package", "Capitals", "Guard", "Judge"
GUESSING = frozenset({TAGGER, MODEL, PACKAGE, CAPITALS, GUARD, JUDGE, "Lexicon", "Russian"})
"""Recognizers that go by the look of a word and by its place."""
WORD_TYPES = entity_types.WORD_TYPES

_NAMES = NAME_TYPES - {"NAME"}
_FULL_STOP = re.compile(r"[^\W\d_]{5}\.$")
"""A sentence's own, since abbreviations are shorter."""


def checked(detections: Sequence[Detection]) -> Sequence[Detection]:
    """Return detections whose places are trimmed to their text later on, unless a score of theirs is none.

    Raises:
        DetectionError: no comparison holds of such a score, so that what was found would be let pass (P3).
    """
    for d in detections:
        if not 0 <= d.score <= 1:
            raise DetectionError(f"the recognizer {d.recognizer!r} gave a score that is none from 0 to 1")
    return detections


def cut(detections: Iterable[Detection], borders: Sequence[int]) -> Iterator[Detection]:
    """Cut detections at borders."""
    for d in detections:
        inside = borders[bisect_right(borders, d.start) : bisect_left(borders, d.end)]
        if not inside:
            yield d
            continue
        for start, end in itertools.pairwise((d.start, *inside, d.end)):
            yield replace(d, start=start, end=end)


def without_kept(detections: Sequence[Detection], is_kept: Callable[[str], bool]) -> list[Detection]:
    """Leave out detections of kept types, and what within them is taken for another type with less certainty."""
    kinds = {d.entity_type: is_kept(d.entity_type) for d in detections}
    if not any(kinds.values()):
        return list(detections)
    kept = sorted((d for d in detections if kinds[d.entity_type]), key=lambda d: d.score)
    ends = _Reach([d.start for d in kept])
    covered: set[Detection] = set()
    for d in sorted((d for d in detections if not kinds[d.entity_type]), key=lambda d: d.score, reverse=True):
        while kept and kept[-1].score >= d.score:
            surer = kept.pop()
            ends.add(surer.start, surer.end)
        if ends.until(d.start) >= d.end:
            covered.add(d)
    return [d for d in detections if not kinds[d.entity_type] and d not in covered]


class _Reach:
    """How far those reach that begin up to a place: a Fenwick tree.

    Args:
        starts: where they may begin.
    """

    def __init__(self, starts: Iterable[int]) -> None:
        self._starts = sorted(set(starts))
        self._ends = [-1] * (len(self._starts) + 1)

    def add(self, start: int, end: int) -> None:
        """Add one."""
        number = bisect_right(self._starts, start)
        while number < len(self._ends):
            self._ends[number] = max(self._ends[number], end)
            number += number & -number

    def until(self, place: int) -> int:
        """Return the furthest end of those that begin up to a place; -1 if none does."""
        number, furthest = bisect_right(self._starts, place), -1
        while number:
            furthest = max(furthest, self._ends[number])
            number -= number & -number
        return furthest


def cut_around(detections: Iterable[Detection], holes: Sequence[Detection]) -> Iterator[Detection]:
    """Cut holes, which are in the order of the text and do not overlap, out of detections."""
    ends = [hole.end for hole in holes]
    for d in detections:
        start = d.start
        for hole in holes[bisect_right(ends, d.start) :]:
            if hole.start >= d.end:
                break
            if start < hole.start:
                yield replace(d, start=start, end=hole.start)
            start = hole.end
        if start < d.end:
            yield replace(d, start=start) if start > d.start else d


def merge(text: str, detections: Iterable[Detection]) -> list[Detection]:
    """Join overlapping detections to their union, typed by the surest, then the longest; trim white space."""
    merged: list[Detection] = []
    best: tuple[int, float, int] = (0, 0.0, 0)
    for found in sorted(detections, key=lambda d: (d.start, -d.end, d.entity_type)):
        trimmed = _trim(text, found)
        if trimmed is None:
            continue
        own = _rank(trimmed)
        if merged and trimmed.start < merged[-1].end:
            last = merged[-1]
            typed = trimmed if own > best else last
            best = max(best, own)
            merged[-1] = _placed(typed, last.start, max(last.end, trimmed.end))
        else:
            merged.append(trimmed)
            best = own
    return merged


def _rank(found: Detection) -> tuple[int, float, int]:
    """Rank how well a detection knows its type: first a recognizer, then propagation, last a withheld field."""
    sure = 0 if found.entity_type == WITHHELD else 1 if found.recognizer.startswith(PROPAGATION) else 2
    return sure, found.score, found.end - found.start


def _trim(text: str, found: Detection) -> Detection | None:
    start, end = max(found.start, 0), min(found.end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if found.entity_type in _NAMES and end - start > 3:
        if text[end - 2 : end].lower() in ("'s", "’s"):
            end -= 2  # the possessive is the sentence's, not the name's
        elif text[end - 1] == "." and _FULL_STOP.search(text, max(start, end - 6), end):
            end -= 1
    if start >= end:
        return None
    return _placed(found, start, end)


def _placed(found: Detection, start: int, end: int) -> Detection:
    """Return a detection at another place; it is asked often, and `replace` takes four times as long."""
    if (start, end) == (found.start, found.end):
        return found
    return Detection(start, end, found.entity_type, found.score, found.recognizer)
