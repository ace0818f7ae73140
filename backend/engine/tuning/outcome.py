"""What came of tuning a prompt. Words of a model are in it that were looked at; of tasks nothing but numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.engine.tuning.tasks import TaskPart
from backend.evaluate.labels.resampling import Estimate, Resampling, mean_of
from backend.evaluate.labels.spending import VersionSpending
from backend.system.writing import JSON

INTERRUPTED = "it was interrupted"
GOES_ON = "the same command with --force goes on from there, as far as answers are kept"
"""What is said where it was stopped: the report that it leaves is in the way of the next one."""


@dataclass(frozen=True, slots=True)
class TriedPrompt:
    """A proposal.

    Attributes:
        number: of the proposal.
        became: what became of it, in words.
        score: the mean over the tasks to choose by; None if it was not tried on them.
    """

    number: int
    became: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class PromptFigures:
    """Two prompts on the same tasks.

    Attributes:
        tasks: how many.
        old, new: mean scores.
        old_right, new_right: shares of the tasks that are wholly right.
        gap: by how much the new one's score is above.
    """

    tasks: int
    old: Estimate
    new: Estimate
    old_right: float
    new_right: float
    gap: Estimate

    @classmethod
    def of(cls, old: Sequence[float], new: Sequence[float], seed: int) -> "PromptFigures":
        """Compare scores of the same tasks, in the same order."""
        resampling, places = Resampling(seed=seed), range(len(old))
        return cls(
            len(old),
            resampling.estimate(mean_of(old), places),
            resampling.estimate(mean_of(new), places),
            _right(old),
            _right(new),
            resampling.difference(mean_of(new), mean_of(old), places, places),
        )

    @property
    def is_better(self) -> bool:
        """Whether the new one is better by more than chance makes: the whole interval says so."""
        return self.gap.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether the new one is worse by more than chance makes."""
        return self.gap.high < 0

    def flat(self) -> JSON:
        """Return it as JSON."""
        said: JSON = {"tasks": self.tasks, "old_right": self.old_right, "new_right": self.new_right}
        return said | {name: _flat(getattr(self, name)) for name in ("old", "new", "gap")}


def _right(scores: Sequence[float]) -> float:
    return sum(score == 1 for score in scores) / max(len(scores), 1)


def _flat(found: Estimate) -> JSON:
    return {"value": found.value, "low": found.low, "high": found.high}


@dataclass(slots=True)
class TuningOutcome:
    """What came of it.

    Attributes:
        rule: whose prompt it is.
        old: the prompt that is there.
        new: the best of those that were tried on all tasks to choose by; "" if none is better there.
        reasons: why, in words of the model's that proposed it.
        parts: how many tasks each part has.
        there: the mean score of the old prompt on the tasks to choose by; None if it was not tried on all of them.
        chosen: both on the tasks to choose by; None if there is no new one.
        tested: both on the tasks to test by; None if they were not asked.
        tried: all proposals.
        spending: what calls came to, by the record.
        left_out: tasks that were not used, by reason.
        stopped: why it ended before its time, "" if it did not.
        is_spent: whether more proposals would have been made, if more could be spent.
    """

    rule: str
    old: str = field(repr=False)
    new: str = field(default="", repr=False)
    reasons: str = field(default="", repr=False)
    parts: Mapping[TaskPart, int] = field(default_factory=dict)
    there: Estimate | None = None
    chosen: PromptFigures | None = None
    tested: PromptFigures | None = None
    tried: Sequence[TriedPrompt] = ()
    spending: VersionSpending = field(default_factory=VersionSpending)
    left_out: "Counter[str]" = field(default_factory=Counter)
    stopped: str = ""
    is_spent: bool = False

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody stopped it."""
        return self.stopped == INTERRUPTED

    @property
    def is_written(self) -> bool:
        """Whether the new prompt is worth a file: it is better where neither was seen, or could not be tested there."""
        if not self.new:
            return False
        return self.tested.is_better if self.tested else bool(self.stopped)

    @property
    def verdict(self) -> str:
        """What is to be said of it, in a sentence."""
        if not self.new and self.stopped:
            return "It was stopped before a proposal was better than the prompt that is there."
        if not self.new:
            return "No proposal is better than the prompt that is there, on the tasks to choose by."
        if self.tested is None:
            return "A proposal is better on the tasks to choose by. It was not tested on others: chosen is not proven."
        if self.tested.is_better:
            return "A proposal is better, on tasks that neither prompt was made or chosen by."
        if self.tested.is_worse:
            return "The best proposal is worse than the prompt that is there, on tasks that it was not chosen by."
        return "The best proposal is no better than chance makes it, on tasks that it was not chosen by."

    def flat(self) -> JSON:
        """Return it as JSON, without the prompts."""
        said: dict[str, Any] = {
            "rule": self.rule,
            "verdict": self.verdict,
            "written": self.is_written,
            "tasks": {part.name.lower(): count for part, count in self.parts.items()},
            "there": self.there and _flat(self.there),
            "chosen": self.chosen and self.chosen.flat(),
            "tested": self.tested and self.tested.flat(),
            "tried": [{"number": one.number, "became": one.became, "score": one.score} for one in self.tried],
            "calls": self.spending.calls,
            "cost": self.spending.cost,
            "left_out": dict(self.left_out),
            "stopped": self.stopped,
            "spent": self.is_spent,
        }
        return said
