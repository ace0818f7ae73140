"""`labelguard annotations sync`: what was annotated before webhooks told of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from rich.progress import Progress

    from backend.labelstudio.fetch.account import LabelStudioAccess
    from backend.review.entries import ReviewedProject
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
) -> None:
    """Fetch what was annotated before, and forget what is there no more. Stopped, it goes on from there."""
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    from backend.cli.connect import opened
    from backend.engine.learning import keeping_of, open_reviews, planner
    from backend.errors import ConfigError, LabelStudioError
    from backend.review.sync import Sync
    from backend.store import open_store

    settings, access = opened()
    about = asyncio.run(_project(access, project, path))
    keeping = keeping_of(planner(settings), about)
    if keeping is None:
        raise ConfigError(f"no rule decides on project {project} - see labelguard policy explain")
    console = Console(stderr=True)
    store = open_store(settings.state_url.get_secret_value())
    with Progress(console=console) as progress:
        bar = progress.add_task("tasks", total=None)
        work = Sync(
            store,
            open_reviews(settings),
            about,
            keeping,
            lambda done, whole: progress.update(bar, total=whole, completed=done),
        )
        try:
            asyncio.run(_run(work, access))
        except (KeyboardInterrupt, LabelStudioError) as error:
            _stop(progress, work)
            if isinstance(error, LabelStudioError):
                raise
            raise typer.Exit(INTERRUPTED) from None
    kept = f", kept for {keeping.days} days" if keeping.days else "; the policy keeps none of them, only what became of"
    kept += "" if keeping.days else " predictions"
    typer.echo(f"{work.annotations} annotations read{kept}; {work.forgotten} forgotten")


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
