"""Dates, with the times that belong to them, and ages."""

import re

from backend.privacy.patterns.pattern import Pattern, number, word

MONTHS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь janvier février fevrier mars "
    "avril mai juin juillet août aout septembre octobre novembre décembre januar februar märz maerz juni juli "
    "oktober dezember enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho "
    "julho setembro outubro novembro dezembro januari februari maart mei augustus december stycznia lutego marca "
    "kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
)
MONTH = "|".join(sorted(set(MONTHS.split()), key=lambda name: (-len(name), name)))
SHORT_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_TIME = (
    r"(?:(?:,? (?:at |в |um |à )?|[T_])\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\b\.?)?(?: ?(?:Z|UTC"
    r"|GMT|[+-]\d\d:?\d\d)\b)?)?"
)
_YEAR = r"(?:1[89]|20|21)\d\d"
_YEAR_END = r"(?: ?(?:года|год|г\.|р\.|року)(?!\w))?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MON = r"(?:0?[1-9]|1[0-2])"

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_BELOW_100 = rf"(?:(?:{_TENS})(?:[- ](?:{_UNITS}))?|{_TEENS}|{_UNITS}|(?:oh|o)[- ](?:{_UNITS}))"
_SPELLED_YEAR = (
    rf"(?:(?:eighteen|nineteen|twenty)[ -](?:hundred(?:[ -]and)?[ -])?{_BELOW_100}|two[ -]thousand(?:[ -](?:and[ "
    rf"-])?{_BELOW_100})?|nineteen hundred|{_YEAR})"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)
_ORDINAL = (
    rf"(?:(?:twenty|thirty)[- ](?:{'|'.join(_ORDINALS.split()[:9])})"
    rf"|{'|'.join(sorted(_ORDINALS.split(), key=len, reverse=True))})"
)
_RU_ORDINAL = (
    r"(?:(?:двадцать|тридцать) )?(?:перв|втор|треть|четв[её]рт|пят|шест|седьм|восьм|девят|десят|одиннадцат|двенадцат"
    r"|тринадцат|четырнадцат|пятнадцат|шестнадцат|семнадцат|восемнадцат|девятнадцат|двадцат|тридцат)(?:ое|ого|его|е"
    r"|ье)"
)
_RU_YEAR = r"(?:,? (?:(?:тысяча|одна тысяча)(?: девятьсот)?|две тысячи|двухтысячн\w+)(?: [а-яё]+){0,3}?(?: года?))?"
_RU_STEMS = (
    "перв втор четверт четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат "
    "пятнадцат шестнадцат семнадцат восемнадцат девятнадцат двадцат тридцат"
)
_RU_STARTS = f"двадцать тридцать третье третьего {' '.join(f'{stem}ое {stem}ого' for stem in _RU_STEMS.split())}"

_AGE = r"(?P<v>1[0-4]\d|[1-9]\d?)"
_OLD = (
    r"(?:[- ]?(?:years?|yrs?)[- ]?(?:old|of age)|[- ]?y(?:rs?)?[./]?o\b\.?|[- ]?y\.o\.|[- ](?:month|week)s?[- ]old"
    r"|[- ]jährige?[rnms]?\b| Jahre alt| ans\b| años\b| anni\b| anos\b| jaar\b| år\b| лет\b| год(?:а|у)?(?! назад)\b"
    r"|[- ]летн\w+| lat\b| let\b| vuotta\b)"
)

PATTERNS = (
    Pattern(
        "date_iso",
        "DATE_TIME",
        re.compile(rf"{_YEAR}([-/.])(?:0[1-9]|1[0-2]|[1-9](?=\1))\1{_DAY}{_TIME}(?!\d|[-/]\d)"),
        starts="4",
        score=0.7,
        context="birth",
    ),
    Pattern(
        "date_numeric",
        "DATE_TIME",
        re.compile(rf"(?:{_DAY}([/.-]){_MON}|{_MON}([/.-]){_DAY})(?:\1|\2)(?:{_YEAR}){_YEAR_END}{_TIME}(?!\d|[-/]\d)"),
        starts="1 2",
        score=0.7,
        context="birth",
    ),
    Pattern(
        "date_numeric_short",
        "DATE_TIME",
        re.compile(rf"(?:{_DAY}([/-]){_MON}|{_MON}([/-]){_DAY})(?:\1|\2)\d\d{_TIME}(?!\w|[-/.]\d)"),
        starts="1 2",
        score=0.6,
        context="birth",
    ),
    Pattern(
        "date_dotted_short",
        "DATE_TIME",
        re.compile(rf"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d\d{_YEAR_END}{_TIME}(?!\w|[-/.]\d)"),
        starts="2",
        score=0.5,
        context="birth",
    ),
    Pattern(
        "date_born",
        "DATE_TIME",
        re.compile(rf"{_DAY}([. ]){_MON}\1\d\d(?!\w|[-/.]\d)"),
        starts="1 2",
        context="birth",
        confirmed=0.5,
    ),
    Pattern(
        "date_roman",
        "DATE_TIME",
        re.compile(rf"{_DAY}([/.-] ?)(?:i{{1,3}}|iv|vi{{0,3}}|ix|xi{{0,2}})\1(?:{_YEAR}|\d\d)(?!\w)", re.IGNORECASE),
        starts="1 2",
        score=0.6,
    ),
    Pattern(
        "date_spaced",
        "DATE_TIME",
        re.compile(rf"{_DAY}([ .,/-]{{1,3}}){_MON}\1{_YEAR}(?!\d)"),
        starts="1 2",
        score=0.4,
        context="birth",
    ),
    Pattern(
        "date_compact",
        "DATE_TIME",
        re.compile(
            rf"(?:{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]"
            rf"|1[0-2]){_YEAR})(?!\w)"
        ),
        starts="8",
        score=0.4,
        context="birth",
    ),
    Pattern(
        "date_expiry",
        "DATE_TIME",
        re.compile(r"(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4]\d(?!\w|[-/.]\d)"),
        starts="2",
        context="expiry card",
        confirmed=0.6,
    ),
    Pattern(
        "date_day_first",
        "DATE_TIME",
        re.compile(
            rf"{_DAY}(?:{SHORT_MONTHS})(?:{_YEAR}|\d\d)(?!\w){_TIME}"
            rf"|{_DAY}(?:st|nd|rd|th|er|e|º|ª|-го|-е|\.)?(?: (?:day )?(?:of|de|di|d'))? ?-?(?:{MONTH})(?!\w)\.?(?:"
            rf"(?:,? ?-?| (?:of|de|del) ){_YEAR}(?!\d){_YEAR_END}|(?:-| ?')\d\d(?!\w))?{_TIME}",
            re.IGNORECASE,
        ),
        starts="1 2",
        score=0.65,
        context="birth",
    ),
    Pattern(
        "date_month_first",
        "DATE_TIME",
        re.compile(
            rf"(?-i:[A-Z])(?!ayo\b)\w+\.? (?:the )?{_DAY}(?:st|nd|rd|th)?(?!\w|[.:,]\d|-\w)(?:,? {_YEAR}(?!\w))?"
            rf"{_TIME}|"  # `Mayo 2` is a score
            rf"(?:{MONTH})\.? {_DAY}(?:st|nd|rd|th)(?!\w)(?:,? {_YEAR}(?!\w))?{_TIME}|"
            rf"(?:{MONTH})\.? {_DAY},? {_YEAR}(?!\w){_TIME}",
            re.IGNORECASE,
        ),
        triggers=MONTHS,
        score=0.65,
    ),
    Pattern(
        "month_and_year",
        "DATE_TIME",
        re.compile(rf"(?:{MONTH})(?:,? (?:of |de |del )?){_YEAR}(?!\w){_YEAR_END}", re.IGNORECASE),
        triggers=MONTHS,
        score=0.5,
    ),
    Pattern(
        "birth_year",
        "DATE_TIME",
        word(rf"(?:born|geboren|née?|nacid[oa]|nat[oa]|родил\w+)(?: (?:in|on|en|im|nel|в))* (?P<v>{_YEAR}|['’]\d\d)\b"),
        triggers="born geboren né née nacido nacida nato nata родился родилась",
        score=0.7,
    ),
    Pattern(
        "date_spelled_out",
        "DATE_TIME",
        word(
            rf"(?:the )?(?:{_ORDINAL})(?: day)?(?: of)? (?:{MONTH})(?!\w)"
            rf"(?:,? (?:in )?(?:the year )?{_SPELLED_YEAR}\b)?"
        ),
        triggers=_ORDINALS + " twenty thirty the",
        score=0.65,
    ),
    Pattern(
        "date_spelled_month_first",
        "DATE_TIME",
        word(rf"(?:{MONTH}) (?:the )?(?:{_ORDINAL}|{_BELOW_100})(?!\w)(?:,? (?:in )?{_SPELLED_YEAR}\b)?"),
        triggers=MONTHS,
        score=0.6,
        accept=lambda value: value[0].isupper() or len(value) > 14,
    ),
    Pattern(
        "year_spelled_out",
        "DATE_TIME",
        word(rf"nineteen[ -](?:{_TENS}|{_TEENS}|oh)(?:[- ](?:{_UNITS}))?\b"),
        triggers="nineteen",
        score=0.4,
    ),
    Pattern(
        "date_russian_words",
        "DATE_TIME",
        word(rf"{_RU_ORDINAL} (?:{MONTH})(?!\w){_RU_YEAR}"),
        triggers=_RU_STARTS,
        score=0.65,
    ),
    Pattern("age", "AGE", re.compile(rf"{_AGE}{_OLD}", re.IGNORECASE), starts="1 2 3", score=0.7),
    Pattern(
        "age_clinical", "AGE", number(r"(?P<v>[1-9]\d) ?(?:[MF]|yo|y)"), starts="2", context="age health", confirmed=0.6
    ),
    Pattern(
        "age_word",
        "AGE",
        word(
            rf"(?:ages?|aged|age is|возраст|alter|edad|âgée? de|im alter von|wiek|leeftijd)[\s:=]{{1,3}}(?:of "
            rf")?{_AGE}(?![\w%]|[.,:]\d)"
        ),
        triggers="age aged ages возраст alter im edad âgé âgée wiek leeftijd",
        score=0.7,
    ),
    Pattern(
        "age_turning",
        "AGE",
        word(
            r"(?:turn(?:s|ed|ing)?|be|исполнилось|i'?m|i am|(?:when|since|is|was) (?:i|he|she|they|was|were|only"
            rf"|just)(?: was| were| turned)?)(?: (?:just|only|about|now))? {_AGE}(?![\w%°$€£]|[.,:/-]\d| (?:per"
            r"|percent|%|times|minutes?|min|hours?|days?|weeks?|months?|miles?|km|kg|lbs?|pounds?|dollars|cm|feet"
            r"|inches|points?|degrees|people|of))"
        ),
        triggers="turn turns turned turning исполнилось when since",
        score=0.6,
    ),
    Pattern(
        "age_first_person",
        "AGE",
        word(
            rf"i(?:'?m| am)(?: (?:just|only|now))? {_AGE}(?=[.,;!?]?(?:$|\s+(?:and|but|yo|y/o|now|today|going)|\n)"
            r"|[.,;!?])(?![.,]\d)"
        ),
        triggers="i im",
        score=0.55,
    ),
    Pattern(
        "age_spelled_out",
        "AGE",
        word(rf"(?P<v>(?:{_TENS})(?:[- ](?:{_UNITS}))?|{_TEENS}|{_UNITS})[- ]years?[- ]old"),
        triggers=f"{_TENS} {_TEENS} {_UNITS}".replace("|", " "),
        score=0.6,
    ),
    Pattern(
        "birth_in_mistyped_digits",
        "DATE_TIME",
        word(r"\w+\.?[:\s]{1,3}(?P<v>[\dOIl]{1,2}([/.-])[\dOIl]{1,2}\2(?:[\dOIl]{4}|[\dOIl]{2}))(?![\w/.-]\w)"),
        triggers="dob born birthdate geb geboren",
        score=0.6,
        accept=lambda value: any(map(str.isdigit, value)),
    ),
)
