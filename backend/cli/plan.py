"""`labelguard plan`: what a label config asks, what a model would be told, and which tags get no predictions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from rich.table import Table

    from backend.engine.previews.preview import PreviewedTask
    from backend.labelstudio.handler import Handler
    from backend.labelstudio.types import Condition, Control, Plan
    from backend.policy import Policy
    from backend.prompting.templates import Prompts
    from backend.settings import Settings


@app.command()
def plan(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Label config: an XML file.")],
    tasks: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Tasks: shows all that a model would be sent of the first."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Policy file for --tasks; the server's without it.")
    ] = None,
    project: Annotated[str, typer.Option(help="Project id, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
) -> None:
    """Show what a label config asks. Nothing is sent. Exits with 1 if a tag, or the task, gets no predictions."""
    from backend.engine.assemble import load_own
    from backend.labelstudio.config import build_plan
    from backend.labelstudio.xml.markup import read_file
    from backend.settings import Settings

    settings = Settings(**{"policy": policy} if policy else {})
    handlers, prompts = load_own(settings.home)
    label_config = read_file(config)
    found = build_plan(label_config, handlers)
    out = _console()
    out.print(_objects(found))
    out.print(_controls(found))
    sent = True
    if tasks:
        from backend.engine.previews.preview import PreviewedTask
        from backend.labelstudio.tasks import first_task
        from backend.policy import Policy

        asked = PreviewedTask(first_task(tasks), label_config, project, path, title)
        sent = _print_messages(out, asked, Policy.load(settings.policy), settings)
    else:
        _print_asked(out, found, handlers, prompts)
    for unserved in found.unserved:
        reason = f"{unserved.tag} {unserved.name!r} gets no predictions: {unserved.reason}"
        out.print(reason, style="yellow", soft_wrap=True)
    raise typer.Exit(1 if found.unserved or not sent else 0)


def _console() -> "Console":
    from rich.console import Console

    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    return out


def _objects(plan: "Plan") -> "Table":
    from rich.table import Table

    table = Table("object", "name", "data", "is", title="What is read", title_justify="left")
    for obj in (*plan.headers, *plan.objects):
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


def _print_asked(out: "Console", found: "Plan", handlers: "Mapping[str, Handler]", prompts: "Prompts") -> None:
    """Print what a model would be asked under a policy that says nothing of known labels."""
    from backend.cli.shown import known_words
    from backend.policy.types import KnownLabels
    from backend.prompting.answer_form import any_question
    from backend.prompting.detected_labels import detected_labels, offered_plan

    known = detected_labels(found, KnownLabels())
    if known:
        marked = {name: {label.result: label.means for label in own} for name, own in known.items()}
        out.print(f"Marked by detection, unless the policy says otherwise: {known_words(marked)}", soft_wrap=True)
    out.print("What a model would be asked:", style="bold")
    questions = prompts.questions(any_question(offered_plan(found, known), handlers), handlers)
    out.print(questions or "nothing: detection knows all labels", soft_wrap=True)


def _print_messages(out: "Console", asked: "PreviewedTask", policy: "Policy", settings: "Settings") -> bool:
    """Print all that would be sent of a task under a policy, or why nothing is; returns whether anything would be."""
    from backend.cli.shown import known_words, print_messages
    from backend.engine.previews.preview import preview
    from backend.logs import silence_libraries

    silence_libraries()
    (verdict,) = preview(policy, settings, [asked])
    if verdict.refusal:
        out.print(f"nothing would be sent: {verdict.refusal.reason}", style="bold red", soft_wrap=True)
        return False
    if verdict.known_labels:
        out.print(f"Marked by detection: {known_words(verdict.known_labels)}", soft_wrap=True)
    if verdict.is_spared:
        out.print("nothing would be sent: detection knows all labels", style="bold", soft_wrap=True)
        return True
    rule = f"Sent by rule {verdict.rule!r} of {policy.file.name}"
    out.print(f"{rule}, to {', then '.join(verdict.providers)}:", style="bold", soft_wrap=True)
    print_messages(out, verdict)
    return True
