"""The way of the data: plan → policy → read → redact → prompt → gateway → regions → check, for many tasks at once."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from backend.engine.ask import Asker, AskResult
from backend.engine.behind import Behind
from backend.engine.persistence import Persistence
from backend.engine.planning import Planning
from backend.engine.prediction import DETECTION_ALONE, put_together
from backend.engine.prepare import EngineParts, PreparedCalls, Preparer, Preview
from backend.engine.project import ActivePolicy, ProjectPlan, RulePlan
from backend.engine.redactors import Redactors
from backend.engine.request_log import Outcome, RequestedTask, RequestLog
from backend.engine.scoring import add_answer, score_by_agreement
from backend.errors import (
    AnswerError,
    BatchDeniedError,
    DeadlineError,
    LabelguardError,
    PolicyError,
    PrivacyError,
    TaskTimeoutError,
)
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Prediction, Task
from backend.labelstudio.xml.repeating import of_task, repeats
from backend.model.attempts import CallContext
from backend.policy import Policy, project_id
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask
from backend.prompting.templates import Prompts
from backend.results.new_personal_data import CheckedAnswers, KnownValues, is_written, look, written
from backend.results.regions import Results
from backend.system.batches import Batches
from backend.system.lines import TURN, Turn
from backend.system.offload import off_loop
from backend.system.writing import JSON

log = logging.getLogger("labelguard.pipeline")

__all__ = ["Engine", "Exchange", "Outcome", "Preview"]

AT_ONCE = 256
"""Tasks of a request that are begun at least, so that a rule that waits for its minute does not hold up the others."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One task's way, for an observer inside the process such as the demo. Nothing of it is logged or stored."""

    index: int
    task: RedactedTask = field(repr=False)
    answer: str = field(repr=False)
    provider: str
    prediction: Prediction


class Engine:
    """Predicts tasks of any number of projects.

    Args:
        policy: decides on every project.
        parts: what it works with.
        workers: threads that redact.
    """

    def __init__(self, policy: Policy, parts: EngineParts, workers: int = 2) -> None:
        self.gateway = parts.gateway
        self.tally = parts.gateway.attempt_log.tally
        self.observer: Callable[[Exchange], None] | None = None
        self._preparer = Preparer(parts, workers)
        self._asking = Asker(parts.gateway, parts.kept)
        self._batches = Batches()
        self._fetcher = parts.fetcher
        self._handlers = parts.handlers
        self._calibrations, self._trusts = parts.calibrations, parts.trusts
        self._lock = threading.Lock()
        self.adopt(policy, parts.redactors, parts.prompts)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._active_policy.policy

    @property
    def redactors(self) -> Redactors:
        """What looks for personal data in each of its ways."""
        return self._active_policy.redactors

    @property
    def prompts(self) -> Prompts:
        """The templates in force."""
        return self._active_policy.prompts

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers, by control tag."""
        return self._handlers

    def adopt(self, policy: Policy, redactors: Redactors, prompts: Prompts | None = None) -> None:
        """Put another policy in force; what is under way ends under the one that it began with.

        Args:
            policy: read whole.
            redactors: what looks for personal data in each of its ways.
            prompts: the templates; None for those in force.

        Raises:
            SettingsError: there are more workers than calls that may be made at once.
        """
        active_policy = ActivePolicy(policy, redactors, prompts or self.prompts)

        planning = Planning(active_policy, self._handlers, self._calibrations, self._trusts)
        with self._lock:
            self._active_policy, self._planning = active_policy, planning
        self.gateway.keep(policy.providers)

    def under(self, policy: Policy, redactors: Redactors) -> Planning:
        """Return what plans projects under another policy, to preview their tasks; it is put in no force.

        Args:
            policy: read whole.
            redactors: what looks for personal data in each of its ways.
        """
        return Planning(ActivePolicy(policy, redactors, self.prompts), self._handlers, self._calibrations, self._trusts)

    def job(self, label_config: str, project: str, path: str = "", title: str = "") -> ProjectPlan:
        """Plan a project, under the policy in force. No model is asked, but a large config takes a while.

        Args:
            label_config: the project's XML.
            project: as Label Studio sends it, such as `12.1795417599`.
            path: the path prefix of the backend's URL, "" if there is none.
            title: the project's, "" if unknown.

        Raises:
            ConfigError: the config cannot be served.
            NoRuleError: default deny.
            RefusedError: a rule refuses all of the project's tasks.
            PromptError: the project's template does not fit.
        """
        return self._planning.job(label_config, project, path, title)

    async def _of_task(self, job: ProjectPlan, task: Task) -> ProjectPlan:
        """Return the job of a task: that of its project, or one with the tags that a Repeater makes of the task.

        Raises:
            TaskError, ConfigError: the tags cannot be made, or served.
        """
        return await asyncio.to_thread(self._repeat, job, task) if repeats(job.label_config) else job

    def _repeat(self, job: ProjectPlan, task: Task) -> ProjectPlan:
        return self._planning.expanded(job, of_task(job.label_config, task.data))

    async def title(self, project: str) -> str:
        """Return a project's title, if the policy asks for titles; "" if not, or if it is unknown.

        Args:
            project: as Label Studio sends it, such as `12.1795417599`.
        """
        return await self._fetcher.title(project_id(project)) if self.policy.asks_title else ""

    async def predict(
        self,
        job: ProjectPlan,
        tasks: Sequence[Task],
        on_done: Callable[[int, Outcome], None] | None = None,
        context: Sequence[JSON] | None = None,
        deadline: float | None = None,
        behind: Behind | None = None,
    ) -> list[Outcome]:
        """Predict tasks side by side. If this is cancelled, all calls of theirs are ended.

        Args:
            job: their project's.
            tasks: what Label Studio knows of each.
            on_done: called as each task ends, with its place and what came of it.
            context: the regions that the annotator who asks has in the editor; None in a batch.
            deadline: when it must be answered, by `time.monotonic`; None for as long as it takes. What is being
                answered then goes on, if its rule lets answers be kept.
            behind: takes what is not done then.

        Returns:
            For each task, in order, its prediction or the reason why it has none.
        """
        click = RequestLog(job.subject.project, len(tasks), self.tally)
        until = None if deadline is None else _by_the_loop(deadline)

        async def work(index: int, task: Task) -> None:
            TURN.set(Turn(job.subject.project, context is not None or len(tasks) == 1))
            request = RequestedTask(index, context or (), until, click)
            outcome = await click.outcome_of(task.id, self._predict(job, task, request, behind))
            if not isinstance(outcome, DeadlineError):
                click.outcomes[index] = outcome
                if on_done:
                    on_done(index, outcome)

        click.begin()
        try:
            if behind:
                await behind.open()
            if tasks:
                await self._batches.run(enumerate(tasks), lambda one: work(*one), min(len(tasks), _at_once(job)), until)
            is_whole = len(click.outcomes) == len(tasks)
            if behind:
                click.go_on(await behind.end(click.outcomes))
        except asyncio.CancelledError:
            if behind:
                behind.give_up()
            click.end("given_up")
            raise
        return click.end("delivered" if is_whole else "stopping" if self._batches.is_over else "deadline")

    async def predict_behind(self, job: ProjectPlan, task: Task) -> Outcome:
        """Predict a task that nobody waits for: behind all that somebody waits for.

        Args:
            job: its project's, under the policy in force.
            task: what Label Studio knows of it.
        """
        TURN.set(Turn(job.subject.project, is_batch=True))
        request = RequestedTask(0, (), None, RequestLog(job.subject.project, 1, self.tally))
        return await request.click.outcome_of(task.id, self._predict(job, task, request))

    def wind_up(self) -> None:
        """Have all requests that have a deadline answered at once: what is not done goes on behind."""
        self._batches.end()

    async def refuse(self, project: str, error: LabelguardError, task: str = "") -> None:
        """Write down that a project's tasks were refused before any of them was looked at.

        Args:
            project: as Label Studio sends it.
            error: why.
            task: the number of the one that was; "" for all of a request.
        """
        call_context = CallContext(project_id(project), task, policy=self.policy.digest)
        await self.gateway.attempt_log.refuse(call_context, error)

    async def preview(self, job: ProjectPlan, task: Task, context: Sequence[JSON] = ()) -> Preview:
        """Say what would become of a task, without sending anything but to guards."""
        try:
            job = await self._of_task(job, task)
        except LabelguardError as error:
            return Preview("", refusal=error)
        return await self._preparer.preview(job, task, context, _call_context(job, task))

    def rewritten(self, job: ProjectPlan, ready: PreparedCalls, prompt: str, name: str) -> PreparedCalls:
        """Write by another template what a task would be sent.

        Args:
            job: its project's.
            ready: the task, as it would be sent.
            prompt: the template's text, which names no fields but those that were read for the task.
            name: its file's, whose ending says its language.

        Raises:
            PromptError: it is no template, or names something else.
        """
        return self._preparer.rewritten(job, ready, prompt, name)

    async def _predict(
        self, job: ProjectPlan, task: Task, request: RequestedTask, behind: Behind | None = None
    ) -> Prediction:
        if behind:
            await behind.begin(request.index)
        job = await self._of_task(job, task)
        loop = asyncio.get_running_loop()
        call_context, began = _call_context(job, task, request.until), loop.time()
        try:
            with self.tally.stage("rule"):
                chosen = await self._preparer.choose(job, task, request.context, call_context)
            if chosen.seen:
                call_context = _sent_by(call_context, chosen.seen.way)
            with self.tally.stage("redact"):
                ready = await self._preparer.ready(job, chosen, request.context, call_context)
            if self.gateway.lines and ready.calls and not ready.decision.batch:
                raise BatchDeniedError(ready.decision.rule)
        except (PolicyError, PrivacyError) as error:
            await self.gateway.attempt_log.refuse(call_context, error)
            raise
        seconds = _left(ready.decision, loop.time() - began)
        ends = [loop.time() + seconds] if seconds is not None else []
        ends += [request.until] if request.until is not None else []
        call_context = replace(ready.about(call_context), deadline=min(ends, default=None))
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(seconds):
                    return await self._ask(job, ready, call_context, request)
            except DeadlineError:
                if seconds is None or call_context.deadline == request.until:
                    raise
        raise TaskTimeoutError(ready.decision.rule, ready.decision.limits.task_timeout_s or 0)

    async def _ask(
        self, job: ProjectPlan, ready: PreparedCalls, call_context: CallContext, request: RequestedTask
    ) -> Prediction:
        """Have a model label a task, as far as detection does not, and put the answers together."""
        if not ready.calls:
            await self.gateway.attempt_log.spare(call_context)
        asked: list[AskResult] = []
        begin = partial(Results.of, ready.prepared, self._handlers)
        results = await off_loop(ready.size, begin)
        persistence = Persistence(
            lambda written, decision, call_context: self._asking.ask(
                *written[1:], decision, call_context, request.until
            ),
            partial(self._preparer.halves, job, ready),
            ready.decision,
            call_context,
        )
        try:
            with self.tally.stage("ask"):
                async for call, answer in persistence.all_answers(ready.calls):
                    asked.append(answer)
                    await off_loop(ready.size, partial(add_answer, results, call, answer.reply))
                await score_by_agreement(results, asked, ready, persistence, begin)
            with self.tally.stage("check"):
                looked = await self._look(job, ready, results, call_context)
                prediction = await off_loop(ready.size, partial(put_together, job, ready, looked, results.ends))
        except Exception as error:
            if isinstance(error, AnswerError) or not isinstance(error, LabelguardError):
                self._asking.forget(asked)  # an answer made it fail: another may not
            raise
        for one in asked:
            request.click.answered(one.reply.provider, one.reply.passed, one.was_kept)
        request.click.providers.update({one.reply.provider for one in asked} or {DETECTION_ALONE})
        request.click.dropped.update(looked.dropped)
        request.click.marked.update(looked.marked)
        if self.observer:
            content = "\n".join(one.reply.content for one in asked)
            provider, task = asked[-1].reply.provider if asked else DETECTION_ALONE, ready.prepared.task
            self.observer(Exchange(request.index, task, content, provider, prediction))
        return prediction

    async def _look(
        self, job: ProjectPlan, ready: PreparedCalls, results: Results, call_context: CallContext
    ) -> CheckedAnswers:
        """Look for personal data that no text of the task or the prompt holds, in what the model wrote."""
        decision, prepared = ready.decision, ready.prepared
        if decision.answers == "keep" or not any(map(is_written, results.answers)):
            return CheckedAnswers(results.answers, dropped=results.drops)
        prompts = [message.content for _, prompt, _ in ready.calls for message in prompt.messages]
        redactor = job.active_policy.redactors(decision.scan)
        if decision.scan.guard:
            redactor = redactor.guarded(
                await self._preparer.look(job, call_context, decision, written(results.answers))
            )

        def look_at_all() -> CheckedAnswers:
            known = KnownValues.of(prepared.reading.texts().values(), prompts, prepared.task)
            return look(results.answers, known, redactor, decision)

        looked = await self._preparer.work(decision, look_at_all)
        return replace(looked, dropped=results.drops + looked.dropped)

    async def aclose(self) -> None:
        """End what is under way, close the books once they know how it ended, and stop the workers."""
        await self._batches.aclose()
        await self._asking.aclose()
        await self._preparer.aclose()
        await self.gateway.aclose()
        await self._fetcher.aclose()
        self.redactors.close()


def _at_once(job: ProjectPlan) -> int:
    """Return how many tasks are begun: enough that no provider's place stays empty; all others wait unread."""
    return max([AT_ONCE, *(2 * p.concurrency for way in job.ways for p in way.decision.providers)])


def _by_the_loop(deadline: float) -> float:
    """Return when a deadline is by the event loop's clock, now at the earliest."""
    return asyncio.get_running_loop().time() + max(deadline - time.monotonic(), 0.0)


def _call_context(job: ProjectPlan, task: Task, until: float | None = None) -> CallContext:
    """Return what is known of an errand before a rule decides."""
    version, policy = job.model_version, job.active_policy.policy.digest
    return CallContext(job.subject.project, task.id, policy=policy, model_version=version, deadline=until)


def _left(decision: Decision, spent: float) -> float | None:
    """Return how many seconds a task has left; None for as long as it takes. Those of its guard count."""
    seconds = decision.limits.task_timeout_s
    return max(seconds - spent, 0.0) if seconds and decision.scan.guard else seconds


def _sent_by(call_context: CallContext, way: RulePlan) -> CallContext:
    """Return an errand with what its rule says."""
    decision = way.decision
    said = replace(call_context, rule=decision.rule, prompt=way.prompt, schema=way.schema)
    return replace(said, limits=decision.limits, keep_days=decision.record_days, kept_sent=decision.kept_sent)
