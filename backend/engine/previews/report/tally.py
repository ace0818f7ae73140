"""Previews of tasks, one after the other → the report. Nothing of a task is kept but what the report shows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from backend.budget.amounts import request_size
from backend.budget.estimate import Planned, forecast
from backend.engine.previews.preview import PreviewedTask, Previewer, TaskPreview
from backend.engine.previews.report.findings import FoundTypes
from backend.engine.previews.report.kept import Veil, kept_stretches
from backend.engine.previews.report.report import UNREADABLE, GoLiveReport, Recipient, RefusedTasks, RuleSaid
from backend.engine.previews.report.rules import remarks_of
from backend.engine.previews.report.samples import Samples
from backend.engine.previews.report.versions import plan_of, versions_of
from backend.errors import LabelguardError, RefusedError
from backend.policy import Policy, project_id


def planned_calls(verdict: TaskPreview) -> Iterator[Planned]:
    """Yield the calls that a task would make, each with the size of its request."""
    if verdict.asks:
        asked = verdict.asks.rule, verdict.asks.limits, verdict.asks.providers
        for request in verdict.requests:
            yield from [Planned(*asked, request_size(request))] * verdict.asks.times


def task_names(tasks: Sequence[str]) -> str:
    """Write tasks in a line: numbers that follow each other as `3-7`, then those without one by their places."""
    numbers = sorted({int(task) for task in tasks if task.isdecimal()})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    said = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join([*said, *(task for task in tasks if not task.isdecimal())])


def task_name(asked: PreviewedTask, place: int) -> str:
    """Return a task's number; where its id is none, which may be any word, its place.

    Args:
        asked: the task.
        place: from 0.
    """
    return asked.task.id if re.fullmatch(r"[0-9]{1,19}", asked.task.id) else f"no. {place + 1}"


class ReportTally:
    """Takes previews in the order of their tasks.

    Args:
        shows_originals: whether the report shows values that were found.
    """

    def __init__(self, shows_originals: bool = False) -> None:
        self._shows = shows_originals
        self._count = self._spared = self._leaving = 0
        self._recipients: dict[tuple[str, str], Recipient] = {}
        self._refused: dict[tuple[str, str, str], tuple[LabelguardError, list[str]]] = {}
        self._by_rule: Counter[str] = Counter()
        self._planned: list[Planned] = []
        self._found = FoundTypes(shows_originals)
        self._samples = Samples(shows_originals)

    def add(self, asked: PreviewedTask, verdict: TaskPreview) -> None:
        """Count a task."""
        task = task_name(asked, self._count)
        self._count += 1
        self._spared += verdict.is_spared
        self._leaving += verdict.leaves
        self._by_rule[verdict.rule] += 1
        if error := verdict.refusal:
            rule = "" if error.code in UNREADABLE else verdict.rule
            kind = error.code, rule, error.reason
            self._refused.setdefault(kind, (error.bare(), []))[1].append(task)
        self._planned += planned_calls(verdict)
        self._address(verdict)
        kept = tuple(kept_stretches(verdict))
        veil = Veil({}) if self._shows else Veil.of(verdict, kept)
        self._found.add(task, verdict, kept, veil)
        self._samples.add(task, verdict, kept, veil)

    def report(
        self,
        previewer: Previewer,
        policy: Policy,
        project: PreviewedTask,
        asked: Sequence[PreviewedTask],
        answers: Mapping[tuple[str, str], int],
        gone: Sequence[str] = (),
    ) -> GoLiveReport:
        """Return the report.

        Args:
            previewer: that told of the tasks.
            policy: that decides.
            project: whose tasks they are, as each of them names it.
            asked: all tasks.
            answers: tokens of an answer so far, as `backend.budget.estimate.usual_answers` finds them.
            gone: the numbers of tasks that were deleted before they could be read.
        """
        plan = plan_of(previewer, project)
        prompts = {way.decision.rule: way.prompt for way in plan.ways} if plan else {}
        forecasts = forecast(self._planned, answers)
        guessed = [one.provider for one in forecasts if one.calls]
        return GoLiveReport(
            versions=versions_of(policy, plan, project.config, asked, previewer.key),
            project=project_id(project.project),
            path=project.path,
            title=project.title if self._shows else "",
            tasks=self._count + len(gone),
            spared=self._spared,
            leaving=self._leaving,
            recipients=sorted(self._recipients.values(), key=lambda one: (one.rule, -one.tasks, -one.fallbacks)),
            refused=sorted(self._refusals(gone), key=lambda one: (-one.count, one.code, one.problem)),
            rules=list(self._rules(policy, prompts)),
            found=list(self._found.types()),
            samples=list(self._samples.samples()),
            forecasts=forecasts,
            guesses=sorted({one.name for one in guessed if (one.name, one.model) not in answers}),
            guards=sorted(guard.name for guard in policy.guards),
            shows_originals=self._shows,
        )

    def _address(self, verdict: TaskPreview) -> None:
        """Count who would get a task."""
        asks = verdict.asks
        for place, provider in enumerate(asks.providers if asks else ()):
            one = self._recipients.setdefault((verdict.rule, provider.name), Recipient(verdict.rule, provider))
            if place or not asks:
                one.fallbacks += 1
                continue
            one.tasks += 1
            one.calls += len(verdict.requests) * asks.times
            one.characters += sum(len(content) for _, content in verdict.messages) * asks.times

    def _refusals(self, gone: Sequence[str]) -> Iterator[RefusedTasks]:
        for (code, rule, reason), (error, tasks) in self._refused.items():
            problem, _, remedy = (reason, "", "") if isinstance(error, RefusedError) else _parted(reason)
            yield RefusedTasks(code, rule, problem, remedy, task_names(tasks), len(tasks))
        if gone:
            said = "deleted while the project was read", ""
            yield RefusedTasks("gone", "", *said, task_names(gone), len(gone))

    def _rules(self, policy: Policy, prompts: Mapping[str, str]) -> Iterator[RuleSaid]:
        for rule in policy.rules:
            name = rule.decision.rule
            if self._by_rule[name]:
                remarks = tuple(remarks_of(rule.decision))
                yield RuleSaid(name, self._by_rule[name], remarks, prompts.get(name, ""))


def _parted(reason: str) -> tuple[str, str, str]:
    """Part a reason at its last dash into what is wrong and what to do about it."""
    problem, dash, remedy = reason.rpartition(" - ")
    return (problem, dash, remedy) if dash else (reason, "", "")
