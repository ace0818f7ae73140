"""Numbers of clinics that are nobody's: too short for an account, and neither a date nor a time."""

import re

_SOMEBODYS = re.compile(
    r"[^\W\d_]{2}|\d{4}|\d\D{1,2}\d+\D{1,2}\d|\d:\d\d"
    r"|(?<!\d)(?:(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[/-](?:0?[1-9]|1[0-2]))(?!\d)"
)
"""A word, a number that may be somebody's, a date or a time."""


def is_figure(value: str) -> bool:
    """Say whether a stretch holds but a short number, with a letter at most: `11.4`, `D 18`."""
    return _SOMEBODYS.search(value) is None
