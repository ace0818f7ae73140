"""Which language a text is in, by py3langid (97 languages and more, offline), or by its script."""

import re
from collections.abc import Iterator
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SURE = 0.8
"""Probability from which on a language is taken for certain."""
ENOUGH = 5
"""Words that a text must have to be in a language at all: names, numbers and headings are in none."""
HEAD = 800
"""Characters that are read."""

SCRIPTS = {
    "Latin": re.compile(r"[A-Za-zÀ-ɏ]"),
    "Cyrillic": re.compile(r"[Ѐ-ӿ]"),
}
OF_SCRIPT = {"ru": "Cyrillic", "uk": "Cyrillic", "be": "Cyrillic", "bg": "Cyrillic", "sr": "Cyrillic", "mk": "Cyrillic"}
OTHER = "other"
"""What a text is in whose letters are mostly of a script that none of the languages asked for is written in."""

CAPITAL_NOUNS = frozenset({"de", "lb"})
_CAPITAL_WITHIN = re.compile(
    r"(?<=[a-zß-öø-ÿāăąćčďđēėęěğģīįıķĺļľłńņňōőœŕřśşšţťūůűųźżž,] )[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĢĪİĮĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ]"
    r"[^\W\d_A-Z]+(?:-[^\W\d_]+)*(?!\w)"
)
_OTHER = r"[^\W\d_\u0000-\u024f\u1e00-\u1eff\u0400-\u052f\u02b0-\u02ff\u2000-\u2bff]"
_OF_OTHER = re.compile(_OTHER)
_ENGLISH = frozenset(
    "the and of to is that with are you my your this have from they his she were would been what could their which it"
    " please about know when who how why now see him got i'm it's don't can't".split()
)
"""Words that no other language written in bare Latin letters has more than one or two of."""
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NO_ASCII = re.compile(r"[^\W\d_\u0000-\u007f]")
_OF_ENGLISH = frozenset({"jam", "pcm", "sco"})
"""Creoles and sisters of English, which its readers read as well: Patois, Pidgin, Scots."""
_WORD = re.compile(r"[^\s,.;:!?()\[\]{}\"'«»]++")


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify(text: str, known: tuple[str, ...]) -> str:
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
    if "en" in known and _is_plainly_english(head):
        return "en"
    expected = {OF_SCRIPT.get(code, "Latin") for code in known}
    count = {name: len(pattern.findall(head)) for name, pattern in SCRIPTS.items()}
    language, probability = _identifier().classify(head)
    language = "en" if language in _OF_ENGLISH and "en" in known else language
    if letters > 3 and 2 * sum(count[name] for name in expected) < letters:
        return str(language) if probability >= SURE and language not in known else OTHER
    if len(head.split()) >= ENOUGH and probability >= SURE:
        return str(language)
    return ""


def _is_plainly_english(text: str) -> bool:
    """Say whether a text needs no closer look: a fifth of its words are small ones of English, three or more."""
    words = () if _NO_ASCII.search(text) else _ASCII_WORD.findall(text.lower().replace("’", "'"))
    own = [word for word in words if word in _ENGLISH]
    return 5 * len(own) >= len(words) and len(set(own)) >= 3


def unread(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches of two letters or more in scripts that no recognizer reads: neither Latin nor Cyrillic."""
    if text.isascii() or not _OF_OTHER.search(text):
        return
    start = end = -1
    for match in _WORD.finditer(text):
        if not _OF_OTHER.search(match[0]):
            continue
        if start >= 0 and text[end : match.start()] == " ":
            end = match.end()
            continue
        yield from _telling(text, start, end)
        start, end = match.span()
    yield from _telling(text, start, end)


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
