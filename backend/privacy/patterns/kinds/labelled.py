"""Values that a word before them names, whatever their own form: record numbers, dates of birth, account names."""

import base64
import binascii
import re

from backend.privacy.patterns.pattern import GENERAL, NAMED, Pattern, word

_NUMBER = r"(?-i:(?P<v>[A-Z0-9]{1,8}(?:[ ./-]?[A-Z0-9]{1,8}){1,7}))(?![\w-])"
_LINK = r"\s{0,2}(?:n°|n\.°|№|no\.?|nr\.?|num\.?|number|#)?\s{0,2}[:=#]?\s{0,2}"


def _has_digits(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 4 and not re.fullmatch(r"(?:19|20)\d\d", value)


def is_encoded(value: str) -> bool:
    """Say whether a token is readable text in base64."""
    bare = value.rstrip("=")
    if not 12 <= len(bare) <= 4_000 or (bare.isalpha() and (bare.islower() or bare.isupper())):
        return False
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if "-" in bare or "_" in bare else None)
        decoded = text.decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    return decoded.isprintable() and sum(char.isalnum() or char in " @.-_" for char in decoded) >= 0.9 * len(decoded)


PATTERNS = (
    Pattern(
        "labelled_number",
        "ID_NUMBER",
        word(rf"\w+(?:\s(?:id|card|number))?{_LINK}{_NUMBER}"),
        triggers=(
            "mrn mrns nhs versichertennummer krankenversichertennummer versicherungsnummer patientennummer fallnummer"
            " sozialversicherungsnummer ausweisnummer passnummer reisepass passeport passaporto pasaporte passport"
            " matricola expediente dossier snils иин полис полиса"
            " reisepassnr reisepassnummer passnr"
        ),
        score=GENERAL,
        accept=_has_digits,
    ),
    Pattern(
        "labelled_birth",
        "DATE_TIME",
        word(
            r"[\w.]+(?: of birth)?\s?[:=]\s?(?P<v>[^\W_][^\n,;()]{3,60}?)(?=[.,;()\n]\s|[.,;()\n]?$|\s(?:and|und|et)\s)"
        ),
        triggers=(
            "dob birthdate birthday birth geburtstag geburtsdatum geb naissance nacimiento nascita geboortedatum"
            " рождения"
        ),
        score=0.6,
    ),
    Pattern(
        "labelled_birth_short",
        "DATE_TIME",
        word(r"\w+\s(?P<v>\d{1,2}[./ -](?:\d{1,2}|[ivx]{1,4}|[^\W\d_]{3,12})[./ -]\d{2,4}|\d{6}|\d{8})\b"),
        triggers="dob geb",
        score=NAMED,
    ),
    Pattern(
        "account_name",
        "USERNAME",
        word(r"(?:skype[: ]\s?)?(?P<v>live:[\w.:-]{3,40}\w)"),
        triggers="skype live",
        score=0.7,
    ),
    Pattern(
        "quoted_secret",
        "PASSWORD",
        word(r"\w+\s?(?:is|was|:|=|->|=>|→|-)*\s?[\"'`«“](?P<v>[^\"'`»”\n]{4,120})(?=[\"'`»”])"),
        triggers="passphrase password passcode пароль",
        score=0.85,
    ),
)

LONG = (Pattern("encoded_text", "SECRET", re.compile(r"[\w+/-]{12,4000}={0,2}"), score=0.6, accept=is_encoded),)
"""Tried at words of 16 letters and more."""
