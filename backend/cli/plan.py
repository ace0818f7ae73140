"""`labelguard plan`: what a label config asks, what a model would be told, and which tags get no predictions."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli import app

if TYPE_CHECKING:
    from rich.table import Table

    from backend.handler import Handler
    from backend.prompt import Prompts
    from backend.types import Condition, Control, Plan


@app.command()
def plan(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Label config: an XML file.")],
    tasks: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Tasks: shows all that a model would be sent of the first."),
    ] = None,
) -> None:
    """Show what a label config asks. Nothing is sent. Exits with 1 if a tag gets no predictions."""
    from rich.console import Console

    from backend.plan import build_plan
    from backend.prompt import Prompts
    from backend.schema import any_question
    from backend.settings import Settings
    from handlers import load_handlers

    home = Settings().home
    handlers = load_handlers(home / "handlers" if home else None)
    prompts = Prompts(home / "prompts" if home else None)
    found = build_plan(config.read_text(encoding="utf-8"), handlers)
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    out.print(_objects(found))
    out.print(_controls(found))
    if tasks:
        for role, content in _messages(found, handlers, prompts, tasks):
            out.print(f"{role}:", style="bold")
            out.print(content, soft_wrap=True)
    else:
        out.print("What a model would be asked:", style="bold")
        out.print(prompts.questions(any_question(found, handlers), handlers), soft_wrap=True)
    for unserved in found.unserved:
        reason = f"{unserved.tag} {unserved.name!r} gets no predictions: {unserved.reason}"
        out.print(reason, style="yellow", soft_wrap=True)
    raise typer.Exit(1 if found.unserved else 0)


def _objects(plan: "Plan") -> "Table":
    from rich.table import Table

    table = Table("object", "name", "data", "is", title="What is read", title_justify="left")
    for obj in plan.objects:
        table.add_row(obj.tag, obj.name, obj.value, "labeled" if obj.is_labeled else "shown as context")
    return table


def _controls(plan: "Plan") -> "Table":
    from rich.table import Table

    table = Table("control", "name", "on", "labels", "when", title="What is answered", title_justify="left")
    for control in plan.controls:
        labels = [label.name for label in control.labels] or [f"${control.labels_field}"] * bool(control.labels_field)
        on = ", ".join(control.to_names)
        table.add_row(control.tag, control.from_name, on, ", ".join(labels), _when(control))
    return table


def _when(control: "Control") -> str:
    said = "for each region" if control.per_region else "once"
    return ", ".join([said, *map(_words, control.conditions)])


def _words(condition: "Condition") -> str:
    parts = ["if", condition.kind, condition.tag, *condition.choices, *condition.labels, condition.role]
    return " ".join(part for part in parts if part)


def _messages(
    plan: "Plan", handlers: "Mapping[str, Handler]", prompts: "Prompts", file: Path
) -> Iterator[tuple[str, str]]:
    """Yield role and content of each message that the first task would be sent in, redacted for real."""
    from backend.assembly import load_redactor
    from backend.calls import plan_calls
    from backend.logs import silence_libraries
    from backend.reading import Prepared, read_task
    from backend.tasks import read_tasks
    from backend.types import Decision

    silence_libraries()
    decision = Decision(rule="", providers=())
    first: dict[str, Any] = next(iter(read_tasks(file)), {"data": {}})
    reading = read_task(plan, decision, prompts.fields(plan, decision), first["data"])
    task = load_redactor(decision.scan).redact(reading.texts(), borders=reading.borders())
    for call in plan_calls(Prepared.of(plan, reading, task), handlers, decision.limits.piece_characters):
        system, user = prompts.compose(call.question, handlers, decision, call.texts)
        yield "system", system
        yield "user", user
