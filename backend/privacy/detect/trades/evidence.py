"""What makes a name of a word that a trade has too: `Mr Parkinson`, `Crohn, Ilse`, `Foley rang`, `Hodgkin bed 4`."""

import re

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.lexicon import is_common

SURE, LIKELY, WEAK = 1.0, 0.85, 0.5
"""Up to which probability of the model that a word is somebody's name the trade is believed instead."""
_TITLES = (
    "mr|mrs|ms|miss|mx|mister|dr|doctor|prof|professor|sir|dame|lady|lord|rev|fr|sr|judge|justice|capt|captain|sgt|lt"
    "|col|nurse|hca|hcsw|sho|anp|sister|matron|officer|constable|pc|dc|ds|inspector|detective|cllr|councillor|adv"
    "|advocate|counsel|senator|mme|mlle|monsieur|madame|maître|docteur|herr|frau|señor|señora|don|doña|named|called"
    "|surname|name|name is|née|patient|pt|client|ask|asked|tell|told|thanks|hi|hello|dear|cheers|regards|sincerely"
    "|uncle|aunt|auntie|cousin|brother|colleague|accused|defendant|claimant|witness|victim|husband|wife|daughter|son"
    "|mother|father"
)
TITLED = re.compile(
    rf"(?:\b(?!(?<=\d )fr\b)(?:{_TITLES})\.?:?,? [\"“]?"
    r"|(?<!\w)(?-i:M\.|Me) |(?<!\w)(?<!\d )(?-i:[A-ZÀ-Þ])\. ?)$",
    re.IGNORECASE,
)
"""Words before a name."""
_TITLES_END = tuple({title.rpartition(" ")[2] for title in (*_TITLES.split("|"), "me")})
"""How they end, in small letters, but for one letter with a full stop."""
BEHIND = re.compile(
    r"(?:['’]s (?:wife|husband|partner|mother|father|mum|dad|son|daughter|sister|brother|family|carer|birthday"
    r"|address|phone|bed"
    r"|room|notes|GP|house|bag|car|mobile|account|appointment|solicitor|lawyer|desk|laptop|password)\b"
    r"|,? (?:who|herself|himself|aged|DOB|d\.?o\.?b|MRN|NHS)\b"
    r"|,? (?:said|says|told|tells|asked|asks|thinks|thought|wrote|writes|called|calls|phoned|rang|rings|replied"
    r"|answered|lived"
    r"|lives|married|went|came|comes|died|smiled|complained|complains|reported|reports|denies|denied|met|was born"
    r"|wants|wanted"
    r"|refuses|refused|agreed|agrees|signed|seen|attended|attends|states|stated|feels|felt|arrived|left|paid|owes"
    r"|sent|emailed"
    r"|mailed|texted|forgot|lost|needs|knows|knew|can't|cannot|will|would|won't|has|had|is (?:on|in|at|our|my|the"
    r"|a|not|off|away|back|here|home))\b"
    r"|,? \(?(?:[Bb]ed|[Rr]oom|[Bb]ay|[Ww]ard|[Cc]ot|[Cc]ell|[Dd]esk) \d"
    r"|, \d{1,3}(?:[,;]|yo?\b| y)| \(\d{1,3}\)| \d{1,3} ?(?:yo?\b|y/o|years)|, [A-ZÀ-Þ][a-zà-ÿ]+(?![\w-]* [a-z]))"
)
"""What stands behind a name: what people do, have and are."""
BED = re.compile(r"\b[Bb]ed \d{1,3}[a-z]?[:,]? $")
_WORD_BEFORE = re.compile(r"((?<!\d)[^\W\d_][\w'’-]*|(?<!\w)[^\W\d_]{1,4}\.)[ -]$")
"""A word, or the short form of one: behind a longer one a full stop ends a sentence. `12F` is none."""
_WORD_AFTER = re.compile(r"[ -]([^\W\d_][\w'’-]*)")
_ENDS_SENTENCE = re.compile(r"(?:\w{5,}|\d)\.\s+$")
"""No short form and no initial."""
NEAR = 24
"""Characters before a word that are looked at."""


def is_titled(text: str, start: int) -> bool:
    """Say whether a word that only people have stands before a place: a title, an initial, `named`."""
    near = text[max(0, start - NEAR) : start]
    if near.isascii() and "." not in near[-3:] and not near.rstrip(' \n.:,"').lower().endswith(_TITLES_END):
        return False  # the pattern takes ten times as long to say so
    return TITLED.search(text, max(0, start - NEAR), start) is not None


def ends_sentence(text: str, start: int) -> bool:
    """Say whether a sentence ends before a place with a word that stands before names too: `was called. `."""
    return _ENDS_SENTENCE.search(text, max(0, start - NEAR), start) is not None


def is_given_before(text: str, start: int) -> bool:
    """Say whether a word that may be a given name stands before a place."""
    before = _WORD_BEFORE.search(text, max(0, start - NEAR), start)
    return before is not None and _may_be_name(before[1])


def is_of_person(text: str, start: int, end: int, *, is_wide: bool = True) -> bool:
    """Say whether what stands beside a word makes a name of it.

    Args:
        text: that it stands in.
        start: its place.
        end: its end.
        is_wide: whether the word alone is nobody's name, so that only a title makes one of it.
    """
    if is_titled(text, start):
        return True
    if is_wide:
        return False
    if BEHIND.match(text, end) or BED.search(text, max(0, start - NEAR), start):
        return True
    before = _WORD_BEFORE.search(text, max(0, start - NEAR), start)
    after = _WORD_AFTER.match(text, end)
    return (before is not None and _may_be_name(before[1])) or (after is not None and _may_be_name(after[1]))


def _may_be_name(word: str) -> bool:
    """Say whether a word may be somebody's name beside another one."""
    bare = word.rstrip(".")
    if not bare[0].isupper() or (bare.isupper() and len(bare) > 1):
        return False
    return bare.lower() in MAY_BE_NAMES or not is_common(bare) or len(bare) == 1
