"""Cards, bank accounts and wallets."""

import re

from backend.privacy.patterns import checksums as sums
from backend.privacy.patterns.kinds.records import is_number
from backend.privacy.patterns.pattern import NAMED, SPECIFIC, Pattern, number, word, words

_IBAN_LENGTHS = {
    11: "NO",
    12: "BE",
    14: "DK|FI|FO|GL|NL|SD",
    15: "MK|SI",
    16: "AT|BA|EE|KZ|LT|LU|MN|XK",
    17: "CH|CR|HR|LI|LV",
    18: "BG|BH|DE|GB|GE|IE|ME|RS|VA",
    19: "AE|GI|IL|IQ|OM|SO|TL",
    20: "AD|CZ|ES|MD|PK|RO|SA|SE|SK|TN|VG",
    21: "LY|PT|ST",
    22: "IS|TR",
    23: "BI|DJ|FR|GR|IT|MC|MR|SM",
    24: "AL|AZ|BY|CY|DO|GT|HU|LB|NI|PL|SV",
    25: "BR|EG|PS|QA|UA",
    26: "JO|KW|MU|YE",
    27: "MT|SC",
    28: "LC",
    29: "RU",
}
_GAP = r"[ .\-]?\s{0,2}"
_IBAN = "|".join(rf"(?:{names})[ .\-]?\d\d(?:{_GAP}[A-Z0-9]){{{rest}}}" for rest, names in _IBAN_LENGTHS.items())


def _looks_like_card(value: str) -> bool:
    return value[0] in "3456" and not value.endswith("0000")


def _has_issuer(value: str) -> bool:
    """Say whether a number begins as those of payment cards do."""
    return re.match(r"4|5[0-8]|3[0-9]|6|2[2-7]", sums.compact(value)) is not None


def _is_scattered_card(value: str) -> bool:
    """Luhn holds for one in ten of any numbers, so that scattered ones also need an issuer's first digits."""
    return _has_issuer(value) and len(set(sums.compact(value))) > 3 and sums.luhn(value)


def _is_iban(value: str) -> bool:
    """Say whether a value could be a mistyped IBAN: and no beginning of a sentence."""
    number = sums.compact(value)
    is_sentence = any(char.islower() for char in value) and any(char.isspace() for char in value)
    return sum(map(str.isdigit, number)) >= 8 and (not is_sentence or sums.iban(value))


_COUNTRIES = frozenset(
    words(" ".join(_IBAN_LENGTHS.values()).replace("|", " ")),
) | frozenset(
    words("US CA AU NZ JP CN HK SG IN KR MX ZA TW TH MY ID PH VN AR CL CO PE NG KE MA MM BD LK NP MO KH UZ KG AM")
)


def _is_swift(value: str) -> bool:
    """Say whether the fifth and sixth letter are a country."""
    return value[4:6] in _COUNTRIES


PATTERNS = (
    Pattern(
        "card_grouped",
        "CREDIT_CARD",
        number(
            r"\d{4}(?:[ .\-]|\s){1,3}(?:\d{4}(?:[ .\-]|\s){1,3}\d{4}(?:[ .\-]|\s){1,3}\d{1,7}|\d{6}(?:[ .\-]"
            r"|\s){1,3}\d{4,5})"
        ),
        starts="4",
        score=0.6,
        valid=1.0,
        context="card",
        check=sums.luhn,
    ),
    Pattern(
        "card_plain",
        "CREDIT_CARD",
        number(r"4\d{12}|\d{14,19}"),
        starts="13 14 15 16 17 18 19",
        valid=0.9,
        context="card",
        check=sums.luhn,
    ),
    Pattern(
        "card_issuer",
        "CREDIT_CARD",
        number(r"\d{14,16}"),
        starts="14 15 16",
        score=0.45,
        accept=_looks_like_card,
    ),
    Pattern(
        "card_beside_word",
        "CREDIT_CARD",
        number(r"(?:\d[ .\-]?){12,18}\d"),
        starts="1 2 3 4 5 6 7 8 13 14 15 16 17 18 19",
        context="card",
        confirmed=NAMED,
        accept=_has_issuer,
    ),
    Pattern("card_short", "CREDIT_CARD", number(r"\d{12}"), starts="12", valid=0.5, context="card", check=sums.luhn),
    Pattern(
        "card_scattered",
        "CREDIT_CARD",
        number(r"(?:\d(?:[ .\-]|\s){0,2}){12,18}\d"),
        starts="1 2 3 4 5 6 7 8",
        score=0.7,
        accept=_is_scattered_card,
    ),
    Pattern(
        "iban",
        "IBAN_CODE",
        number(_IBAN, re.IGNORECASE),
        starts="A2",
        score=0.65,
        valid=1.0,
        context="iban",
        check=sums.iban,
        accept=_is_iban,
    ),
    Pattern(
        "iban_other",
        "IBAN_CODE",
        number(r"[A-Z]{2}\d\d(?:[ .\-]?[A-Z0-9]{4}){2,7}(?:[ .\-]?[A-Z0-9]{1,4})?", re.IGNORECASE),
        starts="A2",
        valid=0.9,
        context="iban",
        confirmed=0.8,
        check=sums.iban,
    ),
    Pattern(
        "french_account",
        "BANK_ACCOUNT",
        number(r"\d{5} ?\d{5} ?[A-Z0-9]{11} ?\d\d"),
        starts="5 21",
        score=0.6,
    ),
    Pattern(
        "swift",
        "SWIFT_CODE",
        word(
            r"(?:swift|bic)(?:[ /_-](?:bic|code|swift|number|no))*[\s:=#]*(?:is\s+)?(?P<v>(?-i:[A-Z]{6}[A-Z0-9]{2}"
            r"(?:[A-Z0-9]{3})?))\b"
        ),
        triggers="swift bic",
        accept=_is_swift,
        score=SPECIFIC,
    ),
    Pattern(
        "swift_labelled",
        "SWIFT_CODE",
        word(
            r"(?:swift|bic)(?:[ /_-](?:bic|code|swift|number|no))*(?:\s?[:=#]\s?|\scode\s|\sis\s|\s)"
            r"(?P<v>(?=\w*\d)[A-Z]{4}[A-Z0-9]{4}(?:[A-Z0-9]{3})?|(?-i:[A-Z]{8}|[A-Z]{11}))\b"
        ),
        triggers="swift bic",
        score=NAMED,
    ),
    Pattern(
        "swift_beside_word",
        "SWIFT_CODE",
        number(r"[A-Z]{6}\d[A-Z0-9](?:[A-Z0-9]{3})?|[A-Z]{7}\d(?:[A-Z0-9]{3})?|[A-Z]{8}\d[A-Z0-9]{2}"),
        starts="A6 A7 A8",
        context="swift",
        accept=_is_swift,
    ),
    Pattern(
        "us_routing",
        "ROUTING_NUMBER",
        number(r"\d{9}|\d{4}-\d{4}-\d"),
        starts="4 9",
        context="routing",
        check=sums.aba,
    ),
    Pattern("uk_sort_code", "ROUTING_NUMBER", number(r"\d\d([- ])\d\d\1\d\d"), starts="2", context="routing"),
    Pattern(
        "sort_code_beside_account",
        "ROUTING_NUMBER",
        number(r"\d\d-\d\d-\d\d"),
        starts="2",
        context="bank",
        confirmed=0.6,
        accept=lambda value: not re.match(r"(?:0[1-9]|[12]\d|3[01])-(?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])-[0-3]", value),
    ),
    Pattern(
        "bank_code",
        "ROUTING_NUMBER",
        number(r"\d{3}[ -]\d{3}(?: \d\d)?|\d{5}-\d{3}|\d{5,8}"),
        starts="3 5 6 7 8",
        context="routing",
    ),
    Pattern("ifsc", "ROUTING_NUMBER", number(r"[A-Z]{4}0[A-Z0-9]{6}"), starts="A4", score=0.7, context="routing"),
    Pattern(
        "bank_account",
        "US_BANK_NUMBER",
        number(r"\d{6,17}|\d{2,6}(?:[ -]\d{2,8}){1,4}"),
        starts="*",
        context="bank",
        confirmed=0.7,
    ),
    Pattern(
        "account_code",
        "BANK_ACCOUNT",
        number(r"[A-Z]{1,6}[- ]?\d{4,18}|[A-Z]{2,6}(?:-[A-Z0-9]{2,8}){1,4}"),
        starts="A1 A2 A3 A4 A5 A6",
        context="bank",
        confirmed=0.6,
        accept=is_number,
    ),
    Pattern(
        "account_of_number",
        "BANK_ACCOUNT",
        word(
            r"(?P<v>(?-i:[A-Z][a-z]+ (?:[A-Z][a-z]+ ){0,2}Account))"
            r"(?=[ ,:(#-]{1,3}(?:(?:acct|a/c|account|no|number|num)\b|[\dX*#]))"
        ),
        triggers=(
            "savings checking loan home auto personal credit money investment joint current deposit mortgage student"
            " business retirement brokerage salary"
        ),
        score=SPECIFIC,
    ),
    Pattern(
        "account_name_of",
        "BANK_ACCOUNT",
        word(
            r"(?:account|acct|a/c)\.?[ _-]?(?:name|title)\s?(?:[:=]|is|-)?\s?[\"'“]?"
            r"(?P<v>(?-i:[A-Z][\w'’&.]*(?: (?:&|of|[A-Z][\w'’&]*))+))"
        ),
        triggers="account acct",
        score=SPECIFIC,
    ),
    Pattern(
        "ru_account",
        "BANK_ACCOUNT",
        number(r"(?:40[5-8]|30[1-3]|42[0-9]|45[0-9])\d{2}[ .]?\d{3}[ .]?\d[ .]?\d{4}[ .]?\d{7}"),
        starts="5 20",
        score=0.85,
        context="bank",
    ),
    Pattern("clabe", "BANK_ACCOUNT", number(r"\d{18}"), starts="18", context="routing bank"),
    Pattern(
        "bitcoin",
        "CRYPTO",
        number(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?i:bc1[02-9ac-hj-np-z]{11,71})"),
        starts="1 2 3 4 5 A2",
        score=0.5,
        valid=1.0,
        check=sums.bitcoin,
    ),
    Pattern(
        "litecoin",
        "CRYPTO",
        number(r"(?:ltc1|cosmos1|addr1|stake1|terra1)[02-9ac-hj-np-z]{30,100}"),
        starts="A3 A4 A5 A6",
        score=0.95,
    ),
    Pattern("ethereum", "CRYPTO", number(r"0x[0-9a-fA-F]{40}"), starts="1", score=0.95),
    Pattern(
        "other_coin",
        "CRYPTO",
        number(r"[LMDrTX](?=\w*[a-z])(?=\w*[A-Z])[1-9A-HJ-NP-Za-km-z]{25,34}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}"),
        starts="* A*",
        score=NAMED,
    ),
)
