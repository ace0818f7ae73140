"""The console's paths: who may ask for what, and what is done off the loop that answers /health."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.engine.assemble import surrogate_key
from backend.engine.engine import Engine
from backend.engine.policy_status import PolicyStatus
from backend.engine.previews.preview import TaskPreview
from backend.engine.thread import EngineThread
from backend.errors import (
    BusyError,
    InternalError,
    LabelguardError,
    LoadingError,
    NotAllowedError,
    StoppingError,
    UnauthorizedError,
)
from backend.queue.board import Board
from backend.record.views import ViewBook
from backend.server.bodies import Bodies
from backend.server.callers import while_there
from backend.server.console.access import SIGN_OUT, ConsoleAccess, ConsoleRole, ConsoleUser
from backend.server.console.desk import ConsolePath, Desk, PageEndpoint, only_admin
from backend.server.console.forms import FORM_BYTES, Fields, name_field, number_field, read_form
from backend.server.console.leaving import ASKED, PICKED, preview_pasted, preview_picked, show_leaving
from backend.server.console.pages import DeskPages
from backend.server.console.periods import AskedReport, PeriodReports
from backend.server.console.policy_history import policy_history
from backend.server.console.recorded import (
    OUTCOMES,
    CheckedRecord,
    RecordChecks,
    SampleViews,
    day_of,
    rest_of,
    show_record,
)
from backend.server.console.rendering import HEADERS, read_asset, render_page
from backend.server.console.standing import LATELY_DAYS, show_policy, show_today
from backend.server.http import error_response
from backend.settings import Settings
from backend.store import Store, open_store
from backend.system.once import settled

if TYPE_CHECKING:
    from backend.server.console.openid.sign_in import SignIn

log = logging.getLogger("labelguard.server")
T = TypeVar("T")
Preview: TypeAlias = Coroutine[Any, Any, TaskPreview]

THREADS = 2
MOST_PREVIEWS = 4
"""Pasted texts that are looked at at a time."""
PREVIEW_S = 60.0
"""Seconds that one may take."""
LOADING_S = 14.0
CALLER_GONE = 499
BY_BASIC = "basic"
"""Parameter of an address at which a browser is asked for user and password, where people sign in otherwise too."""
REALM = 'Basic realm="labelguard console", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class ConsoleSources:
    """Where the console looks.

    Attributes:
        runner: the engine that predicts.
        policy_status: how its policy stands.
        file: the policy's.
        knows_titles: whether Label Studio can be asked for a project's title.
        store: the state.
        checks: of the record.
        settings: of the server.
        reports: of periods of it.
        sample_views: of what was sent.
    """

    runner: EngineThread
    policy_status: PolicyStatus
    file: Path
    knows_titles: bool
    store: Store
    checks: RecordChecks
    settings: Settings
    reports: PeriodReports
    sample_views: SampleViews


class Console:
    """The pages. Whoever is not known is told nothing.

    Args:
        access: who may ask.
        sources: where it looks.
        sign_in: signs people in; None if passwords alone do.
    """

    def __init__(self, access: ConsoleAccess, sources: ConsoleSources, sign_in: "SignIn | None" = None) -> None:
        self._access, self._sources, self._sign_in = access, sources, sign_in
        self._bodies = Bodies(FORM_BYTES)
        self._threads = ThreadPoolExecutor(THREADS, "console")
        self._board = Board(sources.store)
        self._previews = 0
        desk = Desk(access, sources.runner, sources.settings, sources.store, self._off, self._form)
        self._more = DeskPages(desk)

    def routes(self) -> list[Route]:
        """Return all paths."""
        pages: tuple[ConsolePath, ...] = (
            *self._more.paths(),
            ("", "GET", self.ask),
            ("", "POST", self.leave),
            ("/task", "POST", self.take),
            ("/policy", "GET", self.policy),
            ("/today", "GET", self.today),
            ("/retry", "POST", self.retry),
            ("/record", "GET", self.record),
            ("/record", "POST", self.check),
            ("/record/report", "POST", self.report),
            ("/sent", "POST", self.sent),
        )
        files: tuple[ConsolePath, ...] = (
            ("/style.css", "GET", partial(self.asset, "style.css")),
            ("/icon.svg", "GET", partial(self.asset, "icon.svg")),
        )
        if (own := self._sign_in) is None:
            return self._routes((*pages, *files), is_open=False)
        ways = (("/sign-in", "GET", own.begin), ("/signed-in", "GET", own.finish))
        out = ("/sign-out", "POST", self.sign_out)
        return self._routes((*pages, out), is_open=False) + self._routes((*files, *ways), is_open=True)

    def _routes(self, pages: tuple[ConsolePath, ...], *, is_open: bool) -> list[Route]:
        return [
            Route(f"/console{path}", self._guarded(page, is_open=is_open), methods=[method])
            for path, method, page in pages
        ]

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

    def _guarded(self, page: PageEndpoint, *, is_open: bool) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            user: ConsoleUser | None = None
            try:
                user = None if is_open else self._access.user(request)
                return await page(request, user)
            except LabelguardError as error:
                return self._refuse(request, user, error)
            except asyncio.CancelledError:  # by uvicorn, once the server is told to end
                return self._refuse(request, user, StoppingError())
            except Exception as error:  # a traceback or a bare message could quote what was pasted
                return self._refuse(request, user, InternalError(error))

        return guarded

    async def _off(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do work off the loop that answers /health."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **named))

    async def _form(self, request: Request) -> Fields:
        async with self._bodies.body(request) as body:
            return await self._off(read_form, body)

    async def sign_out(self, request: Request, user: ConsoleUser) -> Response:
        """Have the browser forget who has signed in."""
        fields = await self._form(request)
        self._access.check_form(request, user, SIGN_OUT, fields.get("token", ""))
        response = render_page("signed_out", user=None)
        return self._sign_in.end(response) if self._sign_in else response

    async def asset(self, name: str, _request: Request, _user: ConsoleUser | None) -> Response:
        """Give the style sheet or the icon."""
        return await self._off(read_asset, name)

    async def ask(self, _: Request, user: ConsoleUser) -> Response:
        """Show the form for a text."""
        return await self._off(self._asked, user, {}, None)

    def _asked(self, user: ConsoleUser, fields: Fields, found: TaskPreview | None) -> Response:
        own = self._sources
        return render_page(
            "leaving",
            user=user,
            token=self._access.token(user, "leave"),
            task_token=self._access.token(user, "task") if user.role == "admin" and own.knows_titles else "",
            fields={name: fields.get(name, "") for name in (*ASKED, *PICKED)},
            leaving=show_leaving(found) if found else None,
        )

    async def leave(self, request: Request, user: ConsoleUser) -> Response:
        """Say what would leave of a text that was pasted. Nothing of it is kept."""
        fields = await self._form(request)
        self._access.check_form(request, user, "leave", fields.get("token", ""))
        return await self._previewed(request, user, fields, lambda engine: preview_pasted(engine, fields))

    async def take(self, request: Request, user: ConsoleUser) -> Response:
        """Say what would leave of a task of a project, to the administrator: it is read as the server may read it."""
        only_admin(user)
        fields = await self._form(request)
        self._access.check_form(request, user, "task", fields.get("token", ""))
        settings = self._sources.settings
        answer = await self._previewed(request, user, fields, lambda engine: preview_picked(engine, settings, fields))
        log.info("console: a task of Label Studio was looked at")
        return answer

    async def _previewed(
        self, request: Request, user: ConsoleUser, fields: Fields, preview: Callable[[Engine], Preview]
    ) -> Response:
        runner = self._sources.runner
        if not runner.loaded.done():
            await settled(runner.loaded, LOADING_S)
        if not runner.loaded.done():
            raise LoadingError
        with self._previewing():
            work = asyncio.wrap_future(runner.submit(preview(runner.engine)))
            try:
                found = await asyncio.wait_for(while_there(request, work), PREVIEW_S)
            except TimeoutError:
                raise BusyError(f"the text was not looked at within {PREVIEW_S:g} seconds") from None
        if found is None:
            return Response(status_code=CALLER_GONE)
        return await self._off(self._asked, user, fields, found)

    @contextlib.contextmanager
    def _previewing(self) -> Iterator[None]:
        if self._previews >= MOST_PREVIEWS:
            raise BusyError("too many texts are looked at at a time")
        self._previews += 1
        try:
            yield
        finally:
            self._previews -= 1

    async def policy(self, _: Request, user: ConsoleUser) -> Response:
        """Show what the policy in force allows, and its file with its problems."""
        return await self._off(self._policy, user)

    def _policy(self, user: ConsoleUser) -> Response:
        own = self._sources
        health = own.policy_status.health()
        shown = show_policy(own.runner.engine, health, own.file, own.store, knows_titles=own.knows_titles)
        history = policy_history(own.store, own.runner.engine.policy.digest)
        return render_page("policy", user=user, shown=shown, days=LATELY_DAYS, history=history)

    async def today(self, _: Request, user: ConsoleUser) -> Response:
        """Show how projects stand, what was spent, and why tasks failed."""
        return await self._off(self._today, user)

    def _today(self, user: ConsoleUser, project: str = "", queued: int | None = None) -> Response:
        shown = show_today(self._sources.store, self._board)
        own = {one.project: self._access.token(user, f"retry {one.project}") for one in shown.projects}
        tokens = own if user.role == "admin" else {}
        return render_page("today", user=user, shown=shown, tokens=tokens, project=project, queued=queued)

    async def retry(self, request: Request, user: ConsoleUser) -> Response:
        """Queue a project's failed tasks again, for the administrator."""
        fields = await self._form(request)
        project = fields.get("project", "")
        if user.role != "admin":
            raise NotAllowedError
        self._access.check_form(request, user, f"retry {project}", fields.get("token", ""))
        queued = await self._off(self._board.retry, name_field(fields, "project"))
        log.info("console: failed tasks of a project are queued again: %d", queued)
        return await self._off(self._today, user, project, queued)

    async def record(self, request: Request, user: ConsoleUser) -> Response:
        """Show attempts, the newest first."""
        return await self._off(self._record, user, dict(request.query_params))

    def _record(self, user: ConsoleUser, fields: Fields) -> Response:
        shown, last = show_record(self._sources.store, fields), self._sources.checks.last
        return self._recorded(user, shown, last)

    def _recorded(self, user: ConsoleUser, shown: Any, last: CheckedRecord | None) -> Response:
        token, report_token = self._access.token(user, "check"), self._access.token(user, "report")
        tokens: dict[str, Any] = {"token": token, "report_token": report_token}
        tokens["sent"] = self._access.token(user, "sent") if user.role == "admin" else ""
        return render_page("record", user=user, **tokens, shown=shown, checked=last, outcomes=OUTCOMES)

    async def sent(self, request: Request, user: ConsoleUser) -> Response:
        """Show a request as it was sent, redacted, for the administrator; the view stands in the record."""
        only_admin(user)
        fields = await self._form(request)
        self._access.check_form(request, user, "sent", fields.get("token", ""))
        return await self._off(self._sent, user, number_field(fields, "entry"))

    def _sent(self, user: ConsoleUser, entry: int | None) -> Response:
        sample = self._sources.sample_views.show(entry, user.role)
        return render_page("sent", user=user, sample=sample, rest=rest_of(sample), day=day_of(sample.expires))

    async def check(self, request: Request, user: ConsoleUser) -> Response:
        """Check the whole record, and show its newest attempts."""
        fields = await self._form(request)
        self._access.check_form(request, user, "check", fields.get("token", ""))
        await self._off(self._sources.checks.check)
        return await self._off(self._record, user, {})

    async def report(self, request: Request, user: ConsoleUser) -> Response:
        """Give the report of a period, as a page to print or as signed JSON."""
        fields = await self._form(request)
        self._access.check_form(request, user, "report", fields.get("token", ""))
        return await self._off(self._sources.reports.answer, AskedReport.read(fields))

    def _refuse(self, request: Request, user: ConsoleUser | None, error: LabelguardError) -> Response:
        log.warning("console answered %d: %s: %s", error.status, error.code, error.reason)
        is_unknown = isinstance(error, UnauthorizedError)
        if user or (self._sign_in and not is_unknown):
            why, _, remedy = error.reason.rpartition(" - ")
            return render_page(
                "problem", error.status, user=user, why=why or error.reason, remedy=remedy if why else ""
            )
        asks_password = BY_BASIC in request.query_params and self._access.has_passwords
        if self._sign_in and not asks_password:
            goal = quote(f"{request.url.path}?{request.url.query}".rstrip("?")) if request.method == "GET" else ""
            return render_page("sign_in", 401, user=None, goal=goal, has_passwords=self._access.has_passwords)
        response: Response = error_response(error)
        response.headers.update(HEADERS)
        if is_unknown:
            response.headers["www-authenticate"] = REALM
        return response


def open_console(settings: Settings, runner: EngineThread, policy_status: PolicyStatus) -> Console | None:
    """Open the console, where the settings have a password for it or a provider that signs in; else None.

    Args:
        settings: of the server.
        runner: the engine that predicts.
        policy_status: how its policy stands.

    Raises:
        StoreError: the database cannot be used.
        SettingsError: the secret, from which the keys of forms and cookies are derived, cannot be read, or the
            provider's authority.
    """
    given: tuple[tuple[ConsoleRole, Any], ...] = (
        ("viewer", settings.console_viewer_password),
        ("admin", settings.console_admin_password),
    )
    passwords = {user: password.get_secret_value() for user, password in given if password}
    if not (passwords or settings.console_oidc_issuer):
        return None
    store = open_store(settings.state_url.get_secret_value())
    of_record = (store, settings.record_key_file, settings.record_heads_every)
    checks, reports = RecordChecks(*of_record), PeriodReports(*of_record)
    knows_titles = settings.label_studio_token is not None
    secret = surrogate_key(settings)
    sources = ConsoleSources(
        runner=runner,
        policy_status=policy_status,
        file=settings.policy,
        knows_titles=knows_titles,
        store=store,
        checks=checks,
        settings=settings,
        reports=reports,
        sample_views=SampleViews(ViewBook(*of_record), secret),
    )
    if not settings.console_oidc_issuer:
        return Console(ConsoleAccess(passwords, secret), sources)
    from backend.server.console.openid.sign_in import open_sign_in  # noqa: PLC0415 - authlib, and each start time

    sign_in = open_sign_in(settings, secret)
    return Console(ConsoleAccess(passwords, secret, signed_in=sign_in.user), sources, sign_in)


@contextlib.contextmanager
def showing(app: Starlette, console: Console | None) -> Iterator[None]:
    """Have an application serve the console, if there is one, while this lasts."""
    if console is None:
        yield
        return
    app.router.routes.extend(console.routes())
    with contextlib.closing(console):
        yield
