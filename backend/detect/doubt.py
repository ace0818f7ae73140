"""What taggers found over the end of a line or cell is cut; common words that one tagger alone takes for a name go."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from backend.detect.lexicon import is_common
from backend.types import Detection

TAGGER = "Spacy"
MODEL = "Rampart"
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
CELL = r"\s*\t\s*|[ ]{3,}|[\"']\s?[,;:]\s?[\"']|\s\|\s"
"""What separates the columns of a table, or two strings of a program."""
LINE = re.compile(rf"\s*\n\s*|{CELL}")
PARAGRAPH = re.compile(rf"\s*\n\s*\n\s*|{CELL}")
SEVERAL_LINES = frozenset({"STREET_ADDRESS", "LOCATION", "ZIP_CODE"})
"""Types whose values may run over the end of a line; none runs over an empty line."""


def settle(text: str, found: Iterable[Detection], second_opinion: bool) -> list[Detection]:
    """Cut what the taggers found at the ends of lines and cells, and leave out what nobody else believes.

    Args:
        text: that was searched.
        found: in it.
        second_opinion: whether a second model has read the text too.
    """
    cut = [part for d in found for part in (_lines(text, d) if d.recognizer in (TAGGER, MODEL) else (d,))]
    if not second_opinion:
        return cut
    others = [(d.start, d.end) for d in cut if d.recognizer != TAGGER]
    return [d for d in cut if not (_is_doubtful(text, d) and all(d.end <= s or e <= d.start for s, e in others))]


def _lines(text: str, found: Detection) -> Iterator[Detection]:
    """Yield the parts of a detection between the ends of lines and cells."""
    border = PARAGRAPH if found.entity_type in SEVERAL_LINES else LINE
    start = found.start
    for match in border.finditer(text, found.start, found.end):
        if start < match.start():
            yield replace(found, start=start, end=match.start())
        start = match.end()
    if start < found.end:
        yield replace(found, start=start)


def _is_doubtful(text: str, found: Detection) -> bool:
    """Say whether the tagger took common words for a person, or a single one for an organisation."""
    if found.recognizer != TAGGER or found.entity_type not in ("PERSON", "ORGANIZATION"):
        return False
    words = WORD.findall(text, found.start, found.end)
    return all(map(is_common, words)) and (found.entity_type == "PERSON" or len(words) == 1)
