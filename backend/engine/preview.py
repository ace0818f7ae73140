"""What would become of a task under a policy: told for its owner's eyes, while nothing is sent or stored.

A policy's guards are asked all the same: what they find decides on what would be sent.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from backend.engine.assemble import guards_gateway, label_studio_access, load_redactor, surrogate_key
from backend.engine.engine import Engine, Preview
from backend.engine.guard import Guarded
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.engine.rule_choice import TaskUnderRule
from backend.errors import LabelguardError, RefusedError
from backend.labelstudio.config import build_plan
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Task
from backend.model.attempts import AttemptLog
from backend.model.gateway import Gateway
from backend.policy import Policy, Subject, project_id
from backend.policy.facts import stretches
from backend.policy.types import Decision
from backend.privacy.listed import ALWAYS, Lists
from backend.privacy.redact import RedactedText, Redactor
from backend.privacy.replace.operators import is_kept
from backend.privacy.types import Detection, Scan
from backend.prompting.templates import Prompts
from backend.settings import Settings
from handlers import load_handlers


@dataclass(frozen=True, slots=True)
class PreviewedTask:
    """A task of a project.

    Attributes:
        config: the project's label config (XML).
        project: its id, as Label Studio sends it.
        path: the path prefix of the backend's URL.
        title: the project's; each of these three is "" if there is none.
    """

    task: Task
    config: str = field(repr=False)
    project: str = ""
    path: str = ""
    title: str = ""


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
        found: how many stretches of which entity types were detected in the texts that would be sent.
        freed: what `never_redact` left alone, and nothing else replaced.
        added: what `always_redact` had replaced.
    """

    preview: Preview
    decision: Decision | None
    passed: tuple[tuple[str, str], ...]
    found: Mapping[str, int]
    freed: tuple[ListedStretch, ...] = ()
    added: tuple[ListedStretch, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the rule that decides, "" if none does."""
        return self.decision.rule if self.decision else ""

    @property
    def refusal(self) -> LabelguardError | None:
        """Why nothing would be sent."""
        return self.preview.refusal

    @property
    def providers(self) -> tuple[str, ...]:
        """Who would be asked, in order."""
        return tuple(p.name for p in self.preview.ready.decision.providers) if self.preview.ready else ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """Those that the rule names and that may not see what was found."""
        named = self.decision.providers if self.decision and self.preview.ready else ()
        return tuple(provider.name for provider in named if provider.name not in self.providers)

    @property
    def leaves(self) -> bool:
        """Whether an external provider would be asked."""
        return self.preview.ready is not None and any(p.external for p in self.preview.ready.decision.providers)

    @property
    def messages(self) -> tuple[tuple[str, str], ...]:
        """Role and text of all messages that would be sent, of all calls."""
        calls = self.preview.ready.calls if self.preview.ready else ()
        return tuple((message.role, message.content) for _, prompt, _ in calls for message in prompt.messages)

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


def shared_redactor(scan: Scan) -> Redactor:
    """Return a redactor that is loaded once in this process, and looks at no text twice."""
    listing = _loaded(scan.unlisted).listing(Lists.of(scan))
    return listing.guarded(Guarded(scan)) if scan.guard else listing


@cache
def _loaded(scan: Scan) -> Redactor:
    return load_redactor(scan).remembering()


def server_parts() -> EngineParts:
    """Return what a server would work with, its secret for surrogates included, so that its prompts are the same."""
    settings = Settings()
    home = settings.home
    return EngineParts(
        redactors=Redactors(shared_redactor),
        gateway=Gateway(AttemptLog()),
        fetcher=Fetcher(label_studio_access(settings)),
        handlers=load_handlers(home / "handlers" if home else None),
        prompts=Prompts(home / "prompts" if home else None),
        surrogate_key=surrogate_key(settings),
    )


def judge(policy: Policy, parts: EngineParts, asked: Sequence[PreviewedTask]) -> list[TaskPreview]:
    """Say what would become of tasks. No provider is asked but the policy's guards.

    Args:
        policy: decides.
        parts: what a server would work with; what looks for personal data in the policy's ways is loaded.
        asked: the tasks.

    Raises:
        DetectionError: it cannot be loaded.
    """
    parts = replace(parts, redactors=parts.redactors.with_all(policy.scans))
    if not policy.guards:
        return asyncio.run(_verdicts(policy, parts, asked))
    with guards_gateway(policy) as gateway:
        return asyncio.run(_verdicts(policy, replace(parts, gateway=gateway), asked))


async def _verdicts(policy: Policy, parts: EngineParts, asked: Sequence[PreviewedTask]) -> list[TaskPreview]:
    engine = Engine(policy, parts)
    try:
        return [await _verdict(engine, parts, one) for one in asked]
    finally:
        await engine.aclose()


async def _verdict(engine: Engine, parts: EngineParts, asked: PreviewedTask) -> TaskPreview:
    try:
        job = engine.job(asked.config, asked.project, asked.path, asked.title)
        preview = await engine.preview(job, asked.task)
    except LabelguardError as error:
        preview = Preview(error.rule if isinstance(error, RefusedError) else "", refusal=error)
    rules = engine.policy.rules
    decision = next((rule.decision for rule in rules if preview.rule and rule.decision.rule == preview.rule), None)
    passed = tuple(_passed(engine.policy, parts, asked, preview))
    return TaskPreview(
        preview, decision, passed, _found(preview.seen), tuple(_freed(preview)), tuple(_added(preview.seen))
    )


def _passed(policy: Policy, parts: EngineParts, asked: PreviewedTask, preview: Preview) -> Iterator[tuple[str, str]]:
    """Yield the rules above the one that decides, with the condition that does not hold of the project or the task."""
    try:
        plan = build_plan(asked.config, parts.handlers)
    except LabelguardError:  # no rule is asked about a config that cannot be served
        return
    subject = Subject(project_id(asked.project), asked.path, plan, asked.title)
    of_task = dict(preview.passed)
    for rule in policy.rules:
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
    scan, threshold = seen.way.decision.scan, seen.way.decision.threshold
    counts: Counter[str] = Counter()
    for text in _texts(seen).values():
        own = [d for d in seen.known.get((scan, text), ()) if d.score >= threshold]
        for kind in {d.entity_type for d in own}:
            counts[kind] += sum(1 for _ in stretches(own, kind, threshold))
    return dict(sorted(counts.items()))


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
    kept = [d for d in found if d.score >= decision.threshold and not _is_kept(decision, d.entity_type)]
    for start, end in stretches(kept, "*", decision.threshold):
        inside = [d for d in kept if start <= d.start < end]
        best = max(inside, key=lambda d: (d.score, d.end - d.start, d.entity_type))
        yield ListedStretch(name, start, max(d.end for d in inside), best.entity_type)


def _is_kept(decision: Decision, kind: str) -> bool:
    return kind in decision.keep or is_kept(decision.operators, kind)
