"""Which language a text is in, by py3langid (97 languages and more, offline), or by its script."""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from backend.system.once import once

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.8
"""Probability from which on a language is taken for certain."""
LIKELY = 0.5
"""Probability from which on a language chooses who reads a text, where it decides nothing else."""
ENOUGH = 5
"""Words that a text must have to be in a language at all: names, numbers and headings are in none."""
A_FEW = 3
"""Words from which on a text that is too short to tell may be in a language that is not read."""
UNREAD = 0.4
"""Score of words that no recognizer reads."""
HEAD = 800
"""Characters that are read."""

SCRIPTS = {
    "Latin": re.compile(r"[A-Za-zÀ-ɏ]"),
    "Cyrillic": re.compile(r"[Ѐ-ӿ]"),
    "Greek": re.compile(r"[Ͱ-Ͽἀ-῿]"),
    "Armenian": re.compile(r"[԰-֏]"),
    "Hebrew": re.compile(r"[֐-׿]"),
    "Arabic": re.compile(r"[؀-ۿݐ-ݿﭐ-﷿ﹰ-ﻼ]"),
    "Devanagari": re.compile(r"[ऀ-ॿ]"),
    "Bengali": re.compile(r"[ঀ-৿]"),
    "Tamil": re.compile(r"[஀-௿]"),
    "Thai": re.compile(r"[฀-๿]"),
    "Georgian": re.compile(r"[Ⴀ-ჿ]"),
    "Hangul": re.compile(r"[ᄀ-ᇿ가-힣]"),
    "Japanese": re.compile(r"[぀-ヿ㐀-鿿々]"),
    "Han": re.compile(r"[㐀-鿿]"),
}
_OF_SCRIPTS = {
    "Cyrillic": "ru uk be bg sr mk kk ky mn",
    "Greek": "el",
    "Armenian": "hy",
    "Hebrew": "he yi",
    "Arabic": "ar fa ur ps ug",
    "Devanagari": "hi mr ne sa",
    "Bengali": "bn as",
    "Tamil": "ta",
    "Thai": "th",
    "Georgian": "ka",
    "Hangul": "ko",
    "Japanese": "ja",
    "Han": "zh",
}
OF_SCRIPT = {language: script for script, languages in _OF_SCRIPTS.items() for language in languages.split()}
"""The script of each language that is not written in Latin letters."""
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿฀-๿]")
"""Letters of scripts that leave no space between words, which have two or three of them."""
_SAME = ({"nb", "nn", "no"}, {"zh", "yue", "wuu"}, {"hr", "bs", "sr"})
"""Languages that are told from each other with little certainty, or have several codes."""
OTHER = "other"
"""What a text is in whose letters are mostly of a script that none of the languages asked for is written in."""


class Legible(IntEnum):
    """How well the readers of the expected languages can read a text; the more the worse."""

    WHOLLY = 0
    PARTLY = 1
    """Words of it are in a script, or it may be in a language, that none of them reads."""
    NOT = 2
    """It is in a language that none of them reads."""


CAPITAL_NOUNS = frozenset({"de", "lb"})
_CAPITAL_WITHIN = re.compile(
    r"(?<=[a-zß-öø-ÿāăąćčďđēėęěğģīįıķĺļľłńņňōőœŕřśşšţťūůűųźżž,] )[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĢĪİĮĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ]"
    r"[^\W\d_A-Z]+(?:-[^\W\d_]+)*(?!\w)"
)
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff\u02b0-\u02ff\u2000-\u2bff]")
_OF_OTHER = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff\u0400-\u052f\u02b0-\u02ff\u2000-\u2bff]")
_MAY_BE_OTHER = re.compile("[\u0250-\u02af\u0300-\u03ff\u0530-\u1dff\u1f00-\u1fff\u2c00-\U0010ffff]")
"""What a letter of neither Latin nor Cyrillic is one of; it is looked for in a fifth of the time."""
_ENGLISH = frozenset(
    "the and of to is that with are you my your this have from they his she were would been what could their which it"
    " please about know when who how why now see him got i'm it's don't can't".split()
)
"""Words that no other language written in bare Latin letters has more than one or two of."""
_BARE = 0.9
"""Share of a text's letters that have no accents, at least."""
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_OF_ENGLISH = frozenset({"jam", "pcm", "sco"})
"""Creoles and sisters of English, which its readers read as well: Patois, Pidgin, Scots."""
_MICRO = re.compile(r"[<>~≤≥]?\d*[µμ](?:[glLmMsVWAFU]|mol|kat|Sv|Gy|IU|Eq)(?:/[a-zA-Z\d²³/]{1,9})?")
"""A unit with the Greek letter for a millionth: `µg/kg`."""
_WORD = re.compile(r"[^\s,.;:!?()\[\]{}\"'«»]++")


@once
def load_identifier() -> "LanguageIdentifier":
    """Load py3langid's model, which is compressed: that takes a third of a second, in which other threads can run."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - it takes numpy, and each start time

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify_language(text: str, known: tuple[str, ...]) -> str:
    """Return the language of a text; "" if it is too short or too mixed to tell.

    Args:
        text: its first characters are read.
        known: ISO 639-1 codes of the languages that are expected.

    Returns:
        An ISO 639 code, or `other` where the letters are mostly of a script that no expected language has.
    """
    head = text[:HEAD]
    letters = sum(map(str.isalpha, head))
    if not letters:
        return ""
    if "en" in known and _is_plainly_english(head, letters):
        return "en"
    expected = {OF_SCRIPT.get(code, "Latin") for code in known}
    if head.isascii():  # it is counted already
        count = {name: letters if name == "Latin" else 0 for name in sorted(expected)}
    else:
        count = {name: len(SCRIPTS[name].findall(head)) for name in sorted(expected)}
    language, probability = _classified(head, known)
    if letters > 3 and 2 * sum(count.values()) < letters:
        return language if probability >= SURE and language not in known else OTHER
    if _words(head) >= ENOUGH and probability >= SURE:
        return language
    return _by_script(count, letters, known)


def likely(text: str, known: tuple[str, ...]) -> str:
    """Return the expected language that a text is in more likely than in all others together; "" if there is none."""
    language, probability = _classified(text[:HEAD], known)
    return language if probability >= LIKELY and language in known and _words(text[:HEAD]) >= ENOUGH else ""


def legible(text: str, known: tuple[str, ...]) -> Legible:
    """Say how well a text can be read by whoever reads some languages.

    Args:
        text: all of it is looked at for scripts, its first characters for its language.
        known: ISO 639-1 codes of the languages that are read.
    """
    language = identify_language(text, known)
    if language and language not in known:
        return Legible.NOT
    if any(unreadable(text, known)):
        return Legible.PARTLY
    if not language and _words(text[:HEAD]) >= A_FEW:
        told, probability = _classified(text[:HEAD], known)
        if probability >= LIKELY and told not in known:
            return Legible.PARTLY
    return Legible.WHOLLY


def unreadable(text: str, known: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a text in scripts that none of some languages is written in."""
    for start, end in unread(text, cyrillic=True):
        if not any(reads(text[start:end], language) for language in known):
            yield start, end


def _words(text: str) -> int:
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def _classified(head: str, known: tuple[str, ...]) -> tuple[str, float]:
    """Return the language that a text is likeliest in, by the code that is expected, and how likely that is."""
    told, probability = load_identifier().classify(head)
    told = "en" if told in _OF_ENGLISH and "en" in known else told
    return _as_known(str(told), known), float(probability)


def _as_known(told: str, known: tuple[str, ...]) -> str:
    """Return the expected one of languages that are as good as the same."""
    same = next((group for group in _SAME if told in group), frozenset({told}))
    return told if told in known else next((code for code in known if code in same), told)


def _by_script(count: Mapping[str, int], letters: int, known: tuple[str, ...]) -> str:
    """Return the one expected language that is written in the script of most letters; "" if there are more or none."""
    for script in count.keys() - {"Latin", "Cyrillic"}:
        own = [code for code in known if OF_SCRIPT.get(code) == script]
        if 2 * count[script] > letters and len(own) == 1:
            return own[0]
    return ""


def _is_plainly_english(text: str, letters: int) -> bool:
    """Say whether a text needs no closer look: a fifth of its words are small ones of English, three or more.

    A quarter where a few letters have accents, as those of names do.
    """
    words = _ASCII_WORD.findall(text.lower().replace("’", "'"))
    if sum(map(len, words)) < _BARE * letters:
        return False
    own = [word for word in words if word in _ENGLISH]
    return (5 if text.isascii() else 4) * len(own) >= len(words) and len(set(own)) >= 3


def unread(text: str, *, cyrillic: bool = False) -> Iterator[tuple[int, int]]:
    """Yield stretches of two letters or more in scripts that no recognizer reads.

    Args:
        text: that was searched.
        cyrillic: whether Cyrillic is one of them, as where what reads Russian is not installed; Latin never is.
    """
    other = _NOT_LATIN if cyrillic else _OF_OTHER
    if text.isascii() or not ((cyrillic or _MAY_BE_OTHER.search(text)) and other.search(text)):
        return
    start = end = -1
    for match in _WORD.finditer(text):
        if not other.search(match[0]) or _MICRO.fullmatch(match[0]):
            continue
        if start >= 0 and text[end : match.start()] == " ":
            end = match.end()
            continue
        yield from _telling(text, start, end)
        start, end = match.span()
    yield from _telling(text, start, end)


def reads(value: str, language: str) -> bool:
    """Say whether all letters of a value that are not Latin are of a language's own script."""
    pattern = SCRIPTS[OF_SCRIPT.get(language, "Latin")]
    return all(map(pattern.match, _NOT_LATIN.findall(value)))


def capitals(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield words with a capital behind small ones, of a text in a language that nobody reads: names, most likely.

    Args:
        text: that was searched.
        language: what it is in; German writes every noun with a capital.
    """
    if language not in CAPITAL_NOUNS:
        yield from (match.span() for match in _CAPITAL_WITHIN.finditer(text))


def _telling(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if start >= 0 and sum(map(str.isalpha, text[start:end])) > 1:
        yield start, end
