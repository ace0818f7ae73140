"""`labelguard demo`: the whole way, shown on invented tasks."""

import typer

from backend.cli import app


@app.command()
def demo() -> None:
    """Label invented tasks with the embedded model and show what it saw. Exits with 1 if a prediction is missing."""
    from importlib.resources import files
    from pathlib import Path

    from rich.console import Console

    from backend.cli.demo_run import run_demo
    from backend.engine.assemble import running_engine
    from backend.logs import configure_logging
    from backend.model.embedded.models import EmbeddedModels
    from backend.policy import Policy
    from backend.settings import Settings
    from backend.system.cores import spare_cores

    configure_logging("error")
    policy = Policy.load(Path(str(files("policies").joinpath("default.yaml"))))
    console = Console(highlight=False)
    console.print("The detectors and the model start …")
    settings = Settings()
    threads = settings.model_threads or spare_cores(0)  # texts are redacted before the model is asked, not meanwhile
    shipped = settings.model_copy(update={"home": None})
    with EmbeddedModels(settings, threads) as models, running_engine(policy, shipped, models=models) as engine:
        done = run_demo(engine, console)
    raise typer.Exit(0 if done else 1)
