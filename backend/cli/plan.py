"""`labelguard plan`: what a label config asks, what a model would be told, and which tags get no predictions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from backend.cli import app
from backend.cli.tables import AsJson, console, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from rich.table import Table

    from backend.engine.previews.preview import PreviewedTask, TaskPreview
    from backend.labelstudio.handler import Handler
    from backend.labelstudio.types import Condition, Control, Plan
    from backend.prompting.templates import Prompts
    from backend.settings import Settings
    from backend.system.writing import JSON


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
    as_json: AsJson = False,
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
    verdict = None
    if tasks:
        from backend.engine.previews.preview import PreviewedTask
        from backend.labelstudio.tasks import first_task

        asked = PreviewedTask(first_task(tasks, label_config), label_config, project, path, title)
        verdict = _previewed(settings, asked)
    questions = _Questions.of(found, handlers, prompts)
    if as_json:
        print_json(_flat(found, questions, verdict))
    else:
        _print(found, questions, verdict, settings.policy.name)
    raise typer.Exit(1 if found.unserved or (verdict and verdict.refusal) else 0)


def _previewed(settings: "Settings", asked: "PreviewedTask") -> "TaskPreview":
    """Return what would become of a task under the settings' policy."""
    from backend.engine.previews.preview import preview
    from backend.logs import silence_libraries
    from backend.policy import Policy

    policy = Policy.load(settings.policy)
    silence_libraries()
    (verdict,) = preview(policy, settings, [asked])
    return verdict


class _Questions(NamedTuple):
    """What a model would be asked under a policy that says nothing of known labels.

    Attributes:
        marked: which labels detection marks, and what they mean to it, by control.
        text: the questions, "" if none is left.
    """

    marked: "Mapping[str, Mapping[str, str]]"
    text: str

    @classmethod
    def of(cls, found: "Plan", handlers: "Mapping[str, Handler]", prompts: "Prompts") -> "_Questions":
        """Write the questions of a plan."""
        from backend.policy.types import KnownLabels
        from backend.prompting.answer_form import any_question
        from backend.prompting.detected_labels import detected_labels, offered_plan

        known = detected_labels(found, KnownLabels())
        marked = {name: {label.result: label.means for label in own} for name, own in known.items()}
        return cls(marked, prompts.questions(any_question(offered_plan(found, known), handlers), handlers))


def _flat(found: "Plan", questions: _Questions, verdict: "TaskPreview | None") -> "JSON":
    from backend.cli.shown import preview_json

    objects = (*found.headers, *found.objects)
    asked = {"marked": questions.marked, "questions": questions.text}
    return {
        "objects": [{"tag": o.tag, "name": o.name, "value": o.value, "labeled": o.is_labeled} for o in objects],
        "controls": [
            {
                "tag": control.tag,
                "name": control.from_name,
                "on": list(control.to_names),
                "labels": [label.name for label in control.labels],
                "labels_field": control.labels_field or None,
                "per_region": control.per_region,
                "conditions": list(map(_words, control.conditions)),
            }
            for control in found.controls
        ],
        "unserved": [{"tag": one.tag, "name": one.name, "reason": one.reason} for one in found.unserved],
        **(asked if verdict is None else {"task": preview_json(verdict)}),
    }


def _print(found: "Plan", questions: _Questions, verdict: "TaskPreview | None", policy: str) -> None:
    """Print it for people; the policy's file is named where a task was shown to it."""
    out = console()
    out.print(_objects(found))
    out.print(_controls(found))
    if verdict is None:
        _print_asked(out, questions)
    else:
        _print_messages(out, verdict, policy)
    for unserved in found.unserved:
        reason = f"{unserved.tag} {unserved.name!r} gets no predictions: {unserved.reason}"
        out.print(reason, style="yellow", soft_wrap=True)


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


def _print_asked(out: "Console", questions: _Questions) -> None:
    from backend.cli.shown import known_words

    if questions.marked:
        said = f"Marked by detection, unless the policy says otherwise: {known_words(questions.marked)}"
        out.print(said, soft_wrap=True)
    out.print("What a model would be asked:", style="bold")
    out.print(questions.text or "nothing: detection knows all labels", soft_wrap=True)


def _print_messages(out: "Console", verdict: "TaskPreview", policy: str) -> None:
    """Print all that would be sent of a task under a policy, or why nothing is."""
    from backend.cli.shown import known_words, print_messages

    if verdict.refusal:
        out.print(f"nothing would be sent: {verdict.refusal.reason}", style="bold red", soft_wrap=True)
        return
    if verdict.known_labels:
        out.print(f"Marked by detection: {known_words(verdict.known_labels)}", soft_wrap=True)
    if verdict.is_spared:
        out.print("nothing would be sent: detection knows all labels", style="bold", soft_wrap=True)
        return
    rule = f"Sent by rule {verdict.rule!r} of {policy}"
    out.print(f"{rule}, to {', then '.join(verdict.providers)}:", style="bold", soft_wrap=True)
    print_messages(out, verdict)
