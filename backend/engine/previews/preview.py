"""What would become of a task under a policy: told for its owner's eyes, while nothing is sent or stored.

Every command that shows it asks here, and the engine that predicts says it, without a way to a provider. A policy's
guards are asked all the same: what they find decides on what would be sent.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from backend.engine.assemble import assemble, guards_gateway, load_redactor, surrogate_key
from backend.engine.engine import AT_ONCE, Engine, Preview
from backend.engine.guard import Guarded
from backend.engine.planning import Planning
from backend.engine.project import ASSUMED, ActivePolicy, ProjectPlan, make_job_of_texts
from backend.engine.redactors import Redactors
from backend.engine.rule_choice import TaskUnderRule
from backend.errors import LabelguardError, RefusedError
from backend.labelstudio.config import build_plan
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Task
from backend.policy import Policy, Rule, Subject, project_id
from backend.policy.facts import stretches
from backend.policy.types import Decision
from backend.privacy.listed import ALWAYS, Lists
from backend.privacy.redact import RedactedText, Redactor
from backend.privacy.replace.operators import is_kept
from backend.privacy.types import Detection, Scan
from backend.settings import Settings
from backend.store import Store
from backend.system.offload import off_loop


@dataclass(frozen=True, slots=True)
class PreviewedTask:
    """A task of a project.

    Attributes:
        config: the project's label config (XML).
        project: its id, as Label Studio sends it.
        path: the path prefix of the backend's URL.
        title: the project's; each of these three is "" if there is none.
        texts: where nobody knows the label config: what is redacted, by its place in the task's data.
    """

    task: Task
    config: str = field(repr=False)
    project: str = ""
    path: str = ""
    title: str = ""
    texts: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ListedStretch:
    """A stretch of a text that a list of the policy decided about.

    Attributes:
        text: the text's name.
        start, end: code points of it as it was given.
        entity_type: what was found, or what the list says.
    """

    text: str
    start: int
    end: int
    entity_type: str


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """What would become of a task.

    Attributes:
        preview: the pipeline's.
        decision: that of the rule that decides, whose providers are all that it names; None if none decides.
        passed: the rules above it, each with the name of the condition that does not hold.
        planned: whether its project can be served at all; if not, the refusal is of all of its tasks.
    """

    preview: Preview
    decision: Decision | None
    passed: tuple[tuple[str, str], ...]
    planned: bool = True

    @property
    def rule(self) -> str:
        """The name of the rule that decides, "" if none does."""
        return self.decision.rule if self.decision else ""

    @property
    def refusal(self) -> LabelguardError | None:
        """Why nothing would be sent."""
        return self.preview.refusal

    @property
    def asks(self) -> Decision | None:
        """The decision with the providers alone that may see what was found; None if nobody would be asked."""
        return self.preview.ready.decision if self.preview.ready and not self.is_spared else None

    @property
    def is_spared(self) -> bool:
        """Whether nobody would be asked since detection knows all labels."""
        ready = self.preview.ready
        return ready is not None and ready.way.texts is None and not ready.calls

    @property
    def known_labels(self) -> Mapping[str, Mapping[str, str]]:
        """By control, the labels that detection would mark, each with what it means."""
        ready = self.preview.ready
        marks = ready.prepared.marks if ready else None
        return {name: {d.result: d.means for d in own} for name, own in marks.labels.items()} if marks else {}

    @property
    def providers(self) -> tuple[str, ...]:
        """Who would be asked, in order."""
        return tuple(provider.name for provider in self.asks.providers) if self.asks else ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """Those that the rule names and that may not see what was found."""
        named = self.decision.providers if self.decision and self.asks else ()
        return tuple(provider.name for provider in named if provider.name not in self.providers)

    @property
    def leaves(self) -> bool:
        """Whether an external provider would be asked."""
        return self.asks is not None and any(provider.external for provider in self.asks.providers)

    @property
    def requests(self) -> tuple[Mapping[str, Any], ...]:
        """What the first provider would be sent, by call: the messages, the form of the answer, and all else."""
        return self.preview.requests

    @property
    def messages(self) -> tuple[tuple[str, str], ...]:
        """Role and text of all messages that the first provider would be sent, of all calls."""
        return tuple((one["role"], one["content"]) for request in self.requests for one in request["messages"])

    @property
    def texts(self) -> Mapping[str, RedactedText]:
        """The task's texts, redacted, by name."""
        return self.preview.ready.prepared.task.fields if self.preview.ready else {}

    @property
    def replaced(self) -> Mapping[str, int]:
        """How many stretches of which entity types were replaced."""
        return self.preview.ready.prepared.task.entity_counts() if self.preview.ready else {}

    @property
    def operators(self) -> Mapping[str, frozenset[str]]:
        """By entity type, the operators that wrote what stands in place of the values."""
        done: dict[str, frozenset[str]] = {}
        for placeholder in (p for text in self.texts.values() for p in text.placeholders):
            before = done.get(placeholder.entity_type, frozenset())
            done[placeholder.entity_type] = before | {placeholder.operator}
        return done

    @property
    def found(self) -> Mapping[str, int]:
        """How many stretches of which entity types were detected in the texts that would be sent."""
        return _found(self.preview.seen)

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts that would be sent, by name, as they were given; none if the task was not looked at."""
        return _texts(self.preview.seen) if self.preview.seen else {}

    @property
    def detected(self) -> Mapping[str, tuple[Detection, ...]]:
        """What was detected in these texts, by name, as sure as the rule asks for."""
        return _detected(self.preview.seen)

    @property
    def freed(self) -> tuple[ListedStretch, ...]:
        """What `never_redact` left alone, and nothing else replaced."""
        return tuple(_freed(self.preview))

    @property
    def added(self) -> tuple[ListedStretch, ...]:
        """What `always_redact` had replaced."""
        return tuple(_added(self.preview.seen))


def shared_redactor(scan: Scan) -> Redactor:
    """Return a redactor that is loaded once in this process, and looks at no text twice."""
    listing = _loaded(scan.unlisted).listing(Lists.of(scan))
    return listing.guarded(Guarded(scan)) if scan.guard else listing


@cache
def _loaded(scan: Scan) -> Redactor:
    return load_redactor(scan).remembering()


def preview(policy: Policy, settings: Settings, asked: Sequence[PreviewedTask], key: bytes = b"") -> list[TaskPreview]:
    """Say what would become of tasks; arguments and errors are those of `Previewer`."""
    with Previewer(policy, settings, key) as previewer:
        return previewer.tasks(asked)


class Previewer:
    """An engine without a way to a provider, for any number of tasks. Use as a context manager, from one thread.

    Args:
        policy: decides. Its guards are started, if they are embedded, and asked.
        settings: of the process.
        key: the secret by which surrogates are chosen; without one the server's, so that they are those that it writes.
        load: loads what looks for personal data in one way.
        store: where what reviewers taught is kept; None asks for nothing of it.

    Attributes:
        key: the secret that it goes by.

    Raises:
        DetectionError: it cannot be loaded.
        ConfigError, PromptError: a handler or a template is broken.
        SettingsError: the server's secret cannot be read.
        ModelFileError: a guard's model cannot be had or does not start.
    """

    def __init__(
        self,
        policy: Policy,
        settings: Settings,
        key: bytes = b"",
        load: Callable[[Scan], Redactor] = shared_redactor,
        store: Store | None = None,
    ) -> None:
        self._places = asyncio.Semaphore(1 if policy.guards else AT_ONCE)  # a guard's share of a task's time is its own
        with ExitStack() as opened:
            self._loop = opened.enter_context(asyncio.Runner())
            gateway = opened.enter_context(guards_gateway(policy, settings))
            self.key = key or surrogate_key(settings)
            self._engine = assemble(policy, settings, gateway, Redactors(load), self.key, store)
            opened.callback(lambda: self._loop.run(self._engine.aclose()))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the guards, and close the record of what they were asked."""
        self._opened.close()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers, by control tag."""
        return self._engine.handlers

    def tasks(self, asked: Sequence[PreviewedTask], on_done: Callable[[], None] = lambda: None) -> list[TaskPreview]:
        """Say what would become of tasks.

        Args:
            asked: the tasks.
            on_done: called for each, as that is known.
        """
        return self._loop.run(self._all(asked, on_done))

    async def _all(self, asked: Sequence[PreviewedTask], on_done: Callable[[], None]) -> list[TaskPreview]:
        async def one(task: PreviewedTask) -> TaskPreview:
            async with self._places:
                found = await self._preview(task)
            on_done()
            return found

        return await asyncio.gather(*map(one, asked))

    async def _preview(self, asked: PreviewedTask) -> TaskPreview:
        return await preview_task(self._engine, asked)

    def job(self, asked: PreviewedTask) -> ProjectPlan:
        """Plan the project of a task; raises what `Engine.job` does."""
        return _job(self._engine, asked)


async def preview_task(engine: Engine, asked: PreviewedTask, planning: Planning | None = None) -> TaskPreview:
    """Say what an engine would make of a task, on its own loop; nothing is sent but to guards of its policy.

    Args:
        engine: may be one that predicts meanwhile.
        asked: the task.
        planning: under another policy, as `Engine.under` gives it; None for the one in force.
    """
    job, size = None, len(asked.config)
    rules = (planning or engine).policy.rules
    try:
        job = await off_loop(size, lambda: _job(engine, asked, planning))
        found = await engine.preview(job, asked.task)
    except LabelguardError as error:
        found = Preview(error.rule if isinstance(error, RefusedError) else "", refusal=error)
    decision = next((rule.decision for rule in rules if found.rule and rule.decision.rule == found.rule), None)
    passed = await off_loop(size, lambda: tuple(_passed(engine, rules, asked, found)))
    return TaskPreview(found, decision, passed, planned=job is not None)


def _job(engine: Engine, asked: PreviewedTask, planning: Planning | None = None) -> ProjectPlan:
    if asked.texts is None:
        return (planning or engine).job(asked.config, asked.project, asked.path, asked.title)
    active_policy = ActivePolicy(engine.policy, engine.redactors, engine.prompts)
    return make_job_of_texts(active_policy, (asked.project, asked.path, asked.title), asked.texts, engine.handlers)


def _passed(engine: Engine, rules: Sequence[Rule], asked: PreviewedTask, preview: Preview) -> Iterator[tuple[str, str]]:
    """Yield the rules above the one that decides, with the condition that does not hold of the project or the task."""
    try:
        plan = build_plan(asked.config if asked.texts is None else ASSUMED, engine.handlers)
    except LabelguardError:  # no rule is asked about a config that cannot be served
        return
    subject = Subject(project_id(asked.project), asked.path, plan, asked.title)
    of_task = dict(preview.passed)
    for rule in rules:
        name = rule.decision.rule
        if name == preview.rule:
            return
        missed = rule.match.missed(subject) or of_task.get(name, "")
        if missed:
            yield name, missed


def _found(seen: TaskUnderRule | None) -> Mapping[str, int]:
    """Count what was detected, as far as it was looked for, by entity type."""
    if seen is None:
        return {}
    threshold = seen.way.decision.threshold
    counts: Counter[str] = Counter()
    for own in _detected(seen).values():
        for kind in {d.entity_type for d in own}:
            counts[kind] += sum(1 for _ in stretches(own, kind, threshold))
    return dict(sorted(counts.items()))


def _detected(seen: TaskUnderRule | None) -> Mapping[str, tuple[Detection, ...]]:
    if seen is None:
        return {}
    scan, threshold = seen.way.decision.scan, seen.way.decision.threshold
    return {
        name: tuple(d for d in seen.known.get((scan, text), ()) if d.score >= threshold)
        for name, text in _texts(seen).items()
    }


def _texts(seen: TaskUnderRule) -> Mapping[str, str]:
    try:
        return seen.reading.texts() if seen.known else {}
    except LabelguardError:  # the task cannot be read, which the preview says
        return {}


def _freed(preview: Preview) -> Iterator[ListedStretch]:
    """Yield what would be replaced if the policy had no list of words that are no names."""
    seen, ready = preview.seen, preview.ready
    if seen is None or ready is None or not seen.way.decision.scan.never_redact:
        return
    texts = _texts(seen)
    for name, found in seen.redactor.unlisting().find(texts).items():
        redacted = ready.prepared.task.fields.get(name)
        hidden = [(p.source_start, p.source_end) for p in redacted.placeholders] if redacted else []
        left = set(found).difference(seen.known.get((seen.way.decision.scan, texts[name]), ()))
        free = [d for d in left if not any(start < d.end and d.start < end for start, end in hidden)]
        yield from _listed(name, free, seen.way.decision)


def _added(seen: TaskUnderRule | None) -> Iterator[ListedStretch]:
    """Yield where listed values stand."""
    if seen is None:
        return
    scan = seen.way.decision.scan
    for name, text in _texts(seen).items():
        own = [d for d in seen.known.get((scan, text), ()) if d.recognizer == ALWAYS]
        yield from (ListedStretch(name, d.start, d.end, d.entity_type) for d in sorted(own))


def _listed(name: str, found: Iterable[Detection], decision: Decision) -> Iterator[ListedStretch]:
    """Yield what a rule would replace; of what overlaps, the surest tells the type."""
    kept = [d for d in found if d.score >= decision.threshold and not keeps_type(decision, d.entity_type)]
    for start, end in stretches(kept, "*", decision.threshold):
        inside = [d for d in kept if start <= d.start < end]
        best = max(inside, key=lambda d: (d.score, d.end - d.start, d.entity_type))
        yield ListedStretch(name, start, max(d.end for d in inside), best.entity_type)


def keeps_type(decision: Decision, kind: str) -> bool:
    """Say whether a rule leaves values of an entity type as they are."""
    return kind in decision.keep or is_kept(decision.operators, kind)
