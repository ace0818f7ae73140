"""Whole words in any script: where a value may begin and end in a text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

_HEAD = 2
_SHORT = 500
"""Characters of a text that is looked at from each of its places: quicker than to compile where values begin."""
_OTHERS = (
    "\x00-\u00a9\u00ab-\u00b9\u00bb\u00bf-\u0137\u0139-\u018c"  # Latin
    "\u0386-\u03d1\u03d5-\u03fb\u03fd-\u0556\u1e00-\u1e94\u1ea0-\u1fff"  # Greek, Cyrillic, Armenian, Vietnamese
)
UNCASED = f"[^{_OTHERS}]"
"""Characters with all letters without case among them; those with case are told apart when they are met."""

CASELESS = (
    "\u0590-\u109f\u1100-\u139f\u1780-\u17ff\u3005-\u318f\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00020000-\U0003ffff"
)
"""Of letters without case, those that Latin words stand beside without a space; of a character class."""


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

    def __bool__(self) -> bool:
        return bool(self._values)

    def every(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield all values with their places, from left to right, the longest first; they may overlap."""
        for place in self._places(text) if self._values else ():
            if text[place : place + _HEAD] not in self._lengths and text[place] not in self._values:
                continue
            if place and joins(text[place]) and joins(text[place - 1]):
                continue
            yield from ((place, value) for value in self._at(text, place))

    def apart(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the values that a pattern of them all would find: the first, the longest, and those behind it."""
        done = 0
        for place, value in self.every(text):
            if place >= done:
                yield place, value
                done = place + len(value)

    def _places(self, text: str) -> Iterable[int]:
        """Return all places where a value may begin, and others."""
        return range(len(text)) if len(text) <= _SHORT else (found.start() for found in self._begins.finditer(text))

    @cached_property
    def _begins(self) -> re.Pattern[str]:
        return _begins(self._values)

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
    return joins(value[-1]) and joins(text[end : end + 1])


def _begins(values: Iterable[str]) -> re.Pattern[str]:
    """Compile where a value may begin: of those that join with what stands before, at a word's beginning alone."""
    firsts = {value[0] for value in values}
    joined = "".join(map(re.escape, sorted(filter(joins, firsts))))
    free = "".join(re.escape(char) for char in sorted(firsts) if not joins(char))
    border = rf"(?:(?<!\w)|(?<={UNCASED}))"
    forms = [f"{border}[{joined}]" if joined else "", f"[{free}]" if free else ""]
    return re.compile("|".join(filter(None, forms)))


def joins(char: str) -> bool:
    """Say whether a character is of one word with another such character beside it."""
    # Scripts without case, such as Chinese, are written without spaces: there any place may be a word's border.
    return char == "_" or (char.isalnum() and (char.isdigit() or char.lower() != char.upper()))
