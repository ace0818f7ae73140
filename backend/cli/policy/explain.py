"""`labelguard policy explain`: what would become of a task, and why. For its owner's eyes; nothing is sent."""

import json
import sys
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
    from backend.system.writing import JSON

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
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON, the redacted prompt included.")] = False,
) -> None:
    """Say which rule decides on a task and what would leave. No provider is asked. Exits with 1 if nothing is sent."""
    from backend.cli.tables import console
    from backend.engine.previews.preview import PreviewedTask, preview
    from backend.labelstudio.tasks import first_task
    from backend.labelstudio.xml.markup import read_file
    from backend.logs import silence_libraries
    from backend.policy import Policy
    from backend.settings import Settings

    silence_libraries()
    rules = Policy.load(policy)
    asked = PreviewedTask(first_task(task), read_file(config), project, path, title)
    (verdict,) = preview(rules, Settings(), [asked])
    if as_json:
        sys.stdout.write(json.dumps(_said(verdict), ensure_ascii=False, indent=1) + "\n")
    else:
        _print(console(), rules, asked, verdict)
    raise typer.Exit(1 if verdict.refusal else 0)


def _said(verdict: "TaskPreview") -> "JSON":
    """Return all that is told, as JSON."""
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


def _name(listed: "ListedStretch") -> str:
    """Return the name of an object tag, or of what else the text is."""
    from backend.prompting.task_labels import OBJECT

    return listed.text.removeprefix(OBJECT)


def _place(listed: "ListedStretch") -> "JSON":
    return {"text": _name(listed), "start": listed.start, "end": listed.end, "entity_type": listed.entity_type}


def _places(listed: "Sequence[ListedStretch]") -> str:
    """Say how many stretches of which types there are, and where."""
    counts = Counter(one.entity_type for one in listed)
    where = ", ".join(f"{_name(one)} {one.start}-{one.end}" for one in listed[:SHOWN])
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
