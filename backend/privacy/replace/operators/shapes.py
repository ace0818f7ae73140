"""Surrogates of the same shape: each digit another digit, each letter another letter, checksums valid if they were."""

import re

from backend.privacy.replace.operators.chance import Chance

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшэюя"
_HEX = re.compile(r"(?=.*\d)[0-9a-fA-F:-]{8,}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_PREFIX = re.compile(r"\+(?:\d{1,3}(?=[\s().-])|[17]|\d{2})")
_HOST = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]*://)?(?P<www>www\.)?(?P<host>[^/:?#\s]+)(?P<rest>.*)$", re.I | re.S)


def shaped(value: str, chance: Chance) -> str | None:
    """Return a value of the same shape; None if it holds letters of a script that has no list."""
    compact = re.sub(r"[\s.-]", "", value)
    if any(char.isalpha() and not (char.isascii() or char.lower() in _CYRILLIC + "ёйщъыь") for char in value):
        return None
    if _IBAN.fullmatch(compact) and _iban_rest(compact) == 1:
        return _filled(value, _iban(compact, chance))
    changed = "".join(_characters(value, chance))
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 12 and not re.search(r"[^\d\s.-]", value) and is_luhn(digits):
        return _filled(value, _luhn(re.sub(r"\D", "", changed)))
    return changed


def phone(value: str, chance: Chance) -> str | None:
    """Return a telephone number of the same country and form."""
    prefix = _PREFIX.match(value)
    kept = prefix[0] if prefix else ""
    parts = re.split(r"(\D+)", value[len(kept) :])
    changed = [
        str(chance.below(8) + 2) + "".join(str(chance.below(10)) for _ in part[1:]) if part.isdecimal() else part
        for part in parts
    ]
    return kept + "".join(changed)


def address_of_host(value: str, chance: Chance) -> str | None:
    """Return an IP address: of version 4 a private one, of version 6 one of the same form."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", value):
        return f"10.{chance.below(256)}.{chance.below(256)}.{1 + chance.below(254)}"
    return shaped(value, chance)


def url(value: str, seed: str) -> str | None:
    """Return an address of the web at a host that cannot exist."""
    found = _HOST.match(value)
    if not found:
        return None
    rest = shaped(found["rest"], Chance(seed, value)) if found["rest"] else ""
    return None if rest is None else (found["scheme"] or "") + (found["www"] or "") + host(found["host"], seed) + rest


def host(name: str, seed: str) -> str:
    """Return a host name that cannot exist, the same for the same host."""
    chance = Chance(seed, "host", name.lower())
    return "".join(chance.among(_LATIN) for _ in range(max(4, min(len(name.partition(".")[0]), 12)))) + ".example"


def is_luhn(digits: str) -> bool:
    """Say whether a number passes Luhn's check."""
    return _luhn_sum(digits) % 10 == 0


def _characters(value: str, chance: Chance) -> list[str]:
    is_hex = _HEX.fullmatch(value) is not None
    changed = []
    for index, char in enumerate(value):
        if char.isdecimal():
            first = index == 0 or not value[index - 1].isdecimal()
            changed.append(str(1 + chance.below(9) if first and char != "0" else chance.below(10)))
        elif char.isalpha():
            letters = "abcdef" if is_hex else _LATIN if char.isascii() else _CYRILLIC
            letter = chance.among(letters)
            changed.append(letter.upper() if char.isupper() else letter)
        else:
            changed.append(char)
    return changed


def _filled(value: str, compact: str) -> str:
    """Put characters into the places of a value's own, its separators kept."""
    own = iter(compact)
    return "".join(next(own) if char.isalnum() else char for char in value)


def _luhn_sum(digits: str) -> int:
    doubled = [int(d) * (1 + index % 2) for index, d in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled)


def _luhn(digits: str) -> str:
    """Set the last digit such that Luhn's check passes."""
    return digits[:-1] + str(-_luhn_sum(digits[:-1] + "0") % 10)


def _iban_rest(compact: str) -> int:
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97


def _iban(compact: str, chance: Chance) -> str:
    """Return an IBAN of the same country and length."""
    body = "".join(_characters(compact[4:], chance))
    check = 98 - _iban_rest(compact[:2] + "00" + body)
    return f"{compact[:2]}{check:02d}{body}"
