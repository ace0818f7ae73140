"""Annotations that are kept → examples before tasks that are like theirs, redacted as a task of their rule is.

An example is made of what a task would be sent as: the same rule must decide on it, for the same providers, and what it
would show may hold no value that the task hides, nor the task one that the example hides.
"""

import asyncio
import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from backend.budget.amounts import likely_tokens
from backend.engine.project import ProjectPlan, RulePlan
from backend.engine.rule_choice import MatchedRule, TaskUnderRule
from backend.errors import LabelguardError, StoreError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Task
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask
from backend.prompting.annotated_answer import Annotation, annotated_answer, written_texts
from backend.prompting.calls import plan_calls
from backend.prompting.task_labels import FIELD
from backend.prompting.task_texts import BoundTask
from backend.prompting.templates import Texts
from backend.results.given_again import gives_again
from backend.review.entries import KeptAnnotation
from backend.review.similar.library import ComparedTask, Library
from backend.system.writing import JSON

if TYPE_CHECKING:
    from backend.review.similar.shelf import LabelUse, ShelfChoice
    from backend.review.similar.shelved import ShelvedTask

MOST_MADE = 2_000
"""Examples that are at hand, redacted."""
TRIES = 4
"""How many are looked at for one that is wanted, before there are fewer."""

Redacted: TypeAlias = tuple[Decision, RedactedTask]


@dataclass(frozen=True, slots=True)
class TaskWays:
    """What becomes of any task of a project.

    Attributes:
        choose: finds the rule that decides.
        redact: redacts a task as its rule says, and says who may see it.
    """

    choose: Callable[[Task], Awaitable[MatchedRule]]
    redact: Callable[[TaskUnderRule], Awaitable[Redacted]]


@dataclass(frozen=True, slots=True)
class TaughtExample:
    """An annotation as it may stand in a prompt.

    Attributes:
        way: of the rule that decides on its task.
        decision: with the providers alone that may see it.
        task: its texts, redacted.
        texts: those of them that are shown.
        answer: by the names of controls.
        tokens: that it takes, as they are estimated.
    """

    way: RulePlan
    decision: Decision
    task: RedactedTask = field(repr=False)
    texts: Texts = field(repr=False)
    answer: JSON = field(repr=False)
    tokens: int

    @property
    def shown(self) -> str:
        """All that is shown of it, in one text."""
        texts = (*self.texts.documents.values(), *self.texts.fields.values())
        return "\n".join((*texts, _written(self.answer)))


class Teaching:
    """Belongs to one event loop; what changes may be told by any thread.

    Args:
        library: the annotated tasks.
        handlers: by control tag.
    """

    def __init__(self, library: Library, handlers: Mapping[str, Handler]) -> None:
        self._library, self._handlers = library, handlers
        self._made: OrderedDict[tuple[int, int], tuple[object, TaughtExample | None]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        library.on_change = self._drop

    async def examples(
        self, job: ProjectPlan, seen: TaskUnderRule, decision: Decision, task: RedactedTask, ways: TaskWays
    ) -> tuple[TaughtExample, ...]:
        """Return the examples for a task, the best one last.

        Args:
            job: its project's.
            seen: the task.
            decision: with the providers alone that may see it.
            task: its texts, redacted.
            ways: what becomes of an annotated task.
        """
        wanted, project = decision.learned, job.subject.project
        if wanted is None or not project.isdecimal() or seen.context or not may_learn(job, seen):
            return ()
        async with self._turns[project]:  # the first time all annotations are read: others' tasks need threads too
            choice = await asyncio.to_thread(self._choice, job, seen, wanted.most)
        found: list[TaughtExample] = []
        left = wanted.tokens
        for _ in range(TRIES * wanted.most if choice else 0):
            shelved = choice.best() if choice and len(found) < wanted.most else None
            if choice is None or shelved is None:
                break
            example = await self._example(job, shelved, ways)
            if example and example.way is seen.way and example.tokens <= left and _fits(example, decision, task, found):
                found.append(example)
                left -= example.tokens
                choice.take()
        return tuple(reversed(found))

    async def uses(
        self, job: ProjectPlan, seen: TaskUnderRule, decision: Decision, said: Sequence[str]
    ) -> "Mapping[int, LabelUse]":
        """Return how annotators used labels in tasks that are like one; nothing where that may not be told of them.

        Args:
            job, seen, decision: as above.
            said: the texts of its objects, redacted.
        """
        project = job.subject.project
        is_learned = decision.learned is not None and project.isdecimal()
        if not is_learned or not may_learn(job, seen) or _could_tell(job, decision):
            return {}
        async with self._turns[project]:
            with suppress(StoreError):
                return await asyncio.to_thread(self._library.uses, compared(job, seen), said)
        return {}

    def _choice(self, job: ProjectPlan, seen: TaskUnderRule, most: int) -> "ShelfChoice | None":
        try:
            return self._library.choice(compared(job, seen), most)
        except StoreError:  # where nothing can be kept, as in what only shows, nothing is learnt
            return None

    async def _example(self, job: ProjectPlan, shelved: "ShelvedTask", ways: TaskWays) -> TaughtExample | None:
        """Return a task as an example; None if it can be none. It is made once for a plan."""
        project = int(job.subject.project)
        key = project, shelved.task
        with self._lock:
            before = self._made.get(key)
            if before and before[0] is job.ways:
                self._made.move_to_end(key)
                return before[1]
        kept = await asyncio.to_thread(self._library.kept, project, shelved.task, shelved.annotation)
        if kept is None:
            return None
        try:
            made = await self._make(job, shelved, kept, ways)
        except Exception:  # whatever stands in an annotation costs an example, not the task before which it would stand
            made = None
        if await asyncio.to_thread(self._library.kept, project, shelved.task, shelved.annotation) != kept:
            return None
        with self._lock:
            self._made[key] = job.ways, made
            if len(self._made) > MOST_MADE:
                self._made.popitem(last=False)
        return made

    async def _make(
        self, job: ProjectPlan, shelved: "ShelvedTask", kept: KeptAnnotation, ways: TaskWays
    ) -> TaughtExample | None:
        if not kept.is_clean or job.asks_for(kept.left_out):
            return None
        seen = (await ways.choose(Task(kept.data, id=str(shelved.task)))).seen
        if seen is None or seen.way.decision.refuse:
            return None
        reading, way = seen.reading, seen.way
        if not kept.was_asked(control.from_name for control in way.plan.controls):
            return None
        written = written_texts(way.plan, kept.result)
        # Redacted together with the task, so that a value has one placeholder in both.
        seen.reading = replace(reading, fields={**reading.fields, **written})
        decision, task = await ways.redact(seen)
        prepared = BoundTask.of(way.plan, reading, task)  # what a model is not asked for is left out in the call
        calls = list(plan_calls(prepared, self._handlers, decision.limits.piece_characters))
        if prepared.plan is not way.plan or len(calls) != 1:
            return None  # it has labels or words of its own, or is too long
        hidden = {text: task.fields[FIELD + name].text for name, text in written.items()}
        answer = annotated_answer(calls[0], prepared, self._handlers, Annotation(kept.result, hidden))
        if not gives_again(answer, calls[0], prepared, self._handlers, kept.result):
            return None
        made = TaughtExample(way, decision, task, prepared.texts, answer, 0)
        return None if task.hides(made.shown) else replace(made, tokens=likely_tokens(len(made.shown.encode())))

    def _drop(self, project: int, task: int) -> None:
        """Forget what was made of a task, 0 for all of its project."""
        with self._lock:
            for key in [key for key in self._made if key[0] == project and task in (0, key[1])]:
                del self._made[key]

    def sweep(self) -> None:
        """Forget what was deleted, soon: also of projects of which nothing is asked any more."""
        asyncio.get_running_loop().run_in_executor(None, self._sweep)

    def _sweep(self) -> None:
        with suppress(LabelguardError):  # the database cannot be asked: then no example can be had either
            self._library.sweep()


def may_learn(job: ProjectPlan, seen: TaskUnderRule) -> bool:
    """Say whether a task can have examples: its rules ask nothing that is not kept, and it has no words of its own."""
    reading = seen.reading
    asks_meta = any(way.rule.match.form.meta for way in job.ways)
    is_fetched = any(obj.is_url for obj in seen.way.plan.objects)
    has_own = bool(reading.typed or reading.labels or reading.wordings)
    return bool(job.annotations_days) and not (asks_meta or is_fetched or has_own)


def compared(job: ProjectPlan, seen: TaskUnderRule) -> ComparedTask:
    """Return a task as annotated ones are compared with it; its project must have a number."""
    fields = frozenset(name for obj in seen.way.plan.objects if obj.is_labeled for name in obj.fields)
    return ComparedTask(int(job.subject.project), job.subject.path, seen.task.id, seen.task.data, fields)


def _could_tell(job: ProjectPlan, decision: Decision) -> bool:
    """Say whether a task's providers could learn of one that they may not see.

    Which rule decides on an annotated task is not known before all of it is looked at, nor what is found in it.
    """
    for other in (way.decision for way in job.ways):
        is_local = any(operator.local for operator in other.operators.values())
        if other.refuse or not set(decision.providers) <= set(other.providers):
            return True
        if is_local and any(provider.external for provider in decision.providers):
            return True
    return False


def _fits(example: TaughtExample, decision: Decision, task: RedactedTask, others: Sequence[TaughtExample]) -> bool:
    """Say whether an example may stand in a task's prompt: it may go where the task goes, and neither tells on one."""
    if not set(decision.providers) <= set(example.decision.providers) or example.task.redacted != task.redacted:
        return False
    said = [text.text for text in task.fields.values()]
    if task.hides(example.shown) or any(map(example.task.hides, said)):
        return False
    return not any(one.task.hides(example.shown) or example.task.hides(one.shown) for one in others)


def _written(answer: JSON) -> str:
    return json.dumps(answer, ensure_ascii=False)
