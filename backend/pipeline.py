"""The way of the data: plan → policy → read → redact → prompt → gateway → regions → check, for many tasks at once."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.answers import Known, Looked, is_written, look
from backend.books import Errand
from backend.choosing import Chosen, Seen
from backend.conditions import shown
from backend.errors import (
    InternalError,
    LabelguardError,
    PolicyError,
    PrivacyError,
    TaskTimeoutError,
)
from backend.handler import Handler
from backend.jobs import Jobs, Key
from backend.policy import Policy, project_id
from backend.preparing import Parts, Preparer, Ready
from backend.prompt import Prompts
from backend.redact import RedactedTask, Redactor
from backend.redactors import Redactors
from backend.regions import Results, ordered
from backend.score import answer_probability, prediction_score
from backend.types import JSON, Prediction, Task
from backend.ways import Job, Ruling, Way, make_job

log = logging.getLogger("labelguard.pipeline")
Outcome = Prediction | LabelguardError


@dataclass(frozen=True, slots=True)
class Exchange:
    """One task's way, for an observer inside the process such as the demo. Nothing of it is logged or stored."""

    index: int
    task: RedactedTask = field(repr=False)
    answer: str = field(repr=False)
    provider: str
    prediction: Prediction


@dataclass(slots=True)
class Counts:
    """What a batch logs beside its failures, by reason: answers that were left out, and those that were marked."""

    dropped: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a task, for its owner's eyes alone: nothing of it is logged or stored.

    Attributes:
        rule: name of the rule that decides, "" if none does.
        passed: the rules before it that its project may come under, each with the condition that does not hold.
        ready: what would be sent; None if nothing.
        refusal: why nothing would be sent.
        seen: the task as that rule sees it.
    """

    rule: str
    passed: tuple[tuple[str, str], ...] = ()
    ready: Ready | None = field(default=None, repr=False)
    refusal: LabelguardError | None = None
    seen: Seen | None = field(default=None, repr=False)


class Engine:
    """Predicts tasks of any number of projects.

    Args:
        policy: decides on every project.
        parts: what it works with.
        workers: threads that redact.
    """

    def __init__(self, policy: Policy, parts: Parts, workers: int = 2) -> None:
        self.gateway = parts.gateway
        self.observer: Callable[[Exchange], None] | None = None
        self._preparer = Preparer(parts, workers)
        self._fetcher = parts.fetcher
        self._handlers = parts.handlers
        self._lock = threading.Lock()
        self.adopt(policy, parts.redactors, parts.prompts)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._ruling.policy

    @property
    def redactors(self) -> Redactors:
        """What looks for personal data in each of its ways."""
        return self._ruling.redactors

    @property
    def prompts(self) -> Prompts:
        """The templates in force."""
        return self._ruling.prompts

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
        """
        ruling = Ruling(policy, redactors, prompts or self.prompts)

        def make(key: Key) -> Job:
            label_config, *subject = key
            return make_job(ruling, label_config, (subject[0], subject[1], subject[2]), self._handlers)

        with self._lock:
            self._ruling, self._jobs = ruling, Jobs(make)
        self.gateway.keep(policy.providers)

    def job(self, label_config: str, project: str, path: str = "", title: str = "") -> Job:
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
        with self._lock:
            jobs = self._jobs
        return jobs.get((label_config, project, path, title))

    async def title(self, project: str) -> str:
        """Return a project's title, if the policy asks for titles; "" if not, or if it is unknown.

        Args:
            project: as Label Studio sends it, such as `12.1795417599`.
        """
        return await self._fetcher.title(project_id(project)) if self.policy.asks_title else ""

    async def predict(
        self,
        job: Job,
        tasks: Sequence[Task],
        on_done: Callable[[int, Outcome], None] | None = None,
        context: Sequence[JSON] | None = None,
    ) -> list[Outcome]:
        """Predict tasks side by side.

        Args:
            job: their project's.
            tasks: what Label Studio knows of each.
            on_done: called as each task ends, with its place and what came of it.
            context: the regions that the annotator who asks has in the editor; None in a batch.

        Returns:
            For each task, in order, its prediction or the reason why it has none.
        """

        counts = Counts()

        async def one(index: int, task: Task) -> Outcome:
            outcome: Outcome
            try:
                outcome = await self._predict(job, index, task, context or (), counts)
            except LabelguardError as error:
                outcome = error.bare()
            except Exception as error:  # one task's failure, whatever it is, must not cost the others theirs
                outcome = InternalError(error)
            if on_done:
                on_done(index, outcome)
            return outcome

        outcomes = await asyncio.gather(*(one(index, task) for index, task in enumerate(tasks)))
        _report(job, outcomes, counts)
        return list(outcomes)

    async def refuse(self, project: str, error: LabelguardError) -> None:
        """Write down that a project's tasks were refused before any of them was looked at.

        Args:
            project: as Label Studio sends it.
            error: why.
        """
        errand = Errand(project_id(project), policy=self.policy.digest)
        await self.gateway.books.refuse(errand, error)

    async def preview(self, job: Job, task: Task, context: Sequence[JSON] = ()) -> Preview:
        """Say what would become of a task, without sending anything."""
        chosen = Chosen(None, ())
        rule = ""
        try:
            chosen = await self._preparer.choose(job, task, context)
            rule = chosen.seen.way.decision.rule if chosen.seen else ""
            ready = await self._preparer.ready(job, chosen, context)
            if ready.decision.providers[0].external:
                for _, prompt, _ in ready.calls:
                    prompt.last_look({"messages": [message.content for message in prompt.messages]})
            return Preview(rule, chosen.passed, ready, seen=chosen.seen)
        except LabelguardError as error:
            return Preview(rule, chosen.passed, refusal=error, seen=chosen.seen)

    async def _predict(self, job: Job, index: int, task: Task, context: Sequence[JSON], counts: Counts) -> Prediction:
        errand = Errand(job.subject.project, task.id, policy=job.ruling.policy.digest, model_version=job.model_version)
        try:
            chosen = await self._preparer.choose(job, task, context)
            if chosen.seen:
                errand = _sent_by(errand, chosen.seen.way)
            ready = await self._preparer.ready(job, chosen, context)
        except (PolicyError, PrivacyError) as error:
            await self.gateway.books.refuse(errand, error)
            raise
        seconds = ready.decision.limits.task_timeout_s
        deadline = asyncio.get_running_loop().time() + seconds if seconds else None
        errand = replace(errand, entities=ready.prepared.task.entity_counts(), deadline=deadline)
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(job, index, ready, errand, counts)
        except TimeoutError:
            pass
        raise TaskTimeoutError(ready.decision.rule, seconds or 0)

    async def _ask(self, job: Job, index: int, ready: Ready, errand: Errand, counts: Counts) -> Prediction:
        """Have a model label a task, and put its answers together."""
        prepared, decision = ready.prepared, ready.decision
        results = Results.of(prepared, self._handlers)
        replies = []
        for call, prompt, answer_type in ready.calls:
            reply = await self.gateway.ask(prompt, answer_type, decision.providers, errand)
            results.add(call.question, reply.answer, call.pieces)
            replies.append(reply)
        looked = await self._look(ready, job.ruling.redactors(decision.scan), results)
        found = tuple(ordered(prepared.plan.controls, shown(prepared.plan, looked.answers)))
        score = prediction_score(answer_probability(prepared.plan, reply.logprobs) for reply in replies)
        prediction = Prediction(found, job.model_version, score)
        job.checker.check(prediction, prepared.plan, prepared.reading.contents, prepared.given_ids)
        if self.observer:
            content = "\n".join(reply.content for reply in replies)
            self.observer(Exchange(index, prepared.task, content, replies[-1].provider, prediction))
        counts.dropped.update(results.drops + looked.dropped)
        counts.marked.update(looked.marked)
        return prediction

    async def _look(self, ready: Ready, redactor: Redactor, results: Results) -> Looked:
        """Look for personal data that no text of the task or the prompt holds, in what the model wrote."""
        decision, prepared = ready.decision, ready.prepared
        if decision.answers == "keep" or not any(map(is_written, results.answers)):
            return Looked(results.answers)
        prompts = [message.content for _, prompt, _ in ready.calls for message in prompt.messages]
        known = Known.of(prepared.reading.texts().values(), prompts, prepared.task)
        return await self._preparer.work(decision, lambda: look(results.answers, known, redactor, decision))

    async def aclose(self) -> None:
        """Close the connections and stop the workers."""
        await self.gateway.aclose()
        await self._fetcher.aclose()
        self._preparer.close()
        self.redactors.close()


def _sent_by(errand: Errand, way: Way) -> Errand:
    """Return an errand with what its rule says."""
    decision = way.decision
    said = replace(errand, rule=decision.rule, prompt=way.prompt, schema=way.schema)
    return replace(said, limits=decision.limits, keep_days=decision.record_days)


def _report(job: Job, outcomes: Sequence[Outcome], counts: Counts) -> None:
    """Log a batch in one line, and once each reason why a task failed, or an answer was left out or marked."""
    reasons = Counter(f"{error.code}: {error.reason}" for error in outcomes if isinstance(error, LabelguardError))
    failed = sum(reasons.values())
    log.info("project %s: %d of %d tasks predicted", job.subject.project, len(outcomes) - failed, len(outcomes))
    for reason, count in reasons.most_common():
        log.warning("project %s: %d tasks got no prediction: %s", job.subject.project, count, reason)
    for reason, count in counts.dropped.most_common():
        log.info("project %s: %d answers left out: %s", job.subject.project, count, reason)
    for reason, count in counts.marked.most_common():
        log.info("project %s: %d answers marked: %s", job.subject.project, count, reason)
