"""More of the console's paths: how good predictions are, a leak that is reported, and a policy that is tried."""

import asyncio
import logging
from collections.abc import Sequence
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from backend.engine.assemble import label_studio_access, surrogate_key
from backend.errors import BusyError, LabelguardError, LoadingError
from backend.policy import Policy
from backend.review.entries import ReviewEntries
from backend.review.facts import VERDICTS
from backend.review.quality import NONE_KNOWN
from backend.review.reviews import Reviews
from backend.server.callers import while_there
from backend.server.console.access import ConsoleUser
from backend.server.console.desk import ConsolePath, Desk, only_admin
from backend.server.console.forms import Fields, name_field, number_field, text_field
from backend.server.console.leaks import (
    MOST_TASKS,
    USUAL_TYPE,
    LeakReport,
    SentWith,
    holding,
    leak_form,
    report_leak,
    sent_tasks,
)
from backend.server.console.quality import MOST_REVIEWS, quality_page
from backend.server.console.rendering import render_page
from backend.server.console.studio import NO_ACCESS, studio_tasks
from backend.server.console.trial import (
    MOST_TRIED,
    NAMED,
    TRIAL_S,
    GivenPolicy,
    TrialResult,
    read_given,
    recent_tasks,
    try_policy,
)

log = logging.getLogger("labelguard.server")

LOOK_S = 60.0
"""Seconds for which Label Studio is asked for the tasks that were sent."""
TRIED = ("policy", "project", "path")
"""The fields of the form for a policy."""


class DeskPages:
    """The pages.

    Args:
        desk: what they work with.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._knows_tasks = label_studio_access(desk.settings) is not None
        self._is_trying = False

    def paths(self) -> Sequence[ConsolePath]:
        """Return their paths."""
        return (
            ("/quality", "GET", self.quality),
            ("/leak", "GET", self.leak),
            ("/leak", "POST", self.report),
            ("/trial", "GET", self.trial),
            ("/trial", "POST", self.try_out),
        )

    async def quality(self, request: Request, user: ConsoleUser) -> Response:
        """Show what reviewers did with predictions, and what is known of a project."""
        return await self._desk.off(self._quality, user, dict(request.query_params))

    def _quality(self, user: ConsoleUser, fields: Fields) -> Response:
        shown = quality_page(self._desk.runner.engine, self._reviews, fields)
        most, none_known = MOST_REVIEWS, NONE_KNOWN
        return render_page("quality", user=user, shown=shown, none_known=none_known, verdicts=VERDICTS, most=most)

    @cached_property
    def _reviews(self) -> Reviews:
        return Reviews(self._desk.store, ReviewEntries(surrogate_key(self._desk.settings)))

    async def leak(self, _: Request, user: ConsoleUser) -> Response:
        """Show the form for a leak, to the administrator."""
        only_admin(user)
        return await self._desk.off(self._leak, user)

    def _leak(self, user: ConsoleUser, report: LeakReport | None = None, sent: SentWith | None = None) -> Response:
        desk = self._desk
        return render_page(
            "leak",
            user=user,
            token=desk.access.token(user, "leak"),
            form=leak_form(desk.settings.policy),
            usual_type=USUAL_TYPE,
            knows_tasks=self._knows_tasks,
            report=report,
            sent=sent,
        )

    async def report(self, request: Request, user: ConsoleUser) -> Response:
        """Put values that leaked on a list, and say which tasks were sent with them."""
        only_admin(user)
        desk = self._desk
        fields = await desk.own_form(request, user, "leak")
        report = await desk.off(report_leak, desk.settings.policy, fields)
        added = report.added
        log.info("console: values that leaked: %d new, %d renewed, %d known", added.new, added.renewed, added.known)
        sent = await self._sent_with(report) if report.project else None
        return await desk.off(self._leak, user, report, sent)

    async def _sent_with(self, report: LeakReport) -> SentWith:
        """Look for the values in the tasks that were sent; what cannot be told does not undo the report."""
        desk, project = self._desk, report.project or 0
        if not self._knows_tasks:
            return SentWith(project, problem=NO_ACCESS)
        try:
            sent, is_all = await desk.off(sent_tasks, desk.store, project)
            asked = [one.task for one in sent[:MOST_TASKS]]
            if not asked:
                return SentWith(project, is_all=is_all)
            work = asyncio.wrap_future(desk.runner.submit(studio_tasks(desk.settings, project, asked)))
            read = await asyncio.wait_for(work, LOOK_S)
            found = await desk.off(holding, read.tasks, report.values)
        except LabelguardError as error:
            return SentWith(project, problem=error.reason)
        except TimeoutError:
            return SentWith(project, problem=f"Label Studio did not give the tasks within {LOOK_S:g} seconds")
        held, looked = [one for one in sent if one.task in found], len(read.tasks)
        return SentWith(project, held, looked, len(asked) - looked, len(sent) - len(asked), is_all=is_all)

    async def trial(self, _: Request, user: ConsoleUser) -> Response:
        """Show the form for a policy that is to be tried, to the administrator."""
        only_admin(user)
        return await self._desk.off(self._trial, user, {}, None, None, "")

    def _trial(
        self, user: ConsoleUser, fields: Fields, given: GivenPolicy | None, result: TrialResult | None, problem: str
    ) -> Response:
        desk = self._desk
        return render_page(
            "trial",
            user=user,
            token=desk.access.token(user, "trial"),
            fields={name: fields.get(name, "") for name in TRIED},
            knows_tasks=self._knows_tasks,
            most=MOST_TRIED,
            named=NAMED,
            given=given,
            result=result,
            problem=problem,
        )

    async def try_out(self, request: Request, user: ConsoleUser) -> Response:
        """Say what a policy that was pasted would do otherwise with tasks of this week. It is put into no force."""
        only_admin(user)
        desk = self._desk
        fields = await desk.own_form(request, user, "trial")
        content, project = text_field(fields, "policy"), number_field(fields, "project")
        path = name_field(fields, "path").strip("/")
        if not desk.runner.loaded.done():
            raise LoadingError
        if self._is_trying:
            raise BusyError("a policy is being tried")
        self._is_trying = True
        try:
            given = await desk.off(read_given, desk.runner.engine, content, desk.settings)
            policy, result, problem = given.report.policy, None, given.problem
            if policy and not problem:
                result, problem = await self._tried(request, policy, project, path)
            return await desk.off(self._trial, user, fields, given, result, problem)
        finally:
            self._is_trying = False

    async def _tried(
        self, request: Request, policy: Policy, project: int | None, path: str
    ) -> tuple[TrialResult | None, str]:
        """Try a policy; return what came of it, or why nothing did."""
        desk = self._desk
        if not self._knows_tasks:
            return None, NO_ACCESS
        try:
            tasks = await desk.off(recent_tasks, desk.store, project)
            if not tasks:
                return None, "the record has no task of this week"
            work = try_policy(desk.runner.engine, desk.settings, policy, tasks, path)
            trying = asyncio.wait_for(while_there(request, asyncio.wrap_future(desk.runner.submit(work))), 2 * TRIAL_S)
            return await trying, ""
        except LabelguardError as error:
            return None, error.reason
        except TimeoutError:
            return None, "it took too long"
