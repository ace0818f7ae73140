"""The cases of a policy's test file, asked of the real engine; nothing is sent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from backend.errors import LabelguardError
from backend.fetch import Fetcher
from backend.gateway import Gateway
from backend.pipeline import Engine, Parts, Preview
from backend.policy import Policy
from backend.prompt import Prompts
from backend.redact import Redactor
from backend.redactors import Redactors
from backend.types import Detection, Scan, Task
from handlers import load_handlers

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text"><Choice value="Yes"/>'
    '<Choice value="No"/></Choices></View>'
)
HANDLERS = load_handlers()
PROMPTS = Prompts()


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a test file."""

    name: str
    config: str
    subject: tuple[str, str, str]
    task: Task = field(repr=False)
    expect: Mapping[str, Any] = field(repr=False)


def read_cases(file: Path) -> list[Case]:
    """Read a test file."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [_case(case, data.get("config", CONFIG)) for case in data["cases"]]


def _case(said: Mapping[str, Any], config: str) -> Case:
    task = said.get("task") or {"data": {"text": said["text"]}}
    subject = (str(said.get("project", "1")), said.get("path", ""), said.get("title", ""))
    return Case(
        said["name"], said.get("config", config), subject, Task(task["data"], task.get("meta", {})), said["expect"]
    )


@cache
def _redactor(scan: Scan) -> Redactor:
    """Return a redactor that looks once at each text, however many policies ask."""
    from backend.detect import Detector  # takes seconds

    detector = Detector(scan)
    known: dict[str, Sequence[Detection] | LabelguardError] = {}

    def detect(text: str) -> Sequence[Detection]:
        if text not in known:
            try:
                known[text] = detector.detect(text)
            except LabelguardError as error:
                known[text] = error
        found = known[text]
        if isinstance(found, LabelguardError):
            raise found
        return found

    return Redactor(detect, detector.kinds)


def engine(policy: Policy) -> Engine:
    """Put an engine together whose redactors are loaded once for all policies."""
    redactors = Redactors(_redactor).with_all(policy.scans)
    return Engine(policy, Parts(redactors, Gateway(), Fetcher(), HANDLERS, PROMPTS))


async def preview(engine: Engine, case: Case) -> Preview:
    """Say what would become of a case's task."""
    try:
        job = engine.job(case.config, *case.subject)
    except LabelguardError as error:
        return Preview("", refusal=error)
    return await engine.preview(job, case.task)


def problems(seen: Preview, expect: Mapping[str, Any]) -> list[str]:
    """Return what a case expects and does not get; a refusal must be expected."""
    checks: Mapping[str, Callable[[Preview, Any], Iterator[str]]] = {
        "rule": _rule,
        "providers": _providers,
        "leaves": _leaves,
        "refused": _refused,
        "contains": _contains,
        "lacks": _lacks,
        "entities": _entities,
    }
    found = [wrong for key, wanted in expect.items() for wrong in checks[key](seen, wanted)]
    return found if "refused" in expect else [*found, *_refused(seen, None)]


def _rule(seen: Preview, wanted: str | None) -> Iterator[str]:
    if seen.rule != (wanted or ""):
        yield f"the rule is {seen.rule!r}"


def _providers(seen: Preview, wanted: Sequence[str]) -> Iterator[str]:
    names = [provider.name for provider in seen.ready.decision.providers] if seen.ready else []
    if names != list(wanted):
        yield f"the providers are {names}"


def _leaves(seen: Preview, wanted: bool) -> Iterator[str]:
    leaves = seen.ready is not None and any(provider.external for provider in seen.ready.decision.providers)
    if leaves != wanted:
        yield "it leaves" if leaves else "it does not leave"


def _refused(seen: Preview, wanted: str | bool | None) -> Iterator[str]:
    reason = seen.refusal.reason if seen.refusal else ""
    if bool(reason) != bool(wanted) or (isinstance(wanted, str) and wanted not in reason):
        yield f"it is refused: {reason}" if reason else "it is not refused"


def _sent(seen: Preview) -> str:
    calls = seen.ready.calls if seen.ready else ()
    return "\n".join(message.content for _, prompt, _ in calls for message in prompt.messages)


def _contains(seen: Preview, wanted: Sequence[str]) -> Iterator[str]:
    sent = _sent(seen)
    yield from (f"{one!r} is not sent" for one in wanted if one not in sent)


def _lacks(seen: Preview, wanted: Sequence[str]) -> Iterator[str]:
    sent = _sent(seen)
    yield from (f"{one!r} is sent" for one in wanted if one in sent)


def _entities(seen: Preview, wanted: Mapping[str, int]) -> Iterator[str]:
    counts = seen.ready.prepared.task.entity_counts() if seen.ready else {}
    yield from (f"{counts.get(kind, 0)} {kind} are replaced" for kind, n in wanted.items() if counts.get(kind, 0) != n)
