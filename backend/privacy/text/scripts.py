"""Where words and graphemes begin and end, in any script.

Scripts differ in what joins: letters with case and digits make one word; Chinese, Japanese and Thai are written without
spaces, so that any place may be a word's border; Korean puts particles behind a word, Arabic and Hebrew a few letters
before it; and no script lets a letter be cut from its marks.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

UNSPACED = frozenset(
    "CJK KANGXI IDEOGRAPHIC HIRAGANA BOPOMOFO THAI LAO KHMER MYANMAR TIBETAN YI JAVANESE BALINESE TAI NEW".split()
)
"""Scripts without spaces between words, by the first word of their letters' names."""
INVISIBLE = frozenset(
    map(chr, [0xAD, 0x34F, 0x61C, *range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F)])
) | frozenset(map(chr, [*range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF]))
"""What no screen shows by itself: soft hyphens, joiners, directions, variation selectors."""

_CASED, _DIGIT, _LINE, _KATAKANA, _HANGUL = "cased", "digit", "_", "KATAKANA", "HANGUL"
_WESTERN = frozenset({_CASED, _DIGIT, _LINE})
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_FIRST_VOWELS = frozenset("เแโใไເແໂໃໄ")  # written before the consonant that they are said after
_LATER_VOWELS = frozenset("ะาำຽະາຳ")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮーｧｨｩｪｫｬｭｮｰﾞﾟゝゞヽヾ")
_FINAL = frozenset("\u0bcd\u0e3a\u103a\ua9c0")  # viramas that words end with: in Tamil, Thai, Burmese, Javanese
_ARABIC = re.compile("[وف]?(?:[بكلس]?(?:ال)?|لل)")
_HEBREW = re.compile("ו?(?:ש|כש|מש)?[הבכלמ]?ה?")
_PREFIXES = {"ARABIC": _ARABIC, "HEBREW": _HEBREW}
_PARTICLES = re.compile(
    "(?:씨|님|군|양|측|들)?(?:(?:이?라)?(?:은|는|이|가|을|를|의|에|에서|에게|에게서|께|께서|한테|한테서|로|으로|로서|으로서"
    "|로써|으로써|로부터|으로부터|와|과|랑|이랑|하고|도|만|까지|마저|조차|부터|마다|밖에|뿐|처럼|만큼|보다|대로|나|이나|든지"
    "|며|이며|고|이고|야|아|여|이여|요|란|다|이다|인|일|였다|이었다|입니다|이에요|예요|인데|지만|이지만)){0,3}(?:씨|님|들)?"
)
_MOST_FLAGS = 99
_LONGEST_PREFIX, _LONGEST_PARTICLES = 12, 12
_FEWEST = 3  # letters of a mention that is looked for behind prefixes, or within a word
_FEWEST_KOREAN = 2  # each of them is two or three letters in one


class Edge(IntEnum):
    """What a place in a text is between the characters beside it."""

    FREE = 0
    """A word's border."""
    CHANGE = 1
    """Between letters and digits of one word, as in `20mg`, or at its underscore or decimal point."""
    WITHIN = 2
    """Between two letters of a script without case that puts spaces between words."""
    NEVER = 3
    """Between two letters with case, two digits, or within a grapheme."""


class Fit(IntEnum):
    """How well a stretch of a text is a word, or several; the less the better."""

    WHOLE = 0
    PART = 1
    """The beginning or the end of a Korean compound, or of a Japanese one in Katakana."""
    ONCE = 2
    """Part of a word: to be taken only where it stands in the text just once."""
    NONE = 3


@lru_cache(1 << 16)
def script(char: str) -> str:
    """Return what a character counts as: `cased`, `digit`, `_`, or its script; "" if it is no part of a word."""
    if char == "_":
        return _LINE
    if not char.isalnum():
        return ""
    if char.isdigit():
        return _DIGIT
    category = unicodedata.category(char)
    name = unicodedata.name(char, "UNKNOWN").replace("HALFWIDTH ", "").replace("FULLWIDTH ", "").split(" ", 1)[0]
    if char.lower() != char.upper() or category in ("Lu", "Ll", "Lt"):
        return _CASED
    if category == "Lm" and name in ("MODIFIER", "LATIN", "GREEK", "CYRILLIC"):
        return _CASED
    return _KATAKANA if name.startswith(_KATAKANA) else name.split("-")[0]


def is_mark(char: str) -> bool:
    """Say whether a character is a mark on the one before it."""
    return unicodedata.category(char)[0] == "M"


def is_cut(text: str, place: int) -> bool:
    """Say whether a border at a place would cut what a reader takes for one character."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isascii() and after.isascii():
        return before == "\r" and after == "\n"
    return _goes_on_with(before, after) or _is_awaited(text, place, before, after)


def _goes_on_with(before: str, after: str) -> bool:
    """Say whether a character belongs to what stands before it."""
    if after == _JOINER or is_mark(after) or after in _LATER_VOWELS:
        return True
    if after in _SMALL_KANA:
        return script(before) in (_KATAKANA, "HIRAGANA")
    is_jamo = "\u1160" <= after <= "\u11ff"
    return is_jamo or "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f"


def _is_awaited(text: str, place: int, before: str, after: str) -> bool:
    """Say whether what stands before a place needs what follows it."""
    if before == _JOINER:
        return unicodedata.category(after)[0] == "S" or (place > 1 and _links(text[place - 2]))
    if before in _FIRST_VOWELS or "\u1100" <= before <= "\u115f":
        return bool(script(after))
    if _links(before):
        return bool(script(after))
    return _is_flag(before) and _is_flag(after) and _flags_before(text, place) % 2 == 1


def _links(char: str) -> bool:
    return unicodedata.combining(char) == 9 and char not in _FINAL


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    """Count the halves of flags before a place; past the most that are counted no border is sure."""
    count = 0
    while count < min(place, _MOST_FLAGS) and _is_flag(text[place - 1 - count]):
        count += 1
    return count


def edge(text: str, place: int) -> Edge:
    """Return what a place in a text is between: what is not shown is looked through."""
    if is_cut(text, place):
        return Edge.NEVER
    left, right = place - 1, place
    while left >= 0 and text[left] in INVISIBLE:
        left -= 1
    while right < len(text) and text[right] in INVISIBLE:
        right += 1
    if left < 0 or right == len(text):
        return Edge.FREE
    # Persian puts a non-joiner before its endings.
    if _NON_JOINER in text[left + 1 : right] and script(text[right]) == "ARABIC":
        return Edge.FREE
    return _between(text, left, right)


def _between(text: str, left: int, right: int) -> Edge:
    before, after = _base(text, left), script(text[right])
    if before in _WESTERN and after in _WESTERN:
        return Edge.NEVER if before == after else Edge.CHANGE
    if not before or not after:
        return Edge.CHANGE if _is_within_number(text, left, right) else Edge.FREE
    return Edge.WITHIN if before == after and before not in UNSPACED else Edge.FREE


def _base(text: str, place: int) -> str:
    """Return the script of the letter that stands at a place, or that the mark there is on."""
    while place > 0 and is_mark(text[place]):
        place -= 1
    return script(text[place])


def _is_within_number(text: str, left: int, right: int) -> bool:
    """Say whether the point or comma beside a place stands between two digits."""
    point = left if text[left] in ".," else right
    around = text[max(point - 1, 0) : point + 2]
    return len(around) == 3 and text[point] in ".," and around[0].isdigit() and around[2].isdigit()


def fit(text: str, start: int, end: int) -> Fit:
    """Say how well a stretch of a text is a word."""
    left, right = edge(text, start), edge(text, end)
    if left is Edge.FREE and right is Edge.FREE:
        return Fit.WHOLE
    if Edge.NEVER in (left, right):
        return Fit.NONE
    length = sum(1 for char in text[start:end] if script(char) or is_mark(char))
    if left is Edge.WITHIN and length >= _FEWEST and _has_prefix(text, start):
        left = Edge.FREE
    if right is Edge.WITHIN and _has_particle(text, end):
        right = Edge.FREE
    if left is Edge.FREE and right is Edge.FREE:
        return Fit.WHOLE
    has_border = Edge.FREE in (left, right)
    if Edge.WITHIN not in (left, right):
        return Fit.ONCE if has_border or length > 1 else Fit.NONE
    own = _base(text, start if left is Edge.WITHIN else end - 1)
    if not has_border or length < (_FEWEST_KOREAN if own == _HANGUL else _FEWEST):
        return Fit.NONE
    return Fit.PART if own in (_HANGUL, _KATAKANA) else Fit.ONCE


def _has_prefix(text: str, start: int) -> bool:
    """Say whether a word's letters before a place are prefixes, such as `and` and `the`."""
    own = script(text[start])
    first = start
    while first > 0 and start - first <= _LONGEST_PREFIX and _base(text, first - 1) == own:
        first -= 1
    letters = "".join(char for char in text[first:start] if not is_mark(char))
    return own in _PREFIXES and _PREFIXES[own].fullmatch(letters) is not None


def _has_particle(text: str, end: int) -> bool:
    """Say whether a word's letters behind a place are Korean particles."""
    last = end
    while last < len(text) and last - end <= _LONGEST_PARTICLES and script(text[last]) == _HANGUL:
        last += 1
    return last > end and _PARTICLES.fullmatch(text, end, last) is not None
