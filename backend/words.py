"""Whole words in any script: where a value may begin and end in a text."""

import re
from collections.abc import Iterable


def word_pattern(values: Iterable[str]) -> re.Pattern[str] | None:
    """Compile a pattern that finds any of the values as whole words, the longest first; None if there are none."""
    parts = [_bounded(value) for value in sorted(set(values), key=len, reverse=True) if value.strip()]
    return re.compile("|".join(parts)) if parts else None


def _bounded(value: str) -> str:
    left = r"(?<!\w)" if _joins(value[0]) else ""
    right = r"(?!\w)" if _joins(value[-1]) else ""
    return left + re.escape(value) + right


def _joins(char: str) -> bool:
    # Scripts without case, such as Chinese, are written without spaces: there any place may be a word's border.
    return char == "_" or (char.isalnum() and (char.isdigit() or char.lower() != char.upper()))
