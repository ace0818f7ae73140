"""How the commands show what a model would see: to the byte where a program or a file reads it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from backend.engine.previews.preview import ListedStretch, TaskPreview
    from backend.system.writing import JSON


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


def preview_json(verdict: "TaskPreview") -> "JSON":
    """Return all that is told of a task, as JSON: the redacted messages too."""
    return {
        "rule": verdict.rule or None,
        "passed": [{"rule": name, "condition": condition} for name, condition in verdict.passed],
        "providers": list(verdict.providers),
        "dropped": list(verdict.dropped),
        "leaves": verdict.leaves,
        "known_labels": {name: dict(own) for name, own in verdict.known_labels.items()},
        "refusal": verdict.refusal.reason if verdict.refusal else None,
        "code": verdict.refusal.code if verdict.refusal else None,
        "found": dict(verdict.found),
        "replaced": dict(sorted(verdict.replaced.items())),
        "freed": [_place(listed) for listed in verdict.freed],
        "added": [_place(listed) for listed in verdict.added],
        "operators": {kind: sorted(names) for kind, names in sorted(verdict.operators.items())},
        "messages": [{"role": role, "content": content} for role, content in verdict.messages],
    }


def listed_name(listed: "ListedStretch") -> str:
    """Return the name of an object tag, or of what else the text is."""
    from backend.prompting.task_labels import OBJECT

    return listed.text.removeprefix(OBJECT)


def _place(listed: "ListedStretch") -> "JSON":
    return {"text": listed_name(listed), "start": listed.start, "end": listed.end, "entity_type": listed.entity_type}
