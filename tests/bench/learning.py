"""How much better the embedded model becomes with reviewers' annotations as examples: with 0, 5, 20 and 100 of them.

python -m tests.bench.learning                    asks what is not answered yet, writes docs/measured/learning.md
python -m tests.bench.learning --kept             of what is answered already: nothing is asked
python -m tests.bench.learning --set reviews      one set (may be repeated), on screen only
python -m tests.bench.learning --most 20          so many tasks of each set at most, on screen only

It may be stopped at any time: answers are kept in .cache/learning/replies.json by what was asked. The text goes as it
is; what redaction costs is measured by `make bench-labels`.
"""

import argparse
import asyncio
import csv
import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.engine.engine import Engine
from backend.labelstudio import types
from backend.labelstudio.types import Prediction
from backend.model.embedded.file import DEFAULT
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import Library
from backend.review.tables import PART
from backend.store import open_store, writing
from backend.system.writing import JSON
from tests.bench.drawing import picture
from tests.bench.label_replies import NotKeptError, Replies, keeping_engine
from tests.bench.label_tasks import CONFIGS, DATA, Task, read_tasks
from tests.bench.labels import SURROGATE_KEY, THREADS
from tests.child import ROOT

CACHE = ROOT / ".cache" / "learning" / "replies.json"
DOCUMENT = ROOT / "docs" / "measured" / "learning.md"
PICTURE = ROOT / "docs" / "images" / "learning.svg"
COUNTS = (0, 5, 20, 100)
EXAMPLES = {"most": 5, "tokens": 1000}
MOST = 60
EXPIRES = 4_000_000_000
SETS = {"reviews": "sentiments", "topics": "intents", "names": "entities"}
"""By the set's name, the kind of task that `tests.bench.label_tasks` knows it as."""


@dataclass(slots=True)
class Measured:
    """What came of a set with a number of annotations.

    Attributes:
        right: how many labels are right; of choices one a task.
        given, wanted: how many labels were given, and how many there are.
        missing: tasks without a prediction.
    """

    right: int = 0
    given: int = 0
    wanted: int = 0
    missing: int = 0
    tasks: int = field(default=0)

    @property
    def figure(self) -> float:
        """F1 over all labels; of choices, where each task has one, this is the accuracy."""
        return 2 * self.right / max(self.given + self.wanted, 1)


def read_set(name: str) -> tuple[list[Task], list[Task]]:
    """Return what is annotated and what is asked, each in an order of chance that is the same at each run."""
    tasks = _reviews() if name == "reviews" else [task for task in read_tasks() if task.kind == SETS[name]]
    tasks.sort(key=lambda task: hashlib.sha256(task.text.encode()).digest())
    return [t for t in tasks if t.half == "tuning"], [t for t in tasks if t.half == "reporting"]


def _reviews() -> list[Task]:
    with (DATA / "amazon_cells_500.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows:
        label = "Positive" if row["label"] == "1" else "Negative"
        half = "tuning" if hashlib.sha256(row["text"].encode()).digest()[-1] % 2 else "reporting"
        found.append(Task("sentiments", half, row["text"], row["text"], frozenset({(0, 0, label)})))
    return found


def result_of(task: Task) -> list[JSON]:
    """Return what a reviewer would have made of a task."""
    if SETS["names"] == task.kind:
        return [
            {
                **{"id": f"r{number}", "from_name": "ner", "to_name": "text", "type": "labels"},
                "value": {"start": start, "end": end, "text": task.text[start:end], "labels": [label]},
            }
            for number, (start, end, label) in enumerate(sorted(task.right))
        ]
    name = "sentiment" if task.kind == "sentiments" else "topic"
    ((_, _, label),) = task.right
    return [{"id": "c", "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [label]}}]


def annotate(reviews: Reviews, project: int, tasks: Sequence[Task]) -> None:
    """Write annotations down, as webhooks do."""
    with writing(reviews.store, PART) as connection:
        reviews.remember(connection, ReviewedProject(project, ""))
        for number, task in enumerate(tasks, 10_001):
            kept = KeptAnnotation(result_of(task), {"text": task.text}, "a", [], is_clean=True)
            review = Review(project, number, number, "v", "unknown", 1.0, 1.0, expires=EXPIRES, kept=kept)
            reviews.write(connection, [review])


def write_policy(folder: Path) -> Policy:
    """Write a policy under which the embedded model is asked, with examples."""
    model = {"kind": "embedded", "model": DEFAULT, "external": False, "max_tokens": 256, "timeout_s": 600}
    rule = {"name": "all", "match": "everything", "providers": ["embedded"], "redact": False}
    rule["learn"] = {"annotations": "keep", "examples": EXAMPLES}
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": {"embedded": model}, "rules": [rule]}))
    return Policy.load(file)


def _add(measured: Measured, task: Task, prediction: Prediction | None) -> None:
    found = set()
    for result in prediction.result if prediction else ():
        value = result["value"]
        found |= {(value.get("start", 0), value.get("end", 0), label) for label in value[result["type"]]}
    measured.tasks += 1
    measured.missing += prediction is None
    measured.right += len(found & task.right)
    measured.given += len(found)
    measured.wanted += len(task.right)


async def _measure(
    engine: Engine, project: int, tasks: Sequence[Task], on_done: Callable[[], None]
) -> tuple[Measured, int]:
    """Have tasks predicted; return what came of them, and how many were not asked yet."""
    measured, unasked = Measured(), 0
    for number, task in enumerate(tasks, 1):
        job = engine.job(CONFIGS[task.kind], str(project))
        (outcome,) = await engine.predict(job, [types.Task({"text": task.text}, id=str(number))])
        if isinstance(outcome, NotKeptError):
            unasked += 1
        else:
            _add(measured, task, outcome if isinstance(outcome, Prediction) else None)
        on_done()
    return measured, unasked


def measure(sets: Sequence[str], most: int, progress: Progress, *, asks: bool) -> dict[tuple[str, int], Measured]:
    """Measure sets with each number of annotations."""
    replies = Replies(CACHE, (1, THREADS), asks=asks)
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedModels(threads=THREADS) as models:
            policy = write_policy(Path(folder))
            if asks:
                models.run(policy.providers)
            reviews = Reviews(open_store(f"sqlite:///{folder}/state.db"), ReviewEntries(SURROGATE_KEY))
            own = {"surrogate_key": SURROGATE_KEY, "library": Library(lambda: reviews)}
            engine = keeping_engine(policy, Path(folder), models, replies, **own)
            return asyncio.run(_all(engine, reviews, sets, most, progress))
    finally:
        replies.save()


async def _all(
    engine: Engine, reviews: Reviews, sets: Sequence[str], most: int, progress: Progress
) -> dict[tuple[str, int], Measured]:
    found: dict[tuple[str, int], Measured] = {}
    try:
        for place, name in enumerate(sets):
            annotated, asked = read_set(name)
            for number, count in enumerate(COUNTS):
                project = 1 + 10 * place + number
                annotate(reviews, project, annotated[:count]) if count else None
                bar = progress.add_task(f"{name}, {count} annotations", total=len(asked[:most]))
                measured, unasked = await _measure(engine, project, asked[:most], lambda bar=bar: progress.advance(bar))  # type: ignore[misc]
                if not unasked:
                    found[name, count] = measured
    finally:
        await engine.aclose()
    return found


def rows_of(found: dict[tuple[str, int], Measured]) -> list[list[str]]:
    """Return the table's rows: a set, its figures by number of annotations."""
    rows = []
    for name in dict.fromkeys(name for name, _ in found):
        own = {count: measured for (other, count), measured in found.items() if other == name}
        first = next(iter(own.values()))
        shown = [f"{own[count].figure:.1%}" if count in own else "-" for count in COUNTS]
        rows.append([f"{name}, {'F1' if name == 'names' else 'accuracy'}", str(first.tasks), *shown])
    return rows


def draw(found: dict[tuple[str, int], Measured]) -> None:
    """Draw the curves."""
    with picture(PICTURE, figsize=(6, 3.4)) as (_, axes):
        for name in dict.fromkeys(name for name, _ in found):
            own = sorted((count, measured.figure) for (other, count), measured in found.items() if other == name)
            axes.plot([COUNTS.index(count) for count, _ in own], [figure for _, figure in own], marker="o", label=name)
        axes.set_xticks(range(len(COUNTS)), [str(count) for count in COUNTS])
        axes.set_xlabel("annotations that examples are chosen from")
        axes.set_ylabel("accuracy, or F1")
        axes.set_ylim(top=1)
        axes.legend(frameon=False)


WORDS = """# What examples bring

With so many annotations, of which up to {most} stand as [examples](../learning.md#examples) before a task: the embedded
model (Qwen2.5-Coder, 1.5 billion parameters) on tasks that are none of them, texts as they are. Written by
`make bench-learning`.

{table}

![Accuracy and F1 by annotations](../images/learning.svg)

*reviews*: sentences of `tests/data/amazon_cells_500.tsv`, half of them to annotate and half to ask. *topics* and
*names*: the tasks of `tests/bench/label_tasks.py`, those that are asked of other templates than those that are
annotated, of which there are 38 and 48 in all. So few tasks tell little: of {tasks}, one is {one:.1%}.
"""


def write(found: dict[tuple[str, int], Measured]) -> None:
    """Write table and picture into the docs."""
    heads = ["set", "tasks", *(f"{count} annotations" for count in COUNTS)]
    lines = [heads, ["---", *("--:" for _ in heads[1:])], *rows_of(found)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    tasks = min(measured.tasks for measured in found.values())
    words = WORDS.format(most=EXAMPLES["most"], table=table, tasks=tasks, one=1 / tasks)
    DOCUMENT.write_text(words, encoding="utf-8")
    draw(found)


def main() -> None:
    """Measure, print the table, and write it into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", action="append", choices=SETS, help="one set, on screen only")
    options.add_argument("--most", type=int, default=0, help="so many tasks of each set at most, on screen only")
    options.add_argument("--kept", action="store_true", help="ask for nothing: report what is answered already")
    given: Any = options.parse_args()
    with Progress(console=Console(stderr=True)) as progress:
        found = measure(given.set or list(SETS), given.most or MOST, progress, asks=not given.kept)
    table = Table("set", "tasks", *(f"{count} annotations" for count in COUNTS))
    for row in rows_of(found):
        table.add_row(*row)
    Console().print(table)
    if found and not (given.most or given.set):
        write(found)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
