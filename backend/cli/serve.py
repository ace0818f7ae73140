"""`labelguard serve`: the backend that Label Studio connects to."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from concurrent.futures import Future

NOT_STARTED = 3
"""Exit status of a server that cannot listen, as uvicorn has it."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file that decides which model sees what.")] = None,
) -> None:
    """Serve predictions to Label Studio. Options stand above the LABELGUARD_ variables."""
    import uvicorn

    from backend.engine.assemble import starting_engine
    from backend.engine.reload import Reloader
    from backend.engine.thread import EngineThread
    from backend.logs import configure_logging
    from backend.model.embedded.models import EmbeddedModels
    from backend.policy import Policy
    from backend.queue.assemble import open_worker
    from backend.server.app import create_app, options
    from backend.server.connections import ConnectionLimits, raise_open_files
    from backend.server.ending import Server, Timeouts
    from backend.server.http import BasicAuth
    from backend.settings import Settings
    from backend.system.memory import settle_memory

    given = {"host": host, "port": port, "policy": policy}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level)
    rules = Policy.load(settings.policy)
    password = settings.basic_auth_password
    auth = BasicAuth(settings.basic_auth_user, password.get_secret_value()) if password else None
    limits = ConnectionLimits(connections=min(settings.max_connections, raise_open_files() // 2))
    sys.setswitchinterval(0.001)  # whoever answers /health waits for its turn so long, at each of several steps
    with (
        EmbeddedModels(settings) as models,
        starting_engine(rules, settings, models=models) as (engine, loaded),
    ):
        app = create_app(
            EngineThread(engine, loaded),
            auth,
            settings.max_body_bytes,
            Reloader(engine, models),
            Timeouts(settings.predict_timeout, settings.stop_timeout),
            open_worker(engine, settings),
        )
        config = uvicorn.Config(app, settings.host, settings.port, **options(limits, settings.stop_timeout))
        server = Server(config)

        failures: list[BaseException] = []

        def go_on(loading: "Future[None]") -> None:
            error = loading.exception()
            if error and not server.should_exit:  # else it fails because the server ends
                failures.append(error)
                server.should_exit = True
            settle_memory()

        loaded.add_done_callback(go_on)
        with suppress(KeyboardInterrupt):
            server.run()
    if failures:
        raise failures[0]
    if not server.started:
        raise typer.Exit(NOT_STARTED)
