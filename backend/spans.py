"""Detections as stretches of a text: cut at borders and around placeholders, trimmed, joined where they overlap."""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from backend.types import Detection

PROPAGATION = "Propagation"
"""The recognizer of what was found because it was found elsewhere."""
LITERAL = "LITERAL"
"""Entity type of what looks like a placeholder in the original text: it stands for itself."""
WITHHELD = "WITHHELD"
"""Entity type of a withheld field's value where it stands in another field."""

_NAMES = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})
_FULL_STOP = re.compile(r"[^\W\d_]{5}\.$")
"""A sentence's own, since abbreviations are shorter."""


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
    kept = [d for d in detections if is_kept(d.entity_type)]
    return [
        d
        for d in detections
        if not is_kept(d.entity_type)
        and not any(k.start <= d.start and d.end <= k.end and d.score <= k.score for k in kept)
    ]


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
        elif _FULL_STOP.search(text, start, end):
            end -= 1
    if start >= end:
        return None
    return _placed(found, start, end)


def _placed(found: Detection, start: int, end: int) -> Detection:
    """Return a detection at another place; it is asked often, and `replace` takes four times as long."""
    if (start, end) == (found.start, found.end):
        return found
    return Detection(start, end, found.entity_type, found.score, found.recognizer)
