"""`labelguard policy explain`: what would become of a task, and why. For its owner's eyes; nothing is sent."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.policy import commands

if TYPE_CHECKING:
    from rich.console import Console

    from backend.engine.previews.preview import ListedStretch, PreviewedTask, TaskPreview
    from backend.policy import Policy

SHOWN = 12
"""Places of each list that are named."""


@commands.command()
def explain(  # noqa: PLR0913, PLR0917 - each is an option of its own
    policy: Annotated[Path, typer.Option(help="Policy file.", exists=True, dir_okay=False)],
    config: Annotated[Path, typer.Option(help="The project's label config (XML).", exists=True, dir_okay=False)],
    task: Annotated[Path, typer.Option(help="A task, as JSON; of several the first.", exists=True, dir_okay=False)],
    project: Annotated[str, typer.Option(help="Project id, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, the redacted prompt included.")] = False,
) -> None:
    """Say which rule decides on a task and what would leave. No provider is asked. Exits with 1 if nothing is sent."""
    from backend.cli.shown import preview_json
    from backend.cli.tables import console, print_json
    from backend.engine.previews.preview import PreviewedTask, preview
    from backend.labelstudio.tasks import first_task
    from backend.labelstudio.xml.markup import read_file
    from backend.logs import silence_libraries
    from backend.policy import Policy
    from backend.settings import Settings

    silence_libraries()
    rules = Policy.load(policy)
    label_config = read_file(config)
    asked = PreviewedTask(first_task(task, label_config), label_config, project, path, title)
    (verdict,) = preview(rules, Settings(), [asked])
    if as_json:
        print_json(preview_json(verdict))
    else:
        _print(console(), rules, asked, verdict)
    raise typer.Exit(1 if verdict.refusal else 0)


def _places(listed: "Sequence[ListedStretch]") -> str:
    """Say how many stretches of which types there are, and where."""
    from backend.cli.shown import listed_name

    counts = Counter(one.entity_type for one in listed)
    where = ", ".join(f"{listed_name(one)} {one.start}-{one.end}" for one in listed[:SHOWN])
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) + f": {where}{more}"


def _print(out: "Console", policy: "Policy", asked: "PreviewedTask", verdict: "TaskPreview") -> None:
    from backend.cli.policy.words import counted, table
    from backend.cli.shown import known_words, print_messages

    if policy.asks_title and not asked.title:
        out.print("A rule asks for the project's title: give it by --title.", style="yellow", soft_wrap=True)
    made = table("rule", "decides", "because")
    for name, condition in verdict.passed:
        made.add_row(name, "no", f"{condition} does not hold")
    made.add_row(verdict.rule or "otherwise", "yes", "all its conditions hold" if verdict.rule else "no rule matches")
    out.print(made)
    out.print(f"found:     {counted(verdict.found)}", soft_wrap=True)
    if verdict.added:
        out.print(f"added:     {_places(verdict.added)} (always_redact)", soft_wrap=True)
    if verdict.freed:
        out.print(f"freed:     {_places(verdict.freed)} (never_redact)", soft_wrap=True)
    if verdict.refusal:
        out.print(f"nothing is sent: {verdict.refusal.reason}", style="bold red", soft_wrap=True)
        return
    replaced = (f"{kind} {count} ({', '.join(sorted(verdict.operators[kind]))})" for kind, count in _counts(verdict))
    out.print(f"replaced:  {', '.join(replaced) or 'nothing'}", soft_wrap=True)
    if verdict.known_labels:
        out.print(f"marked:    by detection: {known_words(verdict.known_labels)}", soft_wrap=True)
    if verdict.is_spared:
        out.print("asked:     nobody, for detection knows all labels; nothing is sent", style="bold", soft_wrap=True)
        return
    where = "the text leaves your network" if verdict.leaves else "it stays in your network"
    out.print(f"asked:     {', then '.join(verdict.providers)}; {where}", style="bold", soft_wrap=True)
    if verdict.dropped:
        out.print(f"not asked: {', '.join(verdict.dropped)}, for what was found may not leave", soft_wrap=True)
    if not out.is_terminal:
        said = "The task's text follows, redacted: keep what you write it to, or use --json."
        typer.echo(f"warning: {said}", err=True)
    print_messages(out, verdict)


def _counts(verdict: "TaskPreview") -> "list[tuple[str, int]]":
    return sorted(verdict.replaced.items())
