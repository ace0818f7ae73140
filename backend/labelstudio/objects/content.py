"""The text of an object tag, and where each character of it stands in Label Studio's count."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.labelstudio.objects.html import GAP, NEW_LINE, Piece
from backend.labelstudio.types import Span

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
IN_UNITS = frozenset({"Paragraphs"})
"""Objects whose offsets the editor counts by UTF-16 units, as JavaScript does; for all others it counts code points."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a content's text that regions may stand in.

    Attributes:
        start, end: in the content's text.
        base: where its first character stands in the original of its item.
        item: index of the original.
    """

    start: int
    end: int
    base: int
    item: int


@dataclass(frozen=True, slots=True)
class Content:
    """The text of an object tag.

    Attributes:
        tag: the object's tag.
        text: what a reader sees, all items together. It is redacted, and then shown to the model.
        segments: by their order in the text.
        originals: what Label Studio counts in, by item: the whole text, or each paragraph's.
        borders: places in the text that no value may cross, such as between two speakers' turns.
        ids: the ids of a List's items, the numbers of a Chat's messages.
        messages: a Chat's messages, as the task has them.
    """

    tag: str
    text: str = field(repr=False)
    segments: tuple[Segment, ...] = field(repr=False)
    originals: tuple[str, ...] = field(repr=False)
    borders: tuple[int, ...] = ()
    ids: tuple[str, ...] = field(default=(), repr=False)
    messages: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> Span | None:
        """Return a stretch of the text as Label Studio counts it; None if it cannot be a region."""
        inside = self._between(start, end)
        if len({segment.item for segment in inside}) != 1:
            return None
        first, last = inside[0], inside[-1]
        base, stop = first.base + max(start - first.start, 0), last.base + min(end, last.end) - last.start
        original = self.originals[first.item]
        text = original[base:stop]
        first_offset, last_offset = self._counted(original, base, stop)
        return Span(first_offset, last_offset, text, first.item) if text.strip() else None

    def within(self, item: int, start: int, end: int) -> tuple[int, int] | None:
        """Return a stretch of an item's original, by Label Studio's count, in code points; None if it is not there."""
        first, last = self._at(item, start), self._at(item, end)
        return (first, last) if first is not None and last is not None and first < last else None

    def seen(self, item: int, start: int, last_item: int, end: int) -> tuple[int, int] | None:
        """Return where a region stands in the text, by Label Studio's count; None if a reader does not see its ends.

        Args:
            item, start: where it begins.
            last_item, end: where it ends, exclusive: Paragraphs may be marked across several.
        """
        begins, ends = self._at(item, start), self._at(last_item, end)
        if begins is None or ends is None:
            return None
        first, last = self._place(begins, item), self._place(ends - 1, last_item)
        return (first, last + 1) if first is not None and last is not None and first <= last else None

    def _counted(self, original: str, *places: int) -> tuple[int, ...]:
        """Return places of an item's original as Label Studio counts them."""
        if self.tag not in IN_UNITS:
            return places
        return tuple(place + len(_ASTRAL.findall(original, 0, place)) for place in places)

    def _at(self, item: int, offset: int) -> int | None:
        """Return a place of Label Studio's count in code points; None if it is not there, or within a character."""
        if not 0 <= item < len(self.originals) or offset < 0:
            return None
        original = self.originals[item]
        if self.tag not in IN_UNITS:
            return offset if offset <= len(original) else None
        units = original.encode("utf-16-le")
        try:
            return len(units[: 2 * offset].decode("utf-16-le")) if 2 * offset <= len(units) else None
        except UnicodeDecodeError:
            return None

    def _place(self, start: int, item: int) -> int | None:
        """Return where a place of an item's original stands in the text; None if a reader does not see it."""
        for segment in self.segments:
            if segment.item == item and segment.base <= start < segment.base + segment.end - segment.start:
                return segment.start + start - segment.base
        return None

    def _between(self, start: int, end: int) -> Sequence[Segment]:
        first = max(bisect_right(self.segments, start, key=lambda s: s.start) - 1, 0)
        found = []
        for segment in self.segments[first:]:
            if segment.start >= end:
                break
            if segment.end > start:
                found.append(segment)
        return found


class ContentWriter:
    """Puts a content's text together."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.segments: list[Segment] = []
        self.originals: list[str] = []
        self.borders: list[int] = []

    def write(self, text: str) -> None:
        """Add text that no region may stand in."""
        self.parts.append(text)
        self.length += len(text)

    def border(self) -> None:
        """Let no value cross this place."""
        self.borders.append(self.length)

    def item(self, text: str) -> None:
        """Add an item's whole original."""
        if text:
            self.segments.append(Segment(self.length, self.length + len(text), 0, len(self.originals)))
        self.originals.append(text)
        self.write(text)

    def pieces(self, pieces: Iterable[Piece]) -> None:
        """Add the pieces of an HTML text as one item."""
        base, item, original = 0, len(self.originals), []
        for piece in pieces:
            if piece.counted:
                if piece.seen:
                    self.segments.append(Segment(self.length, self.length + len(piece.text), base, item))
                original.append(piece.text)
                base += len(piece.text)
            if piece.seen and (piece.counted or self._wants(piece)):
                self.write(piece.text)
        self.originals.append("".join(original))

    def _wants(self, gap: Piece) -> bool:
        """Say whether a border between blocks needs a character of its own."""
        last = self.parts[-1][-1:] if self.parts else "\n"
        return (gap == NEW_LINE and last != "\n") or (gap == GAP and not last.isspace())

    def content(self, tag: str, **more: Any) -> Content:
        """Return what was written, as the text of an object of a tag."""
        return Content(
            tag, "".join(self.parts), tuple(self.segments), tuple(self.originals), tuple(self.borders), **more
        )
