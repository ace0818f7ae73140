"""What tests of tuning put together: annotated tasks, a model that is right only if it is told a hint, an engine."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.engine.ask import Asker
from backend.engine.engine import Engine
from backend.engine.training.sources import LearnableTask
from backend.engine.tuning.budget import TuningBudget
from backend.engine.tuning.outcome import TuningOutcome
from backend.engine.tuning.run import PromptTuning, TunableRule, TuningOrder, TuningTold
from backend.evaluate.labels.spending import VersionSpending
from backend.privacy.types import Detection
from backend.record.chain import now
from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests.parts import SECRET, SENTIMENT, build_engine, finds, provider, write_policy
from tests.standin import StandIn
from tests.unit.engine.training.parts import annotated, mood

NAMES = ("Emily Watson", "Jonas Weber", "Claire Dubois", "Zbigniew Kowal")
HINT = "A sigh means Bad."
SAID = "they sigh whenever the old pump is started by somebody"
OLD = "Judge what {text} says."


def text_of(number: int) -> str:
    """Return the text of a task; of every second one the mood is bad."""
    said = SAID if number % 2 else "all is as it should be with that machine"
    return f"{NAMES[number % len(NAMES)]} wrote in letter {number}: {said}."


def annotated_tasks(count: int = 60) -> list[LearnableTask]:
    """Return tasks with annotations."""
    return [annotated(text_of(n), mood("Bad" if n % 2 else "Good"), number=n) for n in range(1, count + 1)]


@dataclass
class HintedModel:
    """Answers right only where its prompt holds the hint, and proposes prompts in turn, the last one for ever."""

    proposals: Sequence[str] = (f"{HINT} {OLD}",)
    reasons: str = "It takes a sigh for praise."
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: dict[str, Any], schema: dict[str, Any]) -> object:
        user = request["messages"][-1]["content"]
        if "prompt" in schema["properties"]:
            self.asked.append(request)
            place = min(len(self.asked), len(self.proposals)) - 1
            return {"reasons": self.reasons, "prompt": self.proposals[place]}
        return {"mood": "Bad" if HINT in user and "sigh whenever" in user else "Good"}


@dataclass
class Bench:
    """An engine, and what is tuned with it."""

    loop: asyncio.Runner
    engine: Engine
    left_out: "Counter[str]" = field(default_factory=Counter)
    told: TuningTold = field(default_factory=TuningTold)
    tuning: PromptTuning = field(init=False)
    budget: TuningBudget = field(init=False)
    since: str = ""

    def rule(self, tasks: Sequence[LearnableTask], config: str = SENTIMENT, name: str = "") -> TunableRule:
        """Make tasks ready."""
        job = self.engine.job(config, "12")
        self.tuning = PromptTuning(self.loop, self.engine, Asker(self.engine.gateway), job, self.told)
        return self.tuning.rule(tasks, SECRET, name, self.left_out)

    def tune(
        self,
        tasks: Sequence[LearnableTask],
        order: TuningOrder | None = None,
        most: tuple[int, float | None] = (1000, None),
        config: str = SENTIMENT,
    ) -> TuningOutcome:
        """Tune a rule's prompt."""
        order = order or TuningOrder(proposals=4)
        rule = self.rule(tasks, config, order.rule)
        self.budget, self.since = TuningBudget(*most, self.spent), now()
        return self.tuning.tune(rule, order, self.budget, self.left_out)

    def spent(self, versions: frozenset[str]) -> VersionSpending:
        """Return what the record has."""
        found = VersionSpending()
        for sending in self.sent():
            if sending.was_begun and sending.attempt["model_version"] in versions:
                found.add(sending)
        return found

    def sent(self) -> list[Any]:
        """Return all that stands in the record."""
        return list(
            sendings(
                open_store(f"sqlite:///{self.engine.policy.file.parent / 'state.db'}"), Wanted(since=self.since or None)
            )
        )


@contextmanager
def bench(
    folder: Path,
    model: Callable[..., object],
    prompt: str = OLD,
    it: Mapping[str, Any] | None = None,
    detect: Callable[[str], Sequence[Detection]] | None = None,
    **rule: Any,
) -> Iterator[tuple[Bench, StandIn]]:
    """Yield an engine whose rule asks a stand-in, by a prompt of its own unless that is empty."""
    (folder / "mood.txt").write_text(prompt)
    with StandIn(model) as server, asyncio.Runner() as loop:
        named = {"prompt": "mood.txt"} if prompt else {}
        whole = {"name": "all", "match": "everything", "providers": ["it"], **named, **rule}
        it = it or provider(server.address, "openai", price={"input": 1.0, "output": 1.0})
        others = {
            "other": provider(server.address, "openai"),
            "own": provider(server.address, "openai", external=False),
        }
        policy = write_policy(folder, {"it": it, **others}, [whole])
        engine = build_engine(policy, detect or finds(*NAMES))
        try:
            yield Bench(loop, engine), server
        finally:
            loop.run(engine.aclose())
