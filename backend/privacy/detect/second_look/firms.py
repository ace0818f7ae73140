"""What ends as firms and bodies do is an organisation, whatever a model takes it for: `Thackeray Quill LLP`.

The Rampart model knows people and places alone, and is surer of its types than the tagger is. What is hidden stays
hidden; only its type changes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from backend.privacy.detect.vocabulary.given import is_given, is_word_surname
from backend.privacy.text.merge import GUESSING, MODEL, TAGGER
from backend.privacy.types import Detection

_LEGAL = frozenset("ag bv dac gmbh inc llc llp ltd limited nv oy plc pty sa sarl spa".split())
"""What ends the name of a firm, be it somebody's name before."""
_BODIES = frozenset(
    "academy agency airlines association authority bakery bank brewery cathedral clinic college commission committee"
    " company corporation council dairy federation foundation hospital infirmary institute insurance laboratory"
    " library logistics ministry motors museum partnership pharmacy police school society solicitors supermarket"
    " surgery theatre tribunal university".split()
)
"""What ends the name of a body, and is nobody's surname."""
_WITHIN = {"LOCATION": 0.7, "PERSON": 0.2}
"""Score under which a part of what the tagger takes for an organisation is one: 81 of 92 places are, of 42 people none
is one."""
_MAY_BE = frozenset({"PERSON", "LOCATION", "NAME", "ORGANIZATION"})
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def firms(text: str, found: Sequence[Detection]) -> Iterator[Detection]:
    """Yield what was found, organisations as such.

    Args:
        text: that was searched.
        found: in it.
    """
    ended = _Stretches(d for d in found if _is_firm(text, d))
    tagged = _Stretches(d for d in found if d.recognizer == TAGGER and d.entity_type == "ORGANIZATION")
    for d in found:
        is_firm = d.recognizer in GUESSING and d.entity_type in _MAY_BE and ended.around(d) >= 0
        is_part = d.recognizer == MODEL and d.score < _WITHIN.get(d.entity_type, 0.0) and tagged.around(d) > 0
        yield replace(d, entity_type="ORGANIZATION") if is_firm or is_part else d


class _Stretches:
    """Where organisations stand.

    Args:
        found: they; those that overlap are one.
    """

    def __init__(self, found: Iterable[Detection]) -> None:
        self._places = list(_joined((d.start, d.end) for d in found))
        self._starts = [start for start, _ in self._places]

    def around(self, found: Detection) -> int:
        """Return by how many characters one is longer that holds all of a detection; -1 if none does."""
        at = bisect_right(self._starts, found.start) - 1
        if at < 0 or found.end > self._places[at][1]:
            return -1
        return self._places[at][1] - self._starts[at] - (found.end - found.start)


def _is_firm(text: str, found: Detection) -> bool:
    if found.entity_type not in _MAY_BE:
        return False
    words = [word[0] for word in _WORD.finditer(text, found.start, found.end)]
    if len(words) < 2 or not words[-1][0].isupper():
        return False
    last = words[-1].lower()
    is_somebody = any(is_given(word) or is_word_surname(word) for word in words[:-1])
    return last in _LEGAL or (last in _BODIES and not is_somebody)


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield stretches in their order, those that overlap as one."""
    last: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if last and start < last[1]:
            last = last[0], max(last[1], end)
            continue
        if last:
            yield last
        last = start, end
    if last:
        yield last
