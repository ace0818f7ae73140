"""What a request to the console says: parameters and forms, within bounds, or refused."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qsl

from backend.errors import RequestError

FORM_BYTES = 2 * 2**20
"""Longest form."""
MOST_TEXT = 100_000
"""Characters of a text that is pasted, and of a label config."""
MOST_NAME = 200
"""Characters of any other field."""
MOST_FIELDS = 20

Fields = Mapping[str, str]


def read_form(body: bytes | bytearray) -> Fields:
    """Read a form as browsers send it (`application/x-www-form-urlencoded`); of several fields of a name the last.

    Raises:
        RequestError: it is none, or holds too much; never says what stands in it.
    """
    try:
        pairs = parse_qsl(
            bytes(body).decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise RequestError("this is no form of the console - open its page anew") from None
    return dict(pairs)


def name_field(fields: Fields, field: str) -> str:
    """Return a field of one short line, without spaces around it; "" if it is not given.

    Raises:
        RequestError: it is too long, or holds signs that no name has.
    """
    said = fields.get(field, "").strip()
    if len(said) > MOST_NAME or not said.isprintable():
        raise RequestError(f"{field} is longer than {MOST_NAME} characters, or holds some that cannot be printed")
    return said


def text_field(fields: Fields, field: str) -> str:
    """Return a field of any number of lines, as it was typed: browsers write each line's end as two signs.

    Raises:
        RequestError: it is too long.
    """
    said = fields.get(field, "").replace("\r\n", "\n")
    if len(said) > MOST_TEXT:
        raise RequestError(f"{field} is longer than {MOST_TEXT:,} characters - take a part of it")
    return said


def number_field(fields: Fields, field: str) -> int | None:
    """Return a field that is a number from 1 on; None if it is not given.

    Raises:
        RequestError: it is none.
    """
    said = name_field(fields, field)
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= 15 and int(said)):
        raise RequestError(f"{field} is no number - follow the links of the page")
    return int(said)


def day_field(fields: Fields, field: str) -> date | None:
    """Return a field that is a day; None if it is not given.

    Raises:
        RequestError: it is none.
    """
    said = name_field(fields, field)
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = None
    if day and day.isoformat() == said:
        return day
    raise RequestError(f"{field} is no day - write it as 2026-11-30")


def choice_field(fields: Fields, field: str, choices: tuple[str, ...]) -> str:
    """Return a field that is one of some words; "" if it is not given.

    Raises:
        RequestError: it is none of them.
    """
    said = name_field(fields, field)
    if said and said not in choices:
        raise RequestError(f"{field} is none of {', '.join(choices)}")
    return said
