"""`labelguard retry`: failed tasks of a project are queued again."""

from typing import Annotated

import typer

from backend.cli import app
from backend.cli.jobs import open_board


@app.command()
def retry(project: Annotated[str, typer.Option(help="The project's number.")]) -> None:
    """Queue all failed tasks of a project again whose text is not erased. A running server works on them."""
    board = open_board()
    queued = board.retry(project)
    typer.echo(f"project {project}: {queued:,} tasks are queued again")
    if left := len(board.failures(project)):
        typer.echo(f"{left:,} are not, since their text is erased: select them in Label Studio, and click")
