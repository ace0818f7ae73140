"""Numbers of records: patients, cases, vehicles, employees; names of users."""

import re
from collections.abc import Iterator

from backend.patterns import checksums as sums
from backend.patterns.dates import SHORT_MONTHS
from backend.patterns.pattern import Pattern, number, word, words
from backend.types import Detection

_LINK = (
    r"(?:\s*[:#№=]\s*|\s+(?:is|was|number|no\.?|num\.?|nr\.?|id|code|номер|№|#)[\s:#.№=]*|\s*\.\s*|\s+)(?:(?:is"
    r"|was)\s+)?"
)
_CODE = r"(?P<v>(?=[\w./-]*\d[\w./-]*\d)[A-Za-zА-Я0-9][\w./-]{2,30}\w)"
_OWNERS = (
    "patient member subscriber policy group employee staff badge student enrollment matriculation case docket file "
    "claim account acct customer client user order invoice reference ref ticket certificate registration license "
    "licence permit application membership loyalty card device serial imei imsi tracking booking reservation record "
    "chart encounter visit accession specimen beneficiary contract loan health insurance medicare medicaid plan "
    "passport document visa tax voter"
)
_USER = (
    "username user login handle screenname nickname nick skype telegram tg discord instagram insta twitter snapchat "
    "tiktok logon логин логином ник никнейм никнеймом телеграм телеграме identifiant benutzername usuario"
)
_NOT_USER = frozenset(
    words(
        "is was not name the a an id and or to for in on at of with has can should page form button channel bot group "
        "account support"
    )
)


def _has_digit(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 3 and not re.fullmatch(
        r"(?:19|20)\d\d|\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4}|\d+(?:st|nd|rd|th)", value
    )


def is_number(value: str) -> bool:
    """Say whether letters before digits belong to them, and do not only say what they are: `MRN 123456`."""
    return (
        _has_digit(value)
        and re.match(
            r"(?:MRN|SSN|DOB|PIN|VIN|TEL|FAX|ZIP|NHS|SIN|TIN|EIN|BSN|CVV|UID|NIE|NIF|ISO|RFC|CVE|PR|NO|ID|DL|MR|NPI"
            r"|DEA|MBI|PAN|TFN|ABN|NIR|OIB|CPF|CPR|CNP|EGN|DNI|CUI|ИНН|PEP|EST|EDT|CST|CDT|MST|PST|PDT|CET|UTC|GMT"
            r"|ANSI|IEEE|ASTM|DIN|IEC|CWE|SHA|UTF|CP|HTTP|COVID)\b",
            value,
        )
        is None
    )


def _is_user(value: str) -> bool:
    return len(value) >= 3 and value.lower() not in _NOT_USER


def _is_token(value: str) -> bool:
    return bool(re.search(r"\d|[_.]\w|[a-z][A-Z]", value)) and _is_user(value)


PATTERNS = (
    Pattern(
        "medical_record",
        "MEDICAL_RECORD",
        word(
            rf"(?:mrns?|hrn|ehr|patient(?:'s)?|chart|encounter|medical\s+record|health\s+record){_LINK}(?:(?:id"
            rf"|number|no|mrn)[\s.:#]*)?{_CODE}"
        ),
        triggers="mrn mrns hrn ehr patient chart encounter medical health",
        score=0.85,
        accept=_has_digit,
    ),
    Pattern(
        "medical_card",
        "MEDICAL_RECORD",
        word(
            r"(?:медицинск\w+ карт\w+|амбулаторн\w+ карт\w+|истори[яи] болезни|карта пациента|dossier(?: médical)?"
            rf"|patientennummer|fallnummer|aktenzeichen|historia clínica)\s*(?:№|n°|nr\.?|no\.?|:|#)?\s*:?\s*{_CODE}"
        ),
        triggers=(
            "медицинская медицинской амбулаторная амбулаторной история истории карта dossier patientennummer "
            "fallnummer aktenzeichen historia"
        ),
        score=0.85,
        accept=_has_digit,
    ),
    Pattern(
        "record_number",
        "ID_NUMBER",
        word(
            r"[a-z]+(?:'s)?(?:\s(?:identification|id|card|member|security|reference|policy|account|plan|file|case"
            rf"|group))?\s?(?:[:#]|numbers?|no\b|num\b|nr\b|id\b|code|№)[\s.:#№=]*(?:is\s+|was\s+)?{_CODE}"
        ),
        triggers=_OWNERS,
        score=0.7,
        accept=_has_digit,
    ),
    Pattern(
        "some_number",
        "ID_NUMBER",
        word(
            rf"(?:id|ids|номер|№|n[°º]|ref|reference|identifier)(?:\s?(?:number|no\b|code))?[\s.:#№=]{{1,3}}(?:is\s+)?{_CODE}"
        ),
        triggers="id n номер ref reference identifier",
        score=0.6,
        accept=_has_digit,
    ),
    Pattern("imei", "ID_NUMBER", number(r"\d{15}|\d\d-\d{6}-\d{6}-\d"), starts="2 15", valid=0.6, check=sums.luhn),
    Pattern(
        "uuid",
        "ID_NUMBER",
        number(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE),
        starts="* A*",
        score=0.4,
    ),
    Pattern(
        "long_number",
        "ID_NUMBER",
        number(r"\d{9,20}"),
        starts="9 10 11 12 13 14 15 16 17 18 19 20",
        score=0.4,
        context="id bank health passport license",
        confirmed=0.6,
        accept=lambda value: not value.endswith("00000"),
    ),
    Pattern(
        "number_beside_word",
        "ID_NUMBER",
        number(
            r"\d{6,8}|[A-Z]{1,4}[- ]?\d{4,12}[A-Z]?|[A-Z]{1,3} ?\d{2,4}(?: \d{2,4}){1,3}|\d{2,6}(?:-\d{2,8}){1,3}"
            r"|[A-Z]{1,4}(?:-[A-Z0-9]{2,8}){2,4}"
        ),
        starts="2 3 4 5 6 7 8 A1 A2 A3 A4",
        context="id health passport license",
        confirmed=0.5,
        accept=is_number,
    ),
    Pattern(
        "number_of_year",
        "ID_NUMBER",
        number(r"[A-Z]{2,5}[ :#/-]{1,2}(?:\d\d|(?:19|20)\d\d)/(?!(?:19|20)\d\d\b)\d{4,8}[A-Z]?"),
        starts="A2 A3 A4 A5",
        score=0.45,
        accept=is_number,
    ),
    Pattern(
        "docket",
        "ID_NUMBER",
        number(
            r"(?:\d{1,2}:)?(?:\d\d|(?:19|20)\d\d)-?(?:cv|cr|civ|crim|mc|mj|bk|ap|cp|jv|mdl)-?\d{2,6}(?:-[A-Z]{2,4}){0,3}",
            re.IGNORECASE,
        ),
        starts="1 2 4",
        score=0.7,
    ),
    Pattern(
        "docket_without_year",
        "ID_NUMBER",
        word(r"(?:cv|cr|civ|crim|mc|mj|bk|mdl)-\d{3,6}(?:-[a-z]{2,4}){0,3}\b"),
        triggers="cv cr civ crim mc mj bk mdl",
        score=0.6,
        accept=lambda value: not re.search(r"-(?:19|20)\d\d$", value),
    ),
    Pattern(
        "number_with_slashes",
        "ID_NUMBER",
        number(r"\d{1,6}(?:/\d{1,8}){2,4}"),
        starts="1 2 3 4 5 6",
        score=0.45,
        accept=lambda value: sum(map(str.isdigit, value)) >= 9,
    ),
    Pattern(
        "last_digits",
        "ID_NUMBER",
        word(r"\w+(?:\s(?:in|with|on))?\s?:?\s?[*x.•]{0,4}(?P<v>\d{4})(?![\w%]|[.,]\d)"),
        triggers="ending ends",
        context="card bank ssn phone",
        confirmed=0.6,
    ),
    Pattern(
        "letters_and_digits",
        "ID_NUMBER",
        number(
            r"[A-Z]{1,4}-?\d{5,}(?:-?[A-Z0-9]+)*|[A-Z]{1,4}-\d{4,}(?:-[A-Z0-9]+)*|\d{3,}[A-Z]{1,3}\d{3,}[A-Z0-9]*"
            r"|\d{1,2}[A-Z]{1,4}\d{6,}[A-Z0-9]*"
        ),
        starts="A1 A2 A3 A4 1 2 3 4 5 6 7 8",
        score=0.45,
        accept=is_number,
    ),
    Pattern(
        "vin",
        "VIN",
        number(r"(?=[A-HJ-NPR-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}"),
        starts="* A*",
        score=0.5,
        valid=0.95,
        context="vin",
        confirmed=0.95,
        check=sums.vin,
    ),
    Pattern(
        "vin_beside_word",
        "VIN",
        number(r"[A-HJ-NPR-Z0-9]{10,17}", re.IGNORECASE),
        starts="* A*",
        context="vin",
        confirmed=0.7,
    ),
    Pattern(
        "plate",
        "LICENSE_PLATE",
        number(
            r"[A-ZÄÖÜ]{1,3}[ -]?[A-Z]{0,2}[ -]?\d{1,4}(?:[ -]?[A-Z]{1,3})?(?:[ -]?\d{1,4})?|\d{1,4}[ -]?[A-Z]{1,3}[ "
            r"-]?\d{0,4}"
        ),
        starts="1 2 3 4 A1 A2 A3 A4",
        context="plate",
        confirmed=0.65,
        accept=lambda value: len(sums.compact(value)) >= 5,
    ),
    Pattern(
        "plate_german",
        "LICENSE_PLATE",
        number(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?"),
        starts="A1 A2",
        score=0.7,
        context="plate",
    ),
    Pattern(
        "plate_french", "LICENSE_PLATE", number(r"[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}"), starts="A2", score=0.7
    ),
    Pattern(
        "plate_dashed",
        "LICENSE_PLATE",
        number(
            r"\d\d-[A-Z]{2}-\d\d|[A-Z]{2}-\d\d-(?:[A-Z]{2}|\d\d)|\d\d-\d\d-[A-Z]{2}|\d{1,2}-[A-Z]{3}-\d{1,2}"
            r"|[A-Z]{1,2}-\d{3}-[A-Z]{1,2}"
        ),
        starts="1 2 A1 A2",
        score=0.5,
        context="plate",
        accept=lambda value: not re.search(f"-(?:{SHORT_MONTHS})-", value, re.IGNORECASE),
    ),
    Pattern(
        "plate_british",
        "LICENSE_PLATE",
        number(r"[A-HJ-PR-Y]{2}\d\d ?[A-HJ-PR-Z]{3}"),
        starts="A2",
        score=0.55,
        context="plate",
    ),
    Pattern(
        "plate_word",
        "LICENSE_PLATE",
        word(
            r"(?:license|licence|number|registration)\s+plates?(?:\s+(?:number|no))?\s*(?:[:#]|is|was)?\s*"
            r"(?P<v>(?-i:(?=[A-Z]*[ -]?\d|\d*[ -]?[A-Z]+)[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,5}){0,2}|[A-Z0-9]{4,8}))\b"
        ),
        triggers="license licence number registration",
        score=0.8,
    ),
    Pattern(
        "username",
        "USERNAME",
        word(
            r"\w+(?:[ _-]?(?:name|id|handle|nick|tag|user))?[\"']?\s*(?:[:=]|-(?=\s))\s*[\"'`«]?@?"
            r"(?P<v>[\w.#-]{2,40}\w)"
        ),
        triggers=_USER,
        score=0.7,
        accept=_is_user,
    ),
    Pattern(
        "username_beside_word",
        "USERNAME",
        word(r"\w+(?:[ _-](?:name|id|handle|nick|tag|user))?\s+(?:is\s+)?[\"'`«]?@?(?P<v>[\w.#-]{3,40})\b"),
        triggers=_USER.replace("handle ", ""),
        score=0.5,
        accept=_is_token,
    ),
    Pattern(
        "assigned_comment",
        "USERNAME",
        word(r"\w+\(@?(?P<v>[a-z][\w.-]{1,38}\w)\)"),
        triggers="todo fixme xxx hack",
        score=0.5,
    ),
    Pattern("reddit_user", "USERNAME", word(r"u/[\w-]{3,20}(?![\w/])"), triggers="u", score=0.6),
    Pattern(
        "document_series",
        "PASSPORT",
        word(r"series\s?[:=#]?\s?(?P<v>\d\d ?\d\d|[A-Z]{2})(?!\w|[.,]\d)"),
        triggers="series",
        context="passport license",
        confirmed=0.6,
    ),
    Pattern(
        "russian_record",
        "ID_NUMBER",
        word(rf"\w+\s?(?:№|номер|n)?\s?:?\s?{_CODE}"),
        triggers=(
            "договор договора договору договором контракт контракта заявка заявки заявку заказ заказа дело дела деле"
            " обращение обращения жалоба жалобы счёт счет доверенность доверенности свидетельство свидетельства"
        ),
        score=0.6,
        accept=_has_digit,
    ),
    Pattern("steam_id", "USERNAME", word(r"steam_[0-5]:[01]:\d+"), triggers="steam", score=0.8),
    Pattern(
        "initials",
        "PERSON",
        word(r"initials(?: (?:are|is)|\s?[:=-])? (?P<v>(?-i:(?:[A-Z]\.?[ -]?){1,3}[A-Z]\b\.?))"),
        triggers="initials",
        score=0.5,
    ),
    Pattern(
        "german_docket",
        "ID_NUMBER",
        number(r"\d{1,3} (?:[ABCEFKLMOSTUW]|[CDLK]?L?s|[CGS]a|[UW]F|BvR|StR|A?ZR|AR|OH)(?: \d{1,4} Js)? \d{1,6}/\d\d"),
        starts="1 2 3",
        score=0.6,
    ),
    Pattern(
        "profile_path",
        "USERNAME",
        word(r"linkedin[\s:(]{1,3}/?in/(?P<v>[\w%-]{3,80})"),
        triggers="linkedin",
        score=0.7,
    ),
    Pattern(
        "home_folder",
        "USERNAME",
        word(
            r"(?:users|home|profiles)(?:/|\\{1,4})(?!(?:public|shared|default|root|ubuntu|app|runner|user|username)\b)"
            r"(?P<v>[^\W\d_][\w.-]{0,38}\w)(?=[/\\])"
        ),
        triggers="users home profiles",
        score=0.5,
    ),
    Pattern("discord_tag", "USERNAME", re.compile(r"[A-Za-z][\w.]{1,31}#\d{4}\b"), starts="A*", score=0.6),
)


_MACHINE_READABLE = re.compile(r"(?<![\w<])[A-Z0-9]{1,2}[A-Z0-9<]{18,43}(?![\w<])")


def scan_machine_readable(text: str) -> Iterator[Detection]:
    """Find the lines of a travel document that machines read: `P<UTOERIKSSON<<ANNA<MARIA<<<<`."""
    for match in _MACHINE_READABLE.finditer(text) if "<<" in text else ():
        if "<<" in match[0]:
            yield Detection(*match.span(), "PASSPORT", 0.85, "Patterns: machine_readable_zone")
