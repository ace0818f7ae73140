"""Texts → hashed words, in their order, and how much of two texts is the same."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.int64]
"""Hashes that hold in this process alone, as Python has them: nobody else can tell what they stand for."""

MOST_WORDS = 4_000
"""Of a text; what comes behind counts for nothing."""
STEM = 7
"""Letters of a word that count, so that its other forms are the same word; of what has digits, all."""
MOST_DIGITS = 4
"""Of a number that another may replace."""
ANY_NUMBER = hash("any number")
SHINGLE = 3
"""Words that are compared together."""
DOUBLE = 0.8
"""From here on two texts are one: Jaccard's index of their shingles."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
# Scripts without spaces by letters, all others by words.
WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")


def hashed_words(texts: Iterable[str]) -> Words:
    """Return the words of some texts; upper and lower case, tags and what is no letter or digit count for nothing."""
    found: list[int] = []
    for text in texts:
        folded = without_tags(text).casefold()
        found += [hash(word[:STEM] if word.isalpha() else word) for word in WORD.findall(folded[: 40 * MOST_WORDS])]
        if len(found) >= MOST_WORDS:
            break
    return np.array(found[:MOST_WORDS], dtype=np.int64)


def without_tags(text: str) -> str:
    """Return a text with blanks in place of tags."""
    return _TAG.sub(" ", text)


def texts_in(data: Mapping[str, Any], fields: Iterable[str]) -> Iterator[str]:
    """Yield all texts at or below some fields of a task's data.

    Args:
        data: the task's.
        fields: as a label config names them, such as `note` or `note.body`; what such a one begins with counts.
    """
    for name in sorted({re.split(r"[.\[]", field, maxsplit=1)[0] for field in fields}):
        yield from _texts_below(data.get(name))


def _texts_below(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts_below(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts_below(part)


def shingles(words: Words) -> frozenset[int]:
    """Return what is compared of a text: each few words in a row, or all of a shorter text."""
    own = words.tolist()
    size = min(SHINGLE, len(own)) or 1
    return frozenset(hash(tuple(own[n : n + size])) for n in range(len(own) - size + 1))


def is_double(one: frozenset[int], other: frozenset[int]) -> bool:
    """Say whether two texts, by their shingles, are nearly the same; two that are empty are."""
    both = len(one | other)
    return not both or len(one & other) / both >= DOUBLE


def has_words(words: Words, some: Words) -> bool:
    """Say whether words stand somewhere among others, one right after the other."""
    size, whole, part = words.itemsize, words.tobytes(), some.tobytes()
    place = whole.find(part)
    while place >= 0 and place % size:
        place = whole.find(part, place + 1)
    return place >= 0


def is_number(word: str) -> bool:
    """Say whether a word is a number of a few digits, which another may replace."""
    return len(word) <= MOST_DIGITS and word.isascii() and word.isdigit()


def with_any_number(words: Words) -> Words:
    """Return words with one and the same in place of all numbers that stand together."""
    own = [ANY_NUMBER if word in _numbers() else word for word in words.tolist()]
    kept = [word for word, before in zip(own, [0, *own], strict=False) if word != ANY_NUMBER or before != ANY_NUMBER]
    return np.array(kept, dtype=np.int64)


@cache
def _numbers() -> frozenset[int]:
    return frozenset(hash(f"{number:0{size}}") for size in range(1, MOST_DIGITS + 1) for number in range(10**size))


def label_hash(control: object, label: object) -> int:
    """Return a hash of a label that holds in this process alone.

    Args:
        control: its control's name.
        label: as a result has it: a text, a path, a number.
    """
    return hash((control, label if isinstance(label, str) else json.dumps(label, default=str)))
