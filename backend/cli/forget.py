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

    The record stays, which holds no text. Answers are not looked into: those of the project go, or all. What is held,
    before and after, is said by labelguard subject, which erases one by one.
    """
    from backend.cli.subject import subject_sources
    from backend.subjects.erasing import forget_matching

    words = sys.stdin.read().strip() if text == "-" else text.strip()
    if bool(project or task) == bool(words):
        raise typer.BadParameter("write --project, --task or --text", param_hint="--project")
    gone = forget_matching(subject_sources(), project, task, words)
    samples = f", {gone.samples} samples of what was sent" if gone.samples else ""
    counts = f"{gone.annotations} annotations, {gone.tasks} tasks of the queue, {gone.answers} answers"
    typer.echo(f"forgotten: {counts}{samples}")
