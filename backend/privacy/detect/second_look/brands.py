"""What everybody talks about: brands, shops, apps, teams, bands, films, games and feasts, which are nobody's."""

import re
from collections.abc import Iterator, Sequence

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.word_lists import word_lists

BRANDS = frozenset(name for names in word_lists(__file__).values() for name in names)
_BY_FIRST: dict[str, list[str]] = {}
for _name in sorted(BRANDS, key=len, reverse=True):
    _BY_FIRST.setdefault(_name.split(" ")[0], []).append(_name)
_FIRST = re.compile(r"(?<![\w@/.-])(?:[ei](?=[A-Z])|easy(?=J)|[^\W_a-z])[^\s,;:!?()\"]*")
_TRAILING = re.compile(r"(?:['’]s)?[.…'’\"]*$")
_ENDS = re.compile(r"(?!\w)(?![-'’][^\W\d_]{2})")
_BEFORE = re.compile(r"(?<![\w.])([^\W\d_a-zß-öø-ÿ][^\W\d_]*)\.? $")
_AFTER = re.compile(r" ([^\W\d_a-zß-öø-ÿ][^\W\d_]*)")
_ACTING = re.compile(r",? (?:said|says|told|asked|thinks|thought|called|calls|texted|wrote|writes|lives|lived|died)\b")
"""What people do, and seldom brands."""
NEAR = 40
"""Characters before a name that may tell what it is."""


def brands(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such names stand, whole; not where a word beside makes somebody of one: `Georgia Ford`."""
    done = 0
    for word in _FIRST.finditer(text):
        start = word.start()
        name = next((name for name in _listed(word[0]) if start >= done and _is_at(text, name, start)), "")
        if name and not _is_somebody(text, start, start + len(name)):
            done = start + len(name)
            yield start, done


def _listed(word: str) -> Sequence[str]:
    """Return the names that begin with a word, the longest first; with its `'s` or full stop or without."""
    return [*_BY_FIRST.get(word, ()), *_BY_FIRST.get(_TRAILING.sub("", word), ())]


def _is_at(text: str, name: str, start: int) -> bool:
    return text.startswith(name, start) and _ENDS.match(text, start + len(name)) is not None


def _is_somebody(text: str, start: int, end: int) -> bool:
    before, after = _BEFORE.search(text, max(0, start - NEAR), start), _AFTER.match(text, end)
    beside = [match[1] for match in (before, after) if match]
    return _ACTING.match(text, end) is not None or any(map(_may_be_name, beside))


def _may_be_name(word: str) -> bool:
    """Say whether a word beside a brand may make a name of both."""
    return (
        word.lower() in MAY_BE_NAMES or len(word) == 1 or not (word.isupper() or is_common(word) or word in _BY_FIRST)
    )
