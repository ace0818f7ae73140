"""One way of writing for a text that can be written in many, with an exact map of offsets both ways.

Detection and the last look read normalized text, so that fullwidth digits, zero-width characters or a Cyrillic letter
within a Latin word hide nothing. A normalized text is never sent or stored.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.entities import html5
from operator import itemgetter
from typing import TypeAlias

from backend.privacy.text import unicode_tables as glyphs
from backend.privacy.text.homoglyphs import SKELETON, unmask
from backend.system.memory import remembered

Edit: TypeAlias = tuple[int, int, int, int]
"""A stretch whose characters do not stand one for one: its start and end in the new text, and in the old one."""

_KNOWN = 20_000  # characters of a text that is remembered
_SHORT = 4_000  # and of one of which many are
_ROUNDS = 8  # how often entities are decoded that decoding itself brought about
_SPECIAL = re.compile(r"[&\x00-\x08\x0e-\x1b\x7f]")  # all that changes in a text of ASCII
_ENTITY = re.compile(r"&((?:amp;)+|#0*[0-9]{1,7};?|#[xX]0*[0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_SUSPECTS = re.compile(f"[{glyphs.SUSPECTS}][{glyphs.SUSPECTS}]*")  # twice: re looks fast for a class, not for a repeat
_SINGLES = re.compile(f"[{glyphs.class_of(glyphs.SINGLE)}]+")
_SINGLE = str.maketrans(glyphs.SINGLE)
_IGNORED = glyphs.class_of(glyphs.DELETED)
_TAIL = glyphs.class_of(glyphs.JOINING | glyphs.DELETED)
_LETTER = re.compile(f"[{_IGNORED}]+|[^{_IGNORED}](?:[{_TAIL}]*[{glyphs.class_of(glyphs.JOINING)}])?")
_JOINS = re.compile(f"[{_TAIL}]")
_MOST_MARKS = 3  # on one letter, in any script that uses loose marks (Greek)
# Letters, digits and signs that no screen shows, and that a model reads. A few of them end a flag.
_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")
_TAG = {code: code - 0xE0000 for code in range(0xE0020, 0xE007F)}
_SPACES = re.compile(r"\s\s+|[^\S ]")
_SUPERSCRIPT = re.compile(f"[{glyphs.SUPERSCRIPTS}]")
# The number of a footnote belongs to no word.
_FOOTNOTE = re.compile(f"(?<=[^\\W\\d_{glyphs.SUPERSCRIPTS}])[{glyphs.SUPERSCRIPTS}]+")


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text in the one way of writing.

    Attributes:
        source: the original.
        text: the same, normalized.
        edits: where the characters of both do not stand one for one, in order.
    """

    source: str = field(repr=False)
    text: str = field(repr=False)
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether the text is the source itself."""
        return self.text is self.source

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the text to the source: to the characters that it came of, and those deleted within.

        An empty span becomes an empty one.
        """
        first = _edge(self.edits, bisect_right(self.edits, start, key=_TEXT_START), start, False, 0)
        last = _edge(self.edits, bisect_left(self.edits, end, key=_TEXT_START), end, True, 0)
        return first, max(first, last)

    def to_text(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the source to the text: to all that came of it; to an empty span if nothing did."""
        first = _edge(self.edits, bisect_right(self.edits, start, key=_SOURCE_START), start, False, 2)
        last = _edge(self.edits, bisect_left(self.edits, end, key=_SOURCE_START), end, True, 2)
        return first, max(first, last)

    def then(self, text: str, edits: Sequence[Edit] = ()) -> "Normalized":
        """Return what a further step makes of the text.

        Args:
            text: the new text.
            edits: where it and this one's text do not stand one for one.
        """
        if text == self.source:
            return Normalized(self.source, self.source)
        chained = tuple(_chain(self.edits, edits)) if self.edits and edits else self.edits or tuple(edits)
        return Normalized(self.source, text, chained)


_TEXT_START = itemgetter(0)
_SOURCE_START = itemgetter(2)


def _edge(edits: Sequence[Edit], count: int, place: int, is_end: bool, here: int) -> int:
    """Map an offset by the last of the first `count` edits; `here` is its column of the offset's own text."""
    if not count:
        return place
    edit = edits[count - 1]
    end, there = edit[here + 1], 2 - here
    if place < end or (is_end and place == end):
        return edit[there + is_end]
    return edit[there + 1] + place - end


def _chain(first: Sequence[Edit], second: Sequence[Edit]) -> Iterator[Edit]:
    """Join the edits of two steps: the new text of the first is the old one of the second."""
    steps = [(new_start, new_end, 0, old_end - new_end) for new_start, new_end, _, old_end in first]
    steps += [(old_start, old_end, 1, new_end - old_end) for _, new_end, old_start, old_end in second]
    steps.sort()
    shifts = [0, 0]  # from the text between to the source, and to the new text
    index = 0
    while index < len(steps):
        start, end = steps[index][:2]
        begin = (start + shifts[1], start + shifts[0])
        group_start = index
        while index < len(steps) and (index == group_start or steps[index][0] < end):
            _, its_end, step, shift = steps[index]
            end = max(end, its_end)
            shifts[step] = shift
            index += 1
        yield begin[0], end + shifts[1], begin[1], end + shifts[0]


def normalize(text: str) -> Normalized:
    """Write a text in one way: NFKC, with what is not shown deleted, entities decoded and letters of one script a word.

    Case is kept, and so are accents that make one letter with their base. Signs whose letters stand for something else,
    such as ™, and fractions stay. Normalizing twice changes nothing.
    """
    if text.isascii() and not _SPECIAL.search(text):
        return Normalized(text, text)
    return _known(text) if len(text) <= _KNOWN else _normalized(text)


def _normalized(text: str) -> Normalized:
    normalized = Normalized(text, text)
    for _ in range(_ROUNDS):
        normalized = _rewritten(normalized)
        # A letter beside an entity would count as a letter of one word with it.
        if not _has_entity(normalized.text):
            normalized = normalized.then(unmask(normalized.text))
        if not _has_entity(normalized.text):
            return normalized
        normalized = _replaced(normalized, _ENTITY, _entity)
    return _rewritten(normalized)


_known = remembered(64)(_normalized)
"""A text is asked for some times, one after the other."""


def _has_entity(text: str) -> bool:
    return "&" in text and any(_entity(match) is not None for match in _ENTITY.finditer(text))


def folded(text: str) -> Normalized:
    """Write a text as `fold` does, with the map of offsets."""
    return _known_folded(text) if len(text) <= _SHORT else _folded(text)


def _folded(text: str) -> Normalized:
    normalized = normalize(text)
    plain = normalized.text
    if plain.isascii():
        normalized = normalized.then(plain.lower())
    else:
        if glyphs.LONG_CASE.search(plain):
            normalized = _replaced(normalized, glyphs.LONG_CASE, _long_case)
        normalized = normalized.then(normalized.text.casefold().translate(SKELETON))
    return _replaced(normalized, _SPACES, lambda _: " ")


_known_folded = remembered(256)(_folded)
"""What a request says beside a task's text is looked at for each task."""


def fold(text: str) -> str:
    """Write a text for comparing: normalized, without case, white space as one blank, letters that look alike as one.

    Accents are kept, and digits are no letters: `J0hn` is not `John`, but `J０hn` is `J0hn`.
    """
    if text.isascii() and not _SPECIAL.search(text):  # most values, and a map takes longer than all else
        return _SPACES.sub(" ", text.lower())
    return folded(text).text


def _long_case(letter: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", glyphs.LOOSE_MARKS.sub("", letter[0].casefold()))


def _replaced(
    normalized: Normalized, pattern: re.Pattern[str], write: Callable[[re.Match[str]], str | None]
) -> Normalized:
    """Replace what a pattern finds; what it becomes is None if it stays."""
    text = normalized.text
    parts: list[str] = []
    edits: list[Edit] = []
    place = shift = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        new = write(match)
        if new is None:
            continue
        parts += (text[place:start], new)
        if len(new) != end - start or len(new) > 1:
            edits.append((start + shift, start + shift + len(new), start, end))
        shift += len(new) - (end - start)
        place = end
    return normalized.then("".join(parts) + text[place:], edits) if parts else normalized


def _entity(match: re.Match[str]) -> str | None:
    """Decode an HTML entity, an ampersand's also where it is written as one again and again; None if it is none."""
    name = match[1]
    if name.startswith("amp;"):
        return "&"
    return html.unescape(match[0]) if name[0] == "#" else html5.get(name)


def _rewritten(normalized: Normalized) -> Normalized:
    """Write each character in one way, and delete what is not shown."""
    text = normalized.text
    text = _TAGS.sub(lambda tags: tags[0].translate(_TAG), text)
    if _SUPERSCRIPT.search(text):
        text = _FOOTNOTE.sub(lambda number: " " * len(number[0]), text)
    parts: list[str] = []
    edits: list[Edit] = []
    place = shift = 0
    for match in _SUSPECTS.finditer(text):
        start, end = match.span()
        found = match[0]
        if (single := glyphs.SINGLE.get(found)) or (_SINGLES.fullmatch(found) and (single := found.translate(_SINGLE))):
            parts += (text[place:start], single)
            place = end
            continue
        if found in glyphs.DELETED:
            parts.append(text[place:start])
            edits.append((start + shift, start + shift, start, end))
            shift -= 1
            place = end
            continue
        start -= start > 0 and bool(_JOINS.match(found))
        parts.append(text[place:start])
        for old, new in _letters(text[start:end]):
            parts.append(new)
            if len(old) != len(new) or (len(old) > 1 and old != new):
                edits.append((start + shift, start + shift + len(new), start, start + len(old)))
                shift += len(new) - len(old)
            start += len(old)
        place = end
    return normalized.then("".join(parts) + text[place:], edits)


def _letters(text: str) -> Iterator[tuple[str, str]]:
    """Yield the letters, each with its marks, as they are and as they are written; what is deleted by itself."""
    for match in _LETTER.finditer(text):
        found = match[0]
        yield found, "" if found[0] in glyphs.DELETED else _letter(found)


def _letter(letter: str) -> str:
    """Compose a letter and its marks; marks that do not become one with it, or are too many, are dropped."""
    plain = "".join([glyphs.TARGETS.get(char, char) for char in letter])
    if len(letter) == 1 and letter not in glyphs.JOINING:
        return plain
    if len(plain) > _MOST_MARKS + 1:
        plain = plain[0] + glyphs.LOOSE_MARKS.sub("", plain[1:])
    composed = unicodedata.normalize("NFC", plain)
    return unicodedata.normalize("NFC", glyphs.LOOSE_MARKS.sub("", composed))
