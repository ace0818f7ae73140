"""What redaction costs in labels: the embedded model without it, with placeholders and with surrogates.

python -m tests.bench.labels                    all: prints the tables, writes docs/label-cost.md
python -m tests.bench.labels --tuning           the tuning half alone, on screen only
python -m tests.bench.labels --kind entities    one kind of task (may be repeated), on screen only
python -m tests.bench.labels --tuning --cases   also the tuning tasks that redaction changed: texts and answers

The same tasks, through the engine as it serves them. It may be stopped at any time: answers are kept by the tasks'
hashes, until the code, the prompts or a package that decides on them changes.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import Progress

from backend import types
from backend.assembly import load_redactor
from backend.embedded import EmbeddedModels
from backend.fetch import Fetcher
from backend.gateway import Gateway
from backend.model_file import DEFAULT
from backend.pipeline import Engine, Exchange
from backend.policy import Policy
from backend.preparing import Parts
from backend.prompt import Prompts
from backend.redactors import Redactors
from backend.types import JSON, Prediction
from handlers import load_handlers
from tests.bench import label_report
from tests.bench.label_scores import Found
from tests.bench.label_tasks import CONFIGS, Task, read_tasks
from tests.child import ROOT
from tests.parts import open_books

CACHE = ROOT / ".cache" / "labels" / "answers.json"
WAYS: dict[str, dict[str, Any]] = {
    "none": {"redact": False},
    "placeholder": {"operators": {"*": "placeholder"}},
    "surrogate": {"operators": {"*": "surrogate"}},
}
AT_ONCE = 2
THREADS = 1
SAVED_EVERY = 10
SURROGATE_KEY = b"the same surrogates in every run"
SOURCES = ("backend", "handlers", "prompts")
PACKAGES = ("xllamacpp", "spacy", "presidio-analyzer", "onnxruntime", "instructor", "litellm", "pydantic")


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
    """All answers so far, in a file that a later run reads; without a text."""

    digest: str
    by_key: dict[str, Answered] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "Answers":
        """Read what an earlier run left, if nothing has changed since that decides on an answer."""
        answers = cls(sources_digest())
        try:
            kept = json.loads(CACHE.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return answers
        if kept["digest"] == answers.digest:
            for key, (found, redacted, failed) in kept["answers"].items():
                answers.by_key[key] = Answered(frozenset((a, b, label) for a, b, label in found), redacted, failed)
        return answers

    def save(self) -> None:
        """Write them, so that a run that is stopped meanwhile spoils nothing."""
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        answers = {key: (sorted(a.found), a.redacted, a.failed) for key, a in self.by_key.items()}
        new = CACHE.with_suffix(".new")
        new.write_text(json.dumps({"digest": self.digest, "answers": answers}), encoding="utf-8")
        new.replace(CACHE)

    def of(self, task: Task, way: str) -> Answered:
        """Return what came of a task."""
        return self.by_key[key(task, way)]


def key(task: Task, way: str) -> str:
    """Return what a task's answer is known by."""
    return hashlib.sha256(json.dumps([CONFIGS[task.kind], task.text, WAYS[way]]).encode()).hexdigest()[:32]


def sources_digest() -> str:
    """Return a hash of all that decides on an answer: our code, the prompts, the model, the packages' versions."""
    digest = hashlib.sha256(json.dumps([DEFAULT, AT_ONCE, THREADS]).encode() + SURROGATE_KEY)
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    digest.update("".join(f"{package} {version(package)} " for package in PACKAGES).encode())
    return digest.hexdigest()


def write_policy(folder: Path) -> Policy:
    """Write a policy with a profile for each way to redact."""
    model = {"kind": "embedded", "model": DEFAULT, "external": False}
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
    """Asks the model about tasks, some at once, and keeps the answers."""

    engine: Engine
    answers: Answers
    cases: dict[str, Case] = field(default_factory=dict)
    _exchanges: dict[str, Exchange] = field(default_factory=dict, repr=False)

    async def all(self, tasks: Sequence[Task], progress: Progress, *, again: bool) -> None:
        """Ask about all tasks in every way; with `again` also about those whose answers are kept."""
        self.engine.observer = self._observe
        try:
            for kind in CONFIGS:
                for way in WAYS:
                    own = [task for task in tasks if task.kind == kind]
                    missing = [task for task in own if again or key(task, way) not in self.answers.by_key]
                    bar = progress.add_task(f"{kind}, {way}", total=len(own), completed=len(own) - len(missing))
                    await self._some(missing, way, partial(progress.advance, bar))
        finally:
            self.answers.save()
            await self.engine.aclose()

    async def _some(self, tasks: Sequence[Task], way: str, on_done: Callable[[], None]) -> None:
        """Ask about tasks of one kind in one way."""
        queue = iter(tasks)

        async def work() -> None:
            for task in queue:
                await self._one(task, way)
                on_done()
                if len(self.answers.by_key) % SAVED_EVERY == 0:
                    self.answers.save()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def _one(self, task: Task, way: str) -> None:
        job = self.engine.job(CONFIGS[task.kind], "1", way)
        (outcome,) = await self.engine.predict(job, [types.Task({"text": task.text})])
        exchange = self._exchanges.pop(task.text, None)
        if exchange is None or not isinstance(outcome, Prediction):
            code = "" if isinstance(outcome, Prediction) else outcome.code
            self.answers.by_key[key(task, way)] = Answered(frozenset(), {}, code or "unseen")
            return
        found = frozenset(map(_label, outcome.result))
        self.answers.by_key[key(task, way)] = Answered(found, exchange.task.entity_counts())
        shown = "\n".join(text.text for text in exchange.task.fields.values())
        self.cases[key(task, way)] = Case(shown, exchange.answer)

    def _observe(self, exchange: Exchange) -> None:
        for text in exchange.task.fields.values():
            self._exchanges[text.source] = exchange


def _label(result: JSON) -> tuple[int, int, str]:
    """Return a result's place and label; a choice has none but the text's begin."""
    value = result["value"]
    (label,) = value[result["type"]]
    return value.get("start", 0), value.get("end", 0), label


def ask(tasks: Sequence[Task], progress: Progress, *, again: bool = False) -> Asking:
    """Ask the embedded model about tasks in every way, as far as their answers are not kept."""
    answers = Answers.load()
    with tempfile.TemporaryDirectory() as folder, EmbeddedModels(threads=THREADS) as models:
        policy = write_policy(Path(folder))
        models.run(policy.providers)
        parts = Parts(
            Redactors(load_redactor).with_all(policy.scans),
            Gateway(open_books(Path(folder)), models.reach),
            Fetcher(),
            load_handlers(),
            Prompts(),
            SURROGATE_KEY,
        )
        asking = Asking(Engine(policy, parts), answers)
        asyncio.run(asking.all(tasks, progress, again=again))
    return asking


def main() -> None:
    """Measure, print the tables, and write them into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", action="append", choices=CONFIGS, help="a kind of task")
    options.add_argument("--tuning", action="store_true", help="the tuning half alone")
    options.add_argument("--most", type=int, default=0, help="so many tasks of each kind at most, on screen only")
    options.add_argument("--cases", action="store_true", help="show the tuning tasks that redaction changed")
    given = options.parse_args()
    tasks = [task for task in read_tasks() if not given.kind or task.kind in given.kind]
    if given.tuning:
        tasks = [task for task in tasks if task.half == "tuning"]
    if given.most:
        by_kind = {kind: [task for task in tasks if task.kind == kind] for kind in CONFIGS}
        tasks = [task for own in by_kind.values() for task in own[:: max(len(own) // given.most, 1)][: given.most]]
    console = Console()
    if not console.is_terminal:
        console.width = 1000  # words that break across lines cannot be searched for
    with Progress(console=Console(stderr=True)) as progress:
        asking = ask(tasks, progress, again=given.cases)
    if given.cases:
        label_report.show_cases(tasks, asking, console)
    tables = label_report.tables(tasks, asking.answers)
    label_report.show(tables, console)
    if not (given.kind or given.tuning or given.most):
        label_report.write(tables, ROOT / "docs" / "label-cost.md")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
