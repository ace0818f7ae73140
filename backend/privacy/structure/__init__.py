"""Reads the structure that a text has of itself: JSON, tables, markup, log lines, forms.

A key, a header or a tag says what its value is. Values keep their place in the text given, without quotes and marks, so
that the structure survives when they are replaced; so do keys, which are no personal data.
"""

from collections.abc import Callable
from dataclasses import dataclass

from backend.privacy.structure.keys import is_key_word
from backend.privacy.structure.lines import read_lines
from backend.privacy.structure.markup import read_markup
from backend.privacy.structure.objects import read_objects
from backend.privacy.structure.pairs import read_pairs
from backend.privacy.structure.reading import StructureReading
from backend.privacy.structure.tables import read_tables
from backend.privacy.types import Detection

__all__ = ["Structure", "is_key_word", "read_structure"]

_SIGNS = (":", "=", "\t", "|", "<", "{", "：", " - ", " – ", " — ", "... ", "… ", "___ ")
# From the format that hides the most of others: a JSON string may hold HTML, a tag's text a form's line.
_READERS: tuple[Callable[[StructureReading, int, int], None], ...] = (
    read_objects,
    read_markup,
    read_tables,
    read_pairs,
    read_lines,
)


@dataclass(frozen=True, slots=True)
class Structure:
    """What the structure of a text says about it. All places are offsets in the text given.

    Attributes:
        detections: values whose key says their type, in order; no two overlap.
        segments: stretches that are prose or values, neither keys nor markup, in order and disjoint. A value that
            something else finds does not cross their borders.
    """

    detections: tuple[Detection, ...]
    segments: tuple[tuple[int, int], ...]


def read_structure(text: str) -> Structure:
    """Read the structure of a text; never raises, whatever the text is. Plain prose is one segment."""
    if not _may_have_structure(text):
        return Structure((), ((0, len(text)),) if text else ())
    reading = StructureReading(text)
    for read in _READERS:
        for start, end in reading.open_pieces():
            read(reading, start, end)
    reading.resolve_doubts()
    if not reading.is_touched:
        return Structure((), ((0, len(text)),))
    detections = tuple(sorted(reading.detections, key=lambda d: (d.start, d.end)))
    return Structure(detections, tuple(reading.segments()))


def _may_have_structure(text: str) -> bool:
    if any(sign in text for sign in _SIGNS) or "INSERT" in text or "insert into" in text:
        return True
    if "\n" not in text or not ("," in text or ";" in text):
        return False
    lines = text.split("\n", 3)[:3]
    return any(line.count(mark) for mark in ",;" for line in lines[:2]) and len(lines) > 1
