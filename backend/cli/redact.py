"""`labelguard redact`: what a model would see of a text."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli import app
from backend.errors import LabelguardError, RequestError

if TYPE_CHECKING:
    from backend.engine.previews.texts import RuleRedactor
    from backend.labelstudio.types import Task
    from backend.privacy.redact import RedactedText, Redactor
    from backend.privacy.types import Placeholder


Way = Callable[[Mapping[str, str], "Task"], "Mapping[str, RedactedText]"]
"""Redacts the texts of a task together."""


WITHHELD = "(withheld)"
"""Stands for a field that the policy withholds."""


class Profile(StrEnum):
    """How thoroughly personal data are looked for."""

    FAST = "fast"
    DEFAULT = "default"
    THOROUGH = "thorough"


@app.command()
def redact(  # noqa: PLR0913, PLR0917 - each is an option of its own
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="The text; without it or a file, standard input is read.")] = "-",
    file: Annotated[
        Path | None, typer.Option(help="A file: Label Studio's tasks (.json) or plain text.", exists=True)
    ] = None,
    profile: Annotated[
        Profile | None, typer.Option(help="How thoroughly personal data are looked for; without a policy.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file: the rule that decides redacts in its own way.", exists=True)
    ] = None,
    project: Annotated[str, typer.Option(help="Project id, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Show the lines that change, before and after.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say who found what, where, and how sure it is.")] = False,
    json_lines: Annotated[
        bool, typer.Option("--json", help='A filter: {"id","text"} a line in, {"id","redacted","spans"} a line out.')
    ] = False,
) -> None:
    """Show a text, or the data of tasks, as a model would see it. Nothing is sent but to a guard of the policy's."""
    from backend.cli.differences import print_difference, print_explanation
    from backend.logs import silence_libraries
    from backend.privacy.language import load_identifier
    from backend.system.once import begun

    if json_lines and diff:
        raise RequestError("--diff is for people and --json for programs - leave one away")
    if policy and profile:
        raise RequestError("--profile is the policy's to choose - leave one of --policy and --profile away")
    silence_libraries()
    begun(load_identifier, "language")  # beside all that is imported; whoever needs it waits
    ruled = _ruled(policy, project, path, title) if policy else None
    if ruled:
        context.call_on_close(ruled.close)
    way = ruled.redact if ruled else _bare((profile or Profile.DEFAULT).value)
    if json_lines:
        raise typer.Exit(0 if _filter(way, sys.stdin, explain) else 1)
    if file and file.suffix == ".json":
        found = _show_tasks(way, file, quiet=diff)
    else:
        source = file.read_text(encoding="utf-8") if file else sys.stdin.read() if text == "-" else text
        found = {"": _redacted(way, source)}
        if not diff:
            _show(found[""])
    if diff:
        print_difference(found)
    if explain:
        print_explanation(found)


def profile_redactor(profile: str) -> "Redactor":
    """Load a profile. No text is refused for its language: it is shown what would be found."""
    from backend.privacy.processes.loading import load_detector
    from backend.privacy.types import Scan

    detector = load_detector(Scan(profile=profile, unknown_language="hide"))
    from backend.privacy.redact import Redactor

    return Redactor(detector.detect, detector.kinds)


def _bare(profile: str) -> Way:
    """Redact by a profile alone, with placeholders."""
    redactor = profile_redactor(profile)
    return lambda texts, _: redactor.redact(texts).fields


def _ruled(file: Path, project: str, path: str, title: str) -> "RuleRedactor":
    """Load what redacts as the rules of a policy say."""
    from backend.engine.previews.texts import RuleRedactor
    from backend.policy import Policy

    return RuleRedactor(Policy.load(file), project, path, title)


def _redacted(way: Way, text: str) -> "RedactedText":
    from backend.labelstudio.types import Task

    if any("\ud800" <= char <= "\udfff" for char in text):
        raise RequestError("the text has half a surrogate pair - export it again as UTF-8")
    return way({"text": text}, Task({"text": text}, {}))["text"]


def _filter(way: Way, lines: Iterable[str], explain: bool) -> bool:
    """Answer line by line; a bad line gets an error in its place. Returns whether all were good."""
    good = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        answer = _answer(way, line, number, explain)
        good = good and "error" not in answer
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return good


def _answer(way: Way, line: str, number: int, explain: bool) -> dict[str, Any]:
    identity: Any = None
    try:
        given = json.loads(line)
        identity = given["id"]
        if not isinstance(given["text"], str):
            raise TypeError
        found = _redacted(way, given["text"])
    except LabelguardError as error:
        return {"id": identity, "error": f"line {number}: {error.reason}"}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"id": identity, "error": f'line {number}: is no JSON object {{"id", "text"}}'}
    return {"id": identity, "redacted": found.text, "spans": [_span(p, explain) for p in found.placeholders]}


def _span(p: "Placeholder", explain: bool) -> dict[str, Any]:
    span = {
        "start": p.source_start,
        "end": p.source_end,
        "entity_type": p.entity_type,
        "score": p.score,
        "placeholder": p.token,
    }
    return {**span, "recognizer": p.recognizer} if explain else span


def _show_tasks(way: Way, file: Path, *, quiet: bool) -> "Mapping[str, RedactedText]":
    """Print redacted tasks, unless quiet; returns their texts by their places."""
    from backend.labelstudio.tasks import as_task, read_tasks

    shown = []
    found: dict[str, RedactedText] = {}
    for number, item in enumerate(read_tasks(file), 1):
        data, texts = _data(way, as_task(item))
        shown.append({**item, "data": data})
        name = f"task {item['id']}" if "id" in item else f"task no. {number}"
        found |= {f"{name}, {place}": text for place, text in texts.items()}
    if not quiet:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    return found


def _data(way: Way, task: "Task") -> tuple[Any, Mapping[str, "RedactedText"]]:
    """Redact every string in the data of a task together; returns the data, and the texts by their places in it."""
    texts: dict[str, str] = {}

    def collect(value: Any, place: str) -> None:
        if isinstance(value, str):
            # Keys with dots may lead to one place by two ways.
            texts[place if place not in texts else f"{place}.({len(texts)})"] = value
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in parts:
            collect(part, _inside(place, key))

    def replace(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replace(part) for key, part in value.items()}
        if isinstance(value, list):
            return [replace(part) for part in value]
        return next(redacted) if isinstance(value, str) else value

    collect(task.data, "")
    fields = way(texts, task)
    redacted = iter([fields[place].text if place in fields else WITHHELD for place in texts])
    return replace(task.data), fields


def _inside(place: str, key: str | int) -> str:
    return f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}".lstrip(".")


def _show(found: "RedactedText") -> None:
    """Print the text; on a terminal with its placeholders in colour."""
    from rich.console import Console
    from rich.text import Text

    from backend.cli.shown import print_text

    out = Console(soft_wrap=True, highlight=False)
    if not out.is_terminal:
        print_text(out, found.text)
        return
    shown = Text(found.text)
    for p in found.placeholders:
        shown.stylize("bold magenta", p.start, p.end)
    out.print(shown)
