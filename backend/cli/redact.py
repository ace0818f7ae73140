"""`labelguard redact`: what a model would see of a text."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli import app
from backend.errors import LabelguardError, RequestError

if TYPE_CHECKING:
    from backend.redact import RedactedText, Redactor


@app.command()
def redact(
    text: Annotated[str, typer.Argument(help="The text; without it or a file, standard input is read.")] = "-",
    file: Annotated[
        Path | None, typer.Option(help="A file: Label Studio's tasks (.json) or plain text.", exists=True)
    ] = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help='A filter: {"id","text"} a line in, {"id","redacted","spans"} a line out.')
    ] = False,
) -> None:
    """Show a text, or the data of tasks, as a model would see it. Nothing is sent anywhere."""
    from backend.detect import Detector
    from backend.logs import silence_libraries
    from backend.redact import Redactor

    silence_libraries()
    redactor = Redactor(Detector().detect)
    if json_lines:
        raise typer.Exit(0 if _filter(redactor, sys.stdin) else 1)
    if file and file.suffix == ".json":
        typer.echo(json.dumps(_tasks(redactor, file), ensure_ascii=False, indent=1))
        return
    source = file.read_text(encoding="utf-8") if file else sys.stdin.read() if text == "-" else text
    _show(_redacted(redactor, source))


def _redacted(redactor: "Redactor", text: str) -> "RedactedText":
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise RequestError("the text has half a surrogate pair - export it again as UTF-8")
    return redactor.redact({"text": text}).fields["text"]


def _filter(redactor: "Redactor", lines: Iterable[str]) -> bool:
    """Answer line by line; a bad line gets an error in its place. Returns whether all were good."""
    good = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        answer = _answer(redactor, line, number)
        good = good and "error" not in answer
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return good


def _answer(redactor: "Redactor", line: str, number: int) -> dict[str, Any]:
    identity: Any = None
    try:
        given = json.loads(line)
        identity = given["id"]
        if not isinstance(given["text"], str):
            raise TypeError
        found = _redacted(redactor, given["text"])
    except LabelguardError as error:
        return {"id": identity, "error": f"line {number}: {error.reason}"}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"id": identity, "error": f'line {number}: is no JSON object {{"id", "text"}}'}
    spans = [
        {
            "start": p["source_start"],
            "end": p["source_end"],
            "entity_type": p["entity_type"],
            "score": p["score"],
            "placeholder": p["token"],
        }
        for p in map(asdict, found.placeholders)
    ]
    return {"id": identity, "redacted": found.text, "spans": spans}


def _tasks(redactor: "Redactor", file: Path) -> Any:
    """Redact every string in the data of each task, a task's values together."""
    from backend.tasks import read_tasks

    return [{**item, "data": _data(redactor, item["data"])} for item in read_tasks(file)]


def _data(redactor: "Redactor", data: Any) -> Any:
    texts: dict[str, str] = {}

    def collect(value: Any) -> Any:
        if isinstance(value, str):
            texts[str(len(texts))] = value
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(part)

    def replace(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replace(part) for key, part in value.items()}
        if isinstance(value, list):
            return [replace(part) for part in value]
        return next(redacted) if isinstance(value, str) else value

    collect(data)
    fields = redactor.redact(texts).fields
    redacted = iter([fields[name].text for name in texts])
    return replace(data)


def _show(found: "RedactedText") -> None:
    """Print the text; on a terminal with its placeholders in colour."""
    from rich.console import Console
    from rich.text import Text

    shown = Text(found.text)
    for p in found.placeholders:
        shown.stylize("bold magenta", p.start, p.end)
    Console(soft_wrap=True, highlight=False).print(shown)
