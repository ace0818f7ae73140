"""Keys that every provider takes in a JSON Schema: one for each control, whose name is free text."""

import re
import unicodedata
from collections.abc import Iterable

PLAIN = re.compile(r"(?!__proto__$)[a-zA-Z0-9_.-]{1,64}")
"""The keys that Anthropic and Bedrock take; what JavaScript does not take for a key is left out."""
LONGEST = 40
"""Of the keys that we make, before a number that tells them apart: they go into longer names in some places."""
_MARKS = re.compile(r"[^a-zA-Z0-9]+")


def is_plain(key: str) -> bool:
    """Say whether every provider takes a key."""
    return bool(PLAIN.fullmatch(key))


def make_answer_keys(names: Iterable[str]) -> dict[str, str]:
    """Return a key for each name: the name itself where every provider takes it, else one of ours.

    Ours are letters, digits and `_`, and begin with a letter; no two keys are equal but for case, if the names are not.
    """
    own = list(dict.fromkeys(names))
    taken = {name.casefold() for name in own}
    return {name: name if is_plain(name) else free_key(_wanted(name, n), taken) for n, name in enumerate(own, 1)}


def free_key(wanted: str, taken: set[str]) -> str:
    """Return a key that is not taken, and take it.

    Args:
        wanted: what it begins with.
        taken: casefolded.
    """
    wanted, number = wanted[:LONGEST], 1
    key = wanted
    while key.casefold() in taken:
        number += 1
        key = f"{wanted}_{number}"
    taken.add(key.casefold())
    return key


def _wanted(name: str, place: int) -> str:
    """Write a name as a key, if all its letters can stand there: a part of them could mean something else."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    key = _MARKS.sub("_", plain).strip("_")
    is_whole = all(char.isascii() for char in plain if char.isalnum())
    return key if is_whole and key[:1].isalpha() else f"c{place}"
