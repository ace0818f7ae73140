"""The HTTP contract of a Label Studio ML backend, for any number of projects.

Each path exists also below a prefix, by which a policy rule may tell projects apart: `/team-a/predict`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend import __version__
from backend.engine_thread import EngineThread
from backend.errors import InternalError, LabelguardError, PolicyError, RequestError, UnknownPathError
from backend.http import BasicAuth, ReasonProtocol, error_response, read_body
from backend.logs import silence_libraries
from backend.reload import Reloader
from backend.standing import Standing
from backend.types import Prediction
from backend.ways import Job
from backend.wire import PredictRequest, SetupRequest, WebhookRequest

log = logging.getLogger("labelguard.server")
Endpoint = Callable[[Request], Awaitable[Response]]

EVENTS = frozenset(
    {
        "ANNOTATION_CREATED",
        "ANNOTATION_UPDATED",
        "ANNOTATIONS_CREATED",
        "ANNOTATIONS_DELETED",
        "TASKS_CREATED",
        "PROJECT_UPDATED",
        "START_TRAINING",
    }
)
ENDPOINTS = frozenset({"health", "setup", "predict", "versions", "metrics", "webhook"})
VERSIONS_KEPT = 100


class Backend:
    """The endpoints.

    Args:
        runner: the engine, running on its own thread.
        auth: the user and password to ask for, or None.
        max_body_bytes: the longest request that is read.
        standing: how the policy in force stands.
    """

    def __init__(self, runner: EngineThread, auth: BasicAuth | None, max_body_bytes: int, standing: Standing) -> None:
        self._standing = standing
        self._runner = runner
        self._engine = runner.engine
        self._auth = auth
        self._max_body_bytes = max_body_bytes
        self._versions: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return all paths, with and without a prefix before them."""
        endpoints: list[tuple[str, str, Endpoint, bool]] = [
            ("/health", "GET", self.health, True),
            ("/setup", "POST", self.setup, True),
            ("/predict", "POST", self.predict, True),
            ("/versions", "GET", self.versions, True),
            ("/metrics", "GET", self.metrics, True),
            # Label Studio registers webhooks without the backend's Basic auth. Nothing is done with what they say.
            ("/webhook", "POST", self.webhook, False),
        ]
        routes = [Route("/", self._guarded(self.health, True), methods=["GET"])]
        for path, method, endpoint, needs_auth in endpoints:
            for prefix in ("", "/{path:str}"):
                routes.append(Route(prefix + path, self._guarded(endpoint, needs_auth), methods=[method]))
        return routes

    def _guarded(self, endpoint: Endpoint, needs_auth: bool) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                if needs_auth and self._auth:
                    self._auth.check(request)
                return await endpoint(request)
            except LabelguardError as error:
                return self._refuse(request, error)
            except Exception as error:  # a traceback or a bare message could quote the task
                return self._refuse(request, InternalError(error))

        return guarded

    def _refuse(self, request: Request, error: LabelguardError) -> Response:
        asked = request.url.path.rsplit("/", 1)[-1]
        asked = asked if asked in ENDPOINTS else "request"  # another name is whatever somebody wrote
        log.warning("%s answered %d: %s: %s", asked, error.status, error.code, error.reason)
        return error_response(error)

    async def health(self, request: Request) -> Response:  # noqa: ARG002
        """Say that we are up. Waits for nothing."""
        about = {"status": "UP", "model_class": "Labelguard", "version": __version__}
        return JSONResponse({**about, "policy": self._standing.health()})

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002
        """Give the metrics in Prometheus' text format."""
        return Response(self._standing.metrics(), media_type="text/plain; version=0.0.4")

    async def setup(self, request: Request) -> Response:
        """Say which version of predictions a project would get, or why none."""
        asked = SetupRequest.read(await read_body(request, self._max_body_bytes))
        job = await self._job(asked.label_config, asked.project, _path(request))
        self._versions[job.model_version] = None
        self._versions.move_to_end(job.model_version)
        while len(self._versions) > VERSIONS_KEPT:
            self._versions.popitem(last=False)
        return JSONResponse({"model_version": job.model_version})

    async def predict(self, request: Request) -> Response:
        """Answer each task, in order, with its prediction, or `{}` where there is none (P7)."""
        asked = PredictRequest.read(await read_body(request, self._max_body_bytes))
        try:
            job = await self._job(asked.label_config, asked.project, _path(request))
        except PolicyError as error:
            await asyncio.wrap_future(self._runner.submit(self._engine.refuse(asked.project, error)))
            raise
        context = asked.params.context
        work = self._engine.predict(
            job, [task.task() for task in asked.tasks], context=context.result if context else None
        )
        outcomes = await asyncio.wrap_future(self._runner.submit(work))
        return JSONResponse(
            {"results": [outcome.payload() if isinstance(outcome, Prediction) else {} for outcome in outcomes]}
        )

    async def _job(self, label_config: str, project: str, path: str) -> Job:
        title = ""
        if self._engine.policy.asks_title:
            title = await asyncio.wrap_future(self._runner.submit(self._engine.title(project)))
        return self._engine.job(label_config, project, path, title)

    async def versions(self, request: Request) -> Response:  # noqa: ARG002
        """List the versions that `/setup` answered lately, the newest first."""
        return JSONResponse({"versions": list(reversed(self._versions))})

    async def webhook(self, request: Request) -> Response:
        """Take an event. Human labels go nowhere: not even read (P11)."""
        action = WebhookRequest.read(await read_body(request, self._max_body_bytes)).action
        log.info("webhook: %s", action if action in EVENTS else "unknown event")
        return JSONResponse({"status": "ok"})


def create_app(
    runner: EngineThread,
    auth: BasicAuth | None = None,
    max_body_bytes: int = 64 * 2**20,
    reloader: Reloader | None = None,
) -> Starlette:
    """Build the ASGI application. The engine's thread runs for as long as the application does.

    Args:
        runner: the engine, on its own thread.
        auth: the user and password to ask for, or None.
        max_body_bytes: the longest request that is read.
        reloader: what puts a changed policy file into force; None leaves the policy as it is.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with runner:
            watching = asyncio.create_task(reloader.watch()) if reloader else None
            if watching and reloader:
                watching.add_done_callback(reloader.ended)
            yield
            if watching:
                watching.cancel()

    async def not_found(request: Request, _: Exception) -> Response:  # noqa: ARG001
        return error_response(UnknownPathError())

    silence_libraries()
    standing = reloader.standing if reloader else Standing(runner.engine.policy.digest)
    backend = Backend(runner, auth, max_body_bytes, standing)
    return Starlette(routes=backend.routes(), lifespan=lifespan, exception_handlers={404: not_found})


def _path(request: Request) -> str:
    return str(request.path_params.get("path", ""))


@contextlib.contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serve an application on a free port of loopback, on a thread of its own; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=ReasonProtocol, access_log=False, log_config=None))
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(0.01)
    if not server.started:
        raise RequestError("the server did not start - its log says why")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
