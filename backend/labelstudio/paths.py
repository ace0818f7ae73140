"""The paths by which configs, policies and prompts name what a task holds, however each of them spells one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"""\[\s*(?:"([^"]*)"|'([^']*)'|([^\]]*?))\s*\]|([^.\[\]]+)""")
_BREAKS = re.compile(r"""[.\[\]"']+""")
_INDEX = re.compile("[0-9]{1,9}")


def lookup(data: Mapping[str, Any], name: str) -> Any:
    """Return what a task holds at a path such as `body`, `note.body`, `notes[0]`, `notes.0` or `note["body"]`.

    Args:
        data: the task's. A key that is spelled like the whole path goes first, as in Label Studio's editor.
        name: the path. Upper and lower case differ; two ways to write the same letter do not.

    Returns:
        None if it is missing.
    """
    if name in data:
        return data[name]
    value: Any = data
    for step in _steps(name):
        if isinstance(value, Mapping):
            value = _of_key(value, step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and _INDEX.fullmatch(step):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


@lru_cache(maxsize=4096)
def canonical_path(name: str) -> tuple[str, ...]:
    """Return a path as all of its spellings have in common, to compare it by.

    `notes[0].body`, `notes.0.body`, `notes["0"]['body']` and `$notes[00].body` are one, and a
    key with dots in it is too.
    """
    steps = _BREAKS.split(unicodedata.normalize("NFC", name.removeprefix("$")))
    found = filter(None, map(str.strip, steps))
    return tuple(step.lstrip("0") or "0" if _INDEX.fullmatch(step) else step for step in found)


def is_within(path: Sequence[str], whole: Sequence[str]) -> bool:
    """Say whether a canonical path is another one, or below it."""
    return tuple(path[: len(whole)]) == tuple(whole)


@lru_cache(maxsize=4096)
def _steps(name: str) -> tuple[str, ...]:
    return tuple(next((part for part in found.groups() if part is not None), "") for found in _STEP.finditer(name))


def _of_key(block: Mapping[str, Any], step: str) -> Any:
    if step in block or step.isascii():
        return block.get(step)
    same = unicodedata.normalize("NFC", step)
    return next((value for key, value in block.items() if unicodedata.normalize("NFC", str(key)) == same), None)
