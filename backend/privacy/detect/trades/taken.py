"""Words before a dose, a form or a result: drugs and what is measured, or whoever gets it.

A dose tells nothing of a word that may be a surname: `Kowalczyk 2 units` stands as `Apidra 2 units` does. A word is a
drug there that is known or ends as one, is spelt as drugs are, or is a word of the language.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.trades import scored
from backend.privacy.detect.trades.clinical import GIVEN, is_clinical
from backend.privacy.detect.trades.clinics import ALSO_NAMES, EPONYMS
from backend.privacy.detect.trades.evidence import NEAR, WEAK
from backend.privacy.detect.trades.open_words import is_known_name, is_open_word
from backend.privacy.detect.trades.shapes import has_ending
from backend.privacy.detect.trades.spelling import least_likeness
from backend.privacy.detect.vocabulary.french import is_common_french
from backend.privacy.detect.vocabulary.given import is_given, is_small_word_surname, is_surname, is_word_surname
from backend.privacy.detect.vocabulary.lexicon import NAMES, is_common
from backend.privacy.names.gazetteer import PLACES
from backend.system.memory import remembered

_DOSED = re.compile(
    r"(?<![\w@./-])(?P<word>[A-Za-zÀ-ÿ][\w-]{3,40})(?: (?:XR|XL|SR|MR|LA|CR|ER|retard|forte))? \d[\d.,/]{0,6} ?"
    r"(?:mgs?|mcg|micrograms?|µg|μg|g|mls?|units?|iu|IU|u|mmol|cc|drops?|puffs?|tabs?|caps?|cp|gouttes|mg/kg)(?![\w])",
)
_TAKEN = re.compile(
    r"(?<![\w@./-])(?P<word>[A-Za-zÀ-ÿ][\w-]{4,40})(?: [\d.,/]+ ?[a-zµ%]{0,4})? (?:OD|BD|BID|TDS|TID|QDS|QID|QHS"
    r"|PRN|prn|nocte|mane|stat|STAT|po|"
    r"PO|IV|IM|SC|s/c|i/m|subcut|topically|bd|tds|qds|od|bid|tid|qid|inhaler|tablets?|injections?|depot|patch"
    r"|patches|cream|ointment|eye drops"
    r"|infusion|syrup|suppositor\w+)(?!\w)"
)
_LAB = re.compile(
    r"(?<![\w@./-])(?P<word>[A-ZÀ-Þ][\w-]{1,20})[: ]{1,2}[<>≤≥]?\d[\d.,]{0,7} ?(?:%|mmol|µmol|μmol|g/d?l|mg/d?l"
    r"|U/l|iu|IU|ng|pg|fl|x10|/L|mmHg|bpm|kPa)"
)
_DOSE_AFTER = re.compile(
    r"[,:]? ?\d+(?:[.,/]\d+)* ?(?:mgs?|mcg|[µμ]g|g|grams?|mls?|[lL]|kg|lit(?:re|er)s?|units?|u|iu|puffs?|drops?|tabs?"
    r"|tablets?|caps?|sachets?|sprays?|vials?|amps?|cp|gouttes|bouff[ée]es|culots?|unités?|UI)(?![\w/])"
)
_SERVED_AFTER = re.compile(
    r",? (?:\d[\d./½]{0,3}|one|two|half(?: an?)?|an?) (?:bottles?|cartons?|scoops?|pots?|bags?|cups?|spoon(?:ful)?s?"
    r"|sachets?|nebs?|tabs?|glass(?:es)?|beakers?|pints?)(?![\w/])"
)
"""How much somebody gets of a feed or drink; elsewhere than in clinics of wine, too."""
_PRODUCT_BEFORE = re.compile(r"(?<![\w'’-])([A-ZÀ-Þ][\w-]{3,}) $")
_DRUG_DOSED = re.compile(
    r"[,:]? ?\d+(?:[.,]\d+)? ?(?:mgs?|mcg|[µμ]g|g|mls?|units?|iu|puffs?|tabs?) (?:of )?([A-Za-zé]{5,20})(?![\w'’-])"
)
"""A dose and what it is of: `5 mg morphine`."""
_DRUG_HEADS = re.compile(r"(?<![\w'’-])([A-Za-zé]{5,20}): (?:[^\W\d_][\w'’-]{1,30} \d[^,;.\n]{0,24}[,;] ){0,4}$")
"""A drug of which each gets a dose: `warfarin: carter 3 mg, `."""
_NEXT_DOSED = re.compile(r"[^,;.\n]{0,40}(?:, | and |; )[^\W\d_][\w'’-]{1,30}(?= \d)")
_LAST_DOSED = re.compile(r"[^\W\d_][\w'’-]{1,30}(?P<dose> \d[^,;.\n]{0,40})(?:, | and |; )$")
_FORM_AFTER = re.compile(
    r",? (?:nebs?|infusions?|eye ?drops|ear ?drops|drops|cream|gel|ointment|lotion|patch(?:es)?|tabs?|tablets?|caps?"
    r"|inhalers?|injections?|syrup|suppositor(?:y|ies)|enemas?|depot|spray|jabs?|meds?|bd|tds|qds|od|prn|nocte|mane|stat|collyre"
    r"|perfusion|aérosol|pommade|comprimés?|sirop|gouttes)(?![\w/])"
)
_DEVICE_AFTER = re.compile(
    r",? (?:(?:urinary|chest|wound|NG|PEG|feeding|pressure|air|ET|syringe|central|arterial|CPAP|oxygen|face) )?"
    r"(?:catheter|drains?|tubes?|frame|splint|collar|brace|sling|cast|mask|pump|mattress|stockings|nail|plates?|screws?"
    r"|cannula|line|stoma|bandages?|dressings?|stent|graft|valve|port|pads?|hoist|crutches|walker|wheelchair|CPAP|BiPAP|NIV|PEG|NG|sonde"
    r"|pansement|redon)(?![\w/])"
)
_DONE_AFTER = re.compile(
    r",? (?:(?:post|pre)[ -]?op(?:erative)?(?:ly)?|[a-z]{3,12}(?:ectomy|otomy|ostomy|plasty|scopy)|hernia"
    r"|lap(?:aroscopic)?|biopsy|cycle|puree|NBM|room air|omit(?:ted)?|due|refus\w+|afebrile|stable"
    r"|[a-z]{4,12}(?:ated|ised|ized)|bloods|scan|x-?ray|OGD|CT|MRI|ECG|obs|sutures|staples|swabs?)(?![\w/])"
)
_RESULT_AFTER = re.compile(
    r":? (?:\d{1,2}/\d{1,3}(?![\w/]|[.,]?\d)|\d\d\.\d(?!\d|[\w/])|(?:pos|neg)(?:itive|ative)?\b"
    r"|(?:grade|stage|class)d?\b|(?:Hb|Na|K|INR|CRP|WCC|BM|BP|HR|RR|GCS|NEWS|sats?|temp)\b)"
)
_DRUG_AFTER = re.compile(r" (?:(?:had|has|given|took|needs|on) )?([A-Za-zé]{5,20})(?![\w'’-])")
_NOT_BEFORE_DRUGS = frozenset("cont continue meds presc regular stat".split())
"""What stands before a drug and is nobody: `Stat morphine`."""
_SMALL_DOSE_AFTER = re.compile(r"[,:]? ?\d+(?:[.,]\d+)? ?(?:mgs?|mcg|[µμ]g|iu|puffs?)(?![\w/])")
"""A dose that no other trade has."""
_SENTENCE = re.compile(r"[.!?]\s|\n")
_STATE_AFTER = re.compile(r" (?:on|off)\b|:(?= )")
_GIVEN = (_DOSE_AFTER, _FORM_AFTER)
_HAD = (_DEVICE_AFTER, _DONE_AFTER)
_BEFORE = re.compile(
    r"\b(?:[Gg]ave|[Gg]iven?|[Ss]tarted|[Ss]topped|[Ss]witched(?: to)?|[Cc]ontinued?|[Cc]ont|[Hh]old|[Nn]eeds?"
    r"|[Aa]dd(?:ed)?|[Tt]ook|[Ff]itted|[Gg]iving|[Oo]ff|[Uu]se) $"
)
_EPONYMS = frozenset(re.split("[ '’]", name.lower())[0] for name in (*EPONYMS, *ALSO_NAMES))
"""By the first word: `finkelstein` of `Finkelstein test`."""
_LISTED_BEFORE = re.compile(r"(?<![\w'’-])([A-ZÀ-Þ][\w'’-]+)(?:, | ?/ ?| and | & )$")
_LISTED_AFTER = re.compile(r"(?:, | ?/ ?| and | & )([A-ZÀ-Þ][\w'’-]+)")
_CAPITALIZED = re.compile(r"(?<![\w@#./’'-])[A-ZÀ-Þ][a-zß-ÿ]+(?:['’-][A-ZÀ-Þ][a-zß-ÿ]+)*(?![\w@])")
_FAR = 80
"""Characters before a word in which others of its list are looked for."""
_MEASURED = 3
"""Letters of a word that may be what is measured."""
_ALIKE = 0.5
"""Log-odds from which on an unknown word is spelt as products are: one unlisted surname of seventy is."""


def may_take(text: str, start: int, end: int) -> bool:
    """Say whether a word may be whoever gets a drug or has a device, though it stands as the drug or device does.

    Behind it stands a dose, a form, a device, what is done or a result; in a text of a clinic, who gives or has it.
    """
    word = text[start:end]
    if is_small_word_surname(word) or is_word_surname(word):
        return _is_meant(text, start, end) if word.islower() else _may_be_called(text, start, end)
    if not may_be_taker(word) or word.endswith(("'s", "’s")):
        return False  # `Hartmann's 1 L`
    is_given_any = any(pattern.match(text, end) for pattern in _GIVEN)
    if is_given_any or _is_scored(text, start, end) or _is_served(text, start, end):
        return True
    is_eponym = word.lower() in _EPONYMS
    is_name = is_surname(word) or is_given(word)
    if is_common(word) or ((is_eponym or word.lower() in PLACES) and not is_name):
        return False  # `Epworth 17/24`, `Oxford hoist`
    if (
        any(pattern.match(text, end) for pattern in _HAD)
        or _is_before_drug(text, start, end)
        or scored.is_in_bed(text, start)
        or scored.does_something(text, end)
        or (is_name and not is_eponym and scored.is_left(text, end))
        or (not is_eponym and _RESULT_AFTER.match(text, end))
    ):
        return True  # but `Finkelstein positive`
    is_told = _BEFORE.search(text, max(0, start - NEAR), start) or (
        not word.islower() and (_STATE_AFTER.match(text, end) or _is_among_takers(text, start, end))
    )
    return bool(is_told) and is_clinical(text)


def in_company(text: str, words: Mapping[int, int], takers: Sequence[int]) -> set[int]:
    """Return the words that may be surnames, of sentences with others who may take something: `Novak 5 mg, Szabo none`.

    Args:
        text: that they stand in.
        words: the end of each, by its start.
        takers: where those others start.
    """
    if not (words and takers):
        return set()
    ends = [match.start() for match in _SENTENCE.finditer(text)]
    sentences = {bisect_right(ends, place) for place in takers}
    return {
        start
        for start, end in words.items()
        if bisect_right(ends, start) in sentences and _may_be_one_of_them(text[start:end])
    }


def _may_be_one_of_them(word: str) -> bool:
    is_name = is_surname(word) or is_given(word) if word.islower() else not is_common(word)
    return is_name and may_be_taker(word)


def _may_be_called(text: str, start: int, end: int) -> bool:
    """Say whether a word that is a surname too is meant as one: it has what patients have."""
    if (
        _SMALL_DOSE_AFTER.match(text, end)
        or _is_before_drug(text, start, end)
        or scored.is_patient(text, end)
        or _is_scored(text, start, end)
        or _is_served(text, start, end)
    ):
        return True
    is_told = (
        _DOSE_AFTER.match(text, end)
        or scored.does_something(text, end)
        or scored.is_left(text, end)
        or scored.is_in_bed(text, start)
    )
    return bool(is_told) and is_clinical(text)


def _is_meant(text: str, start: int, end: int) -> bool:
    """Say whether a surname that is a word, in small letters, is whoever has what alone patients have.

    That is a score where a scale is named, or a dose with its drug, behind it or with a neighbour in a list.
    """
    if not scored.may_be_meant(text[start:end]):
        return False
    if scored.SCORE_AFTER.match(text, end):
        return scored.scale_before(text, start)
    if not _DOSE_AFTER.match(text, end):
        return False
    head = _DRUG_HEADS.search(text, max(0, start - _FAR), start)
    if _is_dose_of_drug(text, end) or (head and head[1].lower() in GIVEN):
        return True
    after, before = _NEXT_DOSED.match(text, end), _LAST_DOSED.search(text, max(0, start - _FAR), start)
    return bool(after and _is_dose_of_drug(text, after.end())) or bool(
        before and _is_dose_of_drug(text, before.start("dose"))
    )


def _is_served(text: str, start: int, end: int) -> bool:
    """Say whether how much somebody gets of a feed stands behind a place: `Fortisip Reed 1 bottle`."""
    if not _SERVED_AFTER.match(text, end):
        return False
    before = _PRODUCT_BEFORE.search(text, max(0, start - NEAR), start)
    is_of_product = before is not None and (before[1].lower() in GIVEN or is_open_word(before[1]))
    return is_of_product or is_clinical(text)


def _is_dose_of_drug(text: str, end: int) -> bool:
    drug = _DRUG_DOSED.match(text, end)
    return drug is not None and drug[1].lower() in GIVEN


def _is_scored(text: str, start: int, end: int) -> bool:
    """Say whether a word may be whoever has a score, and no scale: `Scores: Novak 3, Szabo 5`."""
    word = text[start:end]
    if not scored.SCORE_AFTER.match(text, end) or scored.may_be_counted(word):
        return False
    is_name = is_surname(word) or is_given(word)
    if is_common(word) and not is_word_surname(word):
        return False
    if word.lower() in _EPONYMS and not (is_name or is_word_surname(word)):
        return False
    if scored.scale_before(text, start):
        return True
    beside = [other for other in scored.neighbours(text, start, end) if may_be_taker(other)]
    names = sum(map(_is_listed, beside)) + is_name
    is_list = beside and names and (is_name or not word.islower())
    return bool(is_list) and not any(w.lower() in _EPONYMS for w in (word, *beside)) and is_clinical(text)


def _is_listed(word: str) -> bool:
    return is_surname(word) or is_given(word)


def _is_before_drug(text: str, start: int, end: int) -> bool:
    """Say whether a drug stands behind a place: `Novak paracetamol`."""
    drug = _DRUG_AFTER.match(text, end)
    return drug is not None and drug[1].lower() in GIVEN and text[start:end].lower() not in _NOT_BEFORE_DRUGS


def takers(text: str) -> Iterator[tuple[int, int]]:
    """Yield words with a capital that may be whoever gets what stands behind, for texts that nobody judges."""
    for match in _CAPITALIZED.finditer(text):
        if may_take(text, *match.span()) and (is_surname(match[0]) or not is_common_french(match[0])):
            yield match.span()


def _is_among_takers(text: str, start: int, end: int) -> bool:
    """Say whether a neighbour in a list may be a surname, too: `Bloods: Novak, Szabo`."""
    beside = (_LISTED_BEFORE.search(text, max(0, start - NEAR), start), _LISTED_AFTER.match(text, end))
    return any(item and may_be_taker(item[1]) and not is_common(item[1]) for item in beside)


def taken(text: str) -> Iterator[tuple[int, int, float]]:
    """Yield start and end of what has a dose or a result behind it, and how far it is believed to be nobody's."""
    for pattern in (_DOSED, _TAKEN, _LAB):
        for match in pattern.finditer(text):
            word = match["word"]
            if not (word.lower() in MAY_BE_NAMES or word.lower() in NAMES or may_be_taker(word)):
                yield *match.span("word"), WEAK


@remembered(20_000)
def may_be_taker(word: str) -> bool:
    """Say whether a word may be the surname of whoever gets what stands behind, as far as the word itself tells."""
    bare = word.removesuffix("'s").removesuffix("’s")
    if is_word_surname(bare):
        return True
    if len(bare) <= _MEASURED or any(map(str.isdigit, bare)) or is_open_word(bare) or has_ending(bare):
        return False
    if bare.isupper():
        return is_surname(bare) or is_given(bare)
    return is_known_name(bare) or not (is_common(bare) or least_likeness(bare) >= _ALIKE)
