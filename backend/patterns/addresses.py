"""Postal addresses: from a street, a house number, a flat or a box the whole address is grown, over several lines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from backend.patterns import context
from backend.patterns.pattern import words
from backend.types import Detection

# A word that is not in small Latin or Cyrillic letters; dots only after short ones, as in St. or u.
_CAP = (
    r"(?:[^\W\d_a-zа-яёß](?:[^\W\d_]|['’-](?=\w))*(?:(?<=\b[^\W\d_])\.|(?<=\b[^\W\d_][^\W\d_])\."
    r"|(?<=\b[^\W\d_][^\W\d_][^\W\d_])\.)?)"
)
_SMALL = (
    r"(?:de|la|le|les|du|des|del|della|delle|dei|degli|dell|alla|ai|di|da|do|dos|das|el|los|las|of|the|and|am|an|der|den|dem|im|in|zu|zur"
    r"|zum|van|von|het|ten|ter|'t|op|upon|on|sur|y|e|i|st)"
)

_ENGLISH = words(
    "street st avenue ave road rd lane ln drive dr boulevard blvd court ct square sq way place pl terrace ter "
    "crescent cres close parkway pkwy highway hwy circle cir trail trl alley row mews walk gardens grove hill "
    "heights loop plaza quay wharf rise view green park esplanade promenade turnpike pike run path bend cove coves "
    "bridge crossing expressway freeway streets parks squares junction ridge manor point vista valley landing"
)
_CLEAR = (
    "street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|terrace|parkway|pkwy|highway|hwy|crescent"
)
_OWN_WORD = words(
    "straße strasse str allee platz weg gasse ring ufer damm terrasse terrace street streets st road avenue utca u "
    "út útja ut tér körút krt gade vej vägen gatan gata veien gaten straat laan plein kade gracht singel hof katu "
    "tie kuja polku puistikko torg u ulice třída nám nam náměstí улица ул проспект пр переулок пер шоссе бульвар "
    "набережная площадь проезд tee maantee puiestee pst mnt iela gatvė g cesta lane boulevard drive"
)
_HUNGARIAN = frozenset(words("u utca út útja tér körút krt"))  # a dot after the number is a part of it
_GLUED = words(
    "straße strasse straat strat laan weg gasse platz allee plein kade gracht singel dijk hove hof gatan gata gaten "
    "gaden gade vägen vagen veien vegen vej vejen gränd stigen stien torg torget plan backen katu kuja tie polku "
    "kaari raitti penger tori utca utja tér stræti straeti stræde alle allé gård parken bakken vollen dreef steeg "
    "damm ufer ring steig berg ceļš iela brunnen stieg markt jordet lia svingen haugen toften vænget hällan ingen "
    "braut bakki holt"
)
_PREFIX = words(
    "rue avenue av boulevard bd chemin allée allee impasse quai place route cours passage square faubourg "
    "calle c avenida avda paseo plaza camino carretera carrer rambla ronda travesía callejón carrera cra via viale "
    "corso piazza piazzale vicolo largo strada rua travessa praça alameda estrada rodovia ulica ul aleja aleje al "
    "plac pl osiedle os ulice náměstí nám třída calea strada str bulevardul bd улица улице улицы улицу ул проспект "
    "проспекте проспекта пр просп переулок пер шоссе ш бульвар бул набережная наб площадь пл проезд тупик аллея мкр "
    "вулиця вул jalan jl"
)
_SURE_PREFIX = frozenset(
    words(
        "rue calle avenida avda carrer viale piazza piazzale rua praça ulica ul вулиця вул улица улице улицы улицу ул "
        "проспект проспекте проспекта переулок пер шоссе бульвар набережная наб площадь проезд chemin impasse paseo "
        "jalan jl"
    )
)
_UNIT_WORDS = words("apt apartment suite ste unit flat appt piso кв квартира оф офис lgh wohnung")
_BOX_WORDS = words("box psc postbox postfach apartado po pob pmb postboks boîte apo fpo dpo")
_AREA_WORDS = words("corner intersection")

ADDRESS_WORDS = frozenset((*_PREFIX, *_UNIT_WORDS, *_BOX_WORDS, *_AREA_WORDS, *_CLEAR.split("|")))
"""Lower-case words at which an address, or a part of one, may be found."""

_STREETS = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_PREFIXES = "|".join(sorted(set(_PREFIX), key=lambda name: (-len(name), name)))
_NUMBER = r"(?:\d{1,5}(?: ?[A-Za-zА-Яа-я](?!\w))?(?: ?[-/] ?\d{1,4}[A-Za-z]?(?!\w))?)"
_ROMAN_OR_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"
_WORD = r"[^\W\d_](?:[^\W_]|['’.-](?=\w))*\.?"

_NUMBER_FIRST = re.compile(
    rf"{_NUMBER},? (?:\d{{1,5}} )?(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.? )?(?:(?:{_CAP}|{_ROMAN_OR_ORDINAL}"
    rf"|{_SMALL}) ){{0,4}}?"
    rf"(?:{_CAP}|{_ROMAN_OR_ORDINAL}) (?i:{_STREETS})\b\.?(?: (?:NE|NW|SE|SW|N|S|E|W|North|South|East|West)\b)?(?: "
    rf"(?i:{_STREETS})\b\.?)?"
)
_NUMBER_FIRST_SMALL = re.compile(
    rf"{_NUMBER} (?:\d{{1,5}} )?(?!(?:minutes?|hours?|days?|miles?|km|people|cars?|houses?|times?|more|other|of|in"
    r"|on|the|a)\b)"
    rf"(?:(?:{_WORD}|{_ROMAN_OR_ORDINAL}) ){{1,3}}?(?:{_CLEAR})\b\.?",
    re.IGNORECASE,
)
_NUMBER_PREFIX = re.compile(
    rf"{_NUMBER}(?: (?:bis|ter|quater))?,? (?![cC][. ])(?i:{_PREFIXES})(?:\. ?|/ ?| )(?:(?:{_SMALL}|d'|de l'"
    rf"|l') ?){{0,4}}{_CAP}(?: (?:(?:{_SMALL} ){{0,2}}{_CAP})){{0,5}}"
)
_NUMBER_NAME_NUMBER = re.compile(rf"\d{{3,5}} (?:{_CAP} ){{1,3}}(?:[^\W\d_]{{3,}} )?\d{{1,5}}(?![\w%]|[.,:/-]\d)")
_NUMBER_NAMES = re.compile(
    rf"{_NUMBER} (?:\d{{1,5}} )?(?!AM|PM|A\.M|P\.M){_CAP}(?: (?:{_SMALL} ){{0,2}}{_CAP}){{1,3}}(?! \d)"
)
_NUMBER_SMALL_NUMBER = re.compile(r"0?\d{4,5} [^\W\d_]{4,} \d{1,4}(?![\w%]|[.,:/-]\d)")
_HOUSE_END = re.compile(r"\d{1,5}(?: ?[A-Za-z](?!\w))?(?:[-/]\d{1,4}[A-Za-z]?(?!\w))?\.?(?!\w|[.,:]\d|%|-\w)")
_PREFIXED = re.compile(
    rf"(?![cC][. ])(?i:{_PREFIXES})(?:\. ?|/ ?| )(?:(?:{_SMALL}(?= )|d'|de l'|l'|\d{{1,2}}(?= )) ?){{0,4}}{_CAP}"
    rf"(?:[ -](?:(?:{_SMALL} ){{0,2}}(?:{_CAP}|\d{{1,2}} (?={_CAP})))){{0,5}}"
    rf"(?P<house>,? ?(?:(?:n[°ºo]\.?|№|nr\.?|no\.?|д\.?|дом|буд\.?|numero|número) ?)?{_NUMBER}\.?(?!\w|[.,]\d))?"
)
_RUSSIAN_STREET = re.compile(
    r"(?:^|(?<=\W))[А-ЯЁІЇ][\w-]+(?: [А-ЯЁІЇ][\w-]+)? (?:ул(?:ица|ице|\.)|пр(?:оспект|-т|\.)|пер(?:еулок|\.)|шоссе"
    r"|бульвар|наб(?:ережная|\.)|площадь|проезд),? (?:д\.? ?|дом )?\d{1,4}\w?"
)
_UNIT = (
    r"(?i:apt|apartment|suite|ste|unit|flat|appt|piso|кв|квартира|оф|офис|lgh|wohnung|room|rm|floor|корп|корпус|к"
    r"|стр|строение|подъезд|этаж|д|дом|bldg|building|lot|space|trlr)"
)
_UNIT_HERE = re.compile(
    rf"{_UNIT}\.? ?(?:#|no\.? ?|№ ?)?(?:\d{{1,5}}[A-Za-z]?|[A-Z]\d{{0,4}})(?!\w|[.,]\d)(?: Box \d{{1,6}})?"
)
_BOX_HERE = re.compile(
    r"(?:p\.? ?o\.? ?(?:box)|pob|pmb|postbox|postfach|postboks|apartado|box|psc)\.? ?#?(?:\d{1,3} \d{2,3}"
    r"|\d{1,7})(?!\w)(?:,? box \d{1,6})?",
    re.IGNORECASE,
)
_MILITARY = re.compile(r"(?:APO|FPO|DPO),? ?A[AEP],? ?\d{5}(?:-\d{4})?")
_CORNER_PART = rf"(?:{_CAP}|{_SMALL}|\d{{1,3}}(?:st|nd|rd|th)|\d{{1,5}}|[a-z]{{1,3}}\.)"
_CORNER = re.compile(
    rf"(?:corner|intersection) of {_CORNER_PART}(?: {_CORNER_PART}){{0,4}}? (?:and|&) {_CORNER_PART}(?: (?:{_CAP}"
    rf"|\d{{1,5}})){{0,4}}(?!\w)"
)
_NAMED_STREET = re.compile(rf"(?:^|(?<=\W))(?:{_CAP} ){{1,3}}$")

_ZIP = (
    r"(?:\d{5}-\d{3,4}|\d{4,6}|\d{3} \d\d|\d{2}-\d{3}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} "
    r"[A-Z]{2}|(?:[A-Z]{1,2}-)\d{4,6})"
)
_GAP = r"(?: - |[\s,;?>|]{1,10})"
_GROW_UNIT = re.compile(
    rf"[\s,;?>|#]{{1,8}}(?:{_UNIT}\.?\s?(?:#|№)?\s?(?:\d{{1,5}}[A-Za-zА-Яа-я]?|[A-Z](?:-?\d{{1,4}})?)(?!\w)"
    rf"|#\s?\d{{1,5}}[A-Za-z]?(?!\w)|Box \d{{1,6}}(?!\w))"
)
_GROW_ZIP = re.compile(rf"{_GAP}(?:(?:[A-Z]{{2,3}}|nan)[\s,]{{1,5}})?{_ZIP}(?!\w|[.,:/]\d|-\d)")
_GROW_WORDS = re.compile(
    rf"(?P<gap>{_GAP})(?P<words>(?:(?:{_SMALL} )?{_CAP})(?:[ -](?:(?:{_SMALL} ){{0,2}}{_CAP})){{0,4}}(?!\w)"
    rf"(?: \({_CAP}\))?(?: nan\b)?|nan\b)(?P<zip>,?(?:[\s,]{{1,5}}(?:[A-Z]{{2,3}}|nan)\b)?[\s,]{{1,5}}{_ZIP}(?!\w"
    r"|[.,:/]\d|-\d))?"
)
_GROW_SMALL = re.compile(
    rf"[ ,\n]{{1,3}}(?:[^\W\d_]+(?:[ ,]{{1,2}}|\n)){{0,4}}?(?:(?:[^\W\d_]{{2,3}})[ ,]{{1,2}}{_ZIP}(?!\w)"
    r"|[^\W\d_]+(?=[.?!]?\s*(?:\n|$)))"
)
_STOP = frozenset(
    words(
        "the he she it we i they you but and however please thanks thank dear phone mobile tel telephone fax email "
        "e-mail website web name date my our his her this that if when where is are was in on at for to from desk cell "
        "regards sincerely best mr mrs ms dr what how why do does can could would will so then there attn"
    )
)
_NOT_STREET = frozenset(
    words(
        "article chapter section page pages room windows version iphone boeing title figure table item items step no "
        "number day week month year level grade class type part volume vol issue question q act rule line note exhibit "
        "appendix channel episode season top about around over under nearly almost only since until between before "
        "after covid area formula january february march april may june july august september october november "
        "december jan feb mar apr jun jul aug sep oct nov dec the a an on in at to of for is was and or with by from "
        "about card order case ref id invoice account ticket monday tuesday wednesday thursday friday saturday sunday "
        "mp3 galaxy playstation xbox python java model flight gate zip age aged phone call fax tel mobile pin code ssn "
        "iban my your his her their our ip port catch apollo interstate psalm genesis john matthew luke mark studio "
        "turn turned need pay paid spent cost costs least most than exactly"
    )
)
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:[A-Z]{{1,2}}-)?\d{{4,5}} {_CAP}(?: {_CAP})?, |(?:^|(?<=[\s>,]))(?:\d{{1,5}} ){{1,2}}|(?<=\bat "
    rf"){_CAP} and |(?<=\bto ){_CAP} and |(?<=\n){_CAP} and |US[A-Z]{{1,4}} {_CAP},?\s{{1,2}})$"
)
_BEFORE_GROWN = re.compile(rf"(?<=[a-z] ){_CAP} $")
_BEFORE_UNIT = re.compile(
    rf"(?:(?<![\w.,])\d{{1,5}} (?:(?:{_WORD} ){{1,3}}\d{{1,5}}|(?:{_CAP} ){{1,3}})|(?<!\w)(?:{_CAP} "
    rf"){{1,4}}\d{{1,5}}),?\s{{0,3}}$"
)
_BEFORE_RUSSIAN = re.compile(
    r"(?:\d{6},? )?(?:(?:Россия|РФ|Украина|Беларусь|Казахстан),? )?(?:[А-ЯЁ][а-яё-]+ (?:область|обл\.|край|район"
    r"|р-н),? )?(?:(?:дом|д\.) ?\d{1,4}\w? (?:по|на) |(?:г|город|пос|пгт|с|дер|м)\.? ?[А-ЯЁІЇ][\w-]+(?: "
    r"[А-ЯЁ][\w-]+)?,? |(?:Москва|Санкт-Петербург|Киев|Минск|Казань|Екатеринбург|Новосибирск),? )$"
)


def scan_house_numbers(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find addresses with a house number of up to five digits at a place, before or after the street."""
    following = text[end : end + 2]
    if following[:1] == " " or following == ", " or following[:1].isalpha() or following[:1] in "-/":
        for pattern, score in _AFTER_NUMBER:
            match = pattern.match(text, start)
            if match and not _is_phrase(match[0]):
                yield _grown(text, start, match.end(), score)
                break
        match = _NUMBER_NAME_NUMBER.match(text, start) or _in_context(
            _NUMBER_SMALL_NUMBER.match(text, start) or _NUMBER_NAMES.match(text, start)
        )
        if match and not _is_phrase(match[0]):
            yield _grown(text, start, match.end(), 0.5)
    if text[start - 1 : start] == " ":
        yield from _name_first(text, start)


_AFTER_NUMBER = ((_NUMBER_FIRST, 0.75), (_NUMBER_PREFIX, 0.75), (_NUMBER_FIRST_SMALL, 0.6))


def _in_context(match: re.Match[str] | None) -> re.Match[str] | None:
    return match if match and "address" in context.beside(match.string, *match.span()) else None


def _is_phrase(value: str) -> bool:
    """Say whether what looks like an address is a phrase: a year or a count before ordinary words."""
    _, *following = value.split()
    first = following[0].strip(".,").lower() if following else ""
    return not first or first in _NOT_STREET or first in _STOP - {"the"}


def _name_first(text: str, start: int) -> Iterator[Detection]:
    """Find `Hammarvägen 15`, `Kálmán Imre u. 12`, and in context `Allika 46`."""
    house = _HOUSE_END.match(text, start)
    if house is None:
        return
    first, last = _words_before(text, start - 1)
    word = last.rstrip(".").lower()
    if not word or word in _NOT_STREET or not word[0].isalpha():
        return
    end = house.end() - (house[0].endswith(".") and word not in _HUNGARIAN)
    if word in _OWN_WORD and text[first : start - 1].strip(". ").lower() != word:
        yield _grown(text, first, end, 0.75)
    elif word.endswith(_GLUED) and len(word) > 5 and (last[0].isupper() or not last.isascii()):
        yield _grown(text, first, end, 0.7)
    elif last[0].isupper() or not last.isascii():
        first_word = text[first : start - 1].split(" ", maxsplit=1)[0].lower()
        is_near = first_word not in _NOT_STREET and not text[first - 2 : first - 1].isdigit()
        if is_near and "address" in context.beside(text, first, end):
            yield _grown(text, first, end, 0.5)
        elif not word.isascii() and len(word) > 3 and not re.search("[\u0400-\u04ff]", word):
            yield _grown(text, first, end, 0.4)
    elif word.endswith(_GLUED) and len(word) > 6 and "address" in context.beside(text, first, end):
        yield _grown(text, first, end, 0.5)


def _words_before(text: str, end: int) -> tuple[int, str]:
    """Return where up to four words that could name a street begin, and the last of them."""
    start, last = end, ""
    for _ in range(4):
        left = start
        while left > 0 and end - left < 60 and (text[left - 1].isalnum() or text[left - 1] in "'’.-"):
            left -= 1
        word = text[left:start]
        if not word or not word[0].isalpha():
            break
        is_inner = word in ("van", "von", "de", "der", "den", "la") or last.rstrip(".").lower() in _HUNGARIAN
        if last and not (word[0].isupper() or is_inner):
            break
        if last and (word.endswith(".") or word.lower() in _NOT_STREET):
            break
        last = last or word
        start = left
        if text[start - 1 : start] != " ":
            break
        start -= 1
    while start < end and text[start] == " ":
        start += 1
    return start, last


def capitalized(text: str) -> str:
    """Return a text that has no capitals with one at each word that could be a name, of the same length."""
    return _LOWER_WORD.sub(lambda word: word[0] if word[0] in _PLAIN else word[0][0].upper() + word[0][1:], text)


def scan_address_words(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find addresses at a trigger word: a flat, a box, a word that stands before or after a street's name."""
    word = text[start:end].lower()
    for trigger_words, scan in _SCANS:
        if word in trigger_words:
            yield from scan(text, start, end)


def _unit(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _UNIT_HERE.match(text, start)
    if match:
        lead = _BEFORE_UNIT.search(text, max(0, start - 60), start)
        yield _grown(text, lead.start() if lead else start, match.end(), 0.7)


def _prefixed(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street whose kind stands first: `rue de la Paix 3`; without a house number only after a sure kind."""
    match = _PREFIXED.match(text, start)
    if match and (match["house"] or text[start:end].lower() in _SURE_PREFIX):
        score = 0.75 if match["house"] else 0.5
        yield _grown(text, start, match.end() - match[0].endswith("."), score)


def _corner(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _CORNER.match(text, start)
    if match:
        begin = start - 4 if text[max(0, start - 4) : start] == "the " else start
        yield Detection(begin, match.end(), "STREET_ADDRESS", 0.6, "Patterns: corner")


def _russian(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street whose kind stands last: `Тверская ул., д. 7`."""
    match = _RUSSIAN_STREET.search(text, max(0, start - 40), end + 12)
    if match and match.end() > end:
        yield _grown(text, match.start(), match.end(), 0.75)


def _boxes(text: str, start: int, _end: int) -> Iterator[Detection]:
    match = _MILITARY.match(text, start)
    if match:
        yield _grown(text, start, match.end(), 0.85)
    if text[start : start + 3].lower() == "box":
        lead = re.compile(r"p\.? ?o\.? ?$", re.IGNORECASE).search(text, max(0, start - 6), start)
        if lead is None:
            lead = re.compile(r"PSC \d{1,5}, ?$").search(text, max(0, start - 12), start)
        start = lead.start() if lead else start
    match = _BOX_HERE.match(text, start)
    if match:
        end = match.end()
        military = re.compile(rf"[\s,]{{1,4}}{_MILITARY.pattern}").match(text, end)
        yield _grown(text, start, military.end() if military else end, 0.7)


def _named_street(text: str, start: int, end: int) -> Iterator[Detection]:
    """Find a street without a house number: `Marina Fort Street`."""
    if not text[start].isupper():
        return
    match = _NAMED_STREET.search(text, max(0, start - 40), start)
    if match and match[0].partition(" ")[0].lower() not in _STOP:
        yield Detection(match.start(), end, "STREET_ADDRESS", 0.45, "Patterns: street name")


_SCANS = (
    (frozenset(_UNIT_WORDS), _unit),
    (frozenset(_BOX_WORDS), _boxes),
    (frozenset(_PREFIX), _prefixed),
    (frozenset(_CLEAR.split("|")), _named_street),
    (frozenset(_AREA_WORDS), _corner),
    (frozenset(words("улица ул проспект пр переулок пер шоссе бульвар набережная наб площадь проезд")), _russian),
)


def _grown(text: str, start: int, end: int, score: float) -> Detection:
    """Extend an address to the left and to the right."""
    before = text[max(0, start - 90) : start]
    lead = _BEFORE.search(before) or _BEFORE_RUSSIAN.search(before)
    if lead:
        start -= len(before) - lead.start()
    grown = _grow(text, end, is_small=text[start:end].islower())
    lead = _BEFORE_GROWN.search(before) if grown > end and not lead else None
    if lead:
        start -= len(before) - lead.start()
    return Detection(start, grown, "STREET_ADDRESS", score if grown == end else max(score, 0.75), "Patterns: address")


def _grow(text: str, end: int, *, is_small: bool) -> int:
    is_open = False  # whether words may follow after a mere space
    for _ in range(6):
        unit = _GROW_UNIT.match(text, end)
        if unit:
            end, is_open = unit.end(), True
            continue
        code = _GROW_ZIP.match(text, end)
        if code and code[0].count("\n") < 3:
            end, is_open = code.end(), True
            continue
        town = _GROW_WORDS.match(text, end)
        if town is None or not _belongs(text, town, is_open=is_open):
            break
        end, is_open = town.end(), False
    small = _GROW_SMALL.match(text, end) if is_small else None
    return small.end() if small else end


def join(text: str, found: Iterable[Detection]) -> list[Detection]:
    """Join addresses between which nothing but some names stands, such as a district between a street and a flat."""
    joined: list[Detection] = []
    for address in sorted(found, key=lambda d: (d.start, -d.end)):
        last = joined[-1] if joined else None
        if last and (
            address.start <= last.end or _BETWEEN.fullmatch(text, last.end, min(address.start, last.end + 60))
        ):
            score = max(last.score, address.score)
            joined[-1] = replace(last, end=max(last.end, address.end), score=score)
        else:
            joined.append(address)
    return joined


_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_ßŉǰΐΰև-ﬗ]\w{2,}")  # the letters left out would become two in capitals
_PLAIN = _STOP | frozenset(
    words(
        "about above across after again against all also always among any around away back because been before "
        "behind below being between both came come cost costs days did does doing done down down during each every "
        "few first gave get gets give goes going gone good got had has have having houses hours hundred into its "
        "just kept last left less like long made make many me miles million minutes months more most much near "
        "need never next nor not now off often old once one only or other out over own paid pay people per percent "
        "points put ran said same saw say seen several should since some still such take taken than them "
        "themselves these they those though thousand three through till times took two under until up used using "
        "very want wants was way ways weeks went were which while who whose with within without year years yet you "
        "cars floor corner avec pour dans sur les des und der die das mit von nach für para con por los las это "
        "как что так для или под над при без через минут часов дней человек рублей года лет раз"
    )
)
_BETWEEN = re.compile(rf"[\s,.?>|]{{0,8}}(?:{_CAP}[\s,]{{1,4}}){{0,4}}")


def _belongs(text: str, town: re.Match[str], *, is_open: bool) -> bool:
    """Say whether words after an address are its town or country."""
    gap, has_code = town["gap"], bool(town["zip"])
    first = re.split(r"[ .-]", town["words"], maxsplit=1)[0].lower()
    if first in _STOP or text[town.end() : town.end() + 1] in (":", "@") or text[town.end() : town.end() + 2] == " :":
        return False
    if gap.count("\n") > 1 or "?" in gap.strip(" \n")[:1]:
        return has_code or "?" in gap
    return has_code or is_open or "\n" in gap or "," in gap or gap == " - " or town["words"].isupper()
