"""Words of trades, which taggers take for names: drugs, diseases, statutes, products of banks, software, schemes.

They are told by their shape and by what stands beside them, and by lists. Evidence of a person counts more: a title, a
given name or initial beside, a surname before a comma, a verb of people.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backend.privacy.detect.trades import banks, clinics, courts, french, notes, offices, support
from backend.privacy.detect.trades.cyrillic import cyrillic_terms
from backend.privacy.detect.trades.evidence import (
    LIKELY,
    SURE,
    WEAK,
    ends_sentence,
    is_given_before,
    is_of_person,
    is_titled,
)
from backend.privacy.detect.trades.open_words import end_of_product, is_known_name, is_open_word
from backend.privacy.detect.trades.shapes import shapes
from backend.privacy.detect.trades.taken import may_take, taken
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.system.memory import remembered

MODULES = (clinics, courts, banks, support, offices, french)


__all__ = ["ALSO_NAMES", "TERMS", "WEAK", "Term", "is_listed_in_clinics", "terms"]


class Term(NamedTuple):
    """Words of a trade in a text.

    Attributes:
        most: the model's probability of a person up to which they are believed to be none.
        is_phrase: whether they stand in a list and are several, or what is beside them tells that they are nobody's: a
            rule that guesses at names knows less.
    """

    start: int
    end: int
    most: float
    is_phrase: bool = False


def _listed(*lists: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for names in lists for name in names)


TERMS = _listed(*(module.WORDS for module in MODULES), clinics.PHRASES)
"""Nobody's names, in small letters."""
_OF_CLINICS = _listed(clinics.WORDS)
RARE = _listed(clinics.EPONYMS, courts.EPONYMS) - TERMS
"""Surnames that hardly anybody has, but a disease or a test."""
_JOINED = frozenset(name for name in RARE if "-" in name)
"""Two surnames that together are nobody's."""
_GRADES = _listed(clinics.ALSO_NAMES)
ALSO_NAMES = (RARE | _listed(*(module.ALSO_NAMES for module in MODULES))) - TERMS
"""Surnames that diseases, tests, rules and products are called after: terms beside a word of the trade."""
ROLES = _listed(notes.WORDS, notes.ROLES)
"""Who somebody is, and what begins a line of a note."""
_WORD = re.compile(r"(?<![\w@/#])(?:(?:[cdjlmnst]|qu)[’'](?=[^\W\d_]{3}))?([^\W\d_][\w’'-]*)")
"""A word, without what French puts before it: `l'Advil`."""
_FIRST = re.compile(r"[^\W\d_]+")
_ENDS = re.compile(r"(?![\w@]|[-’'](?!s\b)\w|\.\w+@)")
_NOUNS = (
    "abscess|agar|agents?|algorithm|anaemia|angina|ankle|antibody|approach|arteritis|ascites|assay|awards?"
    "|bandage|biopsy"
    "|blades?|blocks?|body|bodies|bougie|brace|breathing|calculation|catheters?|cells?|chart|chorea|circuit"
    "|clamps?|class"
    "|classes|classification|clips?|collar|contracture|criteria|criterion|cyst|cysts|deformity|dementia|dilator"
    "|direction"
    "|directions|disease|doctrine|drainage|drains?|dystrophy|elevator|encephalopathy|enhancement|equation"
    "|estimate|exercises"
    "|facies|fasciitis|fever|fibres?|fingers?|forceps|formula|fractures?|frame|fundoplication|gangrene|grade|grading|grafts?"
    "|granulomatosis"
    "|group|haematoma|hearings?|hemiarthroplasty|hernia|hook|incision|index|inhibitors?|injections?|injunctions?"
    "|instability"
    "|kyphosis|law|laws|lesions?|letter|ligament|line|lines|locus|lymphoma|maneuvers?|manoeuvres?|mask|material"
    "|materials"
    "|maturation|membrane|method|model|motions?|murmur|myotomy|nails?|naevus|needles?|nephropathy|neuroma|nevus|nodes?"
    "|nodules?|nomogram|node|obligation|operation|orders?|osteotomy|palsy|papules?|paresis|phenomenon|pin|plane|plaques?"
    "|plates?|plea"
    "|point|position|positive|potassium|pouch|pressure|principles?|procedure|prosthesis|psychosis|pump|pustules?"
    "|quotient"
    "|ratio|reaction|reflex|repair|resection|respiration|retractors?|rhythm|rings?|rods?|rules?|sarcoma|scale"
    "|schedule|scissors"
    "|scores?|scoring|sequence|shunt|signs?|space|speculum|spine|splint|spots?|stages?|staging|stain|standard"
    "|steal|stent"
    "|stockings?|stops?|stroke|struma|sutures?|swabs?|syndrome|system|technique|tendon|test|tests|tetrad"
    "|tetralogy|thyroiditis"
    "|transfer|triad|triangle|tubes?|tumour|tumou?rs?|ulcers?|valves?|vein|ventilation|view|virus|warnings?"
    "|waves?|wires?|zone"
    "|font|typeface|headings|pipeline|server|cluster|scanners?|printers?|template|database|plugin|decimal"
    "|barriers?|crossing"
    "|brokers?|lag|push|charts?|repairs?|upgrade|topics?|builds?|dashboards?|tokens?|containers?|firmware|toner"
    "|animation"
    "|coins?|coefficient|yield|swaption|option|loan|swap|bands?|coefficients|model|models|variance|curve"
    "|conditions?|terms"
)
_NOUN_AFTER = re.compile(
    rf"(?:['’]s?)? (?:(?:type|risk|knee|hip|grade|stage|pain|disability|prognostic|frailty|depression|anxiety|coma"
    rf"|dementia"
    rf"|quality|rating|like) )?(?:{_NOUNS})\b"
)
_STRONG = (
    "abscess|angina|arteritis|catheters?|chorea|classification|collar|contracture|criteria|dementia|disease"
    "|dystrophy|encephalopathy"
    "|equation|fasciitis|forceps|formula|fractures?|fundoplication|gangrene|hearings?|hemiarthroplasty|hernia"
    "|kyphosis|lymphoma"
    "|maneuvers?|manoeuvres?|myotomy|needles?|neuroma|nodes?|orders?|palsy|phenomenon|procedure|reflex"
    "|retractors?|sarcoma|scales?|scissors"
    "|scores?|scoring|shunt|signs?|speculum|splint|staging|stops?|syndrome|tetralogy|thyroiditis|triad"
    "|tumou?rs?|warnings?|schedule"
    "|doctrine|injunctions?|coefficient|fonts?|typeface|brokers?|toner|barriers?|decimal|scanners?"
)
_STRONG_AFTER = re.compile(rf"(?:['’]s?)? (?:(?:knee|hip|grade|pain|frailty|coma|rating) )?(?:{_STRONG})\b")
_GRADED = re.compile(
    r"(?:(?: score| grade| stage| class| type)? (?:\d(?:[./+]\d{1,3})?(?![\w/.])|I{1,3}V?\b|IV\b)"
    r"| (?:in situ|positive|negative)\b)"
)
_GRADE = re.compile(r" (?:I{1,3}V?|IV|VI?|[A-D])(?![\w'’.-]| [A-ZÀ-Þ][a-zà-ÿ])")
_ILL_BEFORE = re.compile(
    r"(?:\d ?(?:Fr|Ch)|\b(?:suspected|probable|PMHx?:?|Dx|[Hh]istory of|score de|score d['’]|échelle de|[Mm]aladie de"
    r"|[Ss]yndrome de|[Ss]igne de|classification de|phénomène de|thyroïdite de|sonde de)) ?$"
)
OWN = frozenset(
    "addison alzheimer barrett crohn cushing dupuytren graves hartmann hashimoto hodgkin huntington ménière paget"
    " parkinson raynaud sjögren whipple".split()
)
"""Diseases and operations that are called by a surname's genitive alone."""
_PLACES = (
    "amsterdam|atlanta|barcelona|bethesda|boston|bristol|brussels|canadian|cincinnati|columbia|copenhagen|denver"
    "|dublin|edinburgh"
    "|geneva|glasgow|hague|helsinki|kiel|lausanne|leeds|lisbon|liverpool|london|los angeles|lugano|manchester"
    "|mayo|milan|minnesota"
    "|montreal|nottingham|ottawa|oxford|paris|philadelphia|portsmouth|rome|rotterdam|san francisco|seattle"
    "|stockholm|sydney"
    "|texas|tokyo|toronto|utrecht|vancouver|vienna|warsaw|york"
)
_OF_PLACE = re.compile(
    rf"(?<!\w)(?:{_PLACES})(?:[ -](?:{_PLACES}|[a-z]+))?[ -](?:(?:coma|hip|knee|shoulder|trauma|stroke|wound"
    rf"|frailty|pain|bowel|depression"
    r"|postnatal|ankle|heart|sleep|handedness|suicide|severity|cognitive|early|clinical) ){0,2}(?:scores?|scales?"
    r"|grades?|criteria"
    r"|classification|protocol|rules?|convention|regulation|index|staging|scheme|assay|triage|questionnaire"
    r"|inventory|test|tool)\b"
)
"""Scales and rules that are called after a town, in small letters."""
_MORE_AFTER = re.compile(
    r"(?:['’]s?)?(?: (?:score|type|class|grade|stage|index|scale))?(?::| =)? ?(?:\d+(?:[./+-]\d+)*[a-d]?(?!\w"
    r"| years| y/?o)|I{1,3}V?\b"
    r"|IV\b|neg\b|pos\b|negative\b|positive\b|négatif|positif|in situ\b|unhelpful\b"
    r"|equivocal\b|removed\b|inserted\b)"
)
_OWN = re.compile(r"['’]s?(?=[.,;:)/]|$|\s*\n| (?:and|or|with|since|on|in|but|is|was|x\d|diagnosed|well)\b)")
_SPAN = 40
"""Characters beside a word that may tell what it is."""


def _by_first(names: Iterable[str]) -> dict[str, list[str]]:
    by_first: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        if first := _FIRST.match(name):
            by_first.setdefault(first[0], []).append(name)
    return by_first


_BY_FIRST = _by_first(TERMS | ALSO_NAMES | ROLES)


def terms(text: str) -> Iterator[Term]:
    """Yield the words of trades in a text, in no order; they may overlap."""
    lowered = text.lower()
    if len(lowered) == len(text):
        yield from _listed_terms(text, lowered)
        yield from (Term(*match.span(), SURE, True) for match in _OF_PLACE.finditer(lowered))
    for start, end, most in (*shapes(text), *taken(text)):
        if not is_of_person(text, start, end):
            yield Term(start, end, most)
    yield from (Term(start, end, SURE) for start, end in cyrillic_terms(text))


@remembered(20_000)
def is_listed_in_clinics(word: str) -> bool:
    """Say whether a word is listed as a clinic's and nobody has it as a name: who announces it guesses."""
    return (word.lower() in _OF_CLINICS or is_open_word(word)) and not is_known_name(word)


def _listed_terms(text: str, lowered: str) -> Iterator[Term]:
    done = 0
    for word in _WORD.finditer(lowered):
        start = word.start(1)
        first = word[1] if word[1].isalpha() else _FIRST.findall(word[1])[0]
        for name in _BY_FIRST.get(first, ()) if start >= done else ():
            end = start + len(name)
            if lowered.startswith(name, start) and _ENDS.match(text, end):
                most = _belief(text, start, end, name)
                if most:
                    done = end
                    yield _term(text, start, end, name, most)
                break


def _term(text: str, start: int, end: int, name: str, most: float) -> Term:
    """Return a listed word, with the grade that belongs to what is called after somebody: `Child-Pugh B`."""
    if name in _OF_CLINICS:
        return Term(start, end_of_product(text, end), most, " " in name or is_listed_in_clinics(name))
    if name not in RARE:
        return Term(start, end, most, " " in name and name in TERMS)
    grade = _GRADE.match(text, end)
    return Term(start, grade.end() if grade else end, most, most == SURE or not name.isalpha())


def _belief(text: str, start: int, end: int, name: str) -> float:
    """Return up to which probability of a person a listed word is none; 0 if never."""
    if name in ROLES:
        return 0.0 if is_given_before(text, start) or is_titled(text, start) else SURE
    if name in _OF_CLINICS and ends_sentence(text, start) and is_listed_in_clinics(name):
        return SURE  # `PEPline called. Compazine sent`
    is_wide = name in _JOINED or (name in TERMS and (" " in name or name in _OF_CLINICS or not is_common(name)))
    if is_of_person(text, start, end, is_wide=is_wide) or (
        text[start].islower() and name in ALSO_NAMES and is_common(name)
    ):
        return 0.0
    return SURE if name in TERMS else _belief_of_surname(text, start, end, name)


def _belief_of_surname(text: str, start: int, end: int, name: str) -> float:
    """Return up to which probability of a person a surname that nothing makes one of is a term here."""
    if name in RARE:
        is_beside = _NOUN_AFTER.match(text, end) or _MORE_AFTER.match(text, end) or _OWN.match(text, end)
        return SURE if is_beside else LIKELY
    if (name in OWN and _OWN.match(text, end)) or _STRONG_AFTER.match(text, end):
        return SURE
    if may_take(text, start, end):
        return 0.0
    is_ill = _ILL_BEFORE.search(text, max(0, start - _SPAN), start) is not None
    return SURE if name in _GRADES and _GRADED.match(text, end) else LIKELY if is_ill else 0.0
