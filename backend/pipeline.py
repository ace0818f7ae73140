"""The way of the data: plan → policy → read → redact → prompt → gateway → regions → check, for many tasks at once."""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from backend import __version__
from backend.answers import Known, Looked, is_written, look
from backend.binding import TYPED
from backend.calls import plan_calls
from backend.check import Checker
from backend.conditions import shown
from backend.errors import (
    ConfigError,
    DetectionError,
    InternalError,
    LabelguardError,
)
from backend.fetch import Fetcher
from backend.gateway import Gateway
from backend.handler import Handler
from backend.plan import build_plan
from backend.policy import Policy
from backend.prompt import Prompts
from backend.reading import Prepared, Reading, read_task
from backend.redact import Message, RedactedTask, Redactor
from backend.regions import Results, ordered
from backend.schema import compose_answer, digest
from backend.score import answer_probability, prediction_score
from backend.types import JSON, Decision, Plan, Prediction, Scan

log = logging.getLogger("labelguard.pipeline")
T = TypeVar("T")
Outcome = Prediction | LabelguardError


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all tasks of a project: made once for a label config, project and profile."""

    project: str
    plan: Plan
    decision: Decision
    fields: tuple[str, ...]
    boxes: frozenset[str]
    checker: Checker
    model_version: str


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
        redactors: gives the redactor that looks for personal data in one of the policy's ways; loads nothing.
        gateway: the one way to a model.
        fetcher: gets what tasks name by an address.
        handlers: by control tag.
        prompts: the template files.
        surrogate_key: a secret, so that nobody else can tell which surrogate a value gets. By default one of this
            process, so that surrogates change when it starts again.
    """

    redactors: Callable[[Scan], Redactor]
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


class Engine:
    """Predicts tasks of any number of projects.

    Args:
        policy: decides on every project.
        parts: what it works with.
        workers: threads that redact.
    """

    def __init__(self, policy: Policy, parts: Parts, workers: int = 2) -> None:
        self.policy = policy
        self.gateway = parts.gateway
        self.observer: Callable[[Exchange], None] | None = None
        self._redactors = parts.redactors
        self._surrogate_key = parts.surrogate_key
        self._fetcher = parts.fetcher
        self._handlers = parts.handlers
        self._prompts = parts.prompts
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="redact")
        self._redacting = asyncio.Semaphore(workers)
        self._lock = threading.Lock()
        self._job = lru_cache(maxsize=1024)(self._build_job)

    def job(self, label_config: str, project: str, profile: str = "") -> Job:
        """Plan a project, under the policy. Quick: no model is asked.

        Args:
            label_config: the project's XML.
            project: as Label Studio sends it, such as `12.1795417599`.
            profile: the path prefix of the backend's URL, "" if there is none.

        Raises:
            ConfigError: the config cannot be served.
            NoRuleError: default deny.
            PromptError: the project's template does not fit.
        """
        with self._lock:
            return self._job(label_config, project, profile)

    def _build_job(self, label_config: str, project: str, profile: str) -> Job:
        plan = build_plan(label_config, self._handlers)
        for unserved in plan.unserved:
            log.warning("project %s: <%s> gets no predictions: %s", _id(project), unserved.tag, unserved.reason)
        decision = self.policy.decide(project, profile, plan)
        boxes = frozenset(c.from_name for c in plan.controls if c.is_prompt_box(decision.prompt_box))
        plan = replace(plan, controls=tuple(c for c in plan.controls if c.from_name not in boxes))
        if not plan.controls:
            raise ConfigError("the prompt box has nothing to answer into - add a TextArea, Choices or Labels")
        fields = self._prompts.fields(plan, decision)
        needed = {name for obj in plan.objects if obj.is_labeled for name in obj.fields} | set(fields)
        needed |= {control.labels_field for control in plan.controls if control.labels_field}
        withheld = sorted(filter(decision.withholds, needed))
        if withheld:
            raise ConfigError(f"field {withheld[0]!r} is withheld by rule {decision.rule!r} - use another field")
        prompt_digest = self._prompts.digest(plan, self._handlers, decision)
        version = [__version__, plan.digest, decision.digest, prompt_digest, digest(plan, self._handlers)]
        return Job(
            project=_id(project),
            plan=plan,
            decision=decision,
            fields=fields,
            boxes=boxes,
            checker=Checker(label_config),
            model_version="labelguard-" + hashlib.sha256(json.dumps(version).encode()).hexdigest()[:12],
        )

    async def predict(
        self,
        job: Job,
        tasks: Sequence[Mapping[str, Any]],
        on_done: Callable[[], None] | None = None,
        context: Sequence[JSON] | None = None,
    ) -> list[Outcome]:
        """Predict tasks side by side.

        Args:
            job: their project's.
            tasks: the `data` of each task.
            on_done: called as each task ends.
            context: the regions that the annotator who asks has in the editor; None in a batch.

        Returns:
            For each task, in order, its prediction or the reason why it has none.
        """

        counts = Counts()

        async def one(index: int, data: Mapping[str, Any]) -> Outcome:
            try:
                return await self._predict(job, index, data, context or (), counts)
            except LabelguardError as error:
                return error
            except Exception as error:  # one task's failure, whatever it is, must not cost the others theirs
                return InternalError(error)
            finally:
                if on_done:
                    on_done()

        outcomes = await asyncio.gather(*(one(index, data) for index, data in enumerate(tasks)))
        _report(job, outcomes, counts)
        return list(outcomes)

    async def _predict(
        self, job: Job, index: int, data: Mapping[str, Any], context: Sequence[JSON], counts: Counts
    ) -> Prediction:
        data = await self._fetcher.complete(job.plan, data, job.decision.fetch)
        reading = read_task(job.plan, job.decision, job.fields, data, job.boxes, context)
        prepared = Prepared.of(job.plan, reading, await self._redact(job.decision, reading), context)
        results = Results.of(prepared, self._handlers)
        prompts, replies = [], []
        for call in plan_calls(prepared, self._handlers, job.decision.limits.piece_characters):
            system, user = self._prompts.compose(call.question, self._handlers, job.decision, call.texts)
            prompt = prepared.task.clear([Message("system", system), Message("user", user)])
            answer_type = compose_answer(call.question, self._handlers)
            reply = await self.gateway.ask(prompt, answer_type, job.decision.providers)
            results.add(call.question, reply.answer, call.pieces)
            prompts += [system, user]
            replies.append(reply)
        looked = await self._look(job.decision, results, prepared, prompts)
        found = tuple(ordered(prepared.plan.controls, shown(prepared.plan, looked.answers)))
        score = prediction_score(answer_probability(prepared.plan, reply.logprobs) for reply in replies)
        prediction = Prediction(found, job.model_version, score)
        job.checker.check(prediction, prepared.plan, reading.contents, prepared.given_ids)
        if self.observer:
            content = "\n".join(reply.content for reply in replies)
            self.observer(Exchange(index, prepared.task, content, replies[-1].provider, prediction))
        counts.dropped.update(results.drops + looked.dropped)
        counts.marked.update(looked.marked)
        return prediction

    async def _redact(self, decision: Decision, reading: Reading) -> RedactedTask:
        """Redact a task's texts, or take them as they are where the policy says so."""
        texts = reading.texts()
        redactor = self._redactors(decision.scan)

        def work() -> RedactedTask:
            if not decision.redact:
                return redactor.pass_through(texts, withheld=reading.withheld)
            return redactor.redact(
                texts,
                keep=decision.keep,
                threshold=decision.threshold,
                withheld=reading.withheld,
                borders=reading.borders(),
                operators=decision.operators,
                seed=self._seed(texts),
            )

        return await self._work(decision, work)

    async def _look(self, decision: Decision, results: Results, prepared: Prepared, prompts: Sequence[str]) -> Looked:
        """Look for personal data that no text of the task or the prompt holds, in what the model wrote."""
        if decision.answers == "keep" or not any(map(is_written, results.answers)):
            return Looked(results.answers)
        known = Known.of(prepared.reading.texts().values(), prompts, prepared.task)
        redactor = self._redactors(decision.scan)
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


class EngineThread:
    """An engine on an event loop of its own, so that a server's loop stays free to answer (P12).

    Use as a context manager; `submit` from any thread or loop.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)

    def __enter__(self) -> "EngineThread":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.submit(self._close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        await self.engine.aclose()
        # litellm leaves a worker of its own behind
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _id(project: str) -> str:
    return project.partition(".")[0]


def _report(job: Job, outcomes: Sequence[Outcome], counts: Counts) -> None:
    """Log a batch in one line, and once each reason why a task failed, or an answer was left out or marked."""
    reasons = Counter(f"{error.code}: {error.reason}" for error in outcomes if isinstance(error, LabelguardError))
    failed = sum(reasons.values())
    log.info("project %s: %d of %d tasks predicted", job.project, len(outcomes) - failed, len(outcomes))
    for reason, count in reasons.most_common():
        log.warning("project %s: %d tasks got no prediction: %s", job.project, count, reason)
    for reason, count in counts.dropped.most_common():
        log.info("project %s: %d answers left out: %s", job.project, count, reason)
    for reason, count in counts.marked.most_common():
        log.info("project %s: %d answers marked: %s", job.project, count, reason)
