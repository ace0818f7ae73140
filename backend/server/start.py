"""Settings → a server that runs until it is told to end: alone, or as one of several workers."""

import sys
from concurrent.futures import Future

import uvicorn

from backend.engine.assemble import starting_engine
from backend.engine.learning import open_review_service, webhook_secret
from backend.engine.reload import Reloader
from backend.engine.thread import EngineThread
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.queue.assemble import open_worker
from backend.record.witnesses import witnessing
from backend.server.app import create_app
from backend.server.connections import ConnectionLimits, raise_open_files
from backend.server.console.console import open_console, showing
from backend.server.ending import RequestLimits, Server
from backend.server.http import BasicAuth, options
from backend.server.siblings import Share
from backend.server.webhooks import WebhookGate, Webhooks, receiving
from backend.settings import Settings
from backend.system.memory import settle_memory
from backend.system.part import WHOLE


def run_server(settings: Settings, share: Share | None = None) -> bool:
    """Serve until told to end; returns whether it could listen.

    Args:
        settings: of the server.
        share: this worker's, of a server that has several.

    Raises:
        LabelguardError: it can never predict; nothing is served any more.
        KeyboardInterrupt: Ctrl-C ended it, and all is closed.
    """
    is_interrupted = False
    rules = Policy.load(settings.policy)
    sys.setswitchinterval(0.001)  # whoever answers /health waits for its turn so long, at each of several steps
    own = share.of_settings(settings) if share else settings
    with (
        EmbeddedModels(settings) as models,
        starting_engine(rules, own, models=models, part=share.part if share else WHOLE) as (engine, loaded),
    ):
        auth = _auth(settings)
        runner, reloader = EngineThread(engine, loaded), Reloader(engine, models)
        app = create_app(
            runner,
            auth,
            RequestLimits(settings.predict_timeout, settings.stop_timeout, settings.max_body_bytes),
            reloader,
            open_worker(engine, settings),
            share.siblings if share else None,
        )
        limits = ConnectionLimits(connections=min(own.max_connections, raise_open_files() // 2))
        more = options(limits, settings.stop_timeout) | ({"backlog": 1} if share else {})
        server = Server(uvicorn.Config(app, settings.host, settings.port, **more))
        if share and share.is_again:
            loaded.result()  # the others serve meanwhile
        failures = _ending(server, loaded)
        gate = WebhookGate(webhook_secret(settings), auth)
        webhooks = Webhooks(gate, settings.max_body_bytes, open_review_service(engine, settings))
        console = open_console(settings, runner, reloader.policy_status)
        with receiving(app, webhooks), showing(app, console), witnessing(settings):
            try:
                server.run([share.socket] if share else None)
            except KeyboardInterrupt:  # raised once it has ended
                is_interrupted = True
    if failures:
        raise failures[0]
    if is_interrupted and share is None:
        raise KeyboardInterrupt
    return server.started


def _auth(settings: Settings) -> BasicAuth | None:
    password = settings.basic_auth_password
    return BasicAuth(settings.basic_auth_user, password.get_secret_value()) if password else None


def _ending(server: uvicorn.Server, loaded: "Future[None]") -> list[BaseException]:
    """Have a server end if it can never predict; returns where the reason will stand."""
    failures: list[BaseException] = []

    def go_on(loading: "Future[None]") -> None:
        error = loading.exception()
        if error and not server.should_exit:  # else it fails because the server ends
            failures.append(error)
            server.should_exit = True
        settle_memory()

    loaded.add_done_callback(go_on)
    return failures
