"""`labelguard demo`: the whole way, shown on invented tasks."""

import typer

from backend.cli import app


@app.command()
def demo() -> None:
    """Label invented tasks with the embedded model and show what it saw. Exits with 1 if a prediction is missing."""
    from importlib.resources import files
    from pathlib import Path

    from rich.console import Console

    from backend.assembly import running_engine
    from backend.demo import run_demo
    from backend.logs import configure_logging
    from backend.policy import Policy

    configure_logging("error")
    policy = Policy.load(Path(str(files("policies").joinpath("default.yaml"))))
    console = Console(highlight=False)
    console.print("The detectors and the model start …")
    with running_engine(policy) as engine:
        done = run_demo(engine, console)
    raise typer.Exit(0 if done else 1)
