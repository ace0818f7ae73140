"""Annotated tasks → what a prompt is tried on, in three parts: to learn from, to choose by, and to test by."""

import asyncio
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from backend.engine.engine import Engine
from backend.engine.project import ProjectPlan
from backend.engine.training.examples import ToldAnswers, told_answers
from backend.engine.training.export import AT_ONCE, TWICE
from backend.engine.training.sources import LearnableTask
from backend.errors import LabelguardError, RequestError
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask
from backend.system.writing import JSON


class TaskPart(Enum):
    """What a task is for."""

    LEARN = "to learn from"
    CHOOSE = "to choose by"
    TEST = "to test by"


SHARES = {TaskPart.LEARN: 0.3, TaskPart.CHOOSE: 0.35, TaskPart.TEST: 0.35}
"""Of the tasks."""
LEAST = {TaskPart.LEARN: 5, TaskPart.CHOOSE: 10, TaskPart.TEST: 10}
"""Tasks that there must be."""


@dataclass(frozen=True, slots=True)
class TuningTask:
    """An annotated task.

    Attributes:
        number: the task's, "" if it has none.
        part: what it is for.
        told: what would be sent of it, and what should be answered.
        truth: the annotation's results.
    """

    number: str
    part: TaskPart
    told: ToldAnswers = field(repr=False)
    truth: Sequence[JSON] = field(repr=False)

    @property
    def decision(self) -> Decision:
        """The rule's, with the providers alone that may see what was found in task and annotation."""
        return self.told.hidden.decision

    @property
    def redacted(self) -> tuple[RedactedTask, ...]:
        """All whose original values must not leave with it: its own, and its examples."""
        return self.told.ready.prepared.task, self.told.hidden.task, *(one.task for one in self.told.ready.examples)

    @property
    def shown(self) -> Iterator[str]:
        """All that a model may see of it."""
        for task in self.redacted:
            yield from (text.text for text in task.fields.values())
        yield from self.told.answers


async def tuning_tasks(
    engine: Engine,
    job: ProjectPlan,
    tasks: Sequence[LearnableTask],
    key: bytes,
    left_out: "Counter[str]",
    on_done: Callable[[], None] = lambda: None,
) -> list[TuningTask]:
    """Return what annotated tasks a prompt can be tried on, each text once. Nobody is asked but guards.

    Args:
        engine: under the policy.
        job: the tasks' project.
        tasks: with their annotations.
        key: a secret: which part a task is in hangs on it and the task's texts alone, so that it stays there.
        left_out: is told what is left out, by reason.
        on_done: called for each, as it is known.
    """
    places = asyncio.Semaphore(1 if engine.policy.guards else AT_ONCE)

    async def one(task: LearnableTask) -> tuple[str, TuningTask] | None:
        async with places:
            try:
                return await _tuning_task(engine, job, task, key)
            except RequestError:
                raise
            except LabelguardError as error:
                left_out[error.reason] += 1
                return None
            finally:
                on_done()

    found: dict[str, list[TuningTask]] = defaultdict(list)
    for name, task in filter(None, await asyncio.gather(*map(one, tasks))):
        found[name].append(task)
    return list(_told_once(found, left_out))


async def _tuning_task(engine: Engine, job: ProjectPlan, task: LearnableTask, key: bytes) -> tuple[str, TuningTask]:
    found = await engine.preview(job, task.task)
    told = await asyncio.to_thread(told_answers, found, task, engine.handlers, key)
    texts = told.ready.prepared.reading.texts()
    name = hmac.digest(key, json.dumps(["tune", texts], sort_keys=True).encode("utf-8", "surrogatepass"), "sha256")
    return name.hex(), TuningTask(task.task.id, _part(name), told, task.annotations[-1])


def _part(name: bytes) -> TaskPart:
    drawn, before = int.from_bytes(name[:8], "big") / 2**64, 0.0
    for part, share in SHARES.items():
        before += share
        if drawn < before:
            return part
    return TaskPart.TEST


def _told_once(found: Mapping[str, Sequence[TuningTask]], left_out: "Counter[str]") -> Iterator[TuningTask]:
    for own in found.values():
        if len({task.told.answers for task in own}) > 1:
            left_out[TWICE] += len(own)
        else:
            yield own[0]


def of_one_rule(tasks: Sequence[TuningTask], rule: str) -> list[TuningTask]:
    """Return the tasks on which one rule decides: a prompt is a rule's.

    Args:
        tasks: of a project.
        rule: its name; "" if there is but one.

    Raises:
        RequestError: there are several, and none is named; or it decides on no task.
    """
    names = sorted({task.decision.rule for task in tasks})
    if not rule and len(names) > 1:
        raise RequestError(f"several rules decide on these tasks: name one of {', '.join(names)} with --rule")
    if rule and names and rule not in names:
        raise RequestError(f"rule {rule!r} decides on none of these tasks - there are: {', '.join(names)}")
    return [task for task in tasks if not rule or task.decision.rule == rule]


def check_count(tasks: int) -> None:
    """See whether there can be enough tasks, before anything is loaded.

    Raises:
        RequestError: there cannot.
    """
    least = sum(LEAST.values())
    if tasks < least:
        raise RequestError(
            f"too few annotated tasks: {tasks}, and it takes {least} at least, better 60 - annotate more"
        )


def parts_of(tasks: Sequence[TuningTask], left_out: "Counter[str]") -> Mapping[TaskPart, list[TuningTask]]:
    """Return the tasks by what they are for.

    Args:
        tasks: of one rule.
        left_out: what could not be used, by reason.

    Raises:
        RequestError: there are too few; says how many are there, and how many it takes.
    """
    found: dict[TaskPart, list[TuningTask]] = {part: [task for task in tasks if task.part is part] for part in TaskPart}
    if all(len(own) >= LEAST[part] for part, own in found.items()):
        return found
    there = ", ".join(f"{len(own)} {part.value}" for part, own in found.items())
    wanted = ", ".join(f"{LEAST[part]} {part.value}" for part in TaskPart)
    more = max(round((LEAST[part] - len(own)) / SHARES[part]) for part, own in found.items())
    reasons = "".join(f"; {count} left out: {reason}" for reason, count in left_out.most_common(3) if count)
    raise RequestError(
        f"too few annotated tasks that can be tried: {there}; it takes {wanted} - annotate about {more} more{reasons}"
    )
