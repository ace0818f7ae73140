"""How much better the embedded model becomes with reviewers' annotations as examples: with 0, 5, 20 and 100 of them.

python -m tests.bench.learning                    asks what is not answered yet, writes docs/measured/learning.md
python -m tests.bench.learning --kept             of what is answered already: nothing is asked
python -m tests.bench.learning --set reviews      one set (may be repeated), on screen only
python -m tests.bench.learning --most 20          so many tasks of each set at most, on screen only
python -m tests.bench.learning --count 100        with none and with so many annotations, on screen only
python -m tests.bench.learning --tuning           on annotated tasks alone: half of them stand for those that are asked

It may be stopped at any time: answers are kept in .cache/learning/replies.json by what was asked, and a set is measured
by those tasks that were asked with each number of annotations. The text goes as it is; what redaction costs is measured
by `make bench-labels`.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
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
from backend.review.calibration import LEAST, Calibrations
from backend.review.entries import ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import Library
from backend.store import open_store
from tests.bench import known
from tests.bench.drawing import picture
from tests.bench.label_replies import NotKeptError, Replies, keeping_engine
from tests.bench.label_tasks import Task
from tests.bench.labels import SURROGATE_KEY, THREADS
from tests.bench.learning_nearest import OFFERED, judge, nearest_rows, offered_rows
from tests.bench.learning_sets import (
    ALONE,
    BY_MEANING,
    BY_NEAREST,
    CONFIGS,
    SETS,
    SEVERAL,
    SPANS,
    annotate,
    labels_in,
    path_of,
    read_set,
)
from tests.bench.scores import Scored, auroc, calibrated_error, calibration_error
from tests.child import ROOT

CACHE = ROOT / ".cache" / "learning" / "replies.json"
DOCUMENT = ROOT / "docs" / "measured" / "learning.md"
PICTURE = ROOT / "docs" / "images" / "learning.svg"
COUNTS = (0, 5, 20, 100)
EXAMPLES = {"most": 5, "tokens": 1000}
MOST = 60
MARKS = 3
JUDGED = 40
"""Annotated tasks that the model was asked about before they were annotated: by these its scores are calibrated."""
ORDER = (0, 100, 20, 5)
"""How many annotations first: a run that is stopped knows what most of them bring."""


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
    tasks: int = 0
    scored: Scored = field(default_factory=Scored)

    @property
    def figure(self) -> float:
        """F1 over all labels; of choices, where each task has one, this is the accuracy."""
        return 2 * self.right / max(self.given + self.wanted, 1)

    def add(self, task: Task, prediction: Prediction | None, label: str = "") -> None:
        """Add what came of a task: of all its labels, or of one."""
        right = {one for one in task.right if label in ("", one[2])}
        found = set()
        for result in prediction.result if prediction else ():
            place = result["value"].get("start", 0), result["value"].get("end", 0)
            own = {(*place, name) for name in labels_in(result) if label in ("", name)}
            found |= own
            if own:  # several choices have one score
                self.scored.add(result.get("score"), is_right=own <= right and (task.kind in SPANS or own == right))
        self.tasks += 1
        self.missing += prediction is None
        self.right += len(found & right)
        self.given += len(found)
        self.wanted += len(right)


Predicted = Mapping[Task, Prediction | None]
Asked = dict[tuple[str, int], Predicted]
"""What came of the tasks of each set with each number of annotations."""


def write_policy(folder: Path) -> Policy:
    """Write a policy under which the embedded model is asked, with examples; detection marks the people of notes."""
    model = {"kind": "embedded", "model": DEFAULT, "external": False, "max_tokens": 384, "timeout_s": 600}
    rules = [
        {
            **{"name": name, "match": {"path": path_of(name)}, "providers": ["embedded"], "redact": False},
            **{"known_labels": "on" if kind == "notes" else "off"},
            "learn": _learnt(name),
        }
        for name, kind in SETS.items()
    ]
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": {"embedded": model}, "rules": rules}))
    return Policy.load(file)


def _learnt(name: str) -> dict[str, Any]:
    if name in BY_NEAREST:
        return {"annotations": "keep", "nearest": True}
    return {"annotations": "keep", "examples": dict(EXAMPLES)} | ({"marks": MARKS} if name != ALONE else {})


async def _predict(
    engine: Engine, project: tuple[int, str], tasks: Sequence[Task], on_done: Callable[[], None]
) -> Predicted:
    """Have tasks predicted; return what came of those that were asked, None for no prediction."""
    found: dict[Task, Prediction | None] = {}
    for number, task in enumerate(tasks, 1):
        job = engine.job(CONFIGS[task.kind], str(project[0]), project[1])
        (outcome,) = await engine.predict(job, [types.Task({"text": task.text}, id=str(number))])
        if not isinstance(outcome, NotKeptError):
            found[task] = outcome if isinstance(outcome, Prediction) else None
        on_done()
    return found


def predict(
    sets: Sequence[str], counts: Sequence[int], most: int, progress: Progress, *, asks: bool, tuning: bool = False
) -> Asked:
    """Have tasks of sets predicted with each number of annotations, as far as they are asked."""
    replies = Replies(CACHE, (1, THREADS), asks=asks, keeps_tokens=True)
    found: Asked = {}
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedModels(threads=THREADS) as models:
            policy = write_policy(Path(folder))
            if asks:
                models.run(policy.providers)
            for means in (False, True):
                reviews = Reviews(open_store(f"sqlite:///{folder}/state-{means}.db"), ReviewEntries(SURROGATE_KEY))
                library = Library(partial(Reviews, reviews.store, reviews.entries), means=means)
                calibrations = Calibrations(reviews.store, reviews.entries)
                own = {"surrogate_key": SURROGATE_KEY, "library": library, "calibrations": calibrations}
                engine = keeping_engine(policy, Path(folder), models, replies, **own)
                names = [name for name in sets if (name in BY_MEANING) is means]
                wanted = {(name, count): read_set(name, tuning=tuning) for name in names for count in counts}
                found |= asyncio.run(_all(engine, (reviews, calibrations), wanted, most, progress))
    finally:
        replies.save()
    return {(name, count): found[name, count] for name in sets for count in counts}


async def _all(
    engine: Engine,
    known: tuple[Reviews, Calibrations],
    wanted: Mapping[tuple[str, int], tuple[list[Task], list[Task]]],
    most: int,
    progress: Progress,
) -> Asked:
    found: Asked = {}
    try:
        for project, ((name, count), (annotated, asked)) in enumerate(wanted.items(), 1):
            where = project, path_of(name)
            judged = annotated[: min(count, JUDGED)] if name in BY_NEAREST and count >= LEAST else []
            bar = progress.add_task(f"{name}, {count} annotations", total=len(judged) + len(asked[:most]))
            advance = partial(progress.advance, bar)
            before = await _predict(engine, where, judged, advance)
            if count:
                annotate(known[0], *where, annotated[:count])
            if before:
                judge(known[1], known[0], project, before)
            found[name, count] = await _predict(engine, where, asked[:most], advance)
    finally:
        await engine.aclose()
    return found


def compared(asked: Asked) -> dict[str, dict[int, Predicted]]:
    """Return, by set, what came of the tasks that were asked with each number of annotations.

    A number with which less than half as many were asked as with another is left out.
    """
    found: dict[str, dict[int, Predicted]] = {}
    for name in dict.fromkeys(name for name, _ in asked):
        there = {count: asked.get((name, count), {}) for count in COUNTS}
        most = max(map(len, there.values()))
        own = {count: each for count, each in there.items() if each and 2 * len(each) >= most}
        both = set.intersection(*(set(each) for each in own.values())) if own else set()
        if both:
            found[name] = {
                count: {task: each[task] for task in sorted(both, key=lambda task: task.text)}
                for count, each in own.items()
            }
    return found


def measured(predicted: Predicted, label: str = "") -> Measured:
    """Return how good predictions are: of all labels, or of one."""
    made = Measured()
    for task, prediction in predicted.items():
        made.add(task, prediction, label)
    return made


Rows = list[list[str]]


def rows_of(found: Mapping[str, Mapping[int, Predicted]]) -> Rows:
    """Return the table's rows: a set, and of notes each label, its figures by number of annotations."""
    rows = []
    for name, own in found.items():
        kind = SETS[name]
        rows.append(_row(f"{name}, {'F1' if kind in SPANS | SEVERAL else 'accuracy'}", own))
        rows += [_row(f"{name}: {label}", own, label) for label in (known.LABELS if name == "notes" else ())]
    return rows


def _row(head: str, own: Mapping[int, Predicted], label: str = "") -> list[str]:
    shown = [f"{measured(own[count], label).figure:.1%}" if count in own else "-" for count in COUNTS]
    return [head, str(len(next(iter(own.values())))), *shown]


def score_rows(found: Mapping[str, Mapping[int, Predicted]]) -> Rows:
    """Return the rows of the second table: how good the scores are, of a set with a number of annotations."""
    rows = []
    for name, own in found.items():
        for count, predicted in own.items():
            scored = measured(predicted).scored
            wrong = len(scored.right) - sum(scored.right)
            told = auroc(scored), calibration_error(scored), *(calibrated_error(scored) or (None, None))
            figures = ("-" if figure is None else f"{figure:.2f}" for figure in told)
            rows.append([name, str(count), str(len(scored.right)), str(wrong), *figures])
    return rows


def draw(found: Mapping[str, Mapping[int, Predicted]]) -> None:
    """Draw the curves."""
    with picture(PICTURE, figsize=(6, 3.4)) as (_, axes):
        for name, own in found.items():
            figures = [measured(predicted).figure for predicted in own.values()]
            axes.plot([COUNTS.index(count) for count in own], figures, marker="o", label=name)
        axes.set_xticks(range(len(COUNTS)), [str(count) for count in COUNTS])
        axes.set_xlabel("annotations that examples are chosen from")
        axes.set_ylabel("accuracy, or F1")
        axes.set_ylim(top=1.01)
        axes.legend(frameon=False, loc="lower right")


WORDS = """# What examples bring

With so many annotations, of which up to {most} stand as [examples](../learning.md#examples) before a task: the embedded
model (Qwen2.5-Coder, 1.5 billion parameters) on tasks that are none of them, texts as they are. Written by
`make bench-learning`; a set is measured by the tasks that were asked with each number of annotations that has a figure.

{table}

![Accuracy and F1 by annotations](../images/learning.svg)

- *reviews*: sentences of `tests/data/amazon_cells_500.tsv`, half of them to annotate and half to ask.
- *notes*: `tests/data/clinical.json`, 30 notes to annotate and 30 to ask; exact F1, place and label. People are
  marked by [detection](../label-configs.md#known-labels), and words that annotators marked three times are
  [marked again](../learning.md#words-that-were-marked-before), but for the row *by examples alone*. There are 30
  annotations where it says 100.
- *topics*, one of five, and *names*: tasks of `tests/bench/label_tasks.py` that are asked of other templates than those
  that are annotated, of which there are 38 and 48 in all.
- *intents20*, *intents70*: sentences of `tests/data/front_desk.txt` about one of 20 or of 70 matters at the front
  desks of a bank and of a clinic, many of them said in a roundabout way; *taxonomy*: of `tests/data/shop_tree.txt`,
  about one of 24 paths of three levels (`Taxonomy`), 96 of them annotated where it says 100; *multi*: texts about one
  to three of eight topics (`Choices` with `choice="multiple"`, F1 over all labels), of `tests/data/guest_topics.txt`.
  All were written for it, and chance says which of them are annotated. Of these four sets examples are chosen [by
  what texts mean, too](../learning.md#examples); of the others by words alone.
- *…, nearest*: no examples, but [the label of the nearest](../learning.md#the-label-of-the-nearest) where it is
  likelier right than the model's. Up to {judged} annotated tasks were predicted before they were annotated, as far as
  the model was asked: by these its scores are calibrated, where they are enough.

So few tasks tell little: of {tasks}, one is {one:.1%}.

## Their scores

Whether the raw score of each choice or span, by the model's tokens, tells right from wrong: AUROC, ECE, and the ECE
of [calibrated](../learning.md#calibrated-scores) ones, each by four fifths of the others over ten ways to split them,
where these are enough ([what that means](scores.md)). So few never fill ten bins evenly: the last figure is the ECE
that calibrated scores would have if they were wholly true.

{scores}

## The nearest alone

How often [the label of the nearest](../learning.md#the-label-of-the-nearest) annotated tasks is right, by words alone
and by meaning, too, of all tasks that may be asked; no model is. In brackets stands of what share of the annotated
tasks the others say the same: by that it is judged whether this label stands in place of the model's.

{nearest}

## Labels that are offered

Where a rule says [how many labels are offered](../label-configs.md#hundreds-of-labels): how often the right one is
among them, with 100 annotations, by words alone and by meaning, too. No model is asked.

{offered}
"""
HEADS = ["set", "tasks", *(f"{count} annotations" for count in COUNTS)]
OFFERED_HEADS = ["set", "tasks", *(f"{count} offered" for count in OFFERED)]
NEAREST_HEADS = ["set", "tasks", *(f"{count} annotations" for count in COUNTS[1:])]
SCORE_HEADS = ["set", "annotations", "scored", "wrong", "AUROC", "ECE", "calibrated", "by chance"]


def _markdown(heads: Sequence[str], rows: Rows) -> str:
    lines = [heads, ["---", *("--:" for _ in heads[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(found: Mapping[str, Mapping[int, Predicted]]) -> None:
    """Write tables and picture into the docs."""
    tasks = min(len(next(iter(own.values()))) for own in found.values())
    words = WORDS.format(
        most=EXAMPLES["most"],
        table=_markdown(HEADS, rows_of(found)),
        scores=_markdown(SCORE_HEADS, score_rows(found)),
        offered=_markdown(OFFERED_HEADS, offered_rows()),
        nearest=_markdown(NEAREST_HEADS, nearest_rows(COUNTS[1:])),
        tasks=tasks,
        judged=JUDGED,
        one=1 / tasks,
    )
    DOCUMENT.write_text(words, encoding="utf-8")
    draw(found)


def main() -> None:
    """Measure, print the tables, and write them into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", action="append", choices=SETS, help="one set, on screen only")
    options.add_argument("--most", type=int, default=0, help="so many tasks of each set at most, on screen only")
    options.add_argument("--count", action="append", type=int, choices=COUNTS[1:], help="beside none, on screen only")
    options.add_argument("--tuning", action="store_true", help="on annotated tasks alone, on screen only")
    options.add_argument("--kept", action="store_true", help="ask for nothing: report what is answered already")
    given: Any = options.parse_args()
    counts = (0, *given.count) if given.count else ORDER
    with Progress(console=Console(stderr=True)) as progress:
        asked = predict(
            given.set or list(SETS), counts, given.most or MOST, progress, asks=not given.kept, tuning=given.tuning
        )
    found = compared(asked)
    for heads, rows in ((HEADS, rows_of(found)), (SCORE_HEADS, score_rows(found))):
        table = Table(*heads)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    if found and not (given.most or given.set or given.count or given.tuning):
        write(found)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
