r"""Variables in what a label config shows, such as `Title: $title`: read as Label Studio's editor reads them.

The editor takes `$` and what is a name to it (`parseValue`: `/\$[\w[\].{}]+/g`, of which `\w` is ASCII): in
`$title: $body` two names, and a dot behind a name is lost. Its server goes by another pattern: a `value` that begins
with `$` names one field whole, which an imported task must have, such as `$first-name` or `$текст`, though the editor
does not show it. Such a name is taken where the task has a field of it, and none of the editor's.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backend.labelstudio.paths import lookup

VARIABLE = re.compile(r"\$([\w[\].{}]+)", re.ASCII)
"""As the editor takes them."""
_BEYOND = (
    r"[^\x00-\xbf\xd7\xf7\u2000-\u206f\u3000-\u303f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)
"""What is not ASCII, and no punctuation; not letters alone: in many scripts names have marks between them."""
_STEP = rf"""\[(?:"[^"\[\]]*"|'[^'\[\]]*')\]|[A-Za-z0-9_.{{}}\[\]]|{_BEYOND}"""
_LONG = re.compile(rf"\$(?=[.{{}}\[\]]*\w)((?:{_STEP})(?:{_STEP}|-)*)")
"""As the server may."""


def field_of(value: str) -> str:
    """Return the one field that a value names, such as `body` of `$body`; "" if it holds other words too."""
    return value[1:] if _LONG.fullmatch(value) else ""


def fields_in(value: str) -> frozenset[str]:
    """Return the names of all fields that a value may show, however it is read."""
    return frozenset(name for match in _LONG.finditer(value) for name in _names(match))


def holds_variables(value: str) -> bool:
    """Say whether words show something of the task; `$5` is an amount."""
    return "$" in value and any(not is_amount(match[1]) for match in _LONG.finditer(value))


def is_bare_variable(value: str) -> bool:
    """Say whether a value holds variables, and no words beside them."""
    return holds_variables(value) and not re.search(r"\w", _LONG.sub("", value))


def is_amount(name: str) -> bool:
    """Say whether a name is rather an amount of money, as in `up to $5`."""
    return name[:1].isdigit()


def read_variable(value: str, data: Mapping[str, Any]) -> Any:
    """Return what a task holds for a value that names one field; None if that is missing."""
    match = _LONG.fullmatch(value)
    name = _found(match, data) if match else ""
    return lookup(data, name) if match and name and match.end() == len(name) + 1 else None


def fill(value: str, data: Mapping[str, Any], write: Callable[[str, Any], str | None]) -> str:
    """Put a task's values in place of the variables.

    Args:
        value: the config's words.
        data: the task's.
        write: given a field's name and what the task holds, or None where that is missing, returns what is shown in
            its place; None leaves the variable as it stands.
    """

    def shown(match: re.Match[str]) -> str:
        name = _found(match, data) or _stem(_short(match) or match[1])
        words = write(name, lookup(data, name))
        return match[0] if words is None else words + match[0][len(name) + 1 :]

    return _LONG.sub(shown, value)


def shown_words(value: Any) -> str | None:
    """Return a value as the editor shows it within words, lists of such at commas, as JavaScript does; else None."""
    if isinstance(value, list):
        parts = [words for part in value if not isinstance(part, list) and (words := shown_words(part)) is not None]
        return ",".join(parts) if len(parts) == len(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def _found(match: re.Match[str], data: Mapping[str, Any]) -> str:
    """Return the name, of those that a variable may be read as, that the task has a value for; "" if it has none."""
    return next((name for name in _names(match) if lookup(data, name) is not None), "")


def _names(match: re.Match[str]) -> Iterator[str]:
    """Yield the names that a variable may be read as: the editor's first, but for quotes, which it does not know."""
    short, long = _stem(_short(match)), match[1]
    quoted = '"' in long or "'" in long
    yield from dict.fromkeys(filter(None, (long, short) if quoted else (short, long)))


def _short(match: re.Match[str]) -> str:
    found = VARIABLE.match(match[0])
    return found[1] if found else ""


def _stem(name: str) -> str:
    """Leave out the brackets behind a name that belong to the words around it."""
    return name.rstrip("{}" if "[" in name else "{}[]")
