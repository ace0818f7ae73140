"""Annotations as commands that learn from them read them: those that are kept here, or an export's."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.errors import RequestError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from backend.engine.training.examples import TrainingExample
    from backend.engine.training.export import TrainingReport
    from backend.engine.training.sources import LearnableTask
    from backend.review.entries import ReviewedProject
    from backend.settings import Settings


KeptProject = Annotated[
    int | None, typer.Option("--project", help="A project's number: its annotations that are kept here.")
]
ExportFile = Annotated[
    Path | None, typer.Option("--tasks", exists=True, dir_okay=False, help="In their place: an export of Label Studio.")
]
ExportConfig = Annotated[
    Path | None,
    typer.Option("--config", exists=True, dir_okay=False, help="With --tasks: the project's label config (XML)."),
]
ExportPath = Annotated[
    str, typer.Option("--path", help="With --tasks: path prefix of the backend's URL, for the rules.")
]
ExportTitle = Annotated[str, typer.Option("--title", help="With --tasks: the project's title, for the rules.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", exists=True, dir_okay=False, help="Policy file; the server's without it.")
]


@dataclass(frozen=True, slots=True)
class AnnotationSource:
    """Where annotations are read, as a command's options say it.

    Attributes:
        project: a project's number.
        tasks, config: an export, and the project's label config.
        path, title: with an export, what the policy's rules are told.
    """

    project: int | None
    tasks: Path | None
    config: Path | None
    path: str
    title: str


def read_examples_of(
    source: AnnotationSource, policy: Path | None, report: "TrainingReport"
) -> "Sequence[TrainingExample]":
    """Have examples made of annotations, under a policy; shows how far it is.

    Args:
        source: where they are read.
        policy: the policy's file; None for the server's.
        report: is told what is left out.

    Raises:
        LabelguardError: the options make no sense, or nothing can be made.
    """
    from backend.settings import Settings

    settings = Settings(**({"policy": policy} if policy else {}))
    about, tasks = annotated_of(source, settings, report.left_out)
    return _composed(settings, about, tasks, report)


def annotated_of(
    source: AnnotationSource, settings: "Settings", left_out: "Counter[str]"
) -> "tuple[ReviewedProject, list[LearnableTask]]":
    """Read annotated tasks, and what the policy is asked about their project.

    Args:
        source: where they are read.
        settings: of the process.
        left_out: is told of what does not count, by reason.

    Raises:
        LabelguardError: the options make no sense, or nothing can be read.
    """
    from backend.logs import silence_libraries

    if (source.tasks is None) != (source.config is None):
        raise RequestError("--tasks and --config go together: an export, and its project's label config")
    if source.tasks is None and (source.path or source.title):
        raise RequestError("--path and --title mean something with --tasks alone: of a project here they are known")
    silence_libraries()
    if source.tasks and source.config:
        return _exported(source.tasks, source.config, source, left_out)
    if source.project is not None:
        return _kept(settings, source.project, left_out)
    raise RequestError("name a project with --project, or an export with --tasks and --config")


def _exported(
    tasks: Path, config: Path, source: AnnotationSource, left_out: "Counter[str]"
) -> "tuple[ReviewedProject, list[LearnableTask]]":
    """Read an export."""
    from backend.engine.training.sources import exported_tasks
    from backend.labelstudio.xml.markup import read_file
    from backend.review.entries import ReviewedProject

    about = ReviewedProject(source.project or 0, read_file(config), source.path, source.title)
    return about, exported_tasks(tasks, left_out)


def _kept(
    settings: "Settings", project: int, left_out: "Counter[str]"
) -> "tuple[ReviewedProject, list[LearnableTask]]":
    """Read the annotations of a project that are kept here."""
    import time

    from backend.engine.learning import open_reviews, planner
    from backend.engine.training.sources import kept_plan, kept_project, kept_tasks

    reviews = open_reviews(settings)
    about = kept_project(reviews, project)
    job = kept_plan(planner(settings), about)
    return about, kept_tasks(job, reviews.all(project), time.time(), left_out)


def _composed(
    settings: "Settings", about: "ReviewedProject", tasks: "Sequence[LearnableTask]", report: "TrainingReport"
) -> "Sequence[TrainingExample]":
    from rich.console import Console
    from rich.progress import Progress

    from backend.engine.assemble import start_redactor
    from backend.engine.previews.preview import Previewer
    from backend.engine.training.export import compose
    from backend.policy import Policy
    from backend.store import open_store

    rules, store = Policy.load(settings.policy), open_store(settings.state_url.get_secret_value())
    with (
        Previewer(rules, settings, load=start_redactor, store=store) as previewer,
        Progress(console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("tasks", total=len(tasks))
        return compose(previewer, about, tasks, report, lambda count: progress.advance(bar, count))
