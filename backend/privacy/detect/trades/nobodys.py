"""Words that were taken for a name and are nobody's: listed, spelt as products are, or where no name stands.

What makes a name of them counts more: a title or kin before, another name beside, what people do behind. So does the
model where it is surer than a word of its kind deserves.
"""

import re
from collections.abc import Iterator

from backend.privacy.detect.trades.beside import is_beside_deeds
from backend.privacy.detect.trades.evidence import BED, BEHIND, NEAR, WEAK, is_given_before, is_of_person, is_titled
from backend.privacy.detect.trades.open_words import end_of_product, is_known_name, is_open_word, is_spelt_as_product
from backend.privacy.detect.trades.shapes import lone_capitals
from backend.privacy.detect.trades.taken import may_take
from backend.privacy.detect.vocabulary.lexicon import is_common

BESIDE_NAMES = 0.1
"""Up to which probability of the model a listed word is believed that stands where names stand."""
SPELT = 0.3
"""Up to which one a word is believed for its spelling or its place."""
SHORT = 0.3
"""Up to which one an abbreviation of a few letters is believed."""
HEADED = 0.3
"""Up to which one a word before a noun of a trade is believed: `Leksell frame`."""
LEAST = 4
"""Letters of a word whose place tells something."""
MOST_INITIALS = 3
"""Letters that may be somebody's initials."""
AROUND = 80
"""Characters on each side of an abbreviation in which others are counted."""
_WORD = re.compile(r"(?<![\w@/#.])[^\W\d_]+(?:['’-][^\W\d_]+)*(?![\w@#$%^*=]|[!.-]\w)")
_KIN = re.compile(
    r"\b(?:baby|twins?|boy|girl|mum|mummy|mom|mommy|dad|daddy|gran|granny|nan|nana|grandma|grandpa|grandad|son|wife"
    r"|late|little|big|young|old|called|named|by) [\"“'‘]?$",
    re.IGNORECASE,
)
"""What stands before a name that is a word, and makes nobody's of none."""
_SPEAKS = re.compile(
    r",? (?:said|says|told|tells|asked|asks|rang|rings|phoned|phones|replied|replies|thinks|wants|texted|emailed"
    r"|agrees|agreed|complains|complained|cried|laughed|smiled|rep(?:resentative)?|reps)\b"
)
"""What only people do, and who works for whom: `Vestin rang`, `the Kapitex rep`."""
_ALONE_BEFORE = re.compile(r"(?:^|[\n\"“‘@–—]|- ) ?$")
_ALONE_AFTER = re.compile(r"[\"”:,.]|\s*(?:\n|$)")
"""Where one signs, speaks or is called by another name: `– Selorm, store`, `"Bles"`."""
_ARTICLE = re.compile(
    r"(?<![\w'’.-])(?:[Tt]he|[Aa]n?|[Nn]o|[Ii]ts|[Ee]ach|[Tt]his|[Aa]nother|[Tt]abs?|[Ii]nj|[Ss]yp|[Ss]yr)\.? $"
)
"""What stands before no name of a person alone."""
_OF_PEOPLE = re.compile(
    r"(?:['’]s?)? (?:boys?|girls?|lads?|kids?|child|children|brothers?|sisters?|twins?|family|families|household|couple"
    r"|clan|baby|mother|father|mum|dad|parents|wife|husband|widow|estate|house|home|place|flat|farm|file|case|matter"
    r"|account|complaint|claim|interview|hearing|trial|appeal|wedding|funeral|will|party|lot|woman|man|lady|guy|fella"
    r"|bloke|chap|residence|property|meeting|thing|situation|application|referral|letter|siblings?|cousins?|daughters?"
    r"|sons?|ward|appointment|and|or|who|who['’]s)\b|(?:['’]s?)? [A-ZÀ-Þ]"
)
"""What behind a surname with an article tells of people: `the Kowalski boys`."""
_HEADS = (
    "airway|algorithm|angle|apparatus|assay|band|bandage|bib|blade|block|blocks|bodies|body|boots?|bottle|brace"
    "|cannulae?|catheters?|cells?|checklist|cipher|clamps?|classification|clip|coefficient|collar|concentrators?"
    "|contracture|cream|criteria|curve|cyst|disease|doctrine|drains?|dressings?|drops?|elevator|equation|exception"
    "|exercises|factors?|fallback|fever|filter|firmware|font|forceps|formula|frame|freckle|fundoplication|gel|grade"
    "|grading|grafts?|granules|headset|hemi|hemiarthroplasty|hump|incision|index|infusor|inhaler|inventory|injunction"
    "|kit|knife|lesions?|letters|ligament|lines?|machine|man[oe]+uvres?|maneuvers?|mask|mattress|mesh|mic|model|monitor"
    "|nail|nebs?|needles?|nodes?|nodules?|nomogram|osteotomy|oxygenator|pads?|palsy|panel|patch|patches|pattern|pens?"
    "|phenomenon|pins?|pipeline|plates?|plugin|pods|pouch|powder|principle|probe|procedure|prosthesis|protocol|pump"
    "|questionnaire|rack|ratio|reflex|regression|repair|retractors?|rinse|rods?|rules?|sachets?|scales?|scanner|scissors"
    "|scores?|screws?|shunt|sites?|signs?|spacer|speculum|splint|spots|spray|stage|staging|stain|stent|stockings"
    "|strips|syndrome|system|tablets?|tape|teat|technique|tests?|tetralogy|theorem|token|tourniquet|tri?ads?|triangle"
    "|trolley|tubes?|typeface|unreasonableness|valve|vials?|waves?|wires?|yield"
)
_HEAD_AFTER = re.compile(rf"(?:['’]s?)? (?:[a-z]+ )?(?:{_HEADS})\b")
_SCALE_AFTER = re.compile(r" (?:[a-z]+ )?(?:scores?|scales?|grades?|grading|criteria|classification|staging)\b")
_RESULT_AFTER = re.compile(
    r"(?: (?:score|grade|class|stage|type))?:? (?:\d{1,2}/(?!(?:7|12|52)\b)\d{1,3}|\d\.\d|\d|I{1,3}V?|IV)"
    r"(?![\w/.]*\d|\w)"
    r"(?! (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|days?|weeks?|months?|years?|hours?|yo?\b|y/o))"
    r"|:? (?:neg|negative|positive|pos)\b"
)
"""A score, grade or result: `Gartland 3`, `Epworth 17/24`, `Nikolsky neg`; no date and no time (`Ernits 7/52`)."""
_PLURAL = re.compile(r"[^s']s$")
"""Of many a surname: `the Ramsbottoms`."""
_NAME_AFTER = re.compile(r" (?:([A-ZÀ-Þ][a-zà-ÿ]+)|[A-Z]\b)")
_SIGNED_BEFORE = re.compile(
    r"(?:\b(?:by|from|for|per|via|cc|with|handled|signed|initials?|initialled|says?|said|analyst|clerk|tech|nurse|reg"
    r"|author|owner|reviewer|checked|witness|ask|asked|tell|told|call|called|and|&):?|[;/(\[—–-]|\n|\w[.!?]|^) ?$",
    re.IGNORECASE,
)
_SIGNED_AFTER = re.compile(r"[.)\]]?\s*(?:$|\n)|:? \d\.\d\b|\)|:| (?:said|says|to|will|called|rang|asked|and|&)\b")
"""Where initials stand: at the end of a line, before hours that are billed, before what people do."""


def nobodys_words(text: str, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Yield where words stand that are nobody's, and how far each is believed.

    Args:
        text: that was searched.
        start: of the stretch that is looked at.
        end: of it.

    Yields:
        Start, end, and up to which probability of the model that the word is a name it is none.
    """
    for match in _WORD.finditer(text, start, end):
        word = match[0].removesuffix("'s").removesuffix("’s")
        place, close = match.start(), match.start() + len(word)
        most = _belief(text, place, close, word)
        is_open = is_open_word(word)
        is_sure = is_open and not is_known_name(word)
        if most is not None and not is_somebodys_place(text, place, close, is_listed=is_sure):
            yield place, end_of_product(text, close) if is_open else close, most
    for place, close in lone_capitals(text, start, end):
        if not may_be_initials(text, place, close):
            yield place, close, SHORT if close - place <= MOST_INITIALS else SPELT


def is_somebodys_place(text: str, start: int, end: int, *, is_listed: bool = False) -> bool:
    """Say whether somebody stands at a place whatever the word: behind a title or kin, signing, or as an owner.

    Args:
        text: that it stands in.
        start: of the word.
        end: of it.
        is_listed: whether the word is known as no name, so that it tells nothing to stand alone.
    """
    near = max(0, start - NEAR)
    if (
        is_titled(text, start)
        or _KIN.search(text, near, start)
        or text.endswith(" at ", near, start)
        or _SPEAKS.match(text, end)
    ):
        return True
    is_owner = text[end : end + 2] in ("'s", "’s") and not _HEAD_AFTER.match(text, end)
    return is_owner or (
        not is_listed
        and _ALONE_BEFORE.search(text, near, start) is not None
        and _ALONE_AFTER.match(text, end) is not None
    )


def _belief(text: str, start: int, end: int, word: str) -> float | None:
    """Return up to which probability a word is believed to be nobody's name; None where nothing says so."""
    if is_open_word(word):
        return BESIDE_NAMES if is_of_person(text, start, end, is_wide=False) else WEAK
    if is_spelt_as_product(word):
        if BED.search(text, max(0, start - NEAR), start) or BEHIND.match(text, end) or is_beside_deeds(text, end):
            return None  # `Bed 4 Vestin`
        return 0.0 if is_of_person(text, start, end, is_wide=False) else SPELT
    # `Tampa` is one of a dictionary too; `Novak drain` may be whoever has it
    is_word = (is_common(word) and not is_known_name(word)) or may_take(text, start, end)
    if word.islower() or word.isupper() or len(word) < LEAST or is_word or is_given_before(text, start):
        return None
    heads = _SCALE_AFTER if is_common(word) else _HEAD_AFTER  # `Somali line`
    if heads.match(text, end) and text[start - 3 : start] != "to ":
        return SPELT if is_known_name(word) else HEADED
    return _belief_by_place(text, start, end, word)


def _belief_by_place(text: str, start: int, end: int, word: str) -> float | None:
    """Return up to which probability an unknown word is believed to be nobody's name where it stands."""
    if is_known_name(word) or is_common(word) or is_of_person(text, start, end, is_wide=False):
        return None
    if _ARTICLE.search(text, max(0, start - NEAR), start) and not _OF_PEOPLE.match(text, end):
        return None if _PLURAL.search(word) else SPELT
    return 0.0 if _RESULT_AFTER.match(text, end) else None


def may_be_initials(text: str, start: int, end: int) -> bool:
    """Say whether an abbreviation may be somebody's initials or name: `Billed .8. TJB`, `JB Toussaint`."""
    word = text[start:end]
    if is_known_name(word) or is_titled(text, start) or is_given_before(text, start) or _is_loud(text, start, end):
        return True
    if after := _NAME_AFTER.match(text, end):
        return after[1] is None or not (is_common(after[1]) or is_open_word(after[1]))
    is_short = end - start <= MOST_INITIALS
    return (
        is_short
        and (_SIGNED_BEFORE.search(text, max(0, start - NEAR), start) or _SIGNED_AFTER.match(text, end)) is not None
    )


def _is_loud(text: str, start: int, end: int) -> bool:
    """Say whether capitals are many around a place, so that one more tells nothing."""
    near = text[max(0, start - AROUND) : end + AROUND]
    return sum(map(str.isupper, near)) * 2 > sum(map(str.islower, near))
