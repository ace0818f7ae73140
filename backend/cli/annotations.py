"""`labelguard annotations sync`: what was annotated before webhooks told of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from backend.labelstudio.fetch.account import LabelStudioAccess
    from backend.review.entries import ReviewedProject
    from backend.review.learning import Learned
    from backend.review.reviews import Keeping
    from backend.review.sync import Sync

INTERRUPTED = 130
"""Exit status of what Ctrl-C ends, as shells have it."""

annotations = typer.Typer(no_args_is_help=True, help="Annotations, as far as they are known here.")
app.add_typer(annotations, name="annotations")


@annotations.callback()
def _annotations() -> None:
    """Annotations, as far as they are known here."""


@annotations.command()
def sync(
    project: Annotated[int, typer.Option(help="The project's number.")],
    path: Annotated[str, typer.Option(help="The path prefix of the backend's URL, if it has one.")] = "",
    learn: Annotated[
        bool,
        typer.Option(help="Calibrate scores by them, and trust labels to who marks them right: a new model version."),
    ] = True,
) -> None:
    """Fetch what was annotated before, and forget what is there no more. Stopped, it goes on from there.

    Then scores are calibrated by what is known now, and it is decided who is trusted with known labels.
    """
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    from backend.cli.connect import opened
    from backend.engine.learning import keeping_of, open_reviews, planner
    from backend.errors import ConfigError, LabelStudioError
    from backend.review import learning
    from backend.review.sync import Sync
    from backend.store import open_store

    settings, access = opened()
    about = asyncio.run(_project(access, project, path))
    keeping = keeping_of(planner(settings), about)
    if keeping is None:
        raise ConfigError(f"no rule decides on project {project} - see labelguard policy explain")
    console, reviews = Console(stderr=True), open_reviews(settings)
    store = open_store(settings.state_url.get_secret_value())
    with Progress(console=console) as progress:
        bar = progress.add_task("tasks", total=None)
        work = Sync(
            store, reviews, about, keeping, lambda done, whole: progress.update(bar, total=whole, completed=done)
        )
        try:
            asyncio.run(_run(work, access))
        except (KeyboardInterrupt, LabelStudioError) as error:
            _stop(progress, work)
            if isinstance(error, LabelStudioError):
                raise
            raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"{work.annotations} annotations read{_kept(keeping)}; {work.forgotten} forgotten")
    for line in learned_lines(learning.learn(store, reviews.entries, project, keeping)) if learn else ():
        typer.echo(line)


def _kept(keeping: "Keeping") -> str:
    if keeping.days:
        return f", kept for {keeping.days} days"
    return "; the policy keeps none of them, only what became of predictions"


def learned_lines(learned: "Learned") -> "Iterator[str]":
    """Say what was learned, and what it takes where there is not enough."""
    from backend.review.calibration import LEAST, LEAST_OF_EACH

    for version, calibration in learned.calibrations.items():
        yield f"scores of {version} are calibrated anew: the next predictions are of {calibration.version(version)}"
        for (control, _), sample in calibration.samples.items():
            where = "blind" if sample.is_blind else "where a prediction could be seen, which flatters"
            yield f"  {control}: on {len(sample.right):,} answers in {sample.reviews:,} tasks, annotated {where}"
    for version, samples in learned.samples.items():
        for (control, _), sample in samples.items():
            if not sample.is_enough:
                wrong = len(sample.right) - sum(sample.right)
                yield (
                    f"scores of {control} by {version} stay raw: {len(sample.right):,} answers, {wrong:,} wrong -"
                    f" it takes {LEAST}, and {LEAST_OF_EACH} of right and wrong ones"
                )
    for label, trusted in learned.trusted:
        who, other = ("the model", "detection") if trusted == "model" else ("detection", "the model")
        yield f"{label or '(a label of a task)'}: {who} is trusted from now on, {other} was mostly wrong"


def _stop(progress: "Progress", work: "Sync") -> None:
    progress.stop()
    typer.echo(f"stopped after {work.annotations} annotations; the same command goes on from there", err=True)


async def _project(access: "LabelStudioAccess", number: int, path: str) -> "ReviewedProject":
    from contextlib import aclosing

    from backend.labelstudio.api import LabelStudioApi
    from backend.review.entries import ReviewedProject

    async with aclosing(LabelStudioApi(access)) as api:
        found = await api.project(number)
    return ReviewedProject(number, found.label_config, path, found.title)


async def _run(work: "Sync", access: "LabelStudioAccess") -> None:
    from contextlib import aclosing

    from backend.labelstudio.api import AnnotationsApi

    async with aclosing(AnnotationsApi(access)) as studio:
        await work.run(studio)
