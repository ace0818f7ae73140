"""A prompt, tried: annotated tasks asked by it, each once, as production asks them, and their answers scored."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backend.engine.ask import Asker
from backend.engine.engine import Engine
from backend.engine.project import ProjectPlan
from backend.engine.tuning.budget import TuningBudget
from backend.engine.tuning.scores import annotation_score
from backend.engine.tuning.tasks import TuningTask
from backend.errors import (
    AnswerError,
    CutAnswerError,
    DeclinedError,
    FilteredError,
    InvalidAnswerError,
    NoRoomError,
)
from backend.labelstudio.visibility import shown_results
from backend.model.attempts import CallContext
from backend.prompting.answer_form import Answer
from backend.prompting.calls import Call
from backend.results.regions import Results
from backend.system.batches import Batches
from backend.system.offload import off_loop

AT_ONCE = 16
"""Tasks that are asked together; between them it is seen what they cost."""
ITS_OWN = (AnswerError, CutAnswerError, DeclinedError, FilteredError, InvalidAnswerError, NoRoomError)
"""Failures that a prompt may cause: such a task counts as wrong. All others end the tuning."""
VERSION = "tune-"
"""What the record's model version begins with, so that what tuning costs is told from what predictions cost."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a prompt brought for one task.

    Attributes:
        score: from 0 to 1, how much of the annotation it has.
        answers: as the model gave them, on the redacted text.
        problem: why there is no answer, "" if there is one.
    """

    score: float
    answers: tuple[str, ...] = field(default=(), repr=False)
    problem: str = ""


class Trials:
    """Belongs to one event loop.

    Args:
        engine: under the policy.
        asker: asks, unless the answer is there.
        job: the tasks' project.
        name: of the prompt's file, whose ending says its language.
        budget: what may be spent.
    """

    def __init__(self, engine: Engine, asker: Asker, job: ProjectPlan, name: str, budget: TuningBudget) -> None:
        self.engine, self.asker, self.job, self.name, self.budget = engine, asker, job, name, budget
        self.on_trial: Callable[[], None] = lambda: None
        self._done: dict[tuple[str, int], Trial] = {}

    async def of(self, prompt: str, tasks: Sequence[TuningTask]) -> list[Trial]:
        """Try a prompt.

        Args:
            prompt: one that may be tried.
            tasks: some of the project's.

        Raises:
            TuningSpentError: no more may be spent.
            LabelguardError: it cannot be asked at all, whatever the prompt is.
        """
        missing = [task for task in tasks if (prompt, id(task)) not in self._done]
        for start in range(0, len(missing), AT_ONCE):
            await self.budget.check()

            async def work(task: TuningTask) -> None:
                self._done[prompt, id(task)] = await self._one(prompt, task)
                self.on_trial()

            await Batches().run(iter(missing[start : start + AT_ONCE]), work, AT_ONCE, None)
        return [self._done[prompt, id(task)] for task in tasks]

    async def _one(self, prompt: str, task: TuningTask) -> Trial:
        ready = self.engine.rewritten(self.job, task.told.ready, prompt, self.name)
        context = replace(self.context(task, prompt), task=task.number)
        given: list[tuple[Call, Answer]] = []
        try:
            for call, cleared, form in ready.calls:
                with self.budget.call() as spent:
                    asked = await self.asker.ask(cleared, form, task.told.ready.decision, context)
                    spent(not asked.was_kept)
                given.append((call, asked.reply.answer))
            score = await off_loop(ready.size, lambda: self._score(task, given))
        except ITS_OWN as error:
            return Trial(0.0, tuple(_written(answer) for _, answer in given), error.code)
        return Trial(score, tuple(_written(answer) for _, answer in given))

    def context(self, task: TuningTask, prompt: str) -> CallContext:
        """Return what the record says of a call: whose rule, by which prompt, and that it is for tuning."""
        way, decision, job = task.told.ready.way, task.decision, self.job
        digest = hashlib.sha256(f"{way.prompt}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()
        context = CallContext(
            job.subject.project,
            rule=decision.rule,
            policy=job.active_policy.policy.digest,
            prompt=digest,
            schema=way.schema,
            model_version=self.budget.named(VERSION + digest[:12]),
            limits=decision.limits,
            keep_days=decision.record_days,
            kept_sent=decision.kept_sent,
        )
        return task.told.ready.about(context)

    def _score(self, task: TuningTask, given: Sequence[tuple[Call, Answer]]) -> float:
        results = Results.of(task.told.ready.prepared, self.engine.handlers)
        for call, answer in given:
            results.add(call.question, answer, call.pieces)
        plan = task.told.ready.prepared.plan
        served = {control.from_name for control in plan.controls}
        truth = [result for result in task.truth if result.get("from_name") in served]
        return annotation_score(truth, [one.result for one in shown_results(plan, results.answers)])


def _written(answer: Answer) -> str:
    """Write an answer as annotations are written: the same each time, whether it was kept or not."""
    return json.dumps(answer.model_dump(mode="json", by_alias=True), ensure_ascii=False)
