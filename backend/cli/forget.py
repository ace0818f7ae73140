"""`labelguard forget`: what is kept of a project, of a task, or of a text."""

import sys
from typing import Annotated

import typer

from backend.cli import app


@app.command("forget")
def forget_kept(
    project: Annotated[int, typer.Option(help="All that is kept of this project; with --task, of its task.")] = 0,
    task: Annotated[int, typer.Option(help="All that is kept of the task with this number.")] = 0,
    text: Annotated[str, typer.Option(help="Annotations that hold this text; - reads it from standard input.")] = "",
) -> None:
    """Forget what is kept: annotations and what became of predictions, queued tasks, answers.

    The record stays, which holds no text. An answer that is kept does not say of which task it is: those of the project
    go, or all.
    """
    from backend.engine.learning import open_reviews
    from backend.model.kept_answers import forget_answers
    from backend.queue.board import Board
    from backend.settings import Settings
    from backend.store import open_store

    words = sys.stdin.read().strip() if text == "-" else text.strip()
    if bool(project or task) == bool(words):
        raise typer.BadParameter("write --project, --task or --text", param_hint="--project")
    settings = Settings()
    store, reviews = open_store(settings.state_url.get_secret_value()), open_reviews(settings)
    if words:
        found = reviews.forget_text(words)
        count, tasks = len(found), {(str(one.project), str(one.task)) for one in found}
    else:
        count = reviews.forget_numbers(project, [task] if task else [])
        tasks = {(str(project or ""), str(task or ""))}
    queued = sum(Board(store).forget(*named) for named in tasks)
    answers = forget_answers(store, str(project or ""))
    typer.echo(f"forgotten: {count} annotations, {queued} tasks of the queue, {answers} answers")
