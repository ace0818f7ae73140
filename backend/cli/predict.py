"""`labelguard predict`: predictions for a file of tasks, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli import app

if TYPE_CHECKING:
    from backend.pipeline import Outcome


@app.command()
def predict(
    tasks: Annotated[Path, typer.Argument(help="Tasks in Label Studio's import format (JSON).", exists=True)],
    config: Annotated[Path, typer.Option(help="The project's label config (XML).", exists=True)],
    out: Annotated[Path, typer.Option(help="Where the tasks with their predictions go, ready to be imported.")],
    policy: Annotated[Path | None, typer.Option(help="Policy file; the server's by default.")] = None,
    project: Annotated[str, typer.Option(help="Project id, for the policy's rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
) -> None:
    """Predict a file of tasks and write them with their predictions. Exits with 1 if a task has none."""
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    from backend.assembly import label_studio_access, running_engine
    from backend.logs import configure_logging
    from backend.policy import Policy
    from backend.settings import Settings
    from backend.tasks import as_task, read_tasks
    from backend.types import Prediction

    settings = Settings(**({"policy": policy} if policy else {}))
    configure_logging(settings.log_level)
    rules = Policy.load(settings.policy)
    items = read_tasks(tasks)
    console = Console(stderr=True)
    access = label_studio_access(settings)
    engines = running_engine(rules, settings.home, settings.redaction_workers, label_studio=access)
    with engines as engine, Progress(console=console) as progress:
        job = engine.job(config.read_text(encoding="utf-8"), project, path)
        bar = progress.add_task("tasks", total=len(items))

        async def run() -> "list[Outcome]":
            try:
                return await engine.predict(job, list(map(as_task, items)), lambda: progress.advance(bar))
            finally:
                await engine.aclose()

        outcomes = asyncio.run(run())
    for item, outcome in zip(items, outcomes, strict=True):
        item["predictions"] = [outcome.payload()] if isinstance(outcome, Prediction) else []
    _write(out, items)
    done = sum(isinstance(outcome, Prediction) for outcome in outcomes)
    console.print(f"{done} of {len(items)} tasks predicted, written to {out}")
    raise typer.Exit(0 if done == len(items) else 1)


def _write(path: Path, items: list[dict[str, Any]]) -> None:
    """Write the file whole or not at all, readable by its owner alone: it holds the tasks' text."""
    import json
    import os

    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(items, file, ensure_ascii=False, indent=1)
    partial.replace(path)
