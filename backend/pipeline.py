"""The way of the data: plan → policy → redact → prompt → gateway → regions → check, for many tasks side by side."""

import asyncio
import hashlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from backend import __version__
from backend.check import Checker
from backend.errors import (
    ConfigError,
    DetectionError,
    InternalError,
    LabelguardError,
    TaskError,
)
from backend.gateway import Gateway
from backend.plan import build_plan
from backend.policy import Policy
from backend.prompt import Prompts, lookup
from backend.redact import Message, RedactedTask, Redactor
from backend.regions import build_results
from backend.schema import Answer, compose_answer, digest
from backend.score import answer_probability
from backend.types import Decision, Handler, Plan, Prediction

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
    answer_type: type[Answer]
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


class Engine:
    """Predicts tasks of any number of projects.

    Args:
        policy: decides on every project.
        redactor: clears texts.
        gateway: the one way to a model.
        handlers: by control tag.
        prompts: the template files.
        workers: threads that redact.
    """

    def __init__(
        self,
        policy: Policy,
        redactor: Redactor,
        gateway: Gateway,
        handlers: Mapping[str, Handler],
        prompts: Prompts,
        workers: int = 2,
    ) -> None:
        self.policy = policy
        self.gateway = gateway
        self.observer: Callable[[Exchange], None] | None = None
        self._redactor = redactor
        self._handlers = handlers
        self._prompts = prompts
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
        fields = self._prompts.fields(plan, decision)
        withheld = sorted(decision.withhold.intersection(fields))
        if withheld:
            raise ConfigError(f"field {withheld[0]!r} is withheld by rule {decision.rule!r} - use another field")
        answer_type = compose_answer(plan, self._handlers)
        prompt_digest = self._prompts.digest(plan, self._handlers, decision)
        version = [__version__, plan.digest, decision.digest, prompt_digest, digest(answer_type)]
        return Job(
            project=_id(project),
            plan=plan,
            decision=decision,
            fields=fields,
            answer_type=answer_type,
            checker=Checker(label_config, plan),
            model_version="labelguard-" + hashlib.sha256(json.dumps(version).encode()).hexdigest()[:12],
        )

    async def predict(
        self, job: Job, tasks: Sequence[Mapping[str, Any]], on_done: Callable[[], None] | None = None
    ) -> list[Outcome]:
        """Predict tasks side by side.

        Args:
            job: their project's.
            tasks: the `data` of each task.
            on_done: called as each task ends.

        Returns:
            For each task, in order, its prediction or the reason why it has none.
        """

        async def one(index: int, data: Mapping[str, Any]) -> Outcome:
            try:
                return await self._predict(job, index, data)
            except LabelguardError as error:
                return error
            except Exception as error:  # one task's failure, whatever it is, must not cost the others theirs
                return InternalError(error)
            finally:
                if on_done:
                    on_done()

        outcomes = await asyncio.gather(*(one(index, data) for index, data in enumerate(tasks)))
        _report(job, outcomes)
        return list(outcomes)

    async def _predict(self, job: Job, index: int, data: Mapping[str, Any]) -> Prediction:
        texts, withheld = _texts(job, data)
        task = await self._redact(job.decision, texts, withheld)
        redacted = {name: text.text for name, text in task.fields.items()}
        system, user = self._prompts.compose(job.plan, self._handlers, job.decision, redacted)
        prompt = task.clear([Message("system", system), Message("user", user)])
        reply = await self.gateway.ask(prompt, job.answer_type, job.decision.providers)
        results = build_results(job.plan, self._handlers, reply.answer, task)
        prediction = Prediction(results, job.model_version, answer_probability(job.plan, reply.logprobs))
        job.checker.check(prediction, texts)
        if self.observer:
            self.observer(Exchange(index, task, reply.content, reply.provider, prediction))
        return prediction

    async def _redact(self, decision: Decision, texts: Mapping[str, str], withheld: Mapping[str, str]) -> RedactedTask:
        def work() -> RedactedTask:
            if not decision.redact:
                return self._redactor.pass_through(texts, withheld=withheld)
            return self._redactor.redact(texts, keep=decision.keep, threshold=decision.threshold, withheld=withheld)

        seconds = decision.limits.detection_timeout_s
        async with self._redacting:  # so that the time counts from when a worker is free
            try:
                running = asyncio.get_running_loop().run_in_executor(self._workers, work)
                return await asyncio.wait_for(running, seconds)
            except TimeoutError:
                pass
        raise DetectionError(f"detection took over {seconds:g} s - raise limits.detection_timeout_s or split the text")

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


def _texts(job: Job, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Take the texts that a prompt needs out of a task, and the values that must not leave.

    Raises:
        TaskError: a field is missing, no text, empty, broken or too long.
    """
    texts = {name: _text(name, lookup(data, name), data) for name in job.fields}
    length, limit = sum(map(len, texts.values())), job.decision.limits.max_characters
    if length > limit:
        raise TaskError(
            max(texts, key=lambda name: len(texts[name])),
            f"makes the task {length} characters long, and {limit} are allowed",
            "split it, or raise limits.max_characters in the policy",
        )
    found = {name: lookup(data, name) for name in job.decision.withhold}
    return texts, {name: str(value) for name, value in found.items() if isinstance(value, str | int | float)}


def _text(name: str, value: Any, data: Mapping[str, Any]) -> str:
    if value is None:
        what = "is null" if name in data else "is missing"
        raise TaskError(name, what, f"the task has: {', '.join(sorted(data)) or 'no fields'}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TaskError(name, f"is a {type(value).__name__}, no text", "give a string or a number")
    text = str(value)
    if not text.strip():
        raise TaskError(name, "is empty", "there is nothing to label")
    broken = next((index for index, char in enumerate(text) if "\ud800" <= char <= "\udfff"), None)
    if broken is not None:
        raise TaskError(name, f"has half a surrogate pair at character {broken}", "export the data again as UTF-8")
    return text


def _id(project: str) -> str:
    return project.partition(".")[0]


def _report(job: Job, outcomes: Sequence[Outcome]) -> None:
    """Log a batch in one line, and each distinct reason of failure once."""
    reasons = Counter(f"{error.code}: {error.reason}" for error in outcomes if isinstance(error, LabelguardError))
    failed = sum(reasons.values())
    log.info("project %s: %d of %d tasks predicted", job.project, len(outcomes) - failed, len(outcomes))
    for reason, count in reasons.most_common():
        log.warning("project %s: %d tasks got no prediction: %s", job.project, count, reason)
