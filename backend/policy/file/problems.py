"""What is wrong with the form of a policy file, in an administrator's words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from operator import getitem
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from backend.policy.file.form import MAPPED
from backend.policy.file.schema import form_at
from backend.policy.file.source import Location

_IMPLIED = ("each", "any_of")
"""Keys that a bare list stands for."""

_SIMPLE = {
    "missing": "is missing",
    "too_short": "is empty",
    "string_too_short": "is empty",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "string_pattern_mismatch": "does not have the right form",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to do about it."""

    where: Location
    what: str
    remedy: str


Forms = Callable[[Location], type[BaseModel]]
"""Returns the form that a block of keys must have."""


def form_problems(error: ValidationError, data: Any, forms: Forms = form_at) -> Iterator[Problem]:
    """Put pydantic's errors on a file's data in an administrator's words. No value of the file is in them."""
    for detail in error.errors(include_url=False, include_input=False):
        where = tuple(_written(detail["loc"], data))
        if detail["type"] == "extra_forbidden":
            yield unknown(where, "key", _candidates(where, data, forms))
        else:
            yield Problem(where, _words(detail), _remedy(where, forms))


def _written(where: Location, data: Any) -> Iterator[str | int]:
    """Yield the steps to a place as the file has them, without those that pydantic or a short form put between."""
    for step in where:
        if step in ("[key]", MAPPED) or (step in _IMPLIED and isinstance(data, list | str | int | float)):
            continue
        yield step
        known = data[step] if isinstance(data, Mapping) and step in data else None
        data = data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else known


def _candidates(where: Location, data: Any, forms: Forms) -> list[str]:
    """Return the keys that an unknown one may stand for: a required one that is near and missing, or all missing."""
    block = reduce(getitem, where[:-1], data)
    missing = {key: field for key, field in forms(where[:-1]).model_fields.items() if key not in block}
    required = [key for key, field in missing.items() if field.is_required()]
    return required if get_close_matches(str(where[-1]), required) else list(missing)


def unknown(where: Location, kind: str, known: list[str], name: str | None = None) -> Problem:
    """Report a word that is not known, with the nearest that is."""
    near = get_close_matches(str(where[-1]) if name is None else name, known, n=1)
    known_ones = ", ".join(sorted(known))
    return Problem(where, f"unknown {kind}", f"did you mean {near[0]}?" if near else f"there are: {known_ones}")


def _words(detail: ErrorDetails) -> str:
    if detail["type"] in _SIMPLE:
        return _SIMPLE[detail["type"]]
    return detail["msg"].replace("Input should be", "must be").removeprefix("Value error, ")


def _remedy(where: Location, forms: Forms) -> str:
    """Return the description of the nearest field around a place."""
    for length in range(len(where), 0, -1):
        field = forms(where[: length - 1]).model_fields.get(str(where[length - 1]))
        if field is not None and field.description:
            return field.description
    return f"write a block with {', '.join(name for name, f in forms(()).model_fields.items() if f.is_required())}"
