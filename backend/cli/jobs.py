"""`labelguard jobs`: how what goes on behind clicks stands, by project."""

from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import console, figures_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from backend.queue.board import Board, Job

WATCH_EVERY_S = 2.0


@app.command()
def jobs(
    project: Annotated[str, typer.Option(help="The number of one project; all by default.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every two seconds, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, as /jobs answers.")] = False,
) -> None:
    """Say how what goes on behind clicks stands: queued, running, done and failed, with pace and time left."""
    from backend.queue.board import to_payload

    board = open_board()
    if as_json:
        import json

        typer.echo(json.dumps(to_payload(board.jobs(project)), indent=1))
    elif watch:
        _watch(board, project)
    else:
        console().print(_drawn(board.jobs(project)))


def open_board() -> "Board":
    """Open what tells of the queue, where the settings say.

    Raises:
        StoreError: the database cannot be used.
    """
    from backend.queue.board import Board
    from backend.settings import Settings
    from backend.store import open_store

    return Board(open_store(Settings().state_url.get_secret_value()))


def _watch(board: "Board", project: str) -> None:
    import time

    from rich.live import Live

    with Live(_drawn(board.jobs(project)), console=console(), auto_refresh=False) as live:
        while True:
            time.sleep(WATCH_EVERY_S)
            live.update(_drawn(board.jobs(project)), refresh=True)


def _drawn(found: "Sequence[Job]") -> "RenderableType":
    """Draw how projects stand, and say what the figures do not."""
    from rich.console import Group

    if not found:
        return "nothing goes on behind, and nothing has ended within a week"
    return Group(_table(found), *(line for job in found for line in _remarks(job)))


def _table(found: "Sequence[Job]") -> "Table":
    from backend.queue.board import time_left

    drawn = figures_table(["project"], ["queued", "running", "done", "failed", "a minute", "left"])
    for job in found:
        counts = (job.queued, job.running, job.done, job.failed)
        drawn.add_row(
            job.project or "(none)", *(f"{count:,}" for count in counts), f"{job.per_minute:g}", time_left(job)
        )
    return drawn


def _remarks(job: "Job") -> "Iterator[str]":
    if job.again:
        codes = ", ".join(f"{code} {count:,}" for code, count in job.again.items())
        yield f"project {job.project}: {sum(job.again.values()):,} of those queued are tried again: {codes}"
    elif job.queued and not job.running:
        yield f"project {job.project}: nobody works on it now - see whether a server runs"
