"""Letters of another script within a word: a Cyrillic `о` in `John`, a Latin `o` in `Иванов`.

Each letter becomes one other, so that offsets stay. A word of one script stays as it is, unless nothing in the text
tells that it is of that script: where all its letters look like Latin ones, and so do all others of the script.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ɏ]")
_COMPOUND = re.compile(r"[\w@.]+")  # a word, a number, an address
_ADDRESS = re.compile(r"[\d@.]")
_ROUNDS = 4  # what one word becomes may change what others are taken for
_WORD = re.compile(r"[^\W_]+")


def _table(letters: str, others: str) -> dict[int, str]:
    return {ord(letter): other for letter, other in zip(letters, others, strict=True)}


@dataclass(frozen=True, slots=True)
class _Script:
    """A script whose letters can be taken for Latin ones.

    Attributes:
        letter: any letter of it.
        alike: its letters that cannot be told from Latin ones, as Latin.
        similar: those, and its letters that pass for Latin ones within a word that is Latin otherwise.
        latin: Latin letters that can be taken for its own, as its own.
        telling: letters of it that are not alike.
        foreign: letters of it that are not even similar.
        lone: words of it that may be taken for Latin ones.
        native: Latin letters that cannot be taken for its own.
    """

    letter: re.Pattern[str]
    alike: Mapping[int, str]
    similar: Mapping[int, str]
    latin: Mapping[int, str]
    telling: re.Pattern[str]
    foreign: re.Pattern[str]
    lone: re.Pattern[str]
    native: re.Pattern[str]

    def unmask(self, text: str) -> str:
        """Write the words of a text in one script each."""
        text = _COMPOUND.sub(self._compound, text)
        if self.telling.search(text):
            return text
        return self.lone.sub(lambda word: word[0].translate(self.alike), text)

    def _compound(self, found: re.Match[str]) -> str:
        whole = found[0]
        if whole.isascii() or not _LATIN.search(whole) or not self.letter.search(whole):
            return whole
        if _ADDRESS.search(whole) and not self.telling.search(whole):
            return whole.translate(self.alike)
        return _WORD.sub(self._word, whole)

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        own, latin = len(self.letter.findall(word)), len(_LATIN.findall(word))
        if not own or not latin:
            return word
        foreign, native = self.foreign.search(word), self.native.search(word)
        if foreign and native:
            return word  # a word of both scripts, such as an English one with a Russian ending
        if native or (not foreign and latin >= own):
            return word.translate(self.similar)
        return word.translate(self.latin)


def _script(
    letters: str, alike: dict[int, str], similar: dict[int, str], latin: dict[int, str], shortest: int
) -> _Script:
    def other(table: Mapping[int, str], of: str) -> re.Pattern[str]:
        return re.compile(f"(?![{''.join(map(chr, table))}]){of}")

    looks = "".join(map(chr, alike))
    return _Script(
        letter=re.compile(f"[{letters}]"),
        alike=alike,
        similar=alike | similar,
        latin=latin,
        telling=other(alike, f"[{letters}]"),
        foreign=other(alike | similar, f"[{letters}]"),
        lone=re.compile(f"(?<![{letters}])[{looks}]{{{shortest},}}(?![{letters}])"),
        native=other(latin, _LATIN.pattern),
    )


CYRILLIC = _table("АВЕКМНОРСТУХІЈЅԀԚԜҺаеорсухіјѕԁһԛԝӏёї", "ABEKMHOPCTYXIJSDQWhaeopcyxijsdhqwlëï")
CYRILLIC_CAPITALS = _table("вкмнт", "bkmht")  # similar in the shape of their capitals
GREEK = _table("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικορτχ", "ABEZHIKMNOPTYXabeikoptx")
_SCRIPTS = (
    _script("\u0400-\u052f", CYRILLIC, CYRILLIC_CAPITALS, _table("ABEKMHOPCTYXIaeopcyxi", "АВЕКМНОРСТУХІаеорсухі"), 1),
    # A Greek letter by itself is a sign, not a word.
    _script(
        "\u0370-\u03ff", GREEK, _table("ηνυγω", "nvuyw"), _table("ABEZHIKMNOPTYXaeikopvx", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικορνχ"), 2
    ),
)
SKELETON = CYRILLIC | CYRILLIC_CAPITALS | GREEK | _table("ζημνυγωёїëï", "zhmnyyweiei")
"""Lower-case letters of both scripts as the Latin ones that their capitals look like: for comparing, whatever is beside
them. The Russian `ё`, which looks like an `ë`, is mostly written `е`."""


def unmask(text: str) -> str:
    """Write each word of mixed script in one, letter by letter."""
    if text.isascii() or not _LATIN.search(text):
        return text
    for _ in range(_ROUNDS):
        before = text
        for script in _SCRIPTS:
            if script.letter.search(text):
                text = script.unmask(text)
        if text == before:
            break
    return text
