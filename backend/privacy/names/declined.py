"""Values in a text in any case of a Slavic language in Cyrillic: `Иванов` finds `Ивановым`."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from backend.privacy.names.parts import WORD, stem
from backend.privacy.text.normalize import normalize
from backend.privacy.text.value_search import FoundValue, ValueSearch

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_OTHER = re.compile(r"[^\W_]")
_GAP = re.compile(r"\s{1,3}|-")


class DeclinedSearch(ValueSearch):
    """Finds values as `ValueSearch` does, and those that are words in Cyrillic alone in any case.

    Args:
        values: those without a letter or digit are left out.
        any_case: whether ordinary words are found in small letters too.
    """

    __slots__ = ("_by_stem",)

    def __init__(self, values: Iterable[str], *, any_case: bool = False) -> None:
        known = sorted(set(values))
        super().__init__(known, any_case=any_case)
        self._by_stem: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for value in known:
            if stems := _stems(value):
                self._by_stem.setdefault(stems[0], []).append((stems, value))

    def _matches(self, text: str) -> Iterator[FoundValue]:
        yield from super()._matches(text)
        if not self._by_stem or not _CYRILLIC.search(text):
            return
        normal = normalize(text)
        words = [(match.start(), match.end(), stem(match[0])) for match in WORD.finditer(normal.text)]
        for index, (start, _, first) in enumerate(words):
            for stems, value in self._by_stem.get(first, ()):
                run = words[index : index + len(stems)]
                if tuple(word[2] for word in run) == stems and _is_joined(normal.text, run):
                    yield FoundValue(*normal.to_source(start, run[-1][1]), value)


def _stems(value: str) -> tuple[str, ...]:
    """Return the stems of a value's words; none if it has other than words of three letters or more in Cyrillic."""
    plain = normalize(value).text
    words = WORD.findall(plain)
    if _OTHER.search(WORD.sub("", plain)) or not all(_CYRILLIC.match(word) and len(word) >= 3 for word in words):
        return ()
    return tuple(map(stem, words))


def _is_joined(text: str, run: list[tuple[int, int, str]]) -> bool:
    return all(_GAP.fullmatch(text, one[1], other[0]) for one, other in pairwise(run))
