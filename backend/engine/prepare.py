"""A task → what its rule would send: its rule found, its texts redacted, its prompts written. Sends nothing."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

from backend.engine.blind import check_blind
from backend.engine.example_chat import TaughtMessages, rule_examples, taught_messages
from backend.engine.guard import Guarded, Guarding
from backend.engine.nearest import Nearest, NearestVotes
from backend.engine.offering import Offering
from backend.engine.project import ProjectPlan, RulePlan
from backend.engine.redact_options import redact_options
from backend.engine.redactors import Redactors
from backend.engine.remembering import Remembering
from backend.engine.rule_choice import MatchedRule, TaskUnderRule, choose
from backend.engine.teaching import Redacted, TaskWays, TaughtExample, Teaching
from backend.engine.told import SentFindings, sent_findings, with_findings
from backend.errors import LabelguardError, NoRuleError, RefusedError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Task
from backend.model.answer.leniency import answer_shape
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from backend.model.kept_answers import KeptAnswers
from backend.model.request import first_request
from backend.policy import restrict
from backend.policy.types import Decision
from backend.privacy.redact import ClearedPrompt, Message, RedactedTask, RedactOptions
from backend.prompting.answer_form import Answer, compose_answer, keyed
from backend.prompting.calls import Call, halves, plan_calls
from backend.prompting.detected_labels import AskedPlan, DetectedMarks, offered_answer
from backend.prompting.form_cache import FormCache
from backend.prompting.task_labels import OBJECT
from backend.prompting.task_texts import BoundTask
from backend.prompting.templates import Prompts
from backend.review.calibration import Calibrations
from backend.review.similar.library import Library
from backend.review.trust import ProjectTrusts
from backend.system.limit import Limit
from backend.system.memory import FORGET_S, forget
from backend.system.offload import off_loop
from backend.system.spans import Spans
from backend.system.turn_threads import TurnThreads
from backend.system.writing import JSON

T = TypeVar("T")
REGION = 100
"""A region that is there already takes as long as so many characters."""
Written: TypeAlias = tuple[Call, ClearedPrompt, type[Answer]]
"""A call with its messages and the form of its answer."""


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What an engine is made of.

    Attributes:
        redactors: what looks for personal data in each of the policy's ways.
        gateway: the one way to a model.
        fetcher: gets what tasks name by an address.
        handlers: by control tag.
        prompts: the templates that it begins with.
        surrogate_key: a secret, so that nobody else can tell which surrogate a value gets. By default one of this
            process, so that surrogates change when it starts again.
        kept: where answers are kept; None keeps none.
        calibrations: by what scores are calibrated; None leaves them raw.
        trusts: who is trusted with labels that detection marks; None for who usually is.
        library: the annotated tasks of which examples are made; None makes none.
    """

    redactors: Redactors
    gateway: Gateway
    fetcher: Fetcher
    handlers: Mapping[str, Handler]
    prompts: Prompts
    surrogate_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    kept: KeptAnswers | None = None
    calibrations: Calibrations | None = None
    trusts: ProjectTrusts | None = None
    library: Library | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    """What a call asks, whatever the task.

    Attributes:
        answer_type: the form of its answer.
        questions: the same in words.
        examples: the rule's.
        part_of: returns the part of an answer that is asked for.
    """

    answer_type: type[Answer]
    questions: str
    examples: tuple[Message, ...] = field(repr=False)
    part_of: Callable[[JSON], JSON]


@dataclass(frozen=True, slots=True)
class PreparedCalls:
    """A task that may be sent.

    Attributes:
        way: of the rule that decides.
        decision: with the providers alone that may see what was found.
        calls: what is asked.
        size: in characters, of all that was read for it.
        examples: annotated tasks that are like it.
        votes: what annotators gave to those most like it.
        findings: what the record is told of its texts.
    """

    way: RulePlan
    decision: Decision
    prepared: BoundTask
    calls: tuple[Written, ...]
    size: int
    examples: tuple[TaughtExample, ...] = ()
    votes: NearestVotes = field(default_factory=dict, repr=False)
    findings: SentFindings = field(default_factory=SentFindings)

    def about(self, call_context: CallContext) -> CallContext:
        """Return what its calls are about, with what the record is told of what they send."""
        task, examples = self.prepared.task, [example.task for example in self.examples]
        return with_findings(call_context, self.decision, task, self.findings, examples)

    @property
    def asked(self) -> AskedPlan:
        """What a model is asked."""
        marks = self.prepared.marks
        return marks.asked if marks else AskedPlan({}, self.way.plan)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a task, for its owner's eyes alone: nothing of it is logged or stored.

    Attributes:
        rule: name of the rule that decides, "" if none does.
        passed: the rules before it that its project may come under, each with the condition that does not hold.
        ready: what would be sent; None if nothing.
        requests: what the first provider would be sent, by call: messages and all else.
        refusal: why nothing would be sent.
        seen: the task as that rule sees it.
    """

    rule: str
    passed: tuple[tuple[str, str], ...] = ()
    ready: PreparedCalls | None = field(default=None, repr=False)
    requests: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    refusal: LabelguardError | None = None
    seen: TaskUnderRule | None = field(default=None, repr=False)


class Preparer:
    """Belongs to one event loop.

    Args:
        parts: what it works with.
        workers: threads that redact, of all processes that share them; twice as many while one project alone has many
            tasks.
    """

    def __init__(self, parts: EngineParts, workers: int) -> None:
        self._parts = parts
        shared = parts.gateway.part.places("redaction", workers)
        self._redacting = TurnThreads(workers, "redact", alone=2 * workers, shared=shared)
        self._forms: FormCache[_Form] = FormCache()
        self._guarding = Guarding(parts.gateway, parts.surrogate_key)
        # What is handed in as lines must be asked for by the same prompt later, whatever is annotated meanwhile.
        teaches = parts.library is not None and parts.gateway.lines is None
        self._teaching = Teaching(parts.library, parts.handlers) if parts.library and teaches else None
        self._remembering = Remembering(parts.library) if parts.library and teaches else None
        self._nearest = Nearest(parts.library, parts.handlers) if parts.library and teaches else None
        self._offering = Offering(parts.handlers, self._teaching)
        self._forgetting: asyncio.TimerHandle | None = None

    async def choose(
        self, job: ProjectPlan, task: Task, context: Sequence[JSON], call_context: CallContext
    ) -> MatchedRule:
        """Find the first rule that matches a task; raises what `backend.engine.rule_choice.choose` does."""
        self._forgetting = self._forgetting or asyncio.get_running_loop().call_later(FORGET_S, self._forget)
        return await choose(job, task, context, self._parts.fetcher, self.work, partial(self.look, job, call_context))

    async def look(
        self, job: ProjectPlan, call_context: CallContext, decision: Decision, texts: Iterable[str]
    ) -> Guarded:
        """Have a rule's guard look at texts; raises what `Guarding.look` does."""
        own = replace(call_context, rule=decision.rule, keep_days=decision.record_days)
        return await self._guarding.look(decision.scan, texts, job.active_policy.prompts, own, decision.limits)

    async def ready(
        self, job: ProjectPlan, chosen: MatchedRule, context: Sequence[JSON], call_context: CallContext
    ) -> PreparedCalls:
        """Redact a task and write what its rule would send.

        Args:
            job: its project's.
            chosen: its rule.
            context: what the annotator who asks has in the editor.
            call_context: what a guard would be asked for.

        Raises:
            NoRuleError: no rule matches the task.
            RefusedError: its rule sends nothing.
            BlindError: people are to label it first.
            BlockedError: something was found that the rule does not let pass.
        """
        seen = chosen.seen
        if seen is None:
            raise NoRuleError(job.subject.project, job.subject.path, job.active_policy.policy.file, of_task=True)
        way = seen.way
        if way.decision.refuse:
            raise RefusedError(way.decision.rule, way.decision.refuse)
        check_blind(self._parts.surrogate_key, job, way.decision, seen.task)
        reading = seen.reading
        if way.looks:
            await seen.ask_guard(partial(self.look, job, call_context))
        size = len(job.label_config) + sum(map(len, reading.texts().values())) + REGION * len(context)
        work, looks = partial(self._redacted, seen), way.decision.redact or way.detected
        decision, task, marks, findings = await (self.work(way.decision, work) if looks else off_loop(size, work))
        marks = await self._remembering.with_remembered(job, seen, marks) if self._remembering else marks
        examples: tuple[TaughtExample, ...] = ()
        if self._teaching and decision.learned:
            ways = TaskWays(
                lambda other: self.choose(job, other, (), call_context),
                lambda other: self._redact(job, other, call_context),
            )
            examples = await self._teaching.examples(job, seen, decision, task, ways)
        votes = await self._nearest.votes(job, seen) if self._nearest else {}
        narrowed = await self._offering.begin(job, seen, decision, task, examples)

        def write() -> PreparedCalls:
            prepared = narrowed(BoundTask.of(way.plan, reading, task, context, marks))
            most = decision.limits.piece_characters
            calls = plan_calls(prepared, self._parts.handlers, most) if way.texts is None else ()
            ready = PreparedCalls(way, decision, prepared, (), size, examples, votes, findings)
            return replace(ready, calls=tuple(self._written(job, ready, call) for call in calls))

        return await off_loop(size, write)

    async def preview(
        self, job: ProjectPlan, task: Task, context: Sequence[JSON], call_context: CallContext
    ) -> "Preview":
        """Say what would become of a task, without sending anything but to guards; the arguments are as above."""
        chosen, rule = MatchedRule(None, ()), ""
        try:
            chosen = await self.choose(job, task, context, call_context)
            rule = chosen.seen.way.decision.rule if chosen.seen else ""
            ready = await self.ready(job, chosen, context, call_context)
            return Preview(rule, chosen.passed, ready, _requests(ready), seen=chosen.seen)
        except LabelguardError as error:
            return Preview(rule, chosen.passed, refusal=error, seen=chosen.seen)

    def halves(self, job: ProjectPlan, ready: PreparedCalls, call: Call) -> Sequence[Written]:
        """Write what is asked in place of a call whose answer is too long; nothing if it has no parts."""
        return [self._written(job, ready, half) for half in halves(call, ready.prepared)]

    def rewritten(self, job: ProjectPlan, ready: PreparedCalls, prompt: str, name: str) -> PreparedCalls:
        """Write by another template what a task would be sent; raises a PromptError if that cannot be."""
        ready = replace(ready, decision=replace(ready.decision, prompt=prompt, prompt_name=name))
        return replace(ready, calls=tuple(self._written(job, ready, call) for call, _, _ in ready.calls))

    def _written(self, job: ProjectPlan, ready: PreparedCalls, call: Call) -> Written:
        prompts, decision = job.active_policy.prompts, ready.decision
        hangs_on = (prompts, decision.examples)
        make = partial(self._form, prompts, ready, call)
        form = self._forms.get(ready.asked.offered, call.question, hangs_on, make)
        asked = (call.question, self._parts.handlers, decision)
        system, user = prompts.compose(*asked, call.texts, form.questions)
        learned: list[TaughtMessages] = []
        if ready.examples:
            schema = json.dumps(answer_shape(form.answer_type).schema)
            beside = (system, user, schema, *(message.content for message in form.examples))
            learned = list(
                taught_messages(
                    ready.examples,
                    beside,
                    form.answer_type,
                    form.part_of,
                    lambda texts: prompts.compose(*asked, texts, form.questions)[1],
                )
            )
        if any(one.task.has_placeholders for one in learned):
            system = prompts.compose(*asked, replace(call.texts, redacted=True), form.questions)[0]
        chat = [message for one in learned for message in (one.user, one.assistant)]
        messages = [Message("system", system), *form.examples, *chat, Message("user", user)]
        return call, ready.prepared.task.clear(messages, [one.task for one in learned]), form.answer_type

    def _form(self, prompts: Prompts, ready: PreparedCalls, call: Call) -> "_Form":
        question, handlers = call.question, self._parts.handlers
        answer_type, plan, labels = compose_answer(question, handlers), ready.way.plan, ready.asked.labels

        def part_of(answer: JSON) -> JSON:  # it is kept, and so must hold nothing of a task
            return keyed(question, handlers, offered_answer(answer, plan, labels))

        examples = tuple(rule_examples(ready.decision, answer_type, part_of))
        return _Form(answer_type, prompts.questions(question, handlers), examples, part_of)

    async def _redact(self, job: ProjectPlan, seen: TaskUnderRule, call_context: CallContext) -> Redacted:
        """Redact a task that was annotated, as one that would be sent."""
        if seen.way.looks:
            await seen.ask_guard(partial(self.look, job, call_context))
        return (await self.work(seen.way.decision, lambda: self._redacted(seen)))[:2]

    def _redacted(self, seen: TaskUnderRule) -> tuple[Decision, RedactedTask, DetectedMarks | None, SentFindings]:
        """Redact a task's texts, or take them as they are where the policy says so; and see who may be asked.

        Besides, say what was found for the labels that detection marks, and what the record is told.
        """
        decision, reading, marks = seen.way.decision, seen.reading, _marks(seen)
        texts = reading.texts()
        if not decision.redact:
            return decision, seen.redactor.pass_through(texts, withheld=reading.withheld), marks, SentFindings()
        found = seen.found()
        options = redact_options(seen, self._parts.surrogate_key)
        task = seen.redactor.redact(texts, options, detected=found)
        return restrict(decision, found), task, marks, sent_findings(seen, task, options, found)

    async def work(self, decision: Decision, work: Callable[[], T]) -> T:
        """Run what detects in a thread of its own, for as long as the policy allows.

        Raises:
            DetectionError: it took too long.
        """
        limit, within = Limit(decision.limits.detection_timeout_s), Spans.current()
        tally = self._parts.gateway.attempt_log.tally

        def run() -> T:
            with tally.stage("detect", within):
                return limit.run(work)

        running = asyncio.wrap_future(self._redacting.submit(run, decision.limits.weight))
        try:
            while not running.done() and (left := limit.remaining()) > 0:  # which is all until a thread is free
                await asyncio.wait([running], timeout=left)
            if running.done():
                return running.result()
        finally:
            running.cancel()
            limit.over()
        raise limit.error()

    def _forget(self) -> None:
        """Forget what this process remembers of texts, and do so again later: answers are restored without us."""
        forget()
        if self._teaching:
            self._teaching.sweep()
        self._forgetting = asyncio.get_running_loop().call_later(FORGET_S, self._forget)

    async def aclose(self) -> None:
        """End what guards are asked, and stop the threads, when what they work at is done."""
        await self._guarding.aclose()
        if self._forgetting:
            self._forgetting.cancel()
        self._redacting.close()


def _marks(seen: TaskUnderRule) -> DetectedMarks | None:
    """Return what was found for the labels that detection marks; None if there are none.

    There are none for an annotator who typed what they want: that is the model's to read.
    """
    way, reading = seen.way, seen.reading
    if not way.detected or reading.typed:
        return None
    asked = way.by_reading[seen.legible()]
    if not asked.labels:
        return None
    options = RedactOptions(threshold=way.decision.threshold, borders=reading.borders())
    found = seen.redactor.locate(reading.texts(), options, seen.found())
    by_object = {name: seen.legible_findings(name, found[OBJECT + name]) for name in reading.contents}
    return DetectedMarks(asked, by_object)


def _requests(ready: PreparedCalls) -> tuple[Mapping[str, Any], ...]:
    """Return what the first provider would be sent, by call, after the last look that it would take.

    Raises:
        LastLookError: a value stands in it that must not leave.
    """
    first, redacted = ready.decision.providers[0], ready.prepared.task
    requests = tuple(first_request(prompt, form, first) for _, prompt, form in ready.calls)
    texts = {"messages": [text.text for text in redacted.fields.values()]}
    if first.external:
        for request in requests or (texts,):
            redacted.clear(()).last_look(request)
    return requests
