"""`labelguard model`: the embedded model's file and its server."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli import app

model_app = typer.Typer(no_args_is_help=True, help="Fetch and serve the embedded model.")
app.add_typer(model_app, name="model")
Name = Annotated[str | None, typer.Option("--model", help="Name of the model; the default is the 1.5B one.")]


@model_app.command()
def fetch(name: Name = None) -> None:
    """Fetch the embedded model, 1.1 GB, and check it. What is there already is not fetched again."""
    typer.echo(_file(name))


@model_app.command()
def serve(
    name: Name = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9091,
    parallel: Annotated[int, typer.Option(help="Calls at once.")] = 2,
    threads: Annotated[int, typer.Option(help="Processor threads; no more than cores are free.")] = 1,
) -> None:
    """Serve the embedded model by an OpenAI-compatible API, fetching it first if need be."""
    from backend.embedded import serve as run

    run(_file(name), host, port, parallel, threads)


def _file(name: str | None) -> Path:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from backend.embedded import DEFAULT, MODELS
    from backend.embedded import fetch as fetch_file
    from backend.errors import ModelFileError
    from backend.settings import Settings

    settings = Settings()
    if settings.model_path:
        return settings.model_path
    model = MODELS.get(name or DEFAULT)
    if model is None:
        raise ModelFileError(f"no model is called {name} - there are: {', '.join(MODELS)}")
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(f"{what} {model.name}", total=total)
            bars.update(tasks[what], completed=done, total=total)

        return fetch_file(model, settings.cache, settings.model_source, show)
