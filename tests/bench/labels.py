"""What redaction costs in labels: the embedded model without it, with placeholders and with surrogates.

python -m tests.bench.labels                         all: prints the tables, writes docs/label-cost.md
python -m tests.bench.labels --ways none,surrogate   no placeholders
python -m tests.bench.labels --kept                  of what is answered already: nothing is asked
python -m tests.bench.labels --tuning                the tuning half alone, on screen only
python -m tests.bench.labels --kind entities         one kind of task (may be repeated), on screen only
python -m tests.bench.labels --tuning --cases        also the tuning tasks that redaction changed: texts and answers

The same tasks, through the engine as it serves them. It may be stopped at any time: the model's answers are kept in
.cache/labels/replies.json by what was asked, so that a change of the code costs those tasks alone that it changes.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import Progress

from backend.engine.engine import Engine, Exchange
from backend.labelstudio import types
from backend.labelstudio.types import Prediction
from backend.model.embedded.file import DEFAULT
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.system.writing import JSON
from tests.bench import label_report
from tests.bench.label_replies import NotKeptError, Replies, keeping_engine
from tests.bench.label_scores import Found
from tests.bench.label_tasks import CONFIGS, PAIR, Task, read_tasks, ways_of
from tests.child import ROOT

CACHE = ROOT / ".cache" / "labels" / "replies.json"
WAYS: dict[str, dict[str, Any]] = {
    "none": {"redact": False},
    "placeholder": {"operators": {"*": "placeholder"}, "known_labels": "off"},
    "surrogate": {"operators": {"*": "surrogate"}, "known_labels": "off"},
}
AT_ONCE = 2
THREADS = 1
SURROGATE_KEY = b"the same surrogates in every run"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a task.

    Attributes:
        found: labels with their places; none if it failed.
        redacted: by entity type, how much was replaced.
        failed: the error's code, if it failed.
    """

    found: Found
    redacted: dict[str, int]
    failed: str = ""


@dataclass(slots=True)
class Answers:
    """What came of all tasks so far."""

    by_task: dict[tuple[Task, str], Answered] = field(default_factory=dict, repr=False)

    def of(self, task: Task, way: str) -> Answered:
        """Return what came of a task."""
        return self.by_task[task, way]

    def has(self, task: Task, way: str) -> bool:
        """Say whether a task was asked about in a way."""
        return (task, way) in self.by_task


def write_policy(folder: Path) -> Policy:
    """Write a policy with a profile for each way to redact."""
    model = {"kind": "embedded", "model": DEFAULT, "external": False, "max_tokens": label_report.MOST_TOKENS}
    rules = [
        {
            **{"name": way, "match": {"path": way}, "providers": ["embedded"]},
            **{"detection": {"profile": "default", "unknown_language": "patterns"}, **settings},
        }
        for way, settings in WAYS.items()
    ]
    providers = {"embedded": {**model, "concurrency": AT_ONCE, "timeout_s": 600}}
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": providers, "rules": rules}))
    return Policy.load(file)


@dataclass(frozen=True, slots=True)
class Case:
    """A task as the model saw it and what it said, for a reader at the screen."""

    shown: str = field(repr=False)
    said: str = field(repr=False)


@dataclass(slots=True)
class Asking:
    """Asks the model about tasks, some at once."""

    engine: Engine
    answers: Answers = field(default_factory=Answers)
    cases: dict[tuple[Task, str], Case] = field(default_factory=dict, repr=False)
    _exchanges: dict[str, Exchange] = field(default_factory=dict, repr=False)

    async def all(self, tasks: Sequence[Task], ways: Sequence[str], progress: Progress) -> None:
        """Ask about all tasks, in all of some ways in which tasks of their kinds are asked about.

        First in the two ways that are compared on all tasks, each task in both, so that a run may stop early.
        """
        self.engine.observer = self._observe
        try:
            for own in (PAIR, [way for way in WAYS if way not in PAIR]):
                asked = [(task, its) for task in tasks if (its := set(own) & set(ways) & set(ways_of(task.kind)))]
                bar = progress.add_task(", ".join(own), total=len(asked))
                await self._some(asked, partial(progress.advance, bar))
        finally:
            await self.engine.aclose()

    async def _some(self, tasks: Sequence[tuple[Task, set[str]]], on_done: Callable[[], None]) -> None:
        """Ask about tasks, each in its ways."""
        queue = iter(tasks)

        async def work() -> None:
            for task, ways in queue:
                for way in sorted(ways):
                    await self._one(task, way)
                on_done()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def _one(self, task: Task, way: str) -> None:
        job = self.engine.job(CONFIGS[task.kind], "1", way)
        (outcome,) = await self.engine.predict(job, [types.Task({"text": task.text})])
        exchange = self._exchanges.pop(task.text, None)
        if isinstance(outcome, NotKeptError):
            return
        if exchange is None or not isinstance(outcome, Prediction):
            code = "" if isinstance(outcome, Prediction) else outcome.code
            self.answers.by_task[task, way] = Answered(frozenset(), {}, code or "unseen")
            return
        found = frozenset(map(_label, outcome.result))
        self.answers.by_task[task, way] = Answered(found, exchange.task.entity_counts())
        shown = "\n".join(text.text for text in exchange.task.fields.values())
        self.cases[task, way] = Case(shown, exchange.answer)

    def _observe(self, exchange: Exchange) -> None:
        for text in exchange.task.fields.values():
            self._exchanges[text.source] = exchange


def _label(result: JSON) -> tuple[int, int, str]:
    """Return a result's place and label; a choice has none but the text's begin."""
    value = result["value"]
    (label,) = value[result["type"]]
    return value.get("start", 0), value.get("end", 0), label


def ask(tasks: Sequence[Task], ways: Sequence[str], progress: Progress, *, asks: bool = True) -> Asking:
    """Ask the embedded model about tasks, as far as its answers are not kept.

    Args:
        ways: to redact.
        asks: whether it is asked at all.
    """
    replies = Replies(CACHE, (AT_ONCE, THREADS), asks=asks)
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedModels(threads=THREADS) as models:
            policy = write_policy(Path(folder))
            if asks:
                models.run(policy.providers)
            engine = keeping_engine(policy, Path(folder), models, replies, surrogate_key=SURROGATE_KEY)
            asking = Asking(engine)
            asyncio.run(asking.all(tasks, ways, progress))
    finally:
        replies.save()
    return asking


def _chosen(given: argparse.Namespace) -> list[Task]:
    """Return the tasks that the command line asks for."""
    tasks = [task for task in read_tasks() if not given.kind or task.kind in given.kind]
    if given.tuning:
        tasks = [task for task in tasks if task.half == "tuning"]
    if given.reporting:
        tasks = [task for task in tasks if task.half == "reporting"]
    if given.most:
        tasks = [task for kind in CONFIGS for task in [t for t in tasks if t.kind == kind][: given.most]]
    return tasks


def _ways(given: str) -> list[str]:
    """Read ways to redact, by commas.

    Raises:
        ArgumentTypeError: there is no such way.
    """
    ways = given.split(",")
    if set(ways) - set(WAYS):
        raise argparse.ArgumentTypeError(f"write some of {', '.join(WAYS)}, by commas")
    return ways


def main() -> None:
    """Measure, print the tables, and write them into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ways", type=_ways, default=list(WAYS), help="to redact, such as none,surrogate")
    options.add_argument("--kind", action="append", choices=CONFIGS, help="a kind of task")
    options.add_argument("--tuning", action="store_true", help="the tuning half alone")
    options.add_argument("--reporting", action="store_true", help="the reporting half alone")
    options.add_argument("--most", type=int, default=0, help="so many tasks of each kind at most, on screen only")
    options.add_argument("--kept", action="store_true", help="ask for nothing: report what is answered already")
    options.add_argument("--cases", action="store_true", help="show the tuning tasks that redaction changed")
    given = options.parse_args()
    tasks = _chosen(given)
    console = Console()
    if not console.is_terminal:
        console.width = 1000  # words that break across lines cannot be searched for
    with Progress(console=Console(stderr=True)) as progress:
        asking = ask(tasks, given.ways, progress, asks=not given.kept)
    if given.cases:
        label_report.show_cases(tasks, asking, console)
    tables = label_report.tables(tasks, asking.answers)
    label_report.show(tables, console)
    if not (given.kind or given.tuning or given.reporting or given.most):
        label_report.write(tables, ROOT / "docs" / "label-cost.md")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
