"""Which rule decides on a task: they are asked from top to bottom, each about what it would send itself."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from backend.engine.guard import Guarded
from backend.engine.project import ProjectPlan, RulePlan
from backend.labelstudio.fetch.data import Fetched, Fetcher
from backend.labelstudio.types import Task
from backend.policy import Facts
from backend.policy.facts import Found
from backend.policy.types import Decision
from backend.privacy.language import Legible, identify_language, legible, unreadable
from backend.privacy.redact import Redactor
from backend.privacy.text.normalize import normalize
from backend.privacy.types import Detection, Scan
from backend.prompting.detected_labels import is_of_words
from backend.prompting.task_texts import TaskTexts, read_task, read_texts
from backend.system.writing import JSON

T = TypeVar("T")
Work = Callable[[Decision, Callable[[], T]], Awaitable[T]]
"""Runs what detects in a thread, for as long as the decision allows."""
Look = Callable[[Decision, Iterable[str]], Awaitable[Guarded]]
"""Has a decision's guard look at texts."""


@dataclass
class TaskUnderRule:
    """A task as a rule sees it: read, and searched, when that is asked first.

    Attributes:
        way: the rule's.
        task: with what its addresses stand for in their place.
        context: what the annotator who asks has in the editor.
        redactor: what looks for personal data in the rule's way.
        known: by way of looking and text, what was found already, for another rule.
        guarded: what the way's guard found.
    """

    way: RulePlan
    task: Task = field(repr=False)
    context: Sequence[JSON] = field(repr=False)
    redactor: Redactor = field(repr=False)
    known: dict[tuple[Scan, str], Sequence[Detection]] = field(repr=False)
    guarded: Guarded | None = field(default=None, repr=False)

    @cached_property
    def reading(self) -> TaskTexts:
        """The texts that would be sent.

        Raises:
            TaskError: a field is missing, of a wrong shape, empty, broken or too long.
        """
        way = self.way
        if way.texts is not None:
            return read_texts(way.texts, way.decision, self.task.data)
        return read_task(way.plan, way.decision, way.fields, self.task.data, way.boxes, self.context)

    def found(self) -> Found:
        """Return what is detected in the texts that would be sent. Takes long."""
        scan, texts = self.way.decision.scan, self.reading.texts()
        new = {text: text for text in texts.values() if (scan, text) not in self.known}
        redactor = self.redactor.guarded(self.guarded) if self.guarded else self.redactor
        self.known.update({(scan, text): own for text, own in redactor.find(new).items()})
        return {name: self.known[scan, text] for name, text in texts.items()}

    def legible(self) -> Legible:
        """Say how well what looks for names can read the objects; the worst that is true of one of them."""
        known = self.way.decision.scan.languages
        contents = self.reading.contents.values()
        return max((legible(normalize(content.text).text, known) for content in contents), default=Legible.WHOLLY)

    def legible_findings(self, name: str, found: Sequence[Detection]) -> Sequence[Detection]:
        """Return what was found in an object's text, without names with words that nobody can read: they hide more.

        Args:
            name: of the object.
            found: in its text.
        """
        text, known = self.reading.contents[name].text, self.way.decision.scan.languages
        return [d for d in found if not (is_of_words(d.entity_type) and any(unreadable(text[d.start : d.end], known)))]

    async def ask_guard(self, look: Look) -> None:
        """Have the way's guard, if it has one, look at the texts that would be sent."""
        scan = self.way.decision.scan
        if self.guarded is None and scan.guard:
            texts = await to_thread(self._texts)
            new = [text for text in texts.values() if (scan, text) not in self.known]
            self.guarded = await look(self.way.decision, new)

    def _texts(self) -> Mapping[str, str]:
        return self.reading.texts()

    def facts(self) -> Facts:
        """Return what the rule's conditions may ask."""
        languages = self.way.decision.scan.languages
        return Facts(
            data=self.task.data,
            meta=self.task.meta,
            texts=self._texts,
            found=self.found,
            language=lambda text: language_of(text, languages),
        )


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """The rule that decides on a task.

    Attributes:
        seen: the task as that rule sees it; None if no rule matches.
        passed: the rules before it, each with the name of the condition that does not hold.
    """

    seen: TaskUnderRule | None
    passed: tuple[tuple[str, str], ...]


async def choose(
    job: ProjectPlan, task: Task, context: Sequence[JSON], fetcher: Fetcher, work: Work[Any], look: Look
) -> MatchedRule:
    """Find the first rule that matches a task.

    A rule's guard is asked where the rule asks what a text holds.

    Raises:
        TaskError: a rule asks about texts that cannot be read.
        DetectionError: a rule asks what is found in a text, and detection failed (P3).
    """
    known: dict[tuple[Scan, str], Sequence[Detection]] = {}
    fetched: dict[str, Fetched] = {}
    passed: list[tuple[str, str]] = []
    for way in job.ways:
        decision, match = way.decision, way.rule.match
        redactor = job.active_policy.redactors(decision.scan)
        facts = TaskUnderRule(way, task, context, redactor, known).facts()
        missed = match.missed_fields(facts) if not match.has_patterns else await to_thread(match.missed_fields, facts)
        if not missed:
            seen = TaskUnderRule(way, await _complete(task, way, fetcher, fetched), context, redactor, known)
            if match.form.entities is not None:
                await seen.ask_guard(look)
            if match.of_texts:
                missed = await work(decision, partial(match.missed_texts, seen.facts()))
            if not missed:
                return MatchedRule(seen, tuple(passed))
        passed.append((decision.rule, missed))
    return MatchedRule(None, tuple(passed))


def language_of(text: str, known: tuple[str, ...]) -> str:
    """Return a text's language, "" if it cannot be told."""
    return identify_language(normalize(text).text, known)


async def _complete(task: Task, way: RulePlan, fetcher: Fetcher, fetched: dict[str, Fetched]) -> Task:
    """Put what a task's addresses stand for in their place, as far as the rule allows; a refusal needs none of it."""
    if way.decision.refuse and not way.rule.match.of_texts:
        return task
    shown = tuple(obj for obj in way.plan.objects if not any(map(way.decision.withholds, obj.fields)))
    data = await fetcher.complete(replace(way.plan, objects=shown), task.data, way.decision.fetch, fetched)
    return replace(task, data=data)
