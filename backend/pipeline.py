"""The way of the data: plan → policy → read → redact → prompt → gateway → regions → check, for many tasks at once."""

import asyncio
import hmac
import json
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from backend.answers import Known, Looked, is_written, look
from backend.binding import TYPED
from backend.books import Errand
from backend.calls import Call, plan_calls
from backend.choosing import Chosen, Seen, choose
from backend.conditions import shown
from backend.errors import (
    DetectionError,
    InternalError,
    LabelguardError,
    NoRuleError,
    PolicyError,
    PrivacyError,
    RefusedError,
    TaskTimeoutError,
)
from backend.fetch import Fetcher
from backend.gateway import Gateway
from backend.handler import Handler
from backend.policy import Policy, project_id, restrict
from backend.prompt import Prompts
from backend.reading import Prepared
from backend.redact import ClearedPrompt, Message, RedactedTask, Redactor
from backend.redactors import Redactors
from backend.regions import Results, ordered
from backend.schema import Answer, compose_answer
from backend.score import answer_probability, prediction_score
from backend.types import JSON, Decision, Prediction, Task
from backend.ways import Job, Ruling, Way, make_job

log = logging.getLogger("labelguard.pipeline")
T = TypeVar("T")
Outcome = Prediction | LabelguardError


@dataclass(frozen=True, slots=True)
class Exchange:
    """One task's way, for an observer inside the process such as the demo. Nothing of it is logged or stored."""

    index: int
    task: RedactedTask = field(repr=False)
    answer: str = field(repr=False)
    provider: str
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Parts:
    """What an engine is made of.

    Attributes:
        redactors: what looks for personal data in each of the policy's ways.
        gateway: the one way to a model.
        fetcher: gets what tasks name by an address.
        handlers: by control tag.
        prompts: the template files.
        surrogate_key: a secret, so that nobody else can tell which surrogate a value gets. By default one of this
            process, so that surrogates change when it starts again.
    """

    redactors: Redactors
    gateway: Gateway
    fetcher: Fetcher
    handlers: Mapping[str, Handler]
    prompts: Prompts
    surrogate_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)


@dataclass(slots=True)
class Counts:
    """What a batch logs beside its failures, by reason: answers that were left out, and those that were marked."""

    dropped: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Ready:
    """A task that may be sent.

    Attributes:
        way: of the rule that decides.
        decision: with the providers alone that may see what was found.
        calls: each with its messages and the form of its answer.
    """

    way: Way
    decision: Decision
    prepared: Prepared
    calls: tuple[tuple[Call, ClearedPrompt, type[Answer]], ...]


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
        self._surrogate_key = parts.surrogate_key
        self._fetcher = parts.fetcher
        self._handlers = parts.handlers
        self._prompts = parts.prompts
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="redact")
        self._redacting = asyncio.Semaphore(workers)
        self._lock = threading.Lock()
        self.adopt(policy, parts.redactors)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._ruling.policy

    @property
    def redactors(self) -> Redactors:
        """What looks for personal data in each of its ways."""
        return self._ruling.redactors

    def adopt(self, policy: Policy, redactors: Redactors) -> None:
        """Put another policy in force; what is under way ends under the one that it began with.

        Args:
            policy: read whole.
            redactors: what looks for personal data in each of its ways.
        """
        ruling = Ruling(policy, redactors)

        @lru_cache(maxsize=1024)
        def job(label_config: str, *subject: str) -> Job:
            project, path, title = subject
            return make_job(ruling, label_config, (project, path, title), self._handlers, self._prompts)

        with self._lock:
            self._ruling, self._job = ruling, job

    def job(self, label_config: str, project: str, path: str = "", title: str = "") -> Job:
        """Plan a project, under the policy in force. Quick: no model is asked.

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
            return self._job(label_config, project, path, title)

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
        on_done: Callable[[], None] | None = None,
        context: Sequence[JSON] | None = None,
    ) -> list[Outcome]:
        """Predict tasks side by side.

        Args:
            job: their project's.
            tasks: what Label Studio knows of each.
            on_done: called as each task ends.
            context: the regions that the annotator who asks has in the editor; None in a batch.

        Returns:
            For each task, in order, its prediction or the reason why it has none.
        """

        counts = Counts()

        async def one(index: int, task: Task) -> Outcome:
            try:
                return await self._predict(job, index, task, context or (), counts)
            except LabelguardError as error:
                return error
            except Exception as error:  # one task's failure, whatever it is, must not cost the others theirs
                return InternalError(error)
            finally:
                if on_done:
                    on_done()

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
            chosen = await choose(job, task, context, self._fetcher, self._work)
            rule = chosen.seen.way.decision.rule if chosen.seen else ""
            ready = await self._ready(job, chosen, context)
            if ready.decision.providers[0].external:
                for _, prompt, _ in ready.calls:
                    prompt.last_look({"messages": [message.content for message in prompt.messages]})
            return Preview(rule, chosen.passed, ready, seen=chosen.seen)
        except LabelguardError as error:
            return Preview(rule, chosen.passed, refusal=error, seen=chosen.seen)

    async def _predict(self, job: Job, index: int, task: Task, context: Sequence[JSON], counts: Counts) -> Prediction:
        errand = Errand(job.subject.project, task.id, policy=job.ruling.policy.digest, model_version=job.model_version)
        try:
            chosen = await choose(job, task, context, self._fetcher, self._work)
            if chosen.seen:
                errand = _sent_by(errand, chosen.seen.way)
            ready = await self._ready(job, chosen, context)
        except (PolicyError, PrivacyError) as error:
            await self.gateway.books.refuse(errand, error)
            raise
        errand = replace(errand, entities=ready.prepared.task.entity_counts())
        seconds = ready.decision.limits.task_timeout_s
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

    async def _ready(self, job: Job, chosen: Chosen, context: Sequence[JSON]) -> Ready:
        """Redact a task and write what its rule would send.

        Raises:
            NoRuleError: no rule matches the task.
            RefusedError: its rule sends nothing.
            BlockedError: something was found that the rule does not let pass.
        """
        seen = chosen.seen
        if seen is None:
            raise NoRuleError(job.subject.project, job.subject.path, job.ruling.policy.file, of_task=True)
        way = seen.way
        if way.decision.refuse:
            raise RefusedError(way.decision.rule, way.decision.refuse)
        reading = seen.reading
        decision, task = await self._work(way.decision, lambda: self._redacted(seen))
        prepared = Prepared.of(way.plan, reading, task, context)
        calls = []
        for call in plan_calls(prepared, self._handlers, decision.limits.piece_characters):
            system, user = self._prompts.compose(call.question, self._handlers, decision, call.texts)
            prompt = task.clear([Message("system", system), Message("user", user)])
            calls.append((call, prompt, compose_answer(call.question, self._handlers)))
        return Ready(way, decision, prepared, tuple(calls))

    def _redacted(self, seen: Seen) -> tuple[Decision, RedactedTask]:
        """Redact a task's texts, or take them as they are where the policy says so; and see who may be asked."""
        decision, reading = seen.way.decision, seen.reading
        texts = reading.texts()
        if not decision.redact:
            return decision, seen.redactor.pass_through(texts, withheld=reading.withheld)
        found = seen.found()
        task = seen.redactor.redact(
            texts,
            keep=decision.keep,
            threshold=decision.threshold,
            withheld=reading.withheld,
            borders=reading.borders(),
            operators=decision.operators,
            seed=self._seed(texts),
            detected=found,
        )
        return restrict(decision, found), task

    async def _look(self, ready: Ready, redactor: Redactor, results: Results) -> Looked:
        """Look for personal data that no text of the task or the prompt holds, in what the model wrote."""
        decision, prepared = ready.decision, ready.prepared
        if decision.answers == "keep" or not any(map(is_written, results.answers)):
            return Looked(results.answers)
        prompts = [message.content for _, prompt, _ in ready.calls for message in prompt.messages]
        known = Known.of(prepared.reading.texts().values(), prompts, prepared.task)
        return await self._work(decision, lambda: look(results.answers, known, redactor, decision))

    async def _work(self, decision: Decision, work: Callable[[], T]) -> T:
        """Run what detects in a thread of its own, for as long as the policy allows.

        Raises:
            DetectionError: it took too long.
        """
        seconds = decision.limits.detection_timeout_s
        async with self._redacting:  # so that the time counts from when a worker is free
            try:
                running = asyncio.get_running_loop().run_in_executor(self._workers, work)
                return await asyncio.wait_for(running, seconds)
            except TimeoutError:
                pass
        raise DetectionError(f"detection took over {seconds:g} s - raise limits.detection_timeout_s or split the text")

    def _seed(self, texts: Mapping[str, str]) -> str:
        """Return what a task's surrogates hang on: its texts, but for what an annotator types, and our secret."""
        own = {name: text for name, text in texts.items() if not name.startswith(TYPED)}
        return hmac.new(self._surrogate_key, json.dumps(own, sort_keys=True).encode(), "sha256").hexdigest()

    async def aclose(self) -> None:
        """Close the connections and stop the workers."""
        await self.gateway.aclose()
        self._workers.shutdown(wait=False, cancel_futures=True)


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
