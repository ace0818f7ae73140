"""Tells by what stands beside a word that it is a drug or device: a dose, who gives it, its like in a list.

Nothing here goes by the word itself, and what people do and are called by speaks against it.
"""

import re

from backend.privacy.detect.trades.clinical import DRUGS
from backend.privacy.detect.trades.evidence import NEAR
from backend.privacy.detect.trades.open_words import is_open_word
from backend.privacy.detect.trades.shapes import has_ending
from backend.privacy.detect.vocabulary.lexicon import is_common, is_deed

FAR = 32
"""Characters before a word in which its neighbour in a list is looked for."""
_USED_BEFORE = re.compile(
    r"(?:\b(?:start(?:ed|s|ing)?|on|off|stop(?:ped|s|ping)?|give[ns]?|gave|giving|add(?:ed|ing)?"
    r"|switch(?:ed|ing)?(?: to)?|via|us(?:e|ed|es|ing)|tr(?:y|ied|ial)(?: of)?|consider|tak(?:e|es|ing)|took"
    r"|continue[ds]?|cont|hold|held|increased?|reduced?|weaned?|apply|applied|inj|tabs?|caps?|syp|nebs?|fitted"
    r"|inserted|ordered|prescribed|alternative|needs?|against|dose)\.? |\d |[+→] ?)$",
    re.IGNORECASE,
)
_USED_AFTER = re.compile(
    r"[,:]? ?\d+(?:[.,/]\d+)* ?(?:mg|mcg|[µμ]g|g|mls?|units?|u|iu|%|puffs?|mm|cm|bd|od|tds|kg|sachets?)\b"
    r"| (?:bd|tds|od|prn|nocte|mane|stat|infusion|spray|cream|gel|patch|pens?|nebs?|tabs?|tablets?|inhaler|dressings?"
    r"|drops|injections?|pump|tubes?|stockings|mask|mattress|wash(?:es)?|caps?|kit|stent|valve|mesh|coils?|suture|plates?"
    r"|screws?|wire|sheath|probe|foam|ointment|shampoo|lotion|syrup|forte|retard|device|monitor|scale|staging|garments?"
    r"|pads?|patches|strips?|sensor|catheter|drain|port|frame|collar|brace|splint|infusor|depot)\b"
)
_OF_SOMEBODY = re.compile(
    r" (?:to|is|was|has|had|aware|today|tonight|tomorrow|yesterday|re|here|from|who|will|seen|reviewed|says"
    r"|and (?:family|wife|husband|partner|team|parents|mum|dad|son|daughter))\b|['’]s|,? \(?\d\d?[yYmMfF,)]"
)
_DEED = re.compile(r" ([a-z]+)")
_LISTED_BEFORE = re.compile(r"([A-Za-zÀ-ÿ][\w-]+)(?:, | ?/ ?| ?\+ ?| and | or | & | vs | then | \()$")
_LISTED_AFTER = re.compile(r"(?:, | ?/ ?| ?\+ ?| and | or | & | vs | then | \()([A-Za-zÀ-ÿ][\w-]+)")


def is_beside_deeds(text: str, end: int) -> bool:
    """Say whether what stands behind a word is what people do and have, and no dose or device."""
    if _OF_SOMEBODY.match(text, end):
        return True
    deed = _DEED.match(text, end)
    return deed is not None and is_deed(deed[1]) and not _USED_AFTER.match(text, end)


def is_beside_terms(text: str, start: int, end: int) -> bool:
    """Say whether a place is a drug's or device's: what stands beside it tells."""
    if _USED_AFTER.match(text, end) or _USED_BEFORE.search(text, max(0, start - NEAR), start):
        return True
    before, after = _LISTED_BEFORE.search(text, max(0, start - FAR), start), _LISTED_AFTER.match(text, end)
    return (before is not None and _is_term(before[1])) or (after is not None and _is_term(after[1]))


def _is_term(word: str) -> bool:
    return word.lower() in DRUGS or (not is_common(word) and (is_open_word(word) or has_ending(word)))
