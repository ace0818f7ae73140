"""Names that their place tells: in lists of those present, beside a bed, an initial at the end; names of users.

Surnames such as Cross and Ledger are words of the language; nothing but the place says that somebody is meant.
"""

import re
from collections.abc import Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from backend.detect.brands import BRANDS
from backend.detect.given import may_be_given
from backend.detect.lexicon import ALSO, is_common
from backend.detect.products import ALSO_NAMES, PRODUCTS
from backend.detect.uncased import KIN

_NOBODY = (PRODUCTS - ALSO_NAMES) | BRANDS
_UPPER = "A-ZÀ-ÖØ-ÞĀ-Ž"
_WORD = rf"[{_UPPER}](?:\.|[^\W\d_]+(?:['’-][^\W\d_]+)*)"
_NAME = rf"{_WORD}(?: {_WORD}){{0,3}}"
_EACH = re.compile(_NAME)
_LIST = re.compile(
    r"\b(?:[Aa]ttend(?:ees|ing|ance)|[Pp]resent|[Aa]pologies(?: from)?|[Ii]n attendance|[Aa]bsent|[Mm]inutes by"
    r"|[Ww]itnesse[sd](?: by)?|[Cc]rew|[Pp]assengers|[Gg]uests|[Pp]anel|[Cc]c|CC|[Ss]peakers|[Mm]embers|[Tt]eam"
    r"|[Oo]n call|[Ss]taff|[Ii]nvited|[Cc]opies? to|[Hh]eirs|[Tt]enants|[Ss]igned by):? "
    rf"(?P<names>{_NAME}(?:(?:, (?:and )?| and | & |; ){_NAME})+)(?=[.;\n(]|$| [a-z])"
)
"""Those who were present, or wrote, behind the word for it."""
_PLACE = re.compile(
    r"\b(?:[Bb]ed|[Bb]ay|[Rr]oom|[Rr]m|[Cc]ubicle|[Cc]hair|[Cc]ell|[Tt]rolley|[Tt]able|[Dd]esk|[Tt]win)"
    rf" (?:\d{{1,3}}[A-Z]?|[A-Z])[:.,]? (?P<name>[{_UPPER}][a-zß-ÿ]+(?:['’-][^\W\d_]+)*)"
    r"(?= (?:on|for|to|is|was|wants?|needs|has|NBM|stable|awaiting|home|back|off|with|in)\b)"
)
"""Whoever lies in a bed: `Bed 2 Ledger for theatre`."""
_TASKS = re.compile(
    rf"(?:^|[,;:\n] ?)(?P<name>[{_UPPER}][a-zß-ÿ]+)"
    r"(?= (?:on|for|to|home|off|back|out|NBM|awaiting|wants|needs|in|does|takes|has)\b)",
    re.MULTILINE,
)
"""Items of a list of who does what: `Fenwick on call, Cross off, Marsh for theatre`."""
_LAST = re.compile(
    r"(?:(?:[Tt]hanks|[Tt]hx|[Yy]ours|[Rr]egards|[Cc]heers|[Bb]est|[Ll]ove|[Tt]a)[,.!]?\s+|[.!?]\s+)"
    rf"(?P<name>[{_UPPER}](?:\.[{_UPPER}])?\.?)\s*$"
)
"""An initial at a message's end: `Call me. T.`"""
_TYPIST = re.compile(
    r"\b(?:[Ss]igned|[Ee]ntered|[Nn]oted|[Tt]yped|[Dd]ictated|[Rr]eviewed|[Oo]n-call|[Bb]y)\b[^()\n]{0,60}"
    r"\((?P<name>[a-z]{2,3})\)"
)
"""Whoever typed a letter: `Dictated by Dr Lee (kjb)`."""
_HANDLE = re.compile(
    r"(?<![\w@#/.\\$%{<-])(?:[xX]{1,2}_\w{2,24}_[xX]{1,2}|[^\W\d_]{2,16}(?:_[^\W_]{1,16}){1,3})"
    r"(?![\w@(/=\[\\-])(?!\.\w)"
)
_SPEAKING = re.compile(
    r"\b(?:ban|banned|report(?:ed)?|ggs?|add|follow|dms?|discord|insta|snap|ign|gamertag|psn|steam|user(?:name)?|mods|seller"
    r"|by|and|carried|thanks|via|from|is|its|it's|im|i'm|me)[: ]+$",
    re.IGNORECASE,
)
"""Before the name of a user."""
_USER = re.compile(
    r"\b[Uu]ser(?:name)? (?P<name>[a-z][\w.-]{3,30})(?= (?:was|is|has|had|can|cannot|can't|could|did|got|logged"
    r"|reported|wrote|posted)\b)"
)
_BESIDE_NAME = re.compile(rf"(?<!\w){_WORD} {_WORD} \((?P<name>[a-z][a-z.]{{3,24}}\d{{0,4}})\)")
"""A user's name behind the person's: `Ann Lee (alee15)`."""
_ASKED = re.compile(
    rf"\b(?:[Dd]id|[Dd]oes|[Dd]idn['’]t|[Dd]oesn['’]t|[Hh]as|[Hh]asn['’]t) (?P<name>[{_UPPER}][a-zß-ÿ]{{2,}})"
    r"(?= [a-z]{3,})"
)
"""Who does what, in a question: `Why did Harsh cancel?`"""
_DOES = re.compile(
    rf"(?:^|[.!?] |\n)(?P<name>[{_UPPER}][a-zß-ÿ]{{2,}})"
    r"(?= (?:never |just |also |has |then )?(?:called|rang|phoned|texted|wrote|says|said|told|asked|answered|replied"
    r"|lives|married|apologi[sz]ed|emailed|complained)\b)"
)
"""Whoever does what people alone do, at the start: `Shepherd never answered`."""
_KIND = re.compile(r"(?:er|or|ist|ant|ent|ian|ee|man|men|woman|women|person|staff|team|ody|one|s|ed|ing|ly)$")
"""How words for what people are, and others that begin a sentence, end."""
_NUMBERED = re.compile(r"(?<![\w#])@?(?P<name>[\w.]{2,32}#\d{4})(?!\w)")
"""A user's name with a number: `rin#4410`."""
_DOTTED = re.compile(
    r"(?<![\w@#/.])(?P<name>[a-z]{3,16}\.(?P<last>[a-z]{5,16}))"
    r"(?= (?:has|is|was|said|says|posted|sent|dmed|wrote|won|left)\b)"
)
"""A user's name of two words: `hollow.vixxen has proof`."""
_CODE = re.compile(r"[={};]|\w\(|::|->")


def people_by_place(text: str) -> Iterator[tuple[int, int]]:
    """Yield where people are named who are told by their place alone."""
    for match in _LIST.finditer(text):
        yield from (name.span() for name in _EACH.finditer(text, *match.span("names")))
    tasks = [match.span("name") for match in _TASKS.finditer(text) if match["name"].lower() not in STOP_WORDS]
    if len(tasks) > 1 and any(not is_common(text[slice(*span)]) for span in tasks):
        yield from tasks
    yield from _acting(text)
    for pattern in (_PLACE, _LAST, _TYPIST):
        for match in pattern.finditer(text):
            if match["name"].lower() not in STOP_WORDS or pattern is _LAST:
                yield match.span("name")


def _acting(text: str) -> Iterator[tuple[int, int]]:
    """Yield words of the language with a capital that do what people do, but no products, days or kinds of people."""
    for pattern in (_ASKED, _DOES):
        for match in pattern.finditer(text):
            low = match["name"].lower()
            is_kind = pattern is _DOES and (_KIND.search(low) or low in KIN) and not may_be_given(low)
            if not (is_kind or low in STOP_WORDS or low in ALSO or match["name"] in _NOBODY):
                yield match.span("name")


def handles(text: str) -> Iterator[tuple[int, int]]:
    """Yield names of users without `@`: behind or before the word for it, or joined by underscores: `xX_reaper_Xx`."""
    for pattern in (_USER, _BESIDE_NAME, _NUMBERED):
        for match in pattern.finditer(text):
            if not is_common(match["name"]):
                yield match.span("name")
    yield from (match.span("name") for match in _DOTTED.finditer(text) if not is_common(match["last"]))
    if "_" not in text or _CODE.search(text):
        return
    for match in _HANDLE.finditer(text):
        is_decorated = match[0][-2:].isdigit() or (match[0][0] in "xX" and match[0][-1] in "xX")
        if is_decorated or _SPEAKING.search(text, max(0, match.start() - 12), match.start()):
            yield match.span()
