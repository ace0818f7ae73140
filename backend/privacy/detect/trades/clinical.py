"""Tells whether a text is of a clinic: in others an unknown word with a capital is a name more often.

It goes by different words that hardly any other text has: of wards and notes, drugs, endings of diseases, doses.
"""

import re

from backend.privacy.detect.trades import clinics
from backend.privacy.detect.vocabulary.index import index, uncased
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.word_lists import word_lists
from backend.system.memory import remembered

FEWEST = 2
"""Different words of clinics that a text of a clinic has."""
OF_WORDS = 50
"""Of so many different words of a longer text one is of clinics."""
LEAST = 4
"""Letters of a drug that tells."""
LONG = 7
"""Letters of a word whose ending tells."""
_LISTS = word_lists(__file__)
DRUGS = frozenset(
    word.lower() for word in clinics.WORDS if word.isalpha() and len(word) >= LEAST and not is_common(word)
)
"""Words of clinics that no dictionary has, in small letters."""
GIVEN = frozenset(
    (*_LISTS["given"], *(word.lower() for word in clinics.WORDS if word.isalpha() and len(word) >= LEAST))
)
"""What somebody gets or has, in small letters, be it a word of a dictionary or not."""
WORDS = frozenset(_LISTS["words"]) | DRUGS
_ENDINGS = tuple(_LISTS["endings"])
_DOSE = re.compile(
    r"(?<!\w)\d[\d.,]* ?(mg|mcg|µg|μg|ml|mls|mmol|mmhg|puffs|tabs?|caps?|mg/kg|mmol/l|g/d?l)(?!\w)"
    r"|(?<!\w)(bp):? \d{2,3}/\d{2,3}(?!\w)"
    r"|(?<![\w/])([chrsy]/o|s/p|o/e|f/u|w/u|x-ray|hba1c|spo2|fio2|t[12]dm|ckd ?\d|[lr]u[ql]|s/c|i/m)(?![\w/])"
)
"""In small letters: without regard to case `re` takes ten times as long."""


@remembered(4)
def is_clinical(text: str) -> bool:
    """Say whether a text is of a clinic: one different word of fifty is, and two at least."""
    known = index(text)
    fewest = max(FEWEST, len(known.words()) // OF_WORDS)
    said = known.said(WORDS)
    if len(said) >= fewest or (fewest > FEWEST and 2 * len(said) < fewest):
        return len(said) >= fewest  # doses and endings are looked for where they decide
    forms = {match[match.lastindex or 0] for match in _DOSE.finditer(uncased(text))}
    forms |= {word for word in known.words() if len(word) >= LONG and word.endswith(_ENDINGS)}
    return len(said | forms) >= fewest
