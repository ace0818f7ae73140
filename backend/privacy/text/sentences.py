"""Where sentences end, and a text between such ends."""

import re
from collections.abc import Iterator

SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*\s+|\n\s*\n|(?<=[。！？])")


def split(text: str, ends: re.Pattern[str], *, trim: bool = True) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text between its ends; without the white space after each, or with it."""
    start = 0
    for match in ends.finditer(text):
        if match.end() > start:
            stop = match.end() if not trim else match.start() + len(match[0].rstrip())
            if stop > start:
                yield start, stop
            start = match.end()
    if start < len(text):
        yield start, len(text) if not trim else start + len(text[start:].rstrip())
