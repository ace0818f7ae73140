"""`labelguard policy diff`: which tasks another policy would treat otherwise. No word of a task is shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.policy import commands
from backend.cli.tables import AsJson, console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from backend.engine.previews.comparing import PolicyChange

SHOWN = 12
"""Tasks that are named of each kind of change."""


@commands.command()
def diff(  # noqa: PLR0913, PLR0917 - each is an option of its own
    old: Annotated[Path, typer.Argument(help="Policy file.", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(help="The policy file that is to take its place.", exists=True)],
    tasks: Annotated[Path, typer.Option(help="Tasks, as predict reads them.", exists=True)],
    config: Annotated[Path, typer.Option(help="The project's label config (XML).", exists=True, dir_okay=False)],
    project: Annotated[str, typer.Option(help="Project id, for the policies' rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policies' rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policies' rules.")] = "",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if something differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which tasks another policy would treat otherwise. No provider is asked, and no text is shown."""
    from backend.engine.previews.comparing import policy_changes
    from backend.engine.previews.preview import PreviewedTask, preview
    from backend.labelstudio.tasks import as_task, read_tasks
    from backend.labelstudio.xml.markup import read_file
    from backend.logs import silence_libraries
    from backend.policy import Policy
    from backend.settings import Settings

    silence_libraries()
    settings = Settings()
    policies = [Policy.load(file) for file in (old, new)]
    label_config = read_file(config)
    items = read_tasks(tasks, label_config)
    asked = [PreviewedTask(as_task(item), label_config, project, path, title) for item in items]
    before, after = (preview(policy, settings, asked) for policy in policies)
    kinds, differing = policy_changes(asked, before, after)
    if as_json:
        changes = [{"what": w, "before": b, "after": a, "tasks": names} for (w, b, a), names in kinds]
        print_json({"tasks": len(asked), "differing": differing, "changes": changes})
    else:
        _print(console(), kinds)
        typer.echo(f"{differing} of {len(asked)} tasks are treated otherwise")
    raise typer.Exit(1 if exit_code and differing else 0)


def _print(out: "Console", kinds: "list[PolicyChange]") -> None:
    from backend.cli.policy.words import table

    made = table("what", "before", "after", "tasks", "which")
    for (what, was, now), names in kinds:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        made.add_row(what, was, now, str(len(names)), ", ".join(names[:SHOWN]) + more)
    if kinds:
        out.print(made)
