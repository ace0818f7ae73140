"""`labelguard policy diff`: which tasks another policy would treat otherwise. No word of a task is shown."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from backend.cli.policy import commands
from backend.cli.tables import AsJson, console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from backend.engine.previews.preview import PreviewedTask, TaskPreview

SHOWN = 12
"""Tasks that are named of each kind of change."""
Kind: TypeAlias = tuple[tuple[str, str, str], list[str]]
"""What differs, as it was and as it is, and the names of the tasks of which it does."""


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
    kinds, differing = _kinds(asked, before, after)
    if as_json:
        changes = [{"what": w, "before": b, "after": a, "tasks": names} for (w, b, a), names in kinds]
        print_json({"tasks": len(asked), "differing": differing, "changes": changes})
    else:
        _print(console(), kinds)
        typer.echo(f"{differing} of {len(asked)} tasks are treated otherwise")
    raise typer.Exit(1 if exit_code and differing else 0)


def _kinds(
    asked: Sequence["PreviewedTask"], before: Sequence["TaskPreview"], after: Sequence["TaskPreview"]
) -> tuple[list[Kind], int]:
    """Return the kinds of change, each with its tasks, those of most first; and how many tasks differ."""
    kinds: dict[tuple[str, str, str], list[str]] = {}
    differing = 0
    for number, one in enumerate(asked):
        found = list(_changes(before[number], after[number]))
        differing += bool(found)
        for change in found:
            kinds.setdefault(change, []).append(_name(one, number))
    return sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])), differing


def _print(out: "Console", kinds: list[Kind]) -> None:
    from backend.cli.policy.words import table

    made = table("what", "before", "after", "tasks", "which")
    for (what, was, now), names in kinds:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        made.add_row(what, was, now, str(len(names)), ", ".join(names[:SHOWN]) + more)
    if kinds:
        out.print(made)


def _name(asked: "PreviewedTask", number: int) -> str:
    """Return a task's id, or its place in the file."""
    return asked.task.id or f"no. {number + 1}"


def _changes(before: "TaskPreview", after: "TaskPreview") -> Iterator[tuple[str, str, str]]:
    """Yield what differs, each with what it was and what it is, in words without any of the task's."""
    if before.rule != after.rule:
        yield "rule", before.rule or "none", after.rule or "none"
    if _asked(before) != _asked(after):
        yield "asked", _asked(before), _asked(after)
    if before.leaves != after.leaves:
        yield "leaves your network", _yes(before.leaves), _yes(after.leaves)
    if _refusal(before) != _refusal(after):
        yield "refusal", _refusal(before), _refusal(after)
    if before.refusal or after.refusal:
        return  # of a text that is not sent nothing is replaced
    was, now = _replaced(before), _replaced(after)
    for kind in sorted({*was, *now}):
        if was.get(kind) != now.get(kind):
            yield f"{kind} replaced", was.get(kind, "no"), now.get(kind, "no")
    yield from _lists(before, after)
    if before.messages != after.messages:
        yield "text that is sent", "", "differs"
    elif before.providers == after.providers and before.requests != after.requests:
        yield "what is sent beside the text", "", "differs"


def _lists(before: "TaskPreview", after: "TaskPreview") -> Iterator[tuple[str, str, str]]:
    """Yield of which types the policies' lists free or add more or fewer stretches."""
    for what, earlier, later in (
        ("freed by never_redact", before.freed, after.freed),
        ("added by always_redact", before.added, after.added),
    ):
        counts = Counter(one.entity_type for one in earlier), Counter(one.entity_type for one in later)
        for kind in sorted({*counts[0], *counts[1]}):
            if counts[0][kind] != counts[1][kind]:
                yield f"{kind} {what}", str(counts[0][kind] or "no"), str(counts[1][kind] or "no")


def _asked(verdict: "TaskPreview") -> str:
    return ", then ".join(verdict.providers) or "nobody"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _refusal(verdict: "TaskPreview") -> str:
    return verdict.refusal.code if verdict.refusal else "none"


def _replaced(verdict: "TaskPreview") -> Mapping[str, str]:
    return {
        kind: f"{count} by {', '.join(sorted(verdict.operators[kind]))}" for kind, count in verdict.replaced.items()
    }
