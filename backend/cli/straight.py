"""The way of `labelguard predict --project`: straight from Label Studio and back to it."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from backend.cli import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console

    from backend.cli.progress import TaskProgress
    from backend.cli.rounds import BatchWay
    from backend.engine.bulk import BulkReport, BulkRun, Selection
    from backend.labelstudio.api import LabelStudioApi, StudioProject

NUMBERS_SHOWN = 100
"""Tasks that are named for one reason."""


def predict_project(
    project: int, selection: "Selection", path: str, policy: Path | None, batch: "BatchWay | None" = None
) -> None:
    """Predict a project's tasks and store the predictions in Label Studio.

    Args:
        project: its number.
        selection: which of its tasks.
        path: the path prefix of the backend's URL, "" if there is none.
        policy: a policy file; the server's if None.
        batch: how batches are gone by; None if there are none.

    Raises:
        LabelguardError: nothing can be predicted, or Label Studio cannot be asked.
        typer.Exit: a task has no prediction, or it was stopped.
    """
    import asyncio

    from rich.console import Console

    from backend.cli.reviewed import studio_access
    from backend.engine.assemble import open_lines, running_engine
    from backend.engine.bulk import BulkRun
    from backend.labelstudio.api import LabelStudioApi
    from backend.logs import configure_logging
    from backend.policy import Policy
    from backend.settings import Settings

    settings = Settings(**({"policy": policy} if policy else {}))
    configure_logging(settings.log_level, settings.log_format)
    access = studio_access()
    rules = Policy.load(settings.policy)
    console = Console(stderr=True)
    found = asyncio.run(_project(LabelStudioApi(access), project))
    lines = open_lines(rules, settings) if batch else None
    # There is time: each call waits for its minute, however long that takes.
    with running_engine(rules, settings, wait_s=None, lines=lines) as engine:
        report = _run(BulkRun(engine, LabelStudioApi(access), found, path), selection, console, batch)
    _tell(report, console)
    if report.failed:
        raise typer.Exit(1)


async def _project(api: "LabelStudioApi", project: int) -> "StudioProject":
    from contextlib import aclosing

    async with aclosing(api):
        return await api.project(project)


def _run(bulk: "BulkRun", selection: "Selection", console: "Console", batch: "BatchWay | None") -> "BulkReport":
    """Predict, and show how far it is; return what came of it.

    Raises:
        LabelStudioError: it cannot be asked any more.
        typer.Exit: it was stopped, or batches are under way that are not waited for.
    """
    import asyncio

    from backend.cli.progress import TaskProgress
    from backend.errors import LabelStudioError

    report = bulk.report
    with TaskProgress() as progress:
        bulk.on_progress = lambda: progress.update(report.ended, report.found, len(report.failed))
        try:
            asyncio.run(_closing(bulk, selection, progress, batch))
        except (KeyboardInterrupt, LabelStudioError) as error:
            progress.stop()
            _tell(report, console)
            console.print("stopped; the same command goes on from there")
            if isinstance(error, LabelStudioError):
                raise
            raise typer.Exit(INTERRUPTED) from None
        except typer.Exit:  # batches are under way
            progress.stop()
            _tell(report, console)
            raise
    return report


async def _closing(bulk: "BulkRun", selection: "Selection", progress: "TaskProgress", batch: "BatchWay | None") -> None:
    from contextlib import aclosing

    from backend.cli.rounds import in_rounds

    async with aclosing(bulk.api), aclosing(bulk.engine):
        await in_rounds(bulk.engine, lambda: bulk.run(selection), batch, progress)


def _tell(report: "BulkReport", console: "Console") -> None:
    """Say how many tasks were predicted, and which were not, by the code of what went wrong."""
    passed = f", {report.passed} had a prediction or are gone" if report.passed else ""
    console.print(f"{report.stored} of {report.found} tasks predicted and stored{passed}")
    for code, tasks in report.reasons().items():
        named = ", ".join(map(str, tasks[:NUMBERS_SHOWN]))
        more = f" and {len(tasks) - NUMBERS_SHOWN} more" if len(tasks) > NUMBERS_SHOWN else ""
        console.print(f"no prediction ({code}): tasks {named}{more}", soft_wrap=True)
