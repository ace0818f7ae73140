"""Numbers in words, as they are dictated: digit by digit, or as dates of birth."""

import re

from backend.privacy.patterns.kinds.dates import MONTH, MONTHS
from backend.privacy.patterns.pattern import Pattern, word, words

SPOKEN_DIGITS = "zero oh nought naught one two three four five six seven eight nine double triple"
SPOKEN_TENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty"
    " seventy eighty ninety hundred thousand"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)
_OTHER_NUMBERS = (
    "un deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante"
    " cinquante soixante cent mil mille premier ein eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
    " zwanzig dreißig hundert tausend ersten zweiten dritten vierten fünften sechsten siebten achten neunten zehnten"
    " elften zwölften uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte"
    " treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento novecientos primero тысяча девятьсот"
    " двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто первого второго третьего четвертого"
    " пятого шестого седьмого восьмого девятого десятого"
)
_SEASONS = "spring summer autumn fall winter christmas easter midsummer printemps été automne hiver"


def _any(*lists: str) -> str:
    return "|".join(sorted({name for own in lists for name in words(own)}, key=lambda name: (-len(name), name)))


_SPOKEN = _any(SPOKEN_DIGITS, SPOKEN_TENS)
NUMBER = rf"(?:(?:{_SPOKEN})(?:[ -](?:{_SPOKEN})){{0,9}})"
"""A number in English words, for forms that are matched without case."""
_PAUSE = r"(?:[\s,.;-]{1,3}(?:(?:uh|um|er|erm|then|dash|space)[\s,.]{1,2})?)"
_NUMBERS = frozenset(words(f"{SPOKEN_DIGITS} {SPOKEN_TENS} {_ORDINALS} {_OTHER_NUMBERS} {_SEASONS}"))
_WORD = r"[^\W\d_]+"
_PART = (
    rf"(?:\d{{1,4}}(?:st|nd|rd|th|er|º)?(?!\w)|'\d\d(?!\w)|(?:i{{1,3}}|iv|vi{{0,3}}|ix|xi{{0,2}})(?!\w)|(?:{MONTH})(?!\w)"
    rf"|(?:{_any(SPOKEN_DIGITS, SPOKEN_TENS, _ORDINALS, _OTHER_NUMBERS, _SEASONS)})(?!\w))"
)
_SMALL = (
    r"(?:of|the|in|and|de|del|du|des|der|von|et|y|und|day|month|year|eve|slash|dash|dot|point|stroke|barre|punkt)(?!\w)"
)
_BETWEEN = rf"(?:[\s,./|\\-]{{1,3}}(?:{_SMALL}[\s,./|\\-]{{1,3}}){{0,3}})"
_LEAD = r"(?:is|was|date|on|in|the|le|la|am|im|el|en|il|as|given|it's|year|eve|early|late|around|about|of|day|в)(?!\w)"


def _is_birth(value: str) -> bool:
    """Say whether there are two parts of a date, and no amount."""
    parts = re.findall(r"\d+|[^\W\d_]+", value.lower())
    telling = [part for part in parts if part.isdigit() or part in _NUMBERS or part in _MONTH_NAMES]
    return len(telling) >= 2 and not re.fullmatch(r"\d{1,3}(?:[.,]\d{1,3})", value)


_MONTH_NAMES = frozenset(words(MONTHS))

PATTERNS = (
    Pattern(
        "number_spelled_beside_word",
        "ID_NUMBER",
        word(rf"(?:plus\s)?(?:{_SPOKEN})(?:{_PAUSE}(?:{_SPOKEN})){{2,24}}\b"),
        triggers=f"plus {SPOKEN_DIGITS} {SPOKEN_TENS}",
        context="phone pin zip ssn card bank id passport health license nino",
        confirmed=0.6,
        accept=lambda value: len(set(re.findall(_WORD, value.lower()))) > 1,
    ),
    Pattern(
        "birth_in_words",
        "DATE_TIME",
        word(
            rf"\w+\.?[\"']?(?:[\s:=,(\"']{{1,3}}{_LEAD})*[\s:=,(\"']{{1,4}}(?P<v>{_PART}(?:{_BETWEEN}{_PART}){{1,9}})"
        ),
        triggers=(
            "dob birth born birthday birthdate b né née naissance geboren geburtstag geb nacido nacida nacimiento nato"
            " nata родился родилась рождения"
        ),
        score=0.65,
        accept=_is_birth,
    ),
)
