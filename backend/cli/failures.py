"""`labelguard failures`: why tasks of a project have no prediction, without a word of their text."""

from typing import Annotated

import typer

from backend.cli import app
from backend.cli.jobs import open_board
from backend.cli.tables import console, figures_table


@app.command()
def failures(
    project: Annotated[str, typer.Option(help="The project's number.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say why each task of a project failed within the last week, in a click or behind one, without its text."""
    import json
    from collections import Counter
    from datetime import UTC, datetime

    found = open_board().failures(project)
    if as_json:
        typer.echo(json.dumps({"project": project, "failures": [failure.flat() for failure in found]}, indent=1))
        return
    if not found:
        typer.echo(f"project {project}: no task failed within a week")
        return
    out = console()
    drawn = figures_table(["task", "when (UTC)", "code", "text", "why"])
    for failure in found:
        when = datetime.fromtimestamp(failure.ended, UTC).strftime("%Y-%m-%d %H:%M:%S")
        text = "kept" if failure.has_text else "erased"
        drawn.add_row(failure.task or "(none)", when, failure.code, text, failure.reason)
    out.print(drawn)
    codes = Counter(failure.code for failure in found)
    out.print(f"{len(found):,} failed: " + ", ".join(f"{code} {count:,}" for code, count in codes.most_common()))
    if kept := sum(failure.has_text for failure in found):
        out.print(f"labelguard retry --project {project} queues {kept:,} of them again")
