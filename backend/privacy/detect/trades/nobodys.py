"""Words that were taken for a name and are nobody's: listed, spelt as products are, or where no name stands.

What makes a name of them counts more: a title or kin before, another name beside, what people do behind. So does the
model where it is surer than a word of its kind deserves.
"""

import re
from collections.abc import Iterator

from backend.privacy.detect.trades.evidence import LIKELY, NEAR, is_given_before, is_of_person, is_titled
from backend.privacy.detect.trades.open_words import is_known_name, is_open_word, is_spelt_as_product
from backend.privacy.detect.vocabulary.lexicon import is_common

BESIDE_NAMES = 0.1
"""Up to which probability of the model a listed word is believed that stands where names stand."""
SPELT = 0.3
"""Up to which one a word is believed for its spelling or its place."""
HEADED = 0.6
"""Up to which one a word before a noun of a trade is believed: `Leksell frame`."""
_WORD = re.compile(r"(?<![\w@/#.])[^\W\d_]+(?:['’-][^\W\d_]+)*(?![\w@#$%^*=]|[!.-]\w)")
_KIN = re.compile(
    r"\b(?:baby|twins?|boy|girl|mum|mummy|mom|mommy|dad|daddy|gran|granny|nan|nana|grandma|grandpa|grandad|son|wife"
    r"|late|little|big|young|old|called|named|by) [\"“'‘]?$",
    re.IGNORECASE,
)
"""What stands before a name that is a word, and makes nobody's of none."""
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
    "airway|algorithm|angle|apparatus|assay|band|bandage|bed|bib|blade|block|blocks|bodies|body|boots?|bottle|brace"
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
_RESULT_AFTER = re.compile(
    r"(?: (?:score|grade|class|stage|type))?:? (?:\d{1,2}/\d{1,3}|\d\.\d|\d|I{1,3}V?|IV)(?![\w/.]*\d|\w)|:? (?:neg|negative|positive|pos)\b"
)
"""A score, grade or result: `Gartland 3`, `Epworth 17/24`, `Nikolsky neg`."""
_PLURAL_S = re.compile(r"[^s']s$")


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
        if most is not None and not is_titled(text, place) and not _KIN.search(text, max(0, place - NEAR), place):
            yield place, close, most


def _belief(text: str, start: int, end: int, word: str) -> float | None:
    """Return up to which probability a word is believed to be nobody's name; None where nothing says so."""
    if is_open_word(word):
        return BESIDE_NAMES if is_of_person(text, start, end, is_wide=False) else LIKELY
    if is_spelt_as_product(word):
        return 0.0 if is_of_person(text, start, end, is_wide=False) else SPELT
    if word.islower() or word.isupper() or len(word) < 4 or is_common(word) or is_given_before(text, start):
        return None
    if _HEAD_AFTER.match(text, end) and text[start - 3 : start] != "to ":
        return SPELT if is_known_name(word) else HEADED
    if is_known_name(word) or is_of_person(text, start, end, is_wide=False):
        return None
    if _ARTICLE.search(text, max(0, start - NEAR), start) and not _OF_PEOPLE.match(text, end):
        return None if _PLURAL_S.search(word) else SPELT
    return 0.0 if _RESULT_AFTER.match(text, end) else None
