"""A keyed hash in place of a value: the same value has the same hash in all tasks, for whoever holds the key.

Presidio's hash appends its salt to the value; HMAC is made for a key.
"""

import hmac
import os
from pathlib import Path

from backend.errors import SettingsError
from backend.privacy.replace.placeholders import placeholder_kind
from backend.privacy.replace.same_value import TextValue
from backend.privacy.text.normalize import fold
from backend.privacy.types import Operator

DIGITS = 12
"""Hexadecimal digits that are shown: 48 bits, by which a hundred thousand values hardly ever collide."""
LEAST = 16
"""Least length of a key, in characters: a shorter one can be guessed, and with it every value."""


class Hashed:
    """HMAC-SHA256 of a value's fullest form, so that all mentions of a person have one hash.

    Args:
        key: the salt.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def replace(self, value: TextValue) -> str | None:
        """Return the value's kind and hash, such as `<PERSON:3f9a5c01b7e2>`."""
        digest = hmac.new(self._key, fold(value.canonical).encode(), "sha256").hexdigest()
        return f"<{placeholder_kind(value.entity_type)}:{digest[:DIGITS]}>"


def read_salt(operator: Operator) -> str:
    """Read the salt from where the policy says it stands, at every task: keys rotate.

    Raises:
        SettingsError: it is missing or too short; names its place, never its value.
    """
    key, place = "", operator.key_env or operator.key_file or "operators: hash"
    if operator.key_env:
        key = os.environ.get(operator.key_env, "").strip()
    elif operator.key_file:
        try:
            key = Path(operator.key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
    if not key:
        raise SettingsError(place, "the key of the operator hash is missing", "set it to a long random text")
    if len(key) < LEAST:
        raise SettingsError(place, "the key of the operator hash is too short", f"set at least {LEAST} characters")
    return key
