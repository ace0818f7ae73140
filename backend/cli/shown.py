"""How the commands show what a model would see: to the byte where a program or a file reads it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from backend.engine.previews.preview import TaskPreview


def known_words(labels: Mapping[str, Mapping[str, str]]) -> str:
    """Say which labels detection marks, by control."""
    own = (f"{name}: {', '.join(f'{label} ({means})' for label, means in its.items())}" for name, its in labels.items())
    return "; ".join(own)


def print_messages(out: "Console", found: "TaskPreview") -> None:
    """Print all messages that would be sent; on a terminal what stands in place of values stands out."""
    tokens = {placeholder.token for text in found.texts.values() for placeholder in text.placeholders}
    for role, content in found.messages:
        out.print(f"{role}:", style="bold")
        print_text(out, content, tokens if role == "user" else ())


def print_text(out: "Console", text: str, tokens: Iterable[str] = ()) -> None:
    """Print a text as it is, for a terminal may not take all of its signs; there some words of it stand out."""
    from rich.text import Text

    if not out.is_terminal:
        out.file.write(text + "\n")
        return
    shown = Text(text)
    shown.highlight_words(sorted(tokens, key=len, reverse=True), "bold green reverse")
    out.print(shown, soft_wrap=True)
