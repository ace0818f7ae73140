"""A text's words → numbers, by hashes of each, of its shape and parts, and of those around it: no word is kept."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

WORD_SIZE = 2**16
"""Features of a word; what falls on one of them is told apart no more."""
LONGEST = 100_000
"""Characters of a text that are looked at, its first."""
BESIDE = 3
"""Words on each side that tell what a word is."""
NO_WORD = "¶"
_UNSPACED = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
"""Scripts without spaces, of which each letter is a word: what is marked ends anywhere in a line."""
_WORD = re.compile(rf"\[[A-Z_]+_\d+\]|[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+|\d+|[^\w\s]|_")
_NUMBER_OF = re.compile(r"_\d+\]$")
_RUN = re.compile(r"(.)\1{2,}")


class Word(NamedTuple):
    """A word, a number, a sign, or what stands for a hidden value.

    Attributes:
        start, end: where it stands.
        text: as it stands there.
    """

    start: int
    end: int
    text: str


class _Looks(NamedTuple):
    """How a word looks."""

    folded: str
    shape: str


def words_of(text: str) -> list[Word]:
    """Return a text's words, in their order."""
    return [Word(found.start(), found.end(), found[0]) for found in _WORD.finditer(text[:LONGEST])]


def word_features(words: Sequence[Word]) -> list[list[int]]:
    """Return the features of each word, sorted: each once."""
    edge = [_Looks(NO_WORD, NO_WORD)] * BESIDE
    looks = [*edge, *(_looks(word.text) for word in words), *edge]
    return [
        sorted({_place(said) for said in _said(looks[place : place + 2 * BESIDE + 1])}) for place in range(len(words))
    ]


def _said(near: Sequence[_Looks]) -> Iterator[str]:
    """Yield what tells of the word in the middle."""
    own = near[BESIDE].folded
    for place, (folded, shape) in enumerate(near):
        distance = abs(place - BESIDE)
        yield f"{place}w{folded}"
        if distance < BESIDE:
            yield f"{place}s{shape}"
        if distance <= 1:
            yield from (f"{place}e{folded[-size:]}" for size in (2, 3, 4))
    yield from (f"b{own[:size]}" for size in range(1, 6))
    yield f"n{min(len(own), 8)}"
    for first in (BESIDE - 2, BESIDE - 1, BESIDE, BESIDE + 1):
        yield f"{first}p{near[first].folded} {near[first + 1].folded}"
    yield "t" + " ".join(looks.shape for looks in near[BESIDE - 1 : BESIDE + 2])


def _looks(word: str) -> _Looks:
    if word.startswith("[") and len(word) > 1:
        kind = _NUMBER_OF.sub("]", word)
        return _Looks(kind, kind)
    shape = "".join(map(_sign, word))
    return _Looks(word.casefold(), _RUN.sub(r"\1\1", shape))


def _sign(letter: str) -> str:
    if letter.isalpha():
        return "X" if letter.isupper() else "x"
    return "0" if letter.isdigit() else letter


def _place(said: str) -> int:
    return crc32(said.encode("utf-8", "surrogatepass")) % WORD_SIZE
