"""Telephone numbers, as they are written in many countries, and spelled out."""

import re

from backend.privacy.patterns.pattern import SPECIFIC, Pattern, number, word, words

_EXTENSION = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|доб\.?|poste|durchwahl|apparat|wew\.?|#)[ .:]{0,2}\d{1,6})?"
_BREAK = r"(?:[ .\-/)(]|\s){0,3}"
_MONTHLESS = re.compile(r"(?:19|20)\d\d ?[-/.] ?(?:19|20)\d\d")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)|\d{4}([./-])\d{1,2}\1\d{1,2}")

_DIGIT_WORDS = (
    "zero oh nought naught one two three four five six seven eight nine double triple ноль один два три четыре пять "
    "шесть семь восемь девять восемьсот девятьсот zéro un deux trois quatre cinq sept huit neuf null eins zwei zwo "
    "drei vier fünf sechs sieben acht neun cero uno dos tres cuatro cinco seis siete ocho nueve"
)
_RUSSIAN_TENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
    "девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто двести триста "
    "четыреста пятьсот шестьсот семьсот"
)
_ENGLISH_TENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty "
    "sixty seventy eighty ninety hundred"
)
_OTHER_TENS = (
    "dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante cent zehn elf zwölf zwanzig "
    "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert diez doce trece catorce quince veinte treinta "
    "cuarenta cincuenta sesenta setenta ochenta noventa cien doscientos trescientos quinientos"
)
_SPELLED = "|".join(
    sorted(words(f"{_DIGIT_WORDS} {_RUSSIAN_TENS} {_ENGLISH_TENS} {_OTHER_TENS}"), key=len, reverse=True)
)
_NO_MORE = r"(?!\w|[-./]\d|\s?%)"
_PAUSE = r"(?:[\s,.;-]{1,3}(?:(?:uh|um|er|erm|then|y|et|und)[\s,]{1,2})?)"
_ONE = rf"(?:{_SPELLED}|\d{{1,4}})"


def is_phone(value: str) -> bool:
    """Say whether grouped digits could be a telephone number: not a date, a range of years or a large amount."""
    value = value.strip("( )")
    groups = re.findall(r"\d+", value)
    count = sum(map(len, groups))
    if not 7 <= count <= 13 or _MONTHLESS.fullmatch(value) or _DATE.fullmatch(value) or value.startswith("10."):
        return False
    if "." in value and len(groups) < 3:
        return False
    is_amount = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return not (is_amount and groups[0][0] != "0" and ("." in value or value.endswith("00") or count < 8))


def _has_digits(value: str) -> bool:
    return 7 <= sum(map(str.isdigit, value)) <= 15


def _is_dictated(value: str) -> bool:
    """Say whether single digits are a number, and neither a count, a scale nor the name of an object."""
    digits = "".join(filter(str.isdigit, value))
    return len(set(digits)) > 2 and digits not in "01234567890" and not digits.startswith("136")


def _is_spelled(value: str) -> bool:
    parts = re.findall(r"\w+", value.lower())
    spelled = [part for part in parts if not part.isdigit()]
    return len(set(spelled)) > 1 and (len(spelled) >= 3 or (len(parts) >= 7 and len(set(parts)) > 3))


PATTERNS = (
    Pattern(
        "phone_international",
        "PHONE_NUMBER",
        number(rf"\(?\+\)?\s?\d(?:{_BREAK}\d){{6,14}}{_EXTENSION}"),
        starts="+",
        score=0.85,
        accept=lambda value: len(re.findall(r"\d", re.split(r"(?i)[x#]|ext|доб", value)[0])) <= 15,
    ),
    Pattern(
        "phone_prefix_00",
        "PHONE_NUMBER",
        number(rf"00[1-9](?:{_BREAK}\d){{7,13}}{_EXTENSION}"),
        starts="* +",
        score=0.6,
        context="phone",
    ),
    Pattern(
        "phone_american",
        "PHONE_NUMBER",
        number(
            rf"(?:1[ .\-_·]{{0,2}})?\(?\d{{3}}(?:\)\s{{0,2}}|[ .\-/_·]{{1,3}}|\s{{1,2}})\d{{3}}(?:[ .\-_·]{{1,3}}"
            rf"|\s{{1,2}})\d{{4}}{_EXTENSION}",
            re.IGNORECASE,
        ),
        starts="1 3 +",
        score=0.7,
        context="phone",
        confirmed=0.9,
    ),
    Pattern(
        "phone_russian",
        "PHONE_NUMBER",
        number(
            rf"[87][ .\-(]{{1,3}}\d{{3}}[) .\-]{{1,3}}\d{{2,3}}[ .\-]?\d\d[ .\-]?\d{{2,3}}{_EXTENSION}"
            rf"|8[ .\-]?800(?:[ .\-]?\d){{7}}|[78]9\d{{9}}"
        ),
        starts="1 4 11",
        score=0.7,
        context="phone",
    ),
    Pattern(
        "phone_chinese",
        "PHONE_NUMBER",
        number(r"(?:(?<=[\u4e00-\u9fff，、；（][ ：:])|(?<=[\u4e00-\u9fff][：:] )|(?<=[，、；：（]))1[3-9]\d{9}"),
        starts="11",
        score=SPECIFIC,
    ),
    Pattern(
        "phone_grouped",
        "PHONE_NUMBER",
        number(rf"\(?\d{{2,5}}\)?(?:[ .\-/]{{1,2}}\d{{2,5}}){{2,5}}{_EXTENSION}"),
        starts="2 3 4 5 +",
        score=0.45,
        context="phone",
        confirmed=0.8,
        accept=is_phone,
    ),
    Pattern(
        "phone_trunk_zero",
        "PHONE_NUMBER",
        number(rf"\(?0\d{{1,5}}\)?[ .\-/]{{0,3}}\d{{2,8}}(?:[ .\-/]{{1,2}}\d{{1,5}}){{0,5}}{_EXTENSION}"),
        starts="2 3 4 5 6 9 10 11 12 +",
        score=0.5,
        context="phone",
        confirmed=0.8,
        accept=lambda value: _has_digits(value) and not _DATE.fullmatch(value),
    ),
    Pattern(
        "phone_two_groups",
        "PHONE_NUMBER",
        number(rf"(?:\(\d{{2,4}}\) ?|\d{{2,4}}[ -])\d{{3,7}}(?:-\d{{3,4}})?{_EXTENSION}"),
        starts="2 3 4 +",
        score=0.4,
        context="phone",
        confirmed=0.8,
        accept=is_phone,
    ),
    Pattern(
        "phone_beside_word",
        "PHONE_NUMBER",
        number(rf"\(?\d(?:{_BREAK}\d){{5,12}}{_EXTENSION}"),
        starts="* +",
        context="phone",
        confirmed=0.65,
        accept=lambda value: not _DATE.search(value) and not _MONTHLESS.search(value),
    ),
    Pattern(
        "phone_extension",
        "PHONE_NUMBER",
        word(
            rf"\w+(?:['’]s)?\.?\s?(?:number|no\.?|nr\.?)?[\s:#=]{{0,2}}x?(?P<v>\d{{3,6}}|\d{{1,2}}-\d\d(?:-\d\d)?){_NO_MORE}"
        ),
        triggers="ext extn extension bleep pager durchwahl nebenstelle extensión anexo interno ramal dect wew доб"
        " внутренний внутр",
        score=SPECIFIC,
    ),
    Pattern(
        "phone_in_letters",
        "PHONE_NUMBER",
        number(r"(?:1[ .-])?8\d\d[ .-](?=[A-Z0-9-]*[A-Z]{4})[A-Z0-9]+(?:-[A-Z0-9]+)*|0800[ -][A-Z]{5,8}"),
        starts="1 3 4",
        score=0.6,
    ),
    Pattern(
        "phone_short_in_letters",
        "PHONE_NUMBER",
        number(r"\d{3}-[A-Z]{4}"),
        starts="3",
        context="phone",
        confirmed=0.6,
    ),
    Pattern(
        "phone_by_digits",
        "PHONE_NUMBER",
        number(r"\d([ .\-_*/])\d(?:\1\d){5,12}"),
        starts="1",
        score=0.5,
        accept=_is_dictated,
    ),
    Pattern(
        "phone_spelled_out",
        "PHONE_NUMBER",
        word(rf"(?:plus\s|area code\s)?(?:{_ONE})(?:{_PAUSE}(?:{_ONE})){{5,24}}\b"),
        starts="1",
        triggers=f"plus area {_DIGIT_WORDS} {_RUSSIAN_TENS}",
        score=0.65,
        accept=_is_spelled,
    ),
)
