"""A text without differences of spelling that a model makes when it copies words, and where each character stands."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from backend.privacy.text.scripts import INVISIBLE, UNSPACED, is_mark, script

QUOTES = "\"'“”„«»‘’‚‛′″`´‹›ʼʻ׳״՚"
_FOLDED = {
    **dict.fromkeys(map(ord, QUOTES), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−־"), "-"),
    **dict.fromkeys(map(ord, "·•・‧∙"), "·"),
    **{ord("ı"): "i", ord("ي"): "ی", ord("ك"): "ک", ord("ـ"): ""},
}
_NOT_WRITTEN = frozenset(map(chr, [*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7])) | frozenset(
    map(chr, [*range(0x610, 0x61B), *range(0x64B, 0x653), *range(0x656, 0x660), 0x670, *range(0x6D6, 0x6DD)])
)
"""Vowel points of Hebrew and Arabic, which one text has and another leaves out."""
_DENSE = UNSPACED | {"KATAKANA"}
_MOST = 4  # characters of a letter that is kept for the next time
_DOT = "\u0307"  # what is left of the capital İ in small letters


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without differences of case, width, composition, spaces, quotes, hyphens and vowel points.

    Attributes:
        text: what is compared.
        starts, ends: by character, the place of the letter in the original that it came of, with its marks.
    """

    text: str = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    ends: Sequence[int] = field(repr=False)

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the place in the original of a stretch that is not empty; None if it cuts what one letter became."""
        cuts = (start > 0 and self.starts[start - 1] == self.starts[start]) or (
            end < len(self.text) and self.starts[end - 1] == self.starts[end]
        )
        return None if cuts else (self.starts[start], self.ends[end - 1])


def fold_spelling(text: str) -> Folded:
    """Fold a text; spaces at its ends are cut."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    space: tuple[int, int] | None = None
    is_dense = True  # what stands before needs no space: nothing, or a script without
    for start, end in _letters(text):
        letter = _letter(text[start:end]) if end - start <= _MOST else _written(text[start:end])
        if letter.isspace():
            space = space or (start, end)
            continue
        if not letter:
            continue
        here = script(text[start]) in _DENSE
        if space and not here and not is_dense:
            parts.append(" ")
            starts.append(space[0])
            ends.append(space[1])
        space, is_dense = None, here
        parts.append(letter)
        starts += [start] * len(letter)
        ends += [end] * len(letter)
    return Folded("".join(parts), starts, ends)


def _letters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the letters, each with its marks and with what is not shown behind it."""
    start = 0
    for place, char in enumerate(text):
        if place > start and (char.isascii() or not (char in INVISIBLE or is_mark(char))):
            yield start, _shown_end(text, start, place)
            start = place
    if text:
        yield start, _shown_end(text, start, len(text))


def _shown_end(text: str, start: int, end: int) -> int:
    """Return where a letter ends: what is not shown behind it is left out, but for what makes it another sign."""
    while end > start + 1 and text[end - 1] in INVISIBLE and not ("\ufe00" <= text[end - 1] <= "\ufe0f"):
        end -= 1
    return end


@lru_cache(1 << 12)
def _letter(letter: str) -> str:
    return _written(letter)


def _written(letter: str) -> str:
    plain = "".join(char for char in letter if char not in INVISIBLE and char not in _NOT_WRITTEN)
    folded = unicodedata.normalize("NFKD", plain).translate(_FOLDED).casefold().translate(_FOLDED)
    if folded[:1] == "i":
        folded = folded.replace(_DOT, "", 1)
    return " " if folded.isspace() else unicodedata.normalize("NFKD", folded)
