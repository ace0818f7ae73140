"""gepa's search for a better prompt, over our engine: it proposes, we ask, look, score and count.

gepa (Agrawal et al., "GEPA: reflective prompt evolution can outperform reinforcement learning", arXiv 2507.19457) keeps
its state in memory alone here, writes no file, reports to nobody, and calls no model: both of its calls are ours.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import fmean
from typing import Any, TypeVar

from backend.engine.tuning.candidates import CandidateCheck
from backend.engine.tuning.outcome import INTERRUPTED, PromptFigures, TriedPrompt, TuningOutcome
from backend.engine.tuning.reflection import Reflection, ShownTrial
from backend.engine.tuning.tasks import TaskPart, TuningTask
from backend.engine.tuning.trials import ITS_OWN, Trials
from backend.errors import LabelguardError, PrivacyError, RequestError, TuningSpentError
from backend.evaluate.labels.resampling import Resampling, mean_of

T = TypeVar("T")
NAME = "prompt"
"""gepa's name for what is tuned."""
EXAMPLES = 4
"""Tasks from which one proposal is made."""
TURNS = 3
"""Of gepa's, for each proposal that may be made."""
WITHHELD_REASONS = "(not shown: the model's reasons tell of tasks)"
CUT_OFF = "not tried to the end"
NO_BETTER = "no better on the tasks that it was made from"


def need_gepa() -> None:
    """See that gepa is there.

    Raises:
        RequestError: says what to install.
    """
    if find_spec("gepa") is None:
        raise RequestError("gepa is not installed - pip install 'labelguard[tune]'")


@dataclass(frozen=True, slots=True)
class TuningWish:
    """What is wanted.

    Attributes:
        prompt: the text of the template that is there.
        proposals: how many are made at most.
        seed: by which gepa draws.
    """

    prompt: str = field(repr=False)
    proposals: int = 10
    seed: int = 0


class _Quiet:
    """What gepa would print holds texts."""

    def log(self, message: str) -> None:
        """Say nothing."""


class PromptSearch:
    """gepa's adapter. From one thread, with the loop that the engine runs on.

    Args:
        loop: runs what is asked.
        trials: ask tasks.
        reflection: proposes.
        check: says which prompts may be tried.
        wish: what is wanted.
        parts: the tasks.
    """

    def __init__(
        self,
        loop: asyncio.Runner,
        trials: Trials,
        reflection: Reflection,
        check: CandidateCheck,
        wish: TuningWish,
        parts: Mapping[TaskPart, Sequence[TuningTask]],
    ) -> None:
        self._loop, self._trials, self._reflection, self._check = loop, trials, reflection, check
        self._wish, self._parts = wish, parts
        self._refused = ""
        self._reasons: dict[str, str] = {}
        self._tried: dict[str, TriedPrompt] = {}
        self._failed: list[TriedPrompt] = []
        self._validated: dict[str, list[float]] = {}
        self._ended: LabelguardError | None = None
        self.on_step: Callable[[int], None] = lambda _: None

    # What gepa calls.

    def evaluate(self, batch: list[TuningTask], candidate: dict[str, str], **_: Any) -> Any:
        """Try a prompt on some tasks."""
        from gepa.core.adapter import EvaluationBatch

        prompt, part = candidate[NAME], batch[0].part
        if part is TaskPart.CHOOSE:
            self._became(prompt, CUT_OFF)
        found = self._run(self._trials.of(prompt, batch))
        scores = [trial.score for trial in found]
        if part is TaskPart.CHOOSE:
            if not self._validated and all(trial.problem for trial in found):
                raise RequestError(f"no task has an answer by the prompt that is there ({found[0].problem})")
            self._validated[prompt] = scores
            self._became(prompt, "tried on all", fmean(scores))
        elif prompt not in self._validated:
            self._became(prompt, NO_BETTER)
        return EvaluationBatch([None] * len(batch), scores, list(zip(batch, found, strict=True)))

    def _became(self, prompt: str, became: str, score: float | None = None) -> None:
        """Write down what became of a proposal; the prompt that is there is none."""
        if prompt in self._tried:
            self._tried[prompt] = TriedPrompt(self._tried[prompt].number, became, score)

    def make_reflective_dataset(
        self, _candidate: dict[str, str], eval_batch: Any, _components: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the trials from which a proposal is made."""
        return {NAME: [{"trial": trial} for trial in eval_batch.trajectories]}

    def propose_new_texts(
        self, candidate: dict[str, str], dataset: Mapping[str, Sequence[Mapping[str, Any]]], _: list[str]
    ) -> dict[str, str]:
        """Propose a prompt that may be tried; nothing if there is none. gepa would ask twice if this raised."""
        prompt, number = candidate[NAME], len(self._tried) + len(self._failed) + 1
        try:
            refused, proposal = self._proposal(prompt, [one["trial"] for one in dataset[NAME]])
        except (PrivacyError, *ITS_OWN) as error:
            refused, proposal = f"no proposal ({error.code})", ""
        except LabelguardError as error:
            self._ended = error
            return {}
        finally:
            self.on_step(number)
        self._refused = refused
        if refused:
            self._failed.append(TriedPrompt(number, f"not tried: {refused}"))
            return {}
        self._tried[proposal] = TriedPrompt(number, CUT_OFF)
        return {NAME: proposal}

    def _proposal(self, prompt: str, trials: Sequence[ShownTrial]) -> tuple[str, str]:
        """Return why a proposal may not be tried, and the proposal."""
        context = self._trials.context(trials[0][0], prompt)
        made = self._run(self._reflection.propose(prompt, self._check.placeholders, trials, context, self._refused))
        if made is None:
            return "nobody may see the tasks that it would be made from", ""
        proposal = made.prompt.strip("\n")
        if proposal == self._wish.prompt:
            return "it changes nothing", ""
        if proposal in self._tried:
            return "it was tried already", ""
        refused = self._check.refusal(proposal)
        if not refused:
            self._reasons[proposal] = WITHHELD_REASONS if self._check.tells(made.reasons) else made.reasons
        return refused, proposal

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    # What we do.

    def best(self) -> TuningOutcome:
        """Search, choose and test. Ctrl-C, or a provider that is gone, ends it in order.

        Raises:
            LabelguardError: not even the prompt that is there can be tried.
        """
        outcome = TuningOutcome(self._parts[TaskPart.TEST][0].decision.rule, self._wish.prompt)
        outcome.parts = {part: len(own) for part, own in self._parts.items()}
        self._unless_stopped(outcome, self._search)
        if self._ended and not outcome.stopped:
            self._unless_stopped(outcome, self._tell_end)
        self._choose(outcome)
        if outcome.new and not outcome.stopped:
            self._trials.budget.kept_back = 0
            self._unless_stopped(outcome, lambda: self._test(outcome))
        outcome.tried = sorted([*self._tried.values(), *self._failed], key=lambda one: one.number)
        return outcome

    def _unless_stopped(self, outcome: TuningOutcome, work: Callable[[], None]) -> None:
        try:
            work()
        except KeyboardInterrupt:
            outcome.stopped = INTERRUPTED
        except TuningSpentError as error:
            if not self._validated:
                raise
            outcome.is_spent = True
            if self._trials.budget.kept_back == 0:
                outcome.stopped = error.reason
        except LabelguardError as error:
            if not self._validated:
                raise
            outcome.stopped = error.reason

    def _search(self) -> None:
        from gepa.api import optimize

        optimize(
            seed_candidate={NAME: self._wish.prompt},
            trainset=list(self._parts[TaskPart.LEARN]),
            valset=list(self._parts[TaskPart.CHOOSE]),
            adapter=self,
            logger=_Quiet(),
            reflection_minibatch_size=EXAMPLES,
            stop_callbacks=self._is_over,
            track_best_outputs=False,
            seed=self._wish.seed,
        )

    def _tell_end(self) -> None:
        if self._ended:
            raise self._ended

    def _is_over(self, state: Any) -> bool:
        """Say whether gepa is to end: it passes over examples that are all right, which asks nobody."""
        made = len(self._tried) + len(self._failed)
        turns = state.i + 1
        return self._ended is not None or made >= self._wish.proposals or turns >= TURNS * self._wish.proposals

    def _choose(self, outcome: TuningOutcome) -> None:
        """Take the prompt with the best mean on the tasks to choose by, of equal ones the older."""
        old = self._validated.get(self._wish.prompt)
        if old is None:
            return
        outcome.there = Resampling(seed=self._wish.seed).estimate(mean_of(old), range(len(old)))
        best = max(self._validated, key=lambda prompt: fmean(self._validated[prompt]))
        if fmean(self._validated[best]) > fmean(old):
            outcome.new, outcome.reasons = best, self._reasons[best]
            outcome.chosen = PromptFigures.of(old, self._validated[best], self._wish.seed)

    def _test(self, outcome: TuningOutcome) -> None:
        tasks = self._parts[TaskPart.TEST]
        old = self._run(self._trials.of(outcome.old, tasks))
        new = self._run(self._trials.of(outcome.new, tasks))
        outcome.tested = PromptFigures.of([one.score for one in old], [one.score for one in new], self._wish.seed)
