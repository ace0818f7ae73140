"""Lines that stand above an address in a letterhead: whoever lives or works there."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.types import Detection

MOST_LINES = 3
"""Lines between a person's name and the address that belongs to it, at most."""
SCORE = 0.4
_LINE_BEFORE = re.compile(r"(?:^|(?<=\n))[^\w\n]{0,6}(?P<line>[^\W\d_][^\n\d:;!?@]{1,44}?)[ \t,.]*\n[^\w\n]{0,6}$")
_WORD = re.compile(r"[^\W_]+")


def letterheads(text: str, found: Iterable[Detection]) -> Iterator[Detection]:
    """Yield the line above an address if a person's name stands above it: the firm's name.

    Args:
        text: that was searched.
        found: in it.
    """
    ordered = sorted(found, key=lambda d: d.start)
    people = sorted({d.end for d in ordered if d.entity_type in ("PERSON", "NAME")})
    for address in ordered:
        if address.entity_type != "STREET_ADDRESS":
            continue
        before = _LINE_BEFORE.search(text, max(0, address.start - 60), address.start)
        if before is None or not _is_name(before["line"]):
            continue
        top = before.start("line")
        last = bisect_right(people, top)  # the nearest one has the fewest lines between
        if last and top - 120 < people[last - 1] and text.count("\n", people[last - 1], top) < MOST_LINES:
            yield Detection(top, before.end("line"), "ORGANIZATION", SCORE, "Letterhead")


def _is_name(line: str) -> bool:
    words = [word.lower() for word in _WORD.findall(line)]
    return len(words) <= 6 and (len(words) == 1 or STOP_WORDS.isdisjoint((words[0], words[-1])))
