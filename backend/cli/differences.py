"""What redaction changed in a text, line by line, and who found what."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from backend.privacy.redact import RedactedText
    from backend.privacy.types import Placeholder

Stretch = tuple[int, int]


def print_difference(texts: Mapping[str, "RedactedText"]) -> None:
    """Print texts with the lines that change before (-) and after (+); on a terminal the values stand out.

    Args:
        texts: by title; a title is printed where it is not empty. Of several texts only changed ones are shown.
    """
    out = _console()
    for title, found in texts.items():
        if title and not found.placeholders:
            continue
        if title:
            out.print(_plain(title, "bold"))
        for before, after, placeholders in _hunks(found):
            if not placeholders:
                _print(out, "  ", _plain(found.source[slice(*before)]))
                continue
            removed, added = _plain(found.source[slice(*before)], "red"), _plain(found.text[slice(*after)], "green")
            for p in placeholders:
                removed.stylize("bold reverse", p.source_start - before[0], p.source_end - before[0])
                added.stylize("bold reverse", p.start - after[0], p.end - after[0])
            _print(out, "- ", removed)
            _print(out, "+ ", added)


def print_explanation(texts: Mapping[str, "RedactedText"]) -> None:
    """Print a table of what was replaced: by which recognizer, how sure it was, and why; without the values.

    It goes to the standard error, so that the redacted text can be passed on.
    """
    from rich.table import Table

    from backend.privacy.explained import explain_finding

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("place", "replaced by", "entity type", "score", "recognizer", "why"):
        table.add_column(column, overflow="fold", justify="right" if column == "score" else "left")
    for title, found in texts.items():
        for p in found.placeholders:
            place = f"{p.source_start}-{p.source_end}"
            recognizer, reason = explain_finding(p.entity_type, p.recognizer)
            cells = (f"{title} {place}".strip(), p.token, p.entity_type, f"{p.score:.2f}", recognizer, reason)
            table.add_row(*map(_plain, cells))
    _console(stderr=True).print(table)


def _hunks(found: "RedactedText") -> Iterator[tuple[Stretch, Stretch, Sequence["Placeholder"]]]:
    """Cut a text at lines, but not within a value; yields places in source and redacted text, and what is replaced."""
    rest = deque(found.placeholders)
    inside: list[Placeholder] = []
    start = shift = 0
    for end in _line_ends(found.source):
        while rest and rest[0].source_start < end:
            inside.append(rest.popleft())
        if inside and inside[-1].source_end > end:
            continue
        first = start + shift
        shift += sum(p.end - p.start - (p.source_end - p.source_start) for p in inside)
        yield (start, end), (first, end + shift), inside
        start, inside = end, []


def _line_ends(text: str) -> Iterator[int]:
    """Yield the places behind the lines of a text. Only a line feed ends one: other signs may stand within a value."""
    end = text.find("\n") + 1
    while end:
        yield end
        end = text.find("\n", end) + 1
    if not text.endswith("\n"):
        yield len(text)


def _plain(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style)


def _print(out: "Console", sign: str, text: "Text") -> None:
    """Print lines, each after its sign."""
    for line in text.split("\n"):
        out.print(_plain(sign, str(text.style)).append_text(line))


def _console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    out = Console(highlight=False, soft_wrap=True, stderr=stderr)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    return out
