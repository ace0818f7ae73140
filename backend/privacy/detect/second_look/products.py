"""Names of programs, devices, programming languages, fonts and file formats: nobody's, though taggers take them so."""

import re
from collections.abc import Iterator, Sequence

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)


def _listed(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _LISTS[name])


FONTS, OTHERS = _listed("fonts"), _listed("programs", "languages", "formats")
ALSO_NAMES = _listed("names_of_fonts", "names_of_others")
"""What is people's or places' too: a product only beside a word of the trade, or in a list of its like."""
PRODUCTS = FONTS | OTHERS | ALSO_NAMES
"""As they are written."""
_ALIKE = (FONTS | _listed("names_of_fonts"), _listed("languages", "names_of_others"))
"""What is named in pairs: fonts, languages."""
_FIRST = re.compile(r"(?<![\w@/.#'’-])[A-Za-z][\w-]*")
_ENDS = re.compile(r"(?![\w@#+]|[.'’/-]\w)")
_BY_FIRST: dict[str, list[str]] = {}
for _name in sorted(PRODUCTS, key=len, reverse=True):
    _first = _FIRST.match(_name)
    if _first:
        _BY_FIRST.setdefault(_first[0], []).append(_name)
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’-]*\.?)[ -]$")
_WORD_AFTER = re.compile(r"[ -]([^\W\d_][\w'’-]*)")
_ACTING = re.compile(
    r"(?:,? (?:who|herself|himself|aged)| (?:said|says|told|tells|asked|asks|thinks|thought|wrote|writes|called|phoned"
    r"|replied|answered|lives|lived|married|went|came|died|smiled|complained|reported|denies|denied|met|was born|is \d)"
    r"|['’]s (?:wife|husband|mother|father|son|daughter|brother|sister|family|birthday|address|phone)|, \d{1,3})\b"
)
"""What people do."""
_TRADE_AFTER = re.compile(
    r" (?:fonts?|typefaces?|language|compiler|interpreter|runtime|pipelines?|plugins?|server|framework|gems?|on Rails"
    r"|\d{1,2}\.\d{1,2})\b"
)
_TRADE_BEFORE = re.compile(
    r"\b(?:(?:font|typeface)(?: (?:is|to|as|of|family|named|called))?:?|(?:written|programmed|coded) in) [\"“]?$",
    re.IGNORECASE,
)
_JOINT = re.compile(r", (?:and |or )?| (?:and|or|&) |/")
NEAR = 40
"""Characters before a name that may tell what it is."""
LISTED = 8
"""Names on each side that are looked at in a list."""


def products(text: str) -> Iterator[tuple[int, int]]:
    """Yield where products are named, whole; not where a word beside makes somebody of one: `Docker Smith`."""
    spans = list(_written(text))
    sure = [span for span in spans if text[slice(*span)] not in ALSO_NAMES]
    starts, ends = {start for start, _ in sure}, {end for _, end in sure}
    for index, (start, end) in enumerate(spans):
        before, after = _WORD_BEFORE.search(text, max(0, start - NEAR), start), _WORD_AFTER.match(text, end)
        if (before and before.end(1) not in ends and _may_be_name(before[1])) or _ACTING.match(text, end):
            continue
        if after and after.start(1) not in starts and _may_be_name(after[1]):
            continue
        if text[start:end] not in ALSO_NAMES or _is_of_trade(text, spans, index):
            yield start, end


def _is_of_trade(text: str, spans: Sequence[tuple[int, int]], index: int) -> bool:
    """Say whether what may be somebody's name stands beside a word of the trade, or in a list of its like."""
    start, end = spans[index]
    if _TRADE_AFTER.match(text, end) or _TRADE_BEFORE.search(text, max(0, start - NEAR), start):
        return True
    first = last = index
    while first and index - first < LISTED and _JOINT.fullmatch(text, spans[first - 1][1], spans[first][0]):
        first -= 1
    while (
        last + 1 < len(spans) and last - index < LISTED and _JOINT.fullmatch(text, spans[last][1], spans[last + 1][0])
    ):
        last += 1
    listed = {text[slice(*span)] for span in spans[first : last + 1]}
    if listed <= ALSO_NAMES:
        return False
    is_pair = len(listed) == 2 and "," not in text[spans[first][1] : spans[last][0]]
    return len(listed) > 2 or (is_pair and any(listed <= kind for kind in _ALIKE))


def _written(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the listed names stand, the longest at each place."""
    done = 0
    for word in _FIRST.finditer(text):
        start = word.start()
        for name in _BY_FIRST.get(word[0], ()) if start >= done else ():
            if text.startswith(name, start) and _ENDS.match(text, start + len(name)):
                done = start + len(name)
                yield start, done
                break


def _may_be_name(word: str) -> bool:
    """Say whether a word beside a product may make a name of both: `Docker Smith`, `J. Word`."""
    bare = word.rstrip(".")
    return bare[0].isupper() and (bare.lower() in MAY_BE_NAMES or not is_common(bare) or len(bare) == 1)
