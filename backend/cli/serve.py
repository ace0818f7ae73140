"""`labelguard serve`: the backend that Label Studio connects to."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from backend.cli import app

log = logging.getLogger("labelguard.server")
NOT_STARTED = 3
"""Exit status of a server that cannot listen, as uvicorn has it."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file that decides which model sees what.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve, such as one a core.")] = None,
) -> None:
    """Serve predictions to Label Studio. Options stand above the LABELGUARD_ variables."""
    from backend.errors import SettingsError
    from backend.logs import configure_logging
    from backend.server.listening import is_open, look_at_port
    from backend.settings import Settings

    options = {"host": host, "port": port, "policy": policy, "workers": workers}
    given = {name: value for name, value in options.items() if value is not None}
    settings = Settings(**given)
    configure_logging(settings.log_level, settings.log_format)
    try:
        look_at_port(settings)
    except SettingsError as error:
        typer.echo(f"labelguard: {error.reason}", err=True)
        raise typer.Exit(NOT_STARTED) from None
    if is_open(settings):
        remedy = "set LABELGUARD_BASIC_AUTH_USER and LABELGUARD_BASIC_AUTH_PASSWORD, or listen on 127.0.0.1"
        log.warning("whoever reaches port %d of this machine may ask, without a password - %s", settings.port, remedy)
    if settings.workers > 1:
        from backend.server.supervisor import supervise

        has_served = supervise(settings, given)
    else:
        from backend.server.start import run_server

        has_served = run_server(settings)
    if not has_served:
        raise typer.Exit(NOT_STARTED)
