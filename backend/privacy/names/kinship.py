"""What a Russian name, its patronymic, surname and place share, and how each is written in Latin letters.

`Сергей`, `Сергеевна` and `Сергеево` are of one root; `Юрьева` is `Yurieva`, `Yuryeva` or `Iureva`.
"""

import re
from itertools import islice, product

from backend.privacy.names.parts import stem
from backend.system.memory import remembered

MOST_SPELLINGS = 32
"""Of a word in Latin letters."""

_SUFFIX = re.compile(r"(?:(?:[оеё]в|ь)?[иы]ч|ь?[оеё]вн|(?:ин)?ичн|[сц]к|ь?[оеё]в|[иы]н)$")
_LATIN_SUFFIX = re.compile(r"(?:(?:[oe]v|yev|iev)(?:ich|i[cć]|na)?|ichna|[st]?sk(?:[iy]|iy|ii|aya|aia)|in)a?$")
_SHORTEST = 2
"""Letters of a root at least."""
_LETTERS = {
    **dict(zip("абвгдезиклмнопрстуфыэіґўј", "abvgdeziklmnoprstufyeiguj", strict=True)),
    **{"ж": "zh", "ч": "ch", "ш": "sh", "ъ": "", "ь": "", "ї": "i", "є": "ie"},
    **{"љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj", "џ": "dz"},
}
_SPELLINGS = {
    **{"ё": ("e", "yo"), "й": ("y", "i", "j"), "х": ("kh", "h"), "ц": ("ts", "c"), "щ": ("shch", "sch")},
    **{"ю": ("yu", "iu", "ju"), "я": ("ya", "ia", "ja"), "кс": ("ks", "x"), "ье": ("ye", "ie", "e")},
    **{"ия": ("ia", "iya", "ija"), "ий": ("y", "iy", "ii", "i"), "ый": ("y", "yy")},
}
_UNIT = re.compile(r"кс|ье|ия\b|[иы]й\b|.")


_SAME = {"михаил": "михал", "михайл": "михал", "яков": "яковл"}
"""Names whose kin have another root."""
_ENGLISH = frozenset({"german", "jury", "roman", "semen"})


@remembered(32_768)
def root(word: str) -> str:
    """Return what a word shares with its kin, in small letters."""
    bare = stem(word)
    suffix = _LATIN_SUFFIX if bare.isascii() else _SUFFIX
    for _ in range(2):
        found = suffix.search(bare)
        if bare in _SAME or not found or found.start() < _SHORTEST:
            break
        bare = stem(bare[: found.start()])
    bare = _SAME.get(bare, bare)
    return bare.rstrip("ьйиеi") if len(bare) > _SHORTEST else bare


@remembered(32_768)
def latin(word: str) -> tuple[str, ...]:
    """Return the usual spellings of a word in Cyrillic in Latin letters, in small letters; none that is English."""
    low = word.lower()
    options = [_SPELLINGS.get(unit) or (_LETTERS.get(unit, unit),) for unit in _UNIT.findall(low)]
    if options and low[0] == "е":
        options[0] = ("e", "ye")
    spelt = dict.fromkeys("".join(parts) for parts in islice(product(*options), MOST_SPELLINGS))
    return tuple(spelling for spelling in spelt if spelling.isascii() and spelling not in {low, *_ENGLISH})
