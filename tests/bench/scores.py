"""How good the raw scores are: the embedded model on sentiments (Choices) and names (Labels), by its tokens.

python -m tests.bench.scores             asks what is not answered yet, prints the table, writes docs/measured/scores.md
python -m tests.bench.scores --kept      of what is answered already: nothing is asked
python -m tests.bench.scores --most 10   so many tasks of each kind at most, on screen only

It may be stopped at any time: answers are kept in .cache/scores/replies.json with the probabilities of their tokens, so
that a change of how scores are made costs no call. Wanted are an AUROC of .90 on Choices and .80 on spans.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.engine.engine import Engine
from backend.labelstudio import types
from backend.labelstudio.types import Prediction
from backend.model.embedded.models import EmbeddedModels
from backend.results.scores import with_calibrated, with_score
from backend.review.calibration import ScoreSample
from tests.bench.label_replies import NotKeptError, Replies, keeping_engine
from tests.bench.label_tasks import CONFIGS, Task, read_tasks
from tests.bench.labels import AT_ONCE, SURROGATE_KEY, THREADS, write_policy
from tests.child import ROOT

CACHE = ROOT / ".cache" / "scores" / "replies.json"
DOCUMENT = ROOT / "docs" / "measured" / "scores.md"
MOST = {"sentiments": 60, "texts": 20, "entities": 20}
"""Tasks of each kind that are asked: the first in the order in which the cost of redaction is measured."""
BINS = 10
FOLDS = 5
DRAWS = 300
SPLITS = 10


@dataclass(slots=True)
class Scored:
    """Scores, and whether what they are of is right."""

    scores: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    unscored: int = 0

    def add(self, score: float | None, *, is_right: bool) -> None:
        """Add one."""
        if score is None:
            self.unscored += 1
        else:
            self.scores.append(score)
            self.right.append(is_right)


def auroc(scored: Scored) -> float | None:
    """Return how often something right has a higher score than something wrong; None where all or none is right."""
    scores, right = np.array(scored.scores), np.array(scored.right, dtype=bool)
    good, bad = scores[right], scores[~right]
    if not len(good) or not len(bad):
        return None
    higher = (good[:, None] > bad[None]).mean() + 0.5 * (good[:, None] == bad[None]).mean()
    return float(higher)


def calibration_error(scored: Scored) -> float | None:
    """Return by how much scores miss the share that is right, in ten bins of equal width (ECE); None of nothing."""
    scores, right = np.array(scored.scores), np.array(scored.right, dtype=float)
    if not len(scores):
        return None
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    own = [bins == number for number in range(BINS)]
    return float(sum(abs(scores[each].mean() - right[each].mean()) * each.mean() for each in own if each.any()))


def error_by_chance(scored: Scored) -> float | None:
    """Return the ECE that these scores would have on average if they were calibrated: so few tasks miss by so much."""
    scores, chance = np.array(scored.scores), np.random.default_rng(0)
    drawn = (Scored(scored.scores, (chance.random(len(scores)) < scores).tolist()) for _ in range(DRAWS))
    return float(np.mean([calibration_error(each) for each in drawn])) if len(scores) else None


def cross_calibrated(scored: Scored, split: int = 0) -> Scored | None:
    """Return scores calibrated as the server does it, each by the others' four fifths; None where these are too few.

    Args:
        scored: raw scores.
        split: which of many ways to make the fifths.
    """
    scores, right = np.array(scored.scores), np.array(scored.right, dtype=bool)
    fold = np.random.default_rng(split).permutation(len(scores)) % FOLDS
    found = Scored()
    for number in range(FOLDS):
        others = ScoreSample(True, 0, tuple(scores[fold != number].tolist()), tuple(right[fold != number].tolist()))
        if not others.is_enough:
            return None
        for score, is_right in zip(scores[fold == number].tolist(), right[fold == number].tolist(), strict=True):
            raw = with_score({}, score, "tokens")
            calibrated = with_calibrated(raw, others.probability(raw["score"]), 0, is_blind=True)
            found.add(calibrated["score"], is_right=is_right)
    return found


def calibrated_error(scored: Scored) -> tuple[float, float] | None:
    """Return the ECE of calibrated scores, and that by chance, as they are on average over several ways to split.

    Args:
        scored: raw scores; None is returned where they are too few to be calibrated.
    """
    split = [cross_calibrated(scored, number) for number in range(SPLITS)]
    found = [(calibration_error(each), error_by_chance(each)) for each in split if each]
    if len(found) < SPLITS:
        return None
    errors, chances = zip(*((error or 0.0, chance or 0.0) for error, chance in found), strict=True)
    return float(np.mean(errors)), float(np.mean(chances))


async def _predictions(engine: Engine, tasks: Sequence[Task], progress: Progress) -> dict[Task, Prediction]:
    found: dict[Task, Prediction] = {}
    bar, queue = progress.add_task("asked", total=len(tasks)), iter(tasks)

    async def work() -> None:
        for task in queue:
            job = engine.job(CONFIGS[task.kind], "1", "none")
            (outcome,) = await engine.predict(job, [types.Task({"text": task.text})])
            if isinstance(outcome, Prediction):
                found[task] = outcome
            elif not isinstance(outcome, NotKeptError):
                progress.console.print(f"{task.kind}: {outcome.code}")
            progress.advance(bar)

    try:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    finally:
        await engine.aclose()
    return found


def predict(tasks: Sequence[Task], progress: Progress, *, asks: bool) -> dict[Task, Prediction]:
    """Have the embedded model predict tasks, as far as its answers are not kept; the text goes as it is."""
    replies = Replies(CACHE, (AT_ONCE, THREADS), asks=asks, keeps_tokens=True)
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedModels(threads=THREADS) as models:
            policy = write_policy(Path(folder))
            if asks:
                models.run(policy.providers)
            engine = keeping_engine(policy, Path(folder), models, replies, surrogate_key=SURROGATE_KEY)
            return asyncio.run(_predictions(engine, tasks, progress))
    finally:
        replies.save()


def measure(found: dict[Task, Prediction]) -> Iterator[tuple[str, Scored]]:
    """Yield what was scored: each choice, each span, and whether a task of spans is right as a whole."""
    choices, spans, whole = Scored(), Scored(), Scored()
    for task, prediction in found.items():
        marked = set()
        for result in prediction.result:
            value = result["value"]
            place = value.get("start", 0), value.get("end", 0), value[result["type"]][0]
            marked.add(place)
            own = choices if task.kind == "sentiments" else spans
            own.add(result.get("score"), is_right=place in task.right)
        if task.kind != "sentiments":
            whole.add(prediction.score, is_right=marked == task.right)
    yield "Choices: is the label right?", choices
    yield "Labels: is the span right, place and label?", spans
    yield "Labels: is the whole task right?", whole


def _rows(found: dict[Task, Prediction]) -> list[list[str]]:
    rows = []
    for name, scored in measure(found):
        right = f"{np.mean(scored.right):.0%}" if scored.right else "-"
        measured = auroc(scored), calibration_error(scored), *(calibrated_error(scored) or (None, None))
        figures = ("-" if figure is None else f"{figure:.2f}" for figure in measured)
        rows.append([name, str(len(scored.scores)), right, *figures, str(scored.unscored)])
    return rows


HEADS = ["question", "scored", "right", "AUROC", "ECE", "calibrated", "by chance", "without a score"]
WORDS = """# How good scores are

Raw [scores](../policies.md#scores) by tokens, of the embedded model (Qwen2.5-Coder, 1.5 billion parameters), on
tasks of `tests/bench/label_tasks.py`: {tasks}. Nothing was redacted. Written by
`make bench-scores`, which asks 60 sentiments and 40 texts with names if it may run to its end.

{table}

AUROC is how often something right has a higher score than something wrong: .5 by chance, 1 if all that is wrong comes
first. ECE is by how much scores miss the share that is right, in ten bins: raw scores are meant to order, not to be
believed. Beside it stands that of [calibrated](../learning.md#calibrated-scores) ones, each by four fifths of the
others, over ten ways to split them, where these are enough, and the ECE that they would have if they were wholly
true: so few never fill ten bins evenly. So few tasks tell little: an AUROC of spans may be off by a tenth, and one of
choices hangs on the one or two that are wrong. How a span's label and words are put together was chosen on these
tasks.
"""


def write(found: dict[Task, Prediction], rows: Sequence[Sequence[str]]) -> None:
    """Write the table into the docs."""
    table = [
        "| " + " | ".join(HEADS) + " |",
        "|---|" + "--:|" * (len(HEADS) - 1),
        *("| " + " | ".join(r) + " |" for r in rows),
    ]
    counts = {kind: sum(task.kind == kind for task in found) for kind in MOST}
    tasks = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    DOCUMENT.write_text(WORDS.format(tasks=tasks, table="\n".join(table)), encoding="utf-8")


def chosen(most: int) -> list[Task]:
    """Return the tasks, those of each kind in turn, so that a run that is stopped is a fair sample."""
    tasks = read_tasks()
    by_kind = [
        [task for task in tasks if task.kind == kind][: min(most or count, count)] for kind, count in MOST.items()
    ]
    places = [(place / len(own), task) for own in by_kind for place, task in enumerate(own)]
    return [task for _, task in sorted(places, key=lambda each: each[0])]


def main() -> None:
    """Measure, print the table, and write it into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--most", type=int, default=0, help="so many tasks of each kind at most, on screen only")
    options.add_argument("--kept", action="store_true", help="ask for nothing: report what is answered already")
    given = options.parse_args()
    with Progress(console=Console(stderr=True)) as progress:
        found = predict(chosen(given.most), progress, asks=not given.kept)
    rows = _rows(found)
    table = Table(*HEADS)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    if not given.most:
        write(found, rows)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
