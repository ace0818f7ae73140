"""`labelguard model`: the embedded model's file and its server."""

import logging
from typing import Annotated

import typer

from backend.cli import INTERRUPTED, app

model_app = typer.Typer(no_args_is_help=True, help="Fetch and serve the embedded model.")
log = logging.getLogger("labelguard.model")
app.add_typer(model_app, name="model")
Name = Annotated[str | None, typer.Option("--model", help="Name of the model; the default is the 1.5B one.")]


@model_app.command()
def fetch(name: Name = None) -> None:
    """Fetch the embedded model, 1.1 GB, and check it. What is there already is checked and not fetched again."""
    from backend.model.embedded.file import DEFAULT, fetch_file, named, shown_place
    from backend.settings import Settings

    settings = Settings()
    if settings.model_path:
        typer.echo(settings.model_path)
        return
    model = named(name or DEFAULT)
    with shown_place(model.name) as show:
        file = fetch_file(model, settings.cache, settings.model_source, show)
    typer.echo(file)


@model_app.command()
def serve(
    name: Name = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9091,
    parallel: Annotated[int, typer.Option(help="Calls at once.")] = 2,
    threads: Annotated[int | None, typer.Option(help="Processor threads; LABELGUARD_MODEL_THREADS by default.")] = None,
) -> None:
    """Serve the embedded model to others by an OpenAI-compatible API, fetching it first if need be.

    LABELGUARD_MODEL_KEY or LABELGUARD_MODEL_KEY_FILE is the key that callers must send. Policies have it as a provider
    of kind openai; one of kind embedded needs no such server.
    """
    from backend.errors import ModelFileError
    from backend.logs import configure_logging
    from backend.model.embedded.file import DEFAULT, named, present
    from backend.model.embedded.server import ModelError, Order, load
    from backend.settings import Settings
    from backend.system.cores import spare_cores

    settings = Settings()
    configure_logging(settings.log_level, settings.log_format)
    file, sha256 = settings.model_path, settings.model_sha256
    if not file:
        model = named(name or DEFAULT)
        file, sha256 = present(model, settings.cache, settings.model_source), model.sha256
    key = settings.model_key.get_secret_value() if settings.model_key else ""
    count = threads or settings.model_threads or spare_cores(0)
    log.info("%s is loading, with %d processor threads", file, count)
    if not key:
        log.warning("whoever reaches %s:%d may use the model - set LABELGUARD_MODEL_KEY", host, port)
    problem = ""
    try:
        server = load(Order(str(file), sha256, host, port, key, parallel, count))
    except ModelError as error:
        problem = str(error)
    if problem:
        raise ModelFileError(problem)
    log.info("the model answers at http://%s:%d/v1", host, port)
    is_interrupted = _wait_for_end()
    del server
    if is_interrupted:
        raise typer.Exit(INTERRUPTED)


def _wait_for_end() -> bool:
    """Wait until told to end; returns whether by Ctrl-C."""
    import signal
    import threading

    stop = threading.Event()
    told: list[int] = []

    def end(number: int, _frame: object) -> None:
        told.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    stop.wait()
    return told[0] == signal.SIGINT
