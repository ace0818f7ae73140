"""What the last look searches for: values that were replaced, and those that a policy withholds."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import unquote

from backend.privacy.replace.propagation import fits, is_one_word, is_telling
from backend.privacy.text.value_search import Finds, FoundValue, ValueSearch

_BLANK_ESCAPE = re.compile(r"(?<!\\)\\+[bfnrt]")
_REWRITTEN = re.compile(r"[^\n\r\t -~]|[&%\\]")
"""What may be written in more than one way: in a text without it, what stands somewhere hangs on nothing elsewhere."""


class LastLook:
    """Says whether a text holds a value that must not leave (P4).

    Args:
        values: original values; those that tell nothing about anybody are left out, as they would stop every call.
        always: values that leave in no task, in any case.
    """

    __slots__ = ("_always", "_lookup", "_words")

    def __init__(self, values: Iterable[str], always: Finds | None = None) -> None:
        self._always = always
        telling = {value.strip() for value in values if is_telling(value)}
        words = {value for value in telling if is_one_word(value)}
        # A single word in small letters may be another one: `will` is not Will. That is looked at more closely.
        self._words, self._lookup = ValueSearch(words), ValueSearch(telling - words)

    def __bool__(self) -> bool:
        return bool(self._words) or bool(self._lookup) or bool(self._always)

    def finds(self, text: str) -> bool:
        """Say whether any of the values stands in a text."""
        if self._lookup.finds(text) or (self._always and self._always.finds(text)):
            return True
        return self._words.finds(text) and self._finds_word(text)

    def first(self, texts: Collection[str]) -> str | None:
        """Return the first of some texts in which a value stands; None if there is none.

        Most are plain, such as the words of a schema: they are read as one, and by themselves if anything is in it.
        """
        rewritten = [text for text in texts if _REWRITTEN.search(text)]
        others = set(rewritten)
        if not self._may_find("\n".join(text for text in texts if text not in others)):
            texts = rewritten
        return next(filter(self.finds, texts), None)

    def _may_find(self, text: str) -> bool:
        """Say whether any of the values stands in a text, be it as another word."""
        finders = (self._lookup, self._words, self._always)
        return any(finder.finds(text) for finder in finders if finder)

    def matches(self, text: str) -> list[FoundValue]:
        """Return the places in a text where a value stands undisguised, from left to right, the longest first."""
        words = (m for m in self._words.matches(text) if fits(text[m.start : m.end], m.value))
        return sorted([*self._lookup.matches(text), *words], key=lambda match: (match.start, -match.end))

    def _finds_word(self, text: str) -> bool:
        """Say whether any of the words that stand in a text is meant; one that was escaped letter by letter is."""
        readings = (text, unquote(text), _BLANK_ESCAPE.sub(" ", text))
        found = [
            fits(reading[match.start : match.end], match.value)
            for reading in readings
            for match in self._words.matches(reading)
        ]
        return any(found) or not found


def strings_in(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Yield all strings within a JSON value, with their place; keys stand for their own block."""
    if isinstance(value, str):
        yield where or "the body", value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield where or "the body", str(key)
            # Below the first two levels keys are a schema's: names of controls, which may be what was hit.
            yield from strings_in(part, where if where.count(".") >= 2 else f"{where}.{key}".lstrip("."))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for index, part in enumerate(value):
            yield from strings_in(part, f"{where}[{index}]")
