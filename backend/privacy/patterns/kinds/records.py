"""Numbers of records: patients, cases, employees, customers, devices."""

import re
from collections.abc import Iterator

from backend.privacy.patterns import checksums as sums
from backend.privacy.patterns.pattern import GENERAL, NAMED, SPECIFIC, Pattern, number, word
from backend.privacy.types import Detection

_LINK = (
    r"(?:\s*[:#№=]\s*|\s+(?:is|was|number|no\.?|num\.?|nr\.?|id|code|номер|№|#)[\s:#.№=]*|\s*\.\s*|\s+)(?:(?:is"
    r"|was)\s+)?"
)
_CODE_FORM = r"(?=[\w./-]*\d[\w./-]*\d)[A-Za-zА-Я0-9][\w./-]{2,30}\w"
_CODE = rf"(?P<v>{_CODE_FORM})"
_OWNERS = (
    "biometric vehicle identity cust emp empl kunden kd vertrags personal cliente klant klienta numer numéro número "
    "patient member subscriber policy group employee staff badge student enrollment matriculation case docket file "
    "claim account acct customer client user order invoice reference ref ticket certificate registration license "
    "licence permit application membership loyalty card device serial imei imsi tracking booking reservation record "
    "chart encounter visit accession specimen beneficiary contract loan health insurance medicare medicaid plan "
    "passport document visa tax voter"
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
        "health_plan",
        "HEALTH_INSURANCE",
        word(
            r"(?:health\s(?:plan|insurance)|medicare|medicaid|subscriber|insurance\smember)(?:\s(?:plan|beneficiary|member"
            rf"|policy))*\s?(?:number|no\b\.?|id\b|#|identifier)[\s.:#=]*(?:is\s)?(?P<v>(?:[A-Z]{{2,4}} )?{_CODE_FORM})"
        ),
        triggers="health medicare medicaid subscriber insurance",
        score=SPECIFIC,
        accept=_has_digit,
    ),
    Pattern(
        "tax_number",
        "TAX_ID",
        word(
            r"tax(?:payer)?(?:\s(?:payer|file|identification|id|reference|ref))?\s?(?:number|no\b\.?|id\b|#|ref\b)"
            rf"[\s.:#=]*(?:is\s)?(?P<v>(?:[A-Z]{{2,4}} )?{_CODE_FORM})"
        ),
        triggers="tax taxpayer",
        score=NAMED,
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
            r"\w+(?:'s)?\.?-?(?:\s(?:identification|id|card|member|security|reference|policy|account|plan|file|case"
            r"|group|license|licence|beneficiary|client|cliente|klienta))?"
            r"\s?(?:[:#]|numbers?|no\b|num\b|nr\b|id\b|identifier|code|ref\b|reference|№|serial|cliente?\b|klienta)"
            rf"[\s.:#№=]*(?:is\s+|was\s+|n[°o]\s?)?{_CODE}"
        ),
        triggers=_OWNERS,
        score=GENERAL,
        accept=_has_digit,
    ),
    Pattern(
        "some_number",
        "ID_NUMBER",
        word(
            rf"(?:id|ids|номер|№|n[°º]|ref|reference|identifier)(?:\s?(?:number|no\b|code))?[\s.:#№=]{{1,3}}(?:is\s+)?{_CODE}"
        ),
        triggers="id n номер ref reference identifier",
        score=GENERAL,
        accept=_has_digit,
    ),
    Pattern("imei", "ID_NUMBER", number(r"\d{15}|\d\d-\d{6}-\d{6}-\d"), starts="2 15", valid=0.6, check=sums.luhn),
    Pattern(
        "device_beside_word",
        "ID_NUMBER",
        number(r"\d{14,20}|\d\d-\d{6}-\d{6}-\d|\d{4,6}(?: \d{2,6}){2,5}(?: \d)?"),
        starts="2 4 5 6 14 15 16 17 18 19 20",
        context="imei",
        confirmed=1.0,
    ),
    Pattern(
        "uuid",
        "ID_NUMBER",
        number(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE),
        starts="* A*",
        score=NAMED,
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
            r"\d{6,8}|[A-ZА-ЯЁІЇЄΑ-Ω]{1,4}[- ]?\d{4,12}[A-Z]?|[A-Z]{1,3} ?\d{2,4}(?: \d{2,4}){1,3}"
            r"|\d{2,6}(?:-\d{2,8}){1,3}"
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
    Pattern("cadastral", "ID_NUMBER", number(r"\d\d:\d\d:\d{6,7}:\d{1,5}"), starts="2", score=0.8),
    Pattern(
        "plot",
        "ID_NUMBER",
        word(r"\w+\s(?:n°\s?|nr\.?\s?|no\.?\s?)?(?P<v>(?-i:[A-Z]{1,2} ?)\d{1,4}(?:/\d{1,4})?)(?!\w|[.,]\d)"),
        triggers="parcelle flurstück flurstueck parcela particella działka parcel",
        score=0.6,
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
        score=0.6,
        accept=lambda value: not re.match(r"19|20[0-4]", value),
    ),
    Pattern(
        "last_digits_of_card",
        "ID_NUMBER",  # four digits are no card's number: a rule against card data lets them pass
        word(
            r"\w+(?:\scard)?(?:\s(?:no\.?|number))?\s?(?:ending|ends)?(?:\s(?:in|with|on))?[\s:]?"
            r"(?:[*xX•.]{4}[ -]?){0,3}"
            r"(?P<v>\d{4})(?![\w%]|[ .,/-]\d)"
        ),
        triggers="card visa mastercard amex maestro credit debit",
        score=NAMED,
        accept=lambda value: not re.match(r"19|20[0-4]", value),
    ),
    Pattern(
        "masked_digits",
        "ID_NUMBER",
        re.compile(r"(?:(?<=[*xX•]{2})|(?<=[*xX•]{2}[ -]))(?P<v>\d{3,4})(?![\w%]|[.,]\d)"),
        starts="3 4",
        score=0.6,
    ),
    Pattern(
        "number_of_thing",
        "ID_NUMBER",
        word(
            r"\w+(?:\s(?:key|box|card|fob|tag|safe))?(?:\s(?:is|was))?(?:\s(?:number|no\.?|nr\.?))?[\s:#]{1,3}"
            r"(?P<v>(?-i:[A-Z]{1,3}-?\d{2,8})|0x[0-9a-f]{4,16})(?!\w|[.,/-]\d)"
        ),
        triggers="fob badge locker keycard lanyard keyring deposit token tag",
        score=0.6,
    ),
    Pattern("masked_by_x", "ID_NUMBER", number(r"[Xx]{2,}\d{3,4}"), starts="A2 A3 A4 A5 A6 A7 A8 A9", score=0.6),
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
        "document_series",
        "PASSPORT",
        word(r"series\s?[:=#]?\s?(?P<v>\d\d ?\d\d|[A-Z]{2})(?!\w|[.,]\d)"),
        triggers="series",
        context="passport license",
        confirmed=0.6,
    ),
    Pattern(
        "series_before_number",
        "PASSPORT",
        word(r"\w+\s?:?\s?(?P<v>(?-i:[A-ZА-ЯІЇЄ]{2,3}|\d\d ?\d\d))(?=,?\s(?:(?:nr|no|numer|num|номер)\b|n°|№))"),
        triggers="seria serie serija série серия серии серія серії",
        score=0.6,
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
)


_MACHINE_READABLE = re.compile(r"(?<![\w<])[A-Z0-9]{1,2}[A-Z0-9<]{18,43}(?![\w<])")


def scan_machine_readable(text: str) -> Iterator[Detection]:
    """Find the lines of a travel document that machines read: `P<UTOERIKSSON<<ANNA<MARIA<<<<`."""
    for match in _MACHINE_READABLE.finditer(text) if "<<" in text else ():
        if "<<" in match[0]:
            yield Detection(*match.span(), "PASSPORT", 0.85, "Patterns: machine_readable_zone")
