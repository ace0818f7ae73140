"""Where a place of one text stands in another, of which stretches were replaced."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeAlias

OffsetEdge: TypeAlias = tuple[int, int, int, int]
"""Start and end of what stands for a whole in one text, and in the other."""


def map_offset(edges: Sequence[OffsetEdge], place: int, is_end: bool) -> int:
    """Map an offset by (start, end, other start, other end) stretches; within one to its other start or end."""
    index = bisect_right(edges, place - is_end, key=lambda edge: edge[0]) - 1
    if index < 0:
        return place
    _, end, other_start, other_end = edges[index]
    if place < end or (is_end and place == end):
        return other_end if is_end else other_start
    return other_end + place - end
