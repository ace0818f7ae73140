"""Names that their place tells: in lists of those present, beside a bed, an initial at the end; names of users.

Surnames such as Cross and Ledger are words of the language; nothing but the place says that somebody is meant.
"""

import re
from collections.abc import Iterable, Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.announced.uncased import KIN
from backend.privacy.detect.second_look.brands import BRANDS
from backend.privacy.detect.second_look.products import ALSO_NAMES, PRODUCTS
from backend.privacy.detect.vocabulary.given import may_be_given
from backend.privacy.detect.vocabulary.index import firsts, index
from backend.privacy.detect.vocabulary.lexicon import ALSO, is_common

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
_LIST_FIRST = firsts(
    "attendees attending attendance present apologies in absent minutes witnesses witnessed crew passengers guests"
    " panel cc speakers members team on staff invited copy copies heirs tenants signed"
)
_PLACE = re.compile(
    r"\b(?:[Bb]ed|[Bb]ay|[Rr]oom|[Rr]m|[Cc]ubicle|[Cc]hair|[Cc]ell|[Tt]rolley|[Tt]able|[Dd]esk|[Tt]win)"
    rf" (?:\d{{1,3}}[A-Z]?|[A-Z])[:.,]? (?P<name>[{_UPPER}][a-zß-ÿ]+(?:['’-][^\W\d_]+)*)"
    r"(?= (?:on|for|to|is|was|wants?|needs|has|NBM|stable|awaiting|home|back|off|with|in)\b)"
)
"""Whoever lies in a bed: `Bed 2 Ledger for theatre`."""
_PLACE_FIRST = firsts("bed bay room rm cubicle chair cell trolley table desk twin")
_TASKS = re.compile(
    rf"(?P<name>[{_UPPER}](?:(?<![\s\S].)|(?<=\n.)|(?<=[,;:].)|(?<=[,;:\n] .))[a-zß-ÿ]+)"
    r"(?= (?:on|for|to|home|off|back|out|NBM|awaiting|wants|needs|in|does|takes|has)\b)"
)
"""Items of a list of who does what: `Fenwick on call, Cross off, Marsh for theatre`."""
_LAST = re.compile(
    r"(?:(?:[Tt]hanks|[Tt]hx|[Yy]ours|[Rr]egards|[Cc]heers|[Bb]est|[Ll]ove|[Tt]a)[,.!]?\s+|[.!?]\s+)"
    rf"(?P<name>[{_UPPER}](?:\.[{_UPPER}])?\.?)\s*$"
)
"""An initial at a message's end: `Call me. T.`"""
_LAST_SIGNS = 4
"""Characters of such an initial, at most."""
_INITIAL = re.compile(rf"[{_UPPER}]\.?$")
_TYPIST = re.compile(
    r"\b(?:[Ss]igned|[Ee]ntered|[Nn]oted|[Tt]yped|[Dd]ictated|[Rr]eviewed|[Oo]n-call|[Bb]y)\b[^()\n]{0,60}"
    r"\((?P<name>[a-z]{2,3})\)"
)
"""Whoever typed a letter: `Dictated by Dr Lee (kjb)`."""
_IN_BRACKETS = re.compile(r"\([a-z]{2,3}\)")
"""What stands in it."""
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
_USER_FIRST = firsts("user username")
_BESIDE_NAME = re.compile(rf"(?<!\w){_WORD} {_WORD} \((?P<name>[a-z][a-z.]{{3,24}}\d{{0,4}})\)")
"""A user's name behind the person's: `Ann Lee (alee15)`."""
_IN_BESIDE_NAME = re.compile(r"\([a-z][a-z.]{3,24}\d{0,4}\)")
_ASKED = re.compile(
    rf"\b(?:[Dd]id|[Dd]oes|[Dd]idn['’]t|[Dd]oesn['’]t|[Hh]as|[Hh]asn['’]t) (?P<name>[{_UPPER}][a-zß-ÿ]{{2,}})"
    r"(?= [a-z]{3,})"
)
"""Who does what, in a question: `Why did Harsh cancel?`"""
_ASKED_FIRST = firsts("did does didn doesn has hasn")
_DOES = re.compile(
    rf"(?P<name>[{_UPPER}](?:(?<![\s\S].)|(?<=\n.)|(?<=[.!?] .))[a-zß-ÿ]{{2,}})"
    r"(?= (?:never |just |also |has |then )?(?:called|rang|phoned|texted|wrote|says|said|told|asked|answered|replied"
    r"|lives|married|apologi[sz]ed|emailed|complained)\b)"
)
"""Whoever does what people alone do, at the start: `Shepherd never answered`."""
_KIND = re.compile(r"(?:er|or|ist|ant|ent|ian|ee|man|men|woman|women|person|staff|team|ody|one|s|ed|ing|ly)$")
"""How words for what people are, and others that begin a sentence, end."""
_NUMBERED = re.compile(r"(?<![\w#])@?(?P<name>[\w.]{2,32}#\d{4})(?!\w)")
"""A user's name with a number: `rin#4410`."""
_IN_NUMBERED = re.compile(r"#\d{4}")
_DOTTED = re.compile(
    r"(?<![\w@#/.])(?P<name>[a-z]{3,16}\.(?P<last>[a-z]{5,16}))"
    r"(?= (?:has|is|was|said|says|posted|sent|dmed|wrote|won|left)\b)"
)
"""A user's name of two words: `hollow.vixxen has proof`."""
_IN_DOTTED = re.compile(r"\.[a-z]{5}")
_CODE = re.compile(r"[={};]|\w\(|::|->")


def people_by_place(text: str) -> Iterator[tuple[int, int]]:
    """Yield where people are named who are told by their place alone."""
    known = index(text)
    for match in known.matches(_LIST, _LIST_FIRST):
        yield from (name.span() for name in _EACH.finditer(text, *match.span("names")))
    tasks = [match.span("name") for match in _TASKS.finditer(text) if match["name"].lower() not in STOP_WORDS]
    if len(tasks) > 1 and any(not is_common(text[slice(*span)]) for span in tasks):
        yield from tasks
    yield from _acting(text)
    yield from _named(known.matches(_PLACE, _PLACE_FIRST))
    written = text.rstrip()
    if _INITIAL.search(written, max(0, len(written) - _LAST_SIGNS)):
        yield from (match.span("name") for match in _LAST.finditer(text))
    if _IN_BRACKETS.search(text):
        yield from _named(_TYPIST.finditer(text))


def _named(matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, int]]:
    return (match.span("name") for match in matches if match["name"].lower() not in STOP_WORDS)


def _acting(text: str) -> Iterator[tuple[int, int]]:
    """Yield words of the language with a capital that do what people do, but no products, days or kinds of people."""
    for match in (*index(text).matches(_ASKED, _ASKED_FIRST), *_DOES.finditer(text)):
        low = match["name"].lower()
        is_kind = match.re is _DOES and (_KIND.search(low) or low in KIN) and not may_be_given(low)
        if not (is_kind or low in STOP_WORDS or low in ALSO or match["name"] in _NOBODY):
            yield match.span("name")


def handles(text: str) -> Iterator[tuple[int, int]]:
    """Yield names of users without `@`: behind or before the word for it, or joined by underscores: `xX_reaper_Xx`."""
    users = index(text).matches(_USER, _USER_FIRST)
    beside = _BESIDE_NAME.finditer(text) if _IN_BESIDE_NAME.search(text) else ()
    numbered = _NUMBERED.finditer(text) if _IN_NUMBERED.search(text) else ()
    for match in (*users, *beside, *numbered):
        if not is_common(match["name"]):
            yield match.span("name")
    for match in _DOTTED.finditer(text) if _IN_DOTTED.search(text) else ():
        if not is_common(match["last"]):
            yield match.span("name")
    if "_" not in text or _CODE.search(text):
        return
    for match in _HANDLE.finditer(text):
        is_decorated = match[0][-2:].isdigit() or (match[0][0] in "xX" and match[0][-1] in "xX")
        if is_decorated or _SPEAKING.search(text, max(0, match.start() - 12), match.start()):
            yield match.span()
