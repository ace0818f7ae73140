"""JSON as we answer it: UTF-8, and nothing that JSON does not have, such as half a surrogate pair or NaN."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]


def to_json(value: Any) -> bytes:
    """Write a value as JSON.

    Raises:
        ValueError: it holds what JSON cannot.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(type(error).__name__) from None


def is_writable(value: Any) -> bool:
    """Say whether a value can be written as JSON."""
    try:
        to_json(value)
    except ValueError:
        return False
    return True


def json_texts(value: Any) -> Iterator[str]:
    """Yield all texts in a JSON value; keys are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from json_texts(part)
