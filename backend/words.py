"""Whole words in any script: where a value may begin and end in a text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

_HEAD = 2


def word_pattern(values: Iterable[str]) -> re.Pattern[str] | None:
    """Compile a pattern that finds any of the values as whole words, the longest first; None if there are none.

    It tries all of them at each place: for a few values alone. See `Finder`.
    """
    parts = [_bounded(value) for value in sorted(set(values), key=len, reverse=True) if value.strip()]
    return re.compile("|".join(parts)) if parts else None


class Finder:
    """Finds any of some values as whole words; how many they are costs next to nothing.

    Args:
        values: those of white space alone are left out.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._values = frozenset(value for value in values if value.strip())
        lengths: dict[str, set[int]] = defaultdict(set)
        for value in self._values:
            lengths[value[:_HEAD]].add(len(value))
        self._lengths = {head: sorted(own, reverse=True) for head, own in lengths.items()}
        self._begins = _begins(self._values)

    def __bool__(self) -> bool:
        return bool(self._values)

    def every(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield all values with their places, from left to right, the longest first; they may overlap."""
        for begin in self._begins.finditer(text) if self._begins else ():
            place = begin.start()
            yield from ((place, value) for value in self._at(text, place))

    def apart(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the values that a pattern of them all would find: the first, the longest, and those behind it."""
        done = 0
        for place, value in self.every(text):
            if place >= done:
                yield place, value
                done = place + len(value)

    def _at(self, text: str, place: int) -> Iterator[str]:
        head = text[place : place + _HEAD]
        known = self._lengths.get(head, ())
        for length in known:
            end = place + length
            if end <= len(text) and (value := text[place:end]) in self._values and not _goes_on(value, text, end):
                yield value
        if len(head) == _HEAD and head[0] in self._values and not _goes_on(head[0], head, 1):
            yield head[0]


def _goes_on(value: str, text: str, end: int) -> bool:
    """Say whether the word that a value ends with goes on behind it."""
    return joins(value[-1]) and is_word(text[end : end + 1])


def _begins(values: Iterable[str]) -> re.Pattern[str] | None:
    """Compile where a value may begin: of those that join with what stands before, at a word's beginning alone."""
    firsts = {value[0] for value in values}
    joined = "".join(map(re.escape, sorted(filter(joins, firsts))))
    free = "".join(re.escape(char) for char in sorted(firsts) if not joins(char))
    forms = [rf"(?<!\w)[{joined}]" if joined else "", f"[{free}]" if free else ""]
    return re.compile("|".join(filter(None, forms))) if firsts else None


def _bounded(value: str) -> str:
    left = r"(?<!\w)" if joins(value[0]) else ""
    right = r"(?!\w)" if joins(value[-1]) else ""
    return left + re.escape(value) + right


def is_word(char: str) -> bool:
    """Say whether a character is one of a word's."""
    return char.isalnum() or char == "_"


def joins(char: str) -> bool:
    """Say whether a value that begins or ends with a character may not stand beside a word's there."""
    # Scripts without case, such as Chinese, are written without spaces: there any place may be a word's border.
    return char == "_" or (char.isalnum() and (char.isdigit() or char.lower() != char.upper()))
