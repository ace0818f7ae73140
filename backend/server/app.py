"""The HTTP contract of a Label Studio ML backend, for any number of projects.

Each path exists also below a prefix, by which a policy rule may tell projects apart: `/team-a/predict`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend import __version__
from backend.engine.policy_status import PolicyStatus
from backend.engine.project import ProjectPlan
from backend.engine.reload import Reloader
from backend.engine.thread import EngineThread
from backend.errors import (
    InternalError,
    LabelguardError,
    LoadingError,
    PolicyError,
    RequestError,
    StoppingError,
    StoreError,
    UnknownMethodError,
    UnknownPathError,
)
from backend.labelstudio.reduce import MAX_TASK_BYTES
from backend.labelstudio.requests import PredictRequest, SetupRequest
from backend.labelstudio.xml.interface import parse_config
from backend.logs import begin_request, silence_libraries
from backend.queue import board
from backend.queue.worker import QueueWorker
from backend.server.answers import are_short, results_body
from backend.server.bodies import Bodies
from backend.server.callers import while_there
from backend.server.connections import ConnectionLimits
from backend.server.ending import Ending, RequestLimits, Server, working
from backend.server.http import BasicAuth, error_response, options
from backend.server.openapi import WAYS, describe
from backend.server.parsing import Parser
from backend.server.siblings import Siblings
from backend.server.webhooks import WebhookGate, Webhooks
from backend.system.once import settled
from backend.system.writing import JSON

log = logging.getLogger("labelguard.server")
Endpoint = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")

ENDPOINTS = frozenset({"health", "ready", "setup", "predict", "versions", "metrics", "jobs", "webhook"})
VERSIONS_KEPT = 100
CALLER_GONE = 499
"""As nginx has it: nobody reads it."""
PLANNERS = 2
LOADING_S = 14.0
"""Seconds that a request may wait until all is loaded, beside those until its deadline: Label Studio waits 100."""
LOOK_AGAIN_S = 2
"""What `/ready` says, in seconds, of when to ask again."""


class Backend:
    """The endpoints.

    Args:
        runner: the engine, running on its own thread.
        auth: the user and password to ask for, or None.
        limits: of requests.
        policy_status: how the policy in force stands.
        worker: works on what is not done then; None if nothing goes on.
        siblings: all workers of this server; None if it is one process.
    """

    def __init__(
        self,
        runner: EngineThread,
        auth: BasicAuth | None,
        limits: RequestLimits,
        policy_status: PolicyStatus,
        worker: QueueWorker | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        self._worker = worker
        self._siblings = siblings
        self._policy_status = policy_status
        self._predict_timeout = limits.predict
        self._runner = runner
        self._engine = runner.engine
        self._auth = auth
        self._bodies = Bodies(limits.body)
        self._parser = Parser()
        self._planners = ThreadPoolExecutor(PLANNERS, "planning")
        self._versions: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return all paths, with and without a prefix before them."""
        endpoints: dict[str, Endpoint] = {
            "/": self.health,
            "/health": self.health,
            "/ready": self.ready,
            "/setup": self.setup,
            "/predict": self._once_loaded(self.predict),
            "/versions": self.versions,
            "/metrics": self.metrics,
            "/jobs": self.jobs,
            "/openapi.json": self.openapi,
            "/webhook": self.webhook,
            "/webhook/{secret}": self.webhook,
        }
        routes = []
        for way in WAYS:
            endpoint = self._guarded(endpoints[way.path], way.needs_auth)
            for prefix in ("", "/{path:str}") if way.has_prefix else ("",):
                routes.append(Route(prefix + way.path, endpoint, methods=[way.method]))
        return routes

    async def warm_up(self) -> None:
        """Load what the first plan needs, before anybody waits for it."""
        await self._off(parse_config, "<View/>")

    def close(self) -> None:
        """End the threads."""
        self._parser.close()
        self._planners.shutdown(wait=False)

    async def _off(self, work: Callable[..., T], *args: Any) -> T:
        """Do work off the loop that answers /health."""
        here = copy_context()  # whose request it is, for the log
        return await asyncio.get_running_loop().run_in_executor(self._planners, partial(here.run, work, *args))

    def _guarded(self, endpoint: Endpoint, needs_auth: bool) -> Endpoint:
        async def guarded(request: Request) -> Response:
            begin_request()
            try:
                if needs_auth and self._auth:
                    self._auth.check(request)
                return await endpoint(request)
            except LabelguardError as error:
                return self._refuse(request, error)
            except asyncio.CancelledError:  # by uvicorn, of what takes too long once the server is told to end
                return self._refuse(request, StoppingError())
            except Exception as error:  # a traceback or a bare message could quote the task
                return self._refuse(request, InternalError(error))

        return guarded

    def _once_loaded(self, endpoint: Endpoint) -> Endpoint:
        async def waiting(request: Request) -> Response:
            if not self._runner.loaded.done():
                await settled(self._runner.loaded, LOADING_S)
            return await endpoint(request)

        return waiting

    def _refuse(self, request: Request, error: LabelguardError) -> Response:
        asked = request.url.path.rsplit("/", 1)[-1]
        asked = asked if asked in ENDPOINTS else "request"  # another name is whatever somebody wrote
        log.warning("%s answered %d: %s: %s", asked, error.status, error.code, error.reason)
        return error_response(error)

    async def health(self, _: Request) -> Response:
        """Say that we are up. Waits for nothing."""
        about = {"status": "UP", "model_class": "Labelguard", "version": __version__}
        whole = self._whole()
        return JSONResponse({**about, "policy": whole["policy"], "providers": whole["providers"]})

    def standing(self) -> JSON:
        """Say how this process stands."""
        providers = self._engine.tally.health(provider.name for provider in self._engine.policy.providers)
        versions = list(reversed(self._versions))
        return {"policy": self._policy_status.health(), "providers": providers, "versions": versions}

    def _whole(self) -> JSON:
        return self._siblings.whole(self.standing()) if self._siblings else self.standing()

    async def ready(self, _: Request) -> Response:
        """Say whether all is loaded that predicting needs; whoever is asked to predict before lets it wait."""
        if not self._runner.loaded.done() or (self._siblings and not self._siblings.are_ready):
            response = error_response(LoadingError())
            response.headers["retry-after"] = str(LOOK_AGAIN_S)
            return response
        self._runner.loaded.result()  # what could not be loaded ends the server: see `labelguard serve`
        return JSONResponse({"status": "READY"})

    async def metrics(self, request: Request) -> Response:
        """Give the metrics in Prometheus' text format."""
        ours = (self._policy_status, self._engine.tally)
        metrics = self._siblings.metrics() if self._siblings else b"".join(one.metrics() for one in ours)
        with contextlib.suppress(StoreError):  # of the queue alone nothing is told then
            metrics += board.metrics(await self._jobs())
        with contextlib.suppress(StoreError):
            metrics += await self._off(request.app.state.webhooks.metrics)
        with contextlib.suppress(StoreError):
            limits = {rule.decision.rule: rule.decision.limits for rule in self._engine.policy.rules}
            metrics += await self._off(self._engine.gateway.attempt_log.budget_metrics, limits)
        return Response(metrics, media_type="text/plain; version=0.0.4")

    async def jobs(self, _: Request) -> Response:
        """Say how what goes on behind requests stands, by project."""
        return JSONResponse(board.to_payload(await self._jobs()))

    async def _jobs(self) -> list[board.Job]:
        return await asyncio.wrap_future(self._runner.submit(self._worker.jobs())) if self._worker else []

    async def setup(self, request: Request) -> Response:
        """Say which version of predictions a project would get, and which tags get none; or why nothing does."""
        async with self._bodies.body(request) as body:
            asked = await self._parser.read(SetupRequest, body)
        job = await self._job(asked.label_config, asked.project, _path(request))
        self._versions[job.model_version] = None
        self._versions.move_to_end(job.model_version)
        while len(self._versions) > VERSIONS_KEPT:
            self._versions.popitem(last=False)
        return JSONResponse({"model_version": job.model_version, "left_out": list(job.plan.left_out)})

    async def predict(self, request: Request) -> Response:
        """Answer each task, in order, with its prediction, or `{}` where there is none (P7), while somebody waits."""
        deadline = time.monotonic() + self._predict_timeout
        async with self._bodies.body(request) as body:
            asked = await self._parser.read(PredictRequest, body)
            body.clear()  # what was made of it counts in its place, until it is answered
            return await self._predict(request, asked, deadline)

    async def _predict(self, request: Request, asked: PredictRequest, deadline: float) -> Response:
        if large := sum(task.large for task in asked.tasks):
            log.warning("%d tasks are left out: each holds more than %d MiB", large, MAX_TASK_BYTES // 2**20)
        try:
            job = await self._job(asked.label_config, asked.project, _path(request))
        except PolicyError as error:
            await asyncio.wrap_future(self._runner.submit(self._engine.refuse(asked.project, error)))
            raise
        context = asked.params.context
        tasks = [task.task() for task in asked.tasks]
        regions = context.result if context else None
        # What an annotator has in the editor is not kept, so that an interactive request does not go on.
        behind = self._worker.click(job, tasks, self._predict_timeout) if self._worker and context is None else None
        work = self._engine.predict(job, tasks, context=regions, deadline=deadline, behind=behind)
        outcomes = await while_there(request, asyncio.wrap_future(self._runner.submit(work)))
        if outcomes is None:
            return Response(status_code=CALLER_GONE)
        body = results_body(outcomes) if are_short(outcomes) else await self._off(results_body, outcomes)
        return Response(body, media_type="application/json")

    async def _job(self, label_config: str, project: str, path: str) -> ProjectPlan:
        title = ""
        if self._engine.policy.asks_title:
            title = await asyncio.wrap_future(self._runner.submit(self._engine.title(project)))
        return await self._off(self._engine.job, label_config, project, path, title)

    async def versions(self, _: Request) -> Response:
        """List the versions that `/setup` answered lately, the newest first."""
        return JSONResponse({"versions": self._whole()["versions"]})

    async def openapi(self, _: Request) -> Response:
        """Describe these paths."""
        return JSONResponse(describe())

    async def webhook(self, request: Request) -> Response:
        """Take an event of Label Studio's."""
        await request.app.state.webhooks.take(request)
        return JSONResponse({"status": "ok"})


async def _watch(reloader: Reloader, loaded: "Future[None]") -> None:
    """Look for changes once the engine can predict under the policy that it began with."""
    await settled(loaded)
    if loaded.exception():
        raise asyncio.CancelledError
    await reloader.watch()


def create_app(
    runner: EngineThread,
    auth: BasicAuth | None = None,
    limits: RequestLimits | None = None,
    reloader: Reloader | None = None,
    worker: QueueWorker | None = None,
    siblings: Siblings | None = None,
) -> Starlette:
    """Build the ASGI application. The engine's thread runs for as long as the application does.

    Args:
        runner: the engine, on its own thread.
        auth: the user and password to ask for, or None.
        limits: of requests; the usual ones if None.
        reloader: what puts a changed policy file into force; None leaves the policy as it is.
        worker: works on what is not done when `/predict` answers; None if nothing goes on.
        siblings: all workers of this server; None if it is one process.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with runner, contextlib.closing(backend), working(runner, worker, ending):
            if runner.loaded.done():
                await backend.warm_up()
            watching = asyncio.create_task(_watch(reloader, runner.loaded)) if reloader else None
            if watching and reloader:
                watching.add_done_callback(reloader.ended)
            telling = asyncio.create_task(siblings.keep_telling(backend.standing)) if siblings else None
            yield
            for task in filter(None, (watching, telling)):
                task.cancel()

    limits = limits or RequestLimits()
    silence_libraries()
    policy_status = reloader.policy_status if reloader else PolicyStatus(runner.engine.policy.digest)
    backend = Backend(runner, auth, limits, policy_status, worker, siblings)
    if siblings:
        siblings.tell_when_ready(runner.loaded)
    app = Starlette(routes=backend.routes(), lifespan=lifespan, exception_handlers=_ERRORS)
    app.state.webhooks = Webhooks(WebhookGate(auth=auth), limits.body)  # `receiving` puts others in their place
    app.state.ending = ending = Ending(runner, worker, limits.stop)
    # A path is one that we have or none: a redirect would lead where the caller's Host header says.
    app.router.redirect_slashes = False
    return app


async def _unknown_path(_: Request, _error: Exception) -> Response:
    return error_response(UnknownPathError())


async def _unknown_method(_: Request, error: Exception) -> Response:
    response = error_response(UnknownMethodError())
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _failed(_: Request, error: Exception) -> Response:
    return error_response(InternalError(error))


_ERRORS: Mapping[Any, Any] = {404: _unknown_path, 405: _unknown_method, Exception: _failed}


def _path(request: Request) -> str:
    return str(request.path_params.get("path", ""))


@contextlib.contextmanager
def serving(app: Starlette, limits: ConnectionLimits | None = None) -> Iterator[str]:
    """Serve an application on a free port of loopback, on a thread of its own; yields its address.

    Args:
        app: the application.
        limits: of its connections; the usual ones if None.
    """
    server = Server(uvicorn.Config(app, port=0, **options(limits or ConnectionLimits())))
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
