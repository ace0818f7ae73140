"""Organisations that a word in or beside their names announces: `Asc Partners`, `works for Mint`, `the Here office`."""

import re
from collections.abc import Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.vocabulary.index import firsts, index
from backend.privacy.detect.vocabulary.lexicon import is_common

_SUFFIXES = (
    "Inc|Ltd|LLC|LLP|PLC|Plc|Corp|Corporation|Company|Co|Group|Holding|Holdings|Partners|Technologies|Technology|Systems"
    "|Solutions|Services|Associates|Industries|Enterprises|Consulting|Insurance|Pharmaceuticals|Pharma|Laboratories|Labs"
    "|Software|Motors|Airlines|Airways|Foundation|Institute|Association|Hospital|Clinic|University|College"
    "|Bank|Capital|Ventures|Media|Logistics|Movers|Factoring|Robotics|Networks|Financial|Trust"
    "|GmbH|AG|KG|SE|BV|NV|Oy|AB|AS|ASA|SpA|SARL|Kft|Pty|Limited"
)
_SHORT = frozenset("AB AG AS ASA BV KG NV SE".split())
"""Of these, words of medicine too: aspirin, a stenosis, side effects."""
_NO_FIRM = frozenset(",;:.%0123456789")
"""What such a word stands behind in a list of drugs, and behind no firm's name."""
_WORD = r"[A-Z0-9ÀÁÂÄÅÆÇÈÉÖØÜŠŽ][\w&'’.-]*"
_CAPITAL = r"[A-ZÀÁÂÄÅÆÇÈÉÖØÜŠŽ][\w&'’-]*"
_NAME = rf"{_CAPITAL}(?:(?: (?:and|&|of) | |, (?=[^\n]{{0,30}} and )){_CAPITAL}){{0,4}}"
_SUFFIXED = re.compile(rf"(?<= )(?:{_SUFFIXES})\b\.?(?![\w@]|-(?!op)\w)")
_SUFFIXED_FIRST = firsts(_SUFFIXES.replace("|", " "))
_BEFORE_SUFFIX = re.compile(rf"(?<![\w@.])(?:{_WORD}(?:,? (?:and|&|of) | |, |,)){{1,5}}$")
_FORM = re.compile(
    r" (?:s\. ?r\. ?o\.|v\.o\.s\.|k\.s\.|a\.s\.|d\.o\.o\.|d\.d\.|[Ss]\.[Rr]\.[Ll]\.|S\.A\.(?:R\.L\.|S\.| de C\.V\.)?"
    r"|S\.p\.A\.|[Ss]\.n\.c\.|S\.L\.(?:N\.E\.?|U\.)?|A/S|ApS|I/S|[Ss]p\. ?(?:z ?o\. ?o\.(?: ?[Ss]p\. ?k\.)?|[jkp]\.)"
    r"|s\.c\.|Công ty (?:TNHH|Cổ phần|Hợp danh)|Doanh nghiệp tư nhân"
    r"|Zrt\.?|Kft\.?|Kkt\.|Kht\.|Nyrt\.?|Bt\.|Oyj|ry|Tbk|OÜ|UAB|e\. ?V\.|mbH|OHG|GbR|Ltda\.?|Lda\.?"
    r"|A\.Ş\.|Ltd\. Şti\."
    r"|(?:and|&|et|og|och|e|y|und|i|és|en) (?:Sons|Daughters|Brothers|Partners|Associates|Co\b\.?|Fils|Frères|Sønner"
    r"|Söner|[Ff]igli|[Hh]ijos|Söhne|syn|synowie|társa|Zonen)(?: (?:Kft|Zrt|Kkt|Kht|Bt|s\.c|Ltd|LLC|Inc)\b\.?)?)(?!\w)"
)
"""What tells a firm in many countries, behind its name: `Novák s.r.o.`, `Hill and Sons`."""
_BEFORE_FORM = re.compile(
    r"(?<![\w@.])(?:[^\W\d_a-zß-öø-ÿ][\w&'’-]*(?:, | (?:(?:and|&|et|og|och|e|y|und|i|és|en|de|del) )?)){0,4}"
    r"[^\W\d_a-zß-öø-ÿ][\w&'’-]*,?$"
)
_LINK = re.compile(r" (?:for|at|from|with|by|of|in|became|renamed|called|formerly|as)(?: to)? (?:the )?(?=[A-Z0-9])")
_ANNOUNCING = re.compile(
    r"(?<!\w)(?:(?:work(?:s|ed|ing)?|job|internship|intern|interview(?:s|ed|ing)?) (?:for|at|with)"
    r"|(?:employed|hired|fired|acquired|bought|owned|founded|sponsored|insured) by|employees? (?:of|at)"
    r"|(?:CEO|CFO|CTO|COO|founder|owner|chairman|director|manager|president|VP|head|partner|assistant|consultant"
    r"|accountant|lawyer) (?:of|at|for)|(?:years?|months|career|summer|position|colleagues?|team) (?:at|with)"
    r"|later (?:became|renamed)|renamed(?: to)?|formerly(?: known as)?|now called|customers? of|clients? of"
    r"|shares? (?:of|in)|starting at|contract with|accounts? (?:at|with)"
    r"|(?:bought|buy|ordered|order)(?: it| this| them)? from"
    r"|(?:invoices?|bill|offer|quote) from|(?:supplied|manufactured|made|sued) by) (?:the )?$"
)
_NAMED = re.compile(_NAME)
_PREDICATE = re.compile(
    r" (?:(?:is|was|are|were|has been) (?:an?|the|our|one of) (?:[\w-]+ ){0,3}?(?:agency|company|startup|start-up|firm"
    r"|business|brainchild|corporation|manufacturer|provider|supplier|retailer|bank|organi[sz]ation|subsidiary|publisher"
    r"|charity|brand|chain|vendor|store|bookshop|restaurant|employer|insurer)\b|(?:employs|hires|acquired|announced"
    r"|sells|ships|sponsors|filed for|sued) )"
)
_NAME_BEFORE = re.compile(rf"(?<![\w@.])(?P<name>{_NAME})$")
_OF_THE = re.compile(
    rf"\b[Tt]he (?P<name>{_NAME}) (?:office|offices|headquarters|HQ|branch|website|store|shop|app|hotline|helpdesk"
    r"|[Oo]rchestra|board|CEO|representative|employees?|customers?|warehouse|factory|plant|payroll)\b"
)
_OF_THE_SMALL = re.compile(r"\bthe (?P<name>[a-z]{4,}) (?:branch|depot|store)\b")
"""In small letters, where a word that no dictionary has is a place's or a firm's: `the vauxhall branch`."""
_OF_THE_FIRST = firsts("the")
_NO_NAMES = STOP_WORDS | frozenset(
    "dear hello hi please thanks thank regards monday tuesday wednesday thursday friday saturday sunday head main home"
    " post human resources emergency customer patient local national new old other front back regional federal general"
    " department ward unit doctor chief central city county state company bank hospital clinic university college group"
    " mr mrs ms dr miss prof sir".split()
)


def organizations(text: str) -> Iterator[tuple[int, int]]:
    """Yield the organisations of an English text that are announced by a word in or beside their name."""
    for suffix in index(text).matches(_SUFFIXED, _SUFFIXED_FIRST):
        if suffix[0] in _SHORT and text[suffix.start() - 2] in _NO_FIRM:
            continue  # `Lipitor 40, ASA 81`
        before = _BEFORE_SUFFIX.search(text, max(0, suffix.start() - 60), suffix.start())
        if before and (start := _start(text, before.start(), suffix.start())) < suffix.start():
            yield start, suffix.end() - (suffix[0].endswith(".") and len(suffix[0]) > 5)
    for form in _FORM.finditer(text):
        if before := _BEFORE_FORM.search(text, max(0, form.start() - 60), form.start()):
            start = _start(text, before.start(), form.start())
            yield (start if start < form.start() else before.start()), form.end()
    for found in _named(text):
        start = _start(text, *found)
        if start < found[1] and not text.startswith(" of ", found[1]):
            yield start, found[1]


def _named(text: str) -> Iterator[tuple[int, int]]:
    """Yield capitalized words that stand where an organisation does."""
    for link in _LINK.finditer(text):
        if _ANNOUNCING.search(text, max(0, link.start() - 24), link.end()) and (name := _NAMED.match(text, link.end())):
            yield name.span()
    for predicate in _PREDICATE.finditer(text):
        if before := _NAME_BEFORE.search(text, max(0, predicate.start() - 60), predicate.start()):
            yield before.span("name")
    for match in index(text).matches(_OF_THE, _OF_THE_FIRST):
        yield match.span("name")
    for match in index(text).matches(_OF_THE_SMALL, _OF_THE_FIRST):
        if not is_common(match["name"]):
            yield match.span("name")


def _start(text: str, start: int, end: int) -> int:
    """Return where a name begins behind words that are no part of it: `The`, `Dear`."""
    while start < end:
        word = re.compile(r"[^\s,]+[\s,]*").match(text, start, end)
        if word is None or word[0].strip(" ,.").lower() not in _NO_NAMES:
            return start
        start = word.end()
    return end
