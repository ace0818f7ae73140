"""Runs cases through the real pipeline: what would become of invented tasks, against what a file expects."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.engine.previews.preview import PreviewedTask, TaskPreview, preview
from backend.labelstudio.types import Task
from backend.policy import Policy
from backend.policy.cases import ExpectForm, PolicyCase, PolicyCases, read_cases
from backend.privacy.replace.placeholders import EXACT
from backend.settings import Settings

KEY = b"invented tasks have the same surrogates at each run"
"""Surrogates are chosen by it, so that a case holds or does not on any machine."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went.

    Attributes:
        name: the case's.
        line: where it stands in its file.
        differences: what was not as expected; nothing of the task's text is in it.
        verdict: what came of it.
    """

    name: str
    line: int
    differences: tuple[str, ...]
    verdict: TaskPreview

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.differences


def run_cases(file: Path | PolicyCases, settings: Settings, policy: Policy | None = None) -> list[CaseResult]:
    """Run the cases of a file.

    Args:
        file: the file, or what was read of it.
        settings: of the process.
        policy: tried in place of the one that the file names.

    Raises:
        PolicyFileError: the file, or the policy file, cannot be read.
    """
    cases = file if isinstance(file, PolicyCases) else read_cases(file)
    policy = policy or Policy.load(cases.policy)
    verdicts = preview(policy, settings, [previewed_task(case) for case in cases.cases], KEY)
    return [
        CaseResult(case.form.name, case.line, tuple(differences(case.form.expect, verdict)), verdict)
        for case, verdict in zip(cases.cases, verdicts, strict=True)
    ]


def previewed_task(case: PolicyCase) -> PreviewedTask:
    """Return the task that a case is about."""
    form = case.form
    return PreviewedTask(Task(case.data, case.meta), case.config, form.project or "", form.path or "", form.title or "")


def differences(expect: ExpectForm, verdict: TaskPreview) -> Iterator[str]:
    """Yield in words what is not as expected."""
    if "rule" in expect.model_fields_set and (expect.rule or "") != verdict.rule:
        yield f"rule: {_rule(expect.rule)} was expected, but {_rule(verdict.rule)} decides{_why(verdict)}"
    if expect.providers is not None and tuple(expect.providers) != verdict.providers:
        yield f"providers: {_names(expect.providers)} expected, but {_names(verdict.providers)} asked{_why(verdict)}"
    if expect.leaves is not None and expect.leaves != verdict.leaves:
        yield f"leaves: {_word(expect.leaves)} was expected, but it is {_word(verdict.leaves)}{_why(verdict)}"
    yield from _refusals(expect, verdict)
    yield from _contents(expect, verdict)


def _refusals(expect: ExpectForm, verdict: TaskPreview) -> Iterator[str]:
    reason = verdict.refusal.reason if verdict.refusal else ""
    if expect.refused is False and reason:
        yield f"refused: {reason}"
    elif expect.refused and not reason:
        yield "refused: a refusal was expected, but the task would be sent"
    elif isinstance(expect.refused, str) and expect.refused not in reason:
        yield f"refused: {expect.refused!r} is no part of the reason: {reason}"


def _contents(expect: ExpectForm, verdict: TaskPreview) -> Iterator[str]:
    """Compare with what would be sent. Of a task that nobody gets only its refusal can be expected."""
    asked = expect.contains or expect.entities or (expect.lacks and not expect.refused)
    if asked and verdict.refusal:
        if expect.refused is not False:
            yield f"nothing would be sent{_why(verdict)}"
        return
    sent = "\n".join(content for _, content in verdict.messages)
    about = "\n".join(content for role, content in verdict.messages if role == "user")
    for words in expect.contains or ():
        if words not in about:
            yield f"contains: {words!r} does not stand in what would be sent"
    for words in expect.lacks or ():
        if words in (about if EXACT.fullmatch(words) else sent):  # the system's message says what a placeholder is
            yield f"lacks: {words!r} stands in what would be sent"
    for kind, count in (expect.entities or {}).items():
        if verdict.replaced.get(kind, 0) != count:
            yield f"entities: {count} of {kind} expected, but {verdict.replaced.get(kind, 0)} replaced"


def _rule(name: str | None) -> str:
    return repr(name) if name else "no rule"


def _names(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _word(value: bool) -> str:
    return "true" if value else "false"


def _why(verdict: TaskPreview) -> str:
    return f" ({verdict.refusal.reason})" if verdict.refusal else ""
