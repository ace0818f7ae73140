"""Long texts in pieces, each of which a model is shown by itself."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from itertools import chain

from backend.privacy.text.scripts import is_cut
from backend.privacy.text.sentences import SENTENCE_END, split


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
    borders = [b for _, b in split(text, SENTENCE_END, trim=False) if b not in inside]
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
            or next(place for place in reach if place not in inside and not is_cut(text, place))
        )
        found.append((start, end))
        if end == len(text):
            return found
        overlap = max(end - size // 10, start + 1)
        start = _first(borders, overlap, end) or _first(spaces, overlap, end) or _free(text, overlap, end, inside)
    return [*found, (start, len(text))]


def _last(places: Sequence[int], least: int, most: int) -> int:
    count = bisect_right(places, most)
    return places[count - 1] if count and places[count - 1] >= least else 0


def _first(places: Sequence[int], least: int, end: int) -> int:
    count = bisect_left(places, least)
    return places[count] if count < len(places) and places[count] < end else 0


def _free(text: str, least: int, end: int, inside: Set[int]) -> int:
    """Return a place within a script that has no spaces: so that a mention at the end of a piece stands in the next."""
    return next((place for place in range(least, end) if place not in inside and not is_cut(text, place)), end)
