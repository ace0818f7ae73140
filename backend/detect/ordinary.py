"""What taggers took for a name and is none goes: names of products, and words that say what the number behind them is.

Whatever else makes a name of them counts more: `Mr. Word`, `I work for Docker`.
"""

import re
from collections.abc import Iterator, Sequence

from backend.detect.doubt import MAY_BE_NAMES, MODEL, TAGGER
from backend.detect.labels import labels
from backend.detect.lexicon import is_common
from backend.detect.products import products
from backend.spans import cut_around
from backend.types import Detection

GUESSING = frozenset({TAGGER, MODEL, "Lexicon", "Russian"})
"""Recognizers that go by the look of a word and by its place."""
WORDS = frozenset({"LOCATION", "NAME", "NRP", "ORGANIZATION", "PERSON", "STREET_ADDRESS"})
"""Types whose values are words."""
STRUCTURE = "Structure"
_WORD = re.compile(r"[^\W_]+")
Span = tuple[int, int]


def spare(text: str, found: Sequence[Detection]) -> list[Detection]:
    """Leave out what is a product's name or a label, and cut it out of what holds more.

    Args:
        text: that was searched.
        found: in it.
    """
    named = [(d.start, d.end) for d in found if not _is_guess(d) and d.entity_type in WORDS]
    unnamed = [span for span in products(text) if not any(_overlap(span, name) for name in named)]
    said = list(labels(text))
    return [part for d in found for part in _left(text, d, said, unnamed)] if said or unnamed else list(found)


def _is_guess(found: Detection) -> bool:
    return found.recognizer in GUESSING


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _left(text: str, found: Detection, said: Sequence[Span], unnamed: Sequence[Span]) -> Iterator[Detection]:
    """Yield what is left of a detection."""
    place, is_guess = (found.start, found.end), _is_guess(found)
    whole = [*(said if is_guess or found.recognizer.startswith(STRUCTURE) else ()), *(unnamed if is_guess else ())]
    if any(start <= place[0] and place[1] <= end for start, end in whole):
        return
    holes = [] if found.entity_type not in WORDS else [*said, *(unnamed if is_guess else ())]
    holes = sorted(hole for hole in holes if _overlap(hole, place))
    if not holes:
        yield found
        return
    for part in cut_around([found], [Detection(start, end, "", 0.0, "") for start, end in holes]):
        if _tells(text[part.start : part.end], found.entity_type, is_of_product=not set(holes) <= set(said)):
            yield part


def _tells(left: str, entity_type: str, *, is_of_product: bool) -> bool:
    """Say whether what is left beside what was cut is more than small words or a size: `and`, `11 or`, `Call`."""
    words = _WORD.findall(left)
    if is_of_product:
        words = [word for word in words if not (word.isdecimal() and len(word) < 3)]
    if entity_type == "PERSON":
        return not all(is_common(word) and word.lower() not in MAY_BE_NAMES for word in words)
    return not all(word.islower() and is_common(word) for word in words)
