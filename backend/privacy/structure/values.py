"""Which part of what stands beside a key is its value: a form for each entity type.

A delimited value (a JSON string, a cell, an attribute) is taken whole if it may be what its key says. In running text
the value has no end of its own, and is taken as far as it has the type's form.
"""

import html
import re
import urllib.parse
from collections.abc import Callable

from backend.privacy.entity_types import ACCESS
from backend.privacy.structure.keys import Key
from backend.privacy.structure.names import (
    NOTHING,
    Fit,
    is_capital,
    is_company,
    is_no_name,
    is_person,
    person_at,
    place_at,
)
from backend.privacy.structure.vocabulary import word_set

_OPENING = re.compile(r"[\s\"'“«*_`#№]{0,20}+")
_CALL = re.compile(r"[A-Za-z_][\w.]*+[(\[]|\$\{|\{\{|<|\*{3,}$|x{3,}$|\[")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\([\"'/\\])")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[(;]")
_SENTENCE_BEGINS = re.compile(r"(?<=\w\w\w)[.!?]\s+(?=[^\W\d_a-zа-яё]\w*'?\w* [a-zа-яё]+)")
_ACCOUNT_NAME = re.compile(
    r"(?:[^\W_a-zà-ÿ][\w'’]*|\w+[._-]\w+|\w{3,30}(?=\s*(?:[,;|\n]|$)))(?: (?:[^\W_a-zà-ÿ][\w'’]*|&|of|and))*"
)
_SCHEME = re.compile(r"(?:bearer|basic|token)\s{1,9}", re.IGNORECASE)

_ID = r"(?:[^\W\d_]{1,5}[-/. ]?)?\d[^\W_]*+(?:[-/. №]{1,3}[^\W_]{0,8}?\d[^\W_]*+)*"
_MONTH = r"[^\W\d_]{3,9}\.?"
_FORMS = {
    "EMAIL_ADDRESS": r"[^\s<>\"'(),;:|\[\]]+@[^\s<>\"'(),;:|\[\]]*\w",
    "PHONE_NUMBER": r"(?:tel:)?[+(]{0,2}\d[\d ().\-–/\xa0]{4,22}\d(?:,? ?(?:ext|x|доб)\.? ?\d{1,6})?",
    "US_SSN": r"[\dXx*](?:[ .\-–]?[\dXx*]){3,8}",
    "RU_SNILS": r"\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}",
    "RU_INN": r"\d{10,12}",
    "IBAN_CODE": r"[A-Za-z]{2} ?\d{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,8}",
    "CREDIT_CARD": r"\d(?:[ .-]?[\dXx*]){11,18}",
    "ID_NUMBER": _ID,
    "MEDICAL_RECORD": _ID,
    "BANK_ACCOUNT": _ID,
    "DATE_TIME": r"\d{4}-\d\d?-\d\d?(?:[T ]\d\d?:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"|\d{{1,2}} ?[./-] ?\d{{1,2}} ?[./-] ?\d{{2,4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?[ -](?:of |de )?{_MONTH}[ -](?:de )?\d{{2,4}}(?: г\w*\.?)?|(?:19|20)\d{{6}}",
    "ZIP_CODE": r"(?:[A-Z]{1,2}-)?\d[\dA-Z]{2,5}(?:[ -]\d[\dA-Z]{1,3})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "AGE": r"\d{1,3}(?![\d.])(?:[ -]?(?:years?(?:[ -]old)?|yrs?|y/?o|ans|años|jahre|лет|год\w?)\b)?",
    "IP_ADDRESS": r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?|(?=[\da-fA-F]*:)[\da-fA-F:.]{3,45}",
    "MAC_ADDRESS": r"[\da-fA-F]{2}(?:[:.-][\da-fA-F]{2}){5}",
    "PASSWORD": r"[^\s<>]{3,128}",
    "SECRET": r"[^\s<>\"',;]{8,2000}|\d{3,8}(?!\d)",
    "USERNAME": r"@?[^\W_][\w.+\\@-]{1,63}",
}
_FORM = {entity_type: re.compile(form, re.IGNORECASE) for entity_type, form in _FORMS.items()}
_WITH_DIGIT = frozenset(
    {"PHONE_NUMBER", "US_SSN", "RU_SNILS", "RU_INN", "IBAN_CODE", "CREDIT_CARD", "ID_NUMBER", "MEDICAL_RECORD"}
    | {"BANK_ACCOUNT", "DATE_TIME", "ZIP_CODE", "AGE", "IP_ADDRESS"}
)
_SECRETS = frozenset(ACCESS.types)
_CLOSING = " .,;"
_MESSAGE = word_set(
    "password passwords passphrase pin code must required requires invalid incorrect wrong enter your you please forgot"
    " reset change changed is are was not should least characters minimum maximum allowed expired see ask same below"
    " sent at more than mot de passe votre vous passwort ihr bitte ist contraseña su por favor пароль введите ваш не"
)
"""Words of what programs and people say about passwords."""
_IDS = frozenset({"ID_NUMBER", "MEDICAL_RECORD", "BANK_ACCOUNT"})
_PLACES = frozenset({"LOCATION", "NRP"})
_PROSE = re.compile(r", (?!and |und |et |y |и )[a-zß-öø-ÿа-яё]{3}")
"""In no organisation's name: `HIV clinic: Biktarvy, viral load undetectable`."""
_OR_EMAIL = frozenset({"PERSON", "STREET_ADDRESS", "ORGANIZATION"})
_LONGEST = 200


def decode_escapes(value: str) -> str:
    """Read a JSON string's or an HTML text's escapes, as far as a form depends on them."""
    if "\\" in value:
        value = _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], value)
    return html.unescape(value) if "&" in value else value


def decode_url(value: str) -> str:
    """Read what a URL's query escapes."""
    return urllib.parse.unquote_plus(value) if "%" in value or "+" in value else value


def fit_whole(key: Key, text: str, start: int, end: int, decode: Callable[[str], str] = decode_escapes) -> Fit | None:
    """Fit a delimited value to its key.

    Args:
        decode: reads the escapes of the format.

    Returns:
        The value's place, without white space around it, and its entity type; None if it is not what the key says.
    """
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if end - start > _LONGEST * 10:
        return None
    raw = text[start:end]
    value = decode(raw)
    if _is_nothing(value):
        return None
    entity_type = _whole_type(key, value)
    if entity_type:
        return start, end, entity_type
    return fit_prefix(key, text, start, end) if value == raw else None


def fit_prefix(key: Key, text: str, start: int, end: int, alone: bool = True) -> Fit | None:
    """Fit what follows a key in running text.

    Args:
        end: where the value ends at the latest, such as the line's end.
        alone: whether the line is the key's: then free text, such as an address, is taken up to its end.
    """
    opening = _OPENING.match(text, start, end)
    start = opening.end() if opening else start
    end = min(end, start + _LONGEST)
    if start >= end or _is_nothing(text[start:end]):
        return None
    kind = key.entity_type
    name = _ACCOUNT_NAME.match(text, start, end) if key.name == "account_name" else None
    found = name or (_FORM["EMAIL_ADDRESS"].match(text, start, end) if kind in _OR_EMAIL else None)
    if found:
        return start, found.end(), kind if name else "EMAIL_ADDRESS"
    if kind == "PERSON":
        return person_at(key, text, start, end)
    if kind in _PLACES:
        return place_at(key, text, start, end)
    if kind in ("STREET_ADDRESS", "ORGANIZATION"):
        return _free_at(kind, text, start, end, alone)
    is_phrase = kind == "PASSWORD" and alone and _is_short_phrase(text[start:end].rstrip(_CLOSING))
    take = _phrase_at if is_phrase else _secret_at if kind in _SECRETS else _form_at
    return take(kind, text, start, end)


def _is_nothing(value: str) -> bool:
    return not any(map(str.isalnum, value)) or value.strip(" .*_\"'").casefold() in NOTHING


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _whole_type(key: Key, value: str) -> str | None:
    """Return the type of a value that may be what its key says, as a whole."""
    kind = key.entity_type
    if kind == "PERSON":
        return _person_type(key, value)
    if key.name in _TESTS:
        fits = _TESTS[key.name](value)
    elif kind in _TYPE_TESTS:
        fits = _TYPE_TESTS[kind](value)
    elif kind in _WITH_DIGIT:
        fits = _is_number(kind, value)
    else:
        fits = _FORM[kind].fullmatch(value) is not None and not (kind in _SECRETS and _CALL.match(value))
        fits = fits or (kind == "PASSWORD" and _is_phrase(value))
    return kind if fits else None


def _is_phrase(value: str) -> bool:
    """Say whether a value is a password of several words, and no sentence about one."""
    words = value.split()
    is_sentence = value.endswith((".", "?", ":", "…")) or any(
        w.strip(".,:;!?\"'").casefold() in _MESSAGE for w in words
    )
    return 1 < len(words) <= 24 and len(value) <= _LONGEST and not is_sentence and not _CALL.match(value)


def _is_short_phrase(value: str) -> bool:
    """Say whether the rest of a line is a password of a few words with a number: `Igel 7`."""
    return len(value.split()) <= 4 and _has_digit(value) and value.replace(" ", "").isalnum() and _is_phrase(value)


def _is_number(kind: str, value: str) -> bool:
    """Say whether a value is one number or date, and no text with a number in it."""
    is_text = sum(map(str.isalpha, value)) > 16 or (":" in value and kind not in ("DATE_TIME", "IP_ADDRESS"))
    return _has_digit(value) and len(value) <= 64 and not is_text


def _is_place(value: str) -> bool:
    words = value.split()
    return len(words) <= 6 and len(value) <= 60 and not _has_digit(value) and words[0][0].isalpha()


def _is_email(value: str) -> bool:
    return ("@" in value and " " not in value) or _FORM["EMAIL_ADDRESS"].fullmatch(value) is not None


def _is_address(value: str) -> bool:
    return len(value) <= _LONGEST and (_has_digit(value) or is_capital(value)) and "@" not in value


_TESTS: dict[str, Callable[[str], bool]] = {
    "account_name": lambda value: len(value) <= 60 and len(value.split()) <= 8,
    "coordinates": lambda value: _has_digit(value) and len(value) <= 64,
    "state": lambda value: len(value) == 2 and value.isupper(),
    "date": lambda value: len(value) <= 40 and _FORM["DATE_TIME"].match(value) is not None,
}
"""What a whole value must be like, by key."""
_TYPE_TESTS: dict[str, Callable[[str], bool]] = {
    "EMAIL_ADDRESS": _is_email,
    "LOCATION": _is_place,
    "NRP": _is_place,
    "STREET_ADDRESS": _is_address,
    "ORGANIZATION": lambda value: is_capital(value) and len(value.split()) <= 8,
}


def _person_type(key: Key, value: str) -> str | None:
    if is_company(value):
        return "ORGANIZATION" if key.strength != "role" else None
    if "@" in value and " " not in value:
        return "EMAIL_ADDRESS"
    if key.name == "user" and " " not in value:
        return "USERNAME" if _FORM["USERNAME"].fullmatch(value) and not is_no_name(value) else None
    return "PERSON" if is_person(key, value) else None


def _form_at(kind: str, text: str, start: int, end: int) -> Fit | None:
    found = _FORM[kind].match(text, start, end)
    if found is None or (kind in _WITH_DIGIT and not _has_digit(found[0])):
        return None
    if kind in _IDS and sum(map(str.isdigit, found[0])) < 3:
        return None
    return start, found.end(), kind


def _phrase_at(kind: str, text: str, start: int, end: int) -> Fit:
    """Take the rest of a line."""
    return start, start + len(text[start:end].rstrip(_CLOSING)), kind


def _secret_at(kind: str, text: str, start: int, end: int) -> Fit | None:
    """Take a word as a password or a login: no plain word that a sentence goes on from, and no code."""
    scheme = _SCHEME.match(text, start, end) if kind == "SECRET" else None
    start = scheme.end() if scheme else start
    found = _FORM[kind].match(text, start, end)
    stop = found.end() if found else start
    while stop > start and (text[stop - 1] in ",;\"'`)" or (text[stop - 1] == "." and text[stop : stop + 1] in "\n ")):
        stop -= 1
    value = text[start:stop]
    if len(value) < 2 or _CALL.match(value) or value.casefold() in NOTHING:
        return None
    is_last = not text[stop:end].strip(" \"'`*.,;)")
    is_plain = value.isalpha() and (value.islower() or value.istitle())
    fits = _has_digit(value) if kind == "SECRET" else is_last or not is_plain
    return (start, stop, kind) if fits else None


def _free_at(kind: str, text: str, start: int, end: int, alone: bool) -> Fit | None:
    """Take an address or an organisation: the rest of its line, or of its sentence."""
    is_address = kind == "STREET_ADDRESS"
    if not (alone or (is_address and text[start].isdigit())):
        return None
    sentence = (_SENTENCE_BEGINS if alone and is_address else _SENTENCE_END).search(text, start, end)
    stop = sentence.start() if sentence else end
    while stop > start and (text[stop - 1].isspace() or text[stop - 1] in ".,;*_\"'`\\"):
        stop -= 1
    words = text[start:stop].split()
    if not words or is_no_name(words[0]) or len(words) > (20 if is_address else 8):
        return None
    # Words alone may be an address if they are few names, such as "Main Street".
    fits = is_capital(words[0]) and not (len(words) > 6 if is_address else _PROSE.search(text, start, stop))
    return (start, stop, kind) if fits or (is_address and _has_digit(text[start:stop])) else None
