"""An engine, a project and its annotated tasks → what came of tuning a rule's prompt."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backend.budget.prices import price_of
from backend.engine.ask import Asker
from backend.engine.engine import Engine
from backend.engine.project import ProjectPlan
from backend.engine.training.sources import LearnableTask
from backend.engine.tuning.budget import TuningBudget
from backend.engine.tuning.candidates import CandidateCheck
from backend.engine.tuning.outcome import TuningOutcome
from backend.engine.tuning.reflection import Reflection, reflecting
from backend.engine.tuning.tasks import TaskPart, TuningTask, of_one_rule, parts_of, tuning_tasks
from backend.engine.tuning.trials import Trials
from backend.engine.tuning.tuning import PromptSearch, TuningWish
from backend.errors import RequestError
from backend.policy.types import Decision
from backend.prompting.templates import Prompts, Template
from backend.providers import Provider

USUAL = "user"
"""The template of a rule that names none."""
HOLDS_IT = "the prompt that is there holds a value that is hidden in it"


@dataclass(frozen=True, slots=True)
class TuningOrder:
    """What is to be tuned, and how.

    Attributes:
        rule: its name; "" where one rule alone decides.
        reflection: the provider that proposes, one of the rule's; "" for those of the rule in their order.
        proposals: how many are made at most.
        seed: by which gepa draws.
    """

    rule: str = ""
    reflection: str = ""
    proposals: int = 10
    seed: int = 0


@dataclass(slots=True)
class TuningTold:
    """Is told how far it is.

    Attributes:
        on_task: a task was made ready.
        on_trial: a task was tried by a prompt.
        on_proposal: so many proposals were made.
    """

    on_task: Callable[[], None] = lambda: None
    on_trial: Callable[[], None] = lambda: None
    on_proposal: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class TunableRule:
    """A rule whose prompt can be tuned.

    Attributes:
        tasks: annotated ones, on which it decides.
        name: of the prompt's file.
        prompt: its text.
    """

    decision: Decision
    tasks: Sequence[TuningTask] = field(repr=False)
    name: str
    prompt: str = field(repr=False)


class PromptTuning:
    """From one thread, with the loop that the engine runs on.

    Args:
        loop: runs what is asked.
        engine: under the policy.
        asker: asks, unless the answer is there.
        job: the project's.
        told: is told how far it is.
    """

    def __init__(
        self, loop: asyncio.Runner, engine: Engine, asker: Asker, job: ProjectPlan, told: TuningTold | None = None
    ) -> None:
        self._loop, self._engine, self._asker, self._job = loop, engine, asker, job
        self._told = told or TuningTold()

    def rule(self, tasks: Sequence[LearnableTask], key: bytes, rule: str, left_out: "Counter[str]") -> TunableRule:
        """Make annotated tasks ready, and find whose prompt it is. Nobody is asked but guards.

        Args:
            tasks: with their annotations.
            key: the secret on which surrogates hang, and in which part a task is.
            rule: as an order names it.
            left_out: is told what is left out, by reason.

        Raises:
            RequestError: several rules decide, or this one on none.
            LabelguardError: the project's tasks go to nobody.
        """
        made = tuning_tasks(self._engine, self._job, tasks, key, left_out, self._told.on_task)
        found = of_one_rule(self._loop.run(made), rule)
        if not found:
            parts_of(found, left_out)  # says why
        decision = found[0].told.ready.decision
        name, prompt = own_prompt(self._job.active_policy.prompts, decision)
        fitting = [task for task in found if not any(guard.hides(prompt) for guard in task.redacted)]
        left_out[HOLDS_IT] += len(found) - len(fitting)
        way = found[0].told.ready.way
        return TunableRule(replace(decision, providers=way.decision.providers), fitting, name, prompt)

    def tune(
        self, rule: TunableRule, order: TuningOrder, budget: TuningBudget, left_out: "Counter[str]"
    ) -> TuningOutcome:
        """Propose, try and test.

        Raises:
            RequestError: too few tasks, too little to spend, or nobody who may propose.
            LabelguardError: not even the prompt that is there can be tried.
        """
        parts = parts_of(rule.tasks, left_out)
        providers = reflecting(rule.decision.providers, order.reflection)
        _check_budget(budget, parts[TaskPart.CHOOSE], parts[TaskPart.TEST], (*rule.decision.providers, *providers))
        trials = Trials(self._engine, self._asker, self._job, rule.name, budget)
        trials.on_trial = self._told.on_trial
        reflection = Reflection(self._asker, self._job.active_policy.prompts, providers, budget)

        def render(task: TuningTask, prompt: str) -> object:
            return self._engine.rewritten(self._job, task.told.ready, prompt, rule.name)

        check = CandidateCheck(Template(rule.name, rule.prompt), rule.tasks, render)
        wish = TuningWish(rule.prompt, order.proposals, order.seed)
        search = PromptSearch(self._loop, trials, reflection, check, wish, parts)
        search.on_step = self._told.on_proposal
        outcome = search.best()
        outcome.spending, outcome.left_out = budget.spending(), left_out
        return outcome


def own_prompt(prompts: Prompts, decision: Decision) -> tuple[str, str]:
    """Return the name and the text of the template by which a rule asks."""
    if decision.prompt is not None:
        return decision.prompt_name, decision.prompt.rstrip("\n")
    name, text = prompts.sources[USUAL]
    return name, text.rstrip("\n")


def _check_budget(
    budget: TuningBudget,
    choose: Sequence[TuningTask],
    test: Sequence[TuningTask],
    providers: Sequence[Provider],
) -> None:
    """See that what may be spent is enough for one proposal, and keep back what the test takes.

    Raises:
        RequestError: it is not, or nobody knows what a call costs.
    """
    budget.kept_back = 2 * sum(len(task.told.ready.calls) for task in test)
    least = budget.kept_back + 2 * sum(len(task.told.ready.calls) for task in choose) + 10
    if budget.most_calls < least:
        raise RequestError(f"--most-calls {budget.most_calls} is too few: one proposal on these tasks takes {least}")
    unpriced = next((one.name for one in providers if price_of(one) is None), "")
    if budget.most_money is not None and unpriced:
        raise RequestError(f"--most-money: the price of provider {unpriced} is not known - write price: there")
