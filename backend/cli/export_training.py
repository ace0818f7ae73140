"""`labelguard export-training`: what reviewers annotated, as files to train a model with."""

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.engine.training.export import TrainingReport, TrainingWish
    from backend.engine.training.sources import LearnableTask
    from backend.review.entries import ReviewedProject
    from backend.settings import Settings


class LineFormat(Enum):
    """How examples are written."""

    OPENAI = "openai"
    CHAT = "chat"


@app.command("export-training")
def export_training(
    out: Annotated[Path, typer.Option(help="The file that is written, JSON lines; its owner alone may read it.")],
    project: Annotated[int | None, typer.Option(help="A project's number: its annotations that are kept here.")] = None,
    tasks: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="In their place: an export of Label Studio.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="With --tasks: the project's label config (XML).")
    ] = None,
    form: Annotated[
        LineFormat, typer.Option("--format", help="For OpenAI's fine-tuning, or messages alone, as LoRA takes them.")
    ] = LineFormat.OPENAI,
    hold_out: Annotated[
        float, typer.Option(min=0, max=0.9, help="The share of the tasks that goes into a second file, to validate.")
    ] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest example, in tokens, about.")] = 65_536,
    policy: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Policy file; the server's without it.")
    ] = None,
    path: Annotated[str, typer.Option(help="With --tasks: path prefix of the backend's URL, for the rules.")] = "",
    title: Annotated[str, typer.Option(help="With --tasks: the project's title, for the rules.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write what reviewers annotated as training data: each line what a model would be sent, and the right answer.

    Texts are redacted as the policy's rule has them redacted. All lines are checked; if a check fails none is written.
    What is left out is counted, by reason. Nothing is sent anywhere, but to a guard that the policy names.
    """
    from backend.engine.training.export import TrainingReport, TrainingWish
    from backend.logs import silence_libraries
    from backend.settings import Settings

    if (tasks is None) != (config is None):
        raise RequestError("--tasks and --config go together: an export, and its project's label config")
    if tasks is None and (path or title):
        raise RequestError("--path and --title mean something with --tasks alone: of a project here they are known")
    silence_libraries()
    settings, report = Settings(**({"policy": policy} if policy else {})), TrainingReport()
    if tasks and config:
        about, found = _exported(tasks, config, (project or 0, path, title), report)
    elif project is not None:
        about, found = _kept(settings, project, report)
    else:
        raise RequestError("name a project with --project, or an export with --tasks and --config")
    wish = TrainingWish(form.value, hold_out, max_tokens)
    files = _written(settings, about, found, (out, wish), report)
    if as_json:
        typer.echo(json.dumps({"files": list(map(str, files)), **report.flat()}, indent=1))
        return
    for line in _lines(report, files):
        typer.echo(line)
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)


def _exported(
    tasks: Path, config: Path, subject: tuple[int, str, str], report: "TrainingReport"
) -> "tuple[ReviewedProject, list[LearnableTask]]":
    """Read an export."""
    from backend.engine.training.sources import exported_tasks
    from backend.labelstudio.xml.markup import read_file
    from backend.review.entries import ReviewedProject

    number, path, title = subject
    return ReviewedProject(number, read_file(config), path, title), exported_tasks(tasks, report.left_out)


def _kept(
    settings: "Settings", project: int, report: "TrainingReport"
) -> "tuple[ReviewedProject, list[LearnableTask]]":
    """Read the annotations of a project that are kept here."""
    import time

    from backend.engine.learning import open_reviews, planner
    from backend.engine.training.sources import check_kept, kept_project, kept_tasks

    reviews = open_reviews(settings)
    about = kept_project(reviews, project)
    check_kept(planner(settings), about)
    return about, kept_tasks(reviews.all(project), time.time(), report.left_out)


def _written(
    settings: "Settings",
    about: "ReviewedProject",
    tasks: "Sequence[LearnableTask]",
    where: "tuple[Path, TrainingWish]",
    report: "TrainingReport",
) -> list[Path]:
    """Have examples made of tasks, and written; shows how far it is."""
    from rich.console import Console
    from rich.progress import Progress

    from backend.engine.assemble import start_redactor
    from backend.engine.previews.preview import Previewer
    from backend.engine.training.export import compose, write_training
    from backend.policy import Policy

    rules = Policy.load(settings.policy)
    with (
        Previewer(rules, settings, load=start_redactor) as previewer,
        Progress(console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("tasks", total=len(tasks))
        examples = compose(previewer, about, tasks, report, lambda count: progress.advance(bar, count))
    out, wish = where
    return write_training(out, examples, wish, report)


def _lines(report: "TrainingReport", files: "Sequence[Path]") -> Iterator[str]:
    yield f"{report.examples:,} examples of {report.tasks:,} annotated tasks: {files[0]}"
    if report.held_out:
        yield f"{report.held_out:,} held out: {files[1]}"
    yield f"about {report.tokens:,} tokens"
    if report.duplicates:
        yield f"{report.duplicates:,} said the same as another, and stand there once"
    yield from (f"left out: {count:,} {reason}" for reason, count in report.left_out.most_common() if count)
