"""Where each word of a text stands, so that a pattern that begins with one of some words is tried there alone."""

import re
from collections import defaultdict
from collections.abc import Iterator, KeysView, Set

from backend.system.memory import remembered

_LETTERS = re.compile(r"[^\W\d_]+")
_DOTTED = str.maketrans("ıİ", "ii")  # `re` takes them for an i where case is nothing to it


def folded_word(word: str) -> str:
    """Return a word without its case; what `re` takes for the same in another case is the same."""
    return word.lower() if word.isascii() else word.translate(_DOTTED).casefold()


def uncased(text: str) -> str:
    """Return a text in small letters, those that `re` takes for small ones of ASCII among them."""
    return text.lower() if text.isascii() else text.translate(_DOTTED).lower()


def firsts(words: str) -> frozenset[str]:
    """Return the words that stand in a list, separated by spaces, as an index knows them."""
    return frozenset(map(folded_word, words.split()))


class WordIndex:
    """The words of letters alone in a text, in any case, by where they begin.

    Args:
        text: the whole of it.
    """

    __slots__ = ("_places", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[str, list[int]] = defaultdict(list)
        is_ascii = text.isascii()
        for match in _LETTERS.finditer(text.lower() if is_ascii else text):
            self._places[match[0] if is_ascii else folded_word(match[0])].append(match.start())

    def has(self, words: Set[str]) -> bool:
        """Say whether one of some words stands in the text."""
        return not words.isdisjoint(self._places)

    def said(self, words: frozenset[str]) -> frozenset[str]:
        """Return which of some words stand in the text."""
        return words.intersection(self._places)  # `keys() & words` would go through a long list

    def words(self) -> KeysView[str]:
        """Return the different words of the text, folded."""
        return self._places.keys()

    def matches(self, pattern: re.Pattern[str], words: frozenset[str]) -> Iterator[re.Match[str]]:
        """Yield what `pattern.finditer` finds.

        Args:
            pattern: it begins where a word begins.
            words: the words, of letters alone and folded, that it may begin with.
        """
        end = 0
        for start in sorted(start for word in self.said(words) for start in self._places[word]):
            match = pattern.match(self._text, start) if start >= end else None
            if match:
                end = match.end()
                yield match


@remembered(4)
def index(text: str) -> WordIndex:
    """Return the index of a text; several recognizers look at the same one after the other."""
    return WordIndex(text)
