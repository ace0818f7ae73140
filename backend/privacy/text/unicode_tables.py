"""Tables of characters: which may be written in another way, and how. Made of the interpreter's own Unicode data."""

import re
import unicodedata
from collections.abc import Iterable

DASHES = (
    "\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\u2796\u2e3a\u2e3b\ufe58\ufe63\uff0d"
)
SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4\uff07\u275b\u275c"
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u02ba\u301d\u301e\u301f\uff02\u275d\u275e"
SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡ", "abcdefghijklmnoprstuvwyzag", strict=True))

# What is shown in no way, or as a blank: deleted. Format characters that are shown (Arabic number signs) stay.
_SHOWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f]")
_IGNORED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f"
    "\uffa0\U000e0000-\U000e0fff]"
)
# Marks of no script of their own: what does not make one letter with its base is decoration.
_LOOSE = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
LOOSE_MARKS = re.compile(f"[{_LOOSE}]+")
# Symbols whose letters stand for themselves; of others, such as the number sign, NFKC would make a word.
_LETTERED = re.compile("[\u249c-\u24e9\uf900-\ufaff\ufb00-\uffef\U0001f100-\U0001f1ff]")
# Ideographs, syllables and private characters never change: passing over them makes the import quick.
_PLANES = (
    (0x00, 0x20),
    (0x7F, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x12000),
    (0x16A00, 0x16F00),
    (0x1BC00, 0x20000),
    (0x2F800, 0x2FA20),
    (0xE0000, 0xE0200),
)


CHARACTERS = "".join(chr(code) for first, last in _PLANES for code in range(first, last))
"""All that may be written in another way, some ten thousands."""
_PARTS = {char: parts for char in CHARACTERS if (parts := unicodedata.decomposition(char))}
"""What a character is made of, as Unicode writes it."""


def _drawn() -> dict[str, str]:
    """Return what is drawn by hand: punctuation, and letters in signs that Unicode does not relate to letters."""
    table = dict.fromkeys(DASHES, "-") | dict.fromkeys(SINGLE_QUOTES, "'") | dict.fromkeys(DOUBLE_QUOTES, '"')
    table |= SMALL_CAPITALS | {
        "\u2044": "/",
        "\u2215": "/",
        "\u2800": " ",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
    for first in (0x1F150, 0x1F170):  # white letters on a black disc or square
        table |= {chr(first + index): chr(65 + index) for index in range(26)}
    for first in (0x2776, 0x2780, 0x278A):  # digits on a disc
        table |= {chr(first + index): str(index + 1) for index in range(10)}
    return table


def _target(char: str, drawn: dict[str, str]) -> str:
    """Return how a character is written: "" if not at all, itself if as it is."""
    if char in drawn:
        return drawn[char]
    category = unicodedata.category(char)
    if _IGNORED.match(char) or (category == "Cf" and not _SHOWN.match(char)):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    parts = _PARTS.get(char)
    if not parts or parts.startswith("<fraction>") or (category == "So" and not _LETTERED.match(char)):
        return char
    plain = unicodedata.normalize("NFKC", char)
    # A bare accent would become a blank with an accent on it.
    return char if " " in plain else "".join(_target(c, drawn) if c != char else c for c in plain)


def _joining() -> frozenset[str]:
    """Return the characters that may become one with the character before them."""
    pairs = [parts for written in _PARTS.values() if len(parts := written.split()) == 2]
    joins = {chr(code) for first, last in ((0x1161, 0x1176), (0x11A8, 0x11C3)) for code in range(first, last)}
    joins |= {chr(int(second, 16)) for first, second in pairs if first[0] != "<"}
    joins.update(*LOOSE_MARKS.findall(CHARACTERS))
    joins |= {char for char in CHARACTERS if unicodedata.combining(char)}
    return frozenset(joins | {char for char in _PARTS if unicodedata.normalize("NFKD", char)[0] in joins})


def class_of(chars: Iterable[str]) -> str:
    """Return the inside of a regular expression's character class."""
    parts: list[list[int]] = []
    for code in sorted(map(ord, chars)):
        if parts and parts[-1][1] == code - 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in parts)


def _targets() -> dict[str, str]:
    drawn = _drawn()
    kinds = {char for char in CHARACTERS if unicodedata.category(char) in ("Cf", "Nd", "Zs")}
    may_change = sorted(kinds.union(drawn, _PARTS, _IGNORED.findall(CHARACTERS)).intersection(CHARACTERS))
    return {char: target for char in may_change if (target := _target(char, drawn)) != char}


TARGETS = _targets()
"""How a character is written that is not written as it is: "" for one that is deleted."""
DELETED = frozenset(char for char, target in TARGETS.items() if not target)
JOINING = _joining() - DELETED
SINGLE = {char: target for char, target in TARGETS.items() if len(target) == 1 and char not in JOINING}
"""The characters of which each becomes one other, whatever is beside it."""
SUPERSCRIPTS = "".join(
    char for char in SINGLE if unicodedata.decomposition(char).startswith("<super>") and SINGLE[char].isdigit()
)
LONG_CASE = re.compile(f"[{class_of(char for char in CHARACTERS if len(char.casefold()) > 1)}]")
"""Letters that are several without case."""
SUSPECTS = class_of(char for char in JOINING.union(TARGETS) if ord(char) <= 0xFFFF) + "\U00010000-\U0010ffff"
"""The characters that may change, as the inside of a character class. Beyond the first plane it takes all: a class is
searched range by range there, for each character of a text."""
