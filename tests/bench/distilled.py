"""How good small models of one's own are, learned from annotations: `make bench-distil` writes docs/training.md.

python -m tests.bench.distilled --set notes       one set (may be repeated), on screen only

The whole way: annotated tasks are redacted with surrogates and written as training examples, a model is distilled, and
tasks that are none of them are predicted by it as by any provider of a policy. Sets and measures are those of
`tests.bench.learning`; what is marked is what detection does not know, since all labels are asked.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from backend.engine.previews.preview import Previewer
from backend.engine.training.distill import Distilled, distilled
from backend.engine.training.export import TrainingReport, compose
from backend.engine.training.sources import LearnableTask
from backend.errors import RequestError
from backend.labelstudio import types
from backend.labelstudio.types import Prediction
from backend.model.distilled.model import write_distilled
from backend.policy import Policy
from backend.review.entries import ReviewedProject
from backend.settings import Settings
from tests.bench.label_tasks import Task
from tests.bench.learning import Measured
from tests.bench.learning_sets import CONFIGS, SETS, SPANS, read_set, result_of
from tests.bench.rows import put
from tests.child import ROOT
from tests.parts import SECRET, build_engine

PAGE = ROOT / "docs" / "training.md"
COUNTS = (20, 50, 100, 250)
NAMES = ("reviews", "notes", "names")
HEADS = ("set", *(f"{count} annotations" for count in COUNTS), "milliseconds of CPU a task")
RULE = {"name": "all", "match": "everything", "operators": {"*": "surrogate"}, "known_labels": "off"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a set with a number of annotations.

    Attributes:
        measured: how many were right.
        milliseconds: of CPU that a task took, redaction and all.
    """

    measured: Measured
    milliseconds: float


def learned(folder: Path, tasks: Sequence[Task]) -> Distilled:
    """Distil a model from annotated tasks.

    Raises:
        RequestError: they are too few.
    """
    own = {"kind": "openai", "model": "m", "address": "http://127.0.0.1:9/v1", "external": False}
    policy = _policy(folder / "learn.yaml", own)
    settings = Settings(state_url=f"sqlite:///{folder / 'state.db'}", cache=folder / "cache")
    annotated = [
        LearnableTask(types.Task({"text": task.text}, {}, str(number), is_annotated=True), (result_of(task),))
        for number, task in enumerate(tasks)
    ]
    with Previewer(policy, settings, SECRET) as previewer:
        examples = compose(previewer, ReviewedProject(1, CONFIGS[tasks[0].kind]), annotated, TrainingReport())
        return distilled(examples)


def asked(folder: Path, model: Distilled, tasks: Sequence[Task]) -> Asked:
    """Have tasks predicted by a model."""
    write_distilled(folder / "model", model.model, {})
    engine = build_engine(_policy(folder / "ask.yaml", {"kind": "distilled", "path": "model", "external": False}))

    async def predicted() -> Asked:
        measured, used = Measured(), 0.0
        try:
            for number, task in enumerate(tasks):
                job, start = engine.job(CONFIGS[task.kind], "1"), time.process_time()
                (outcome,) = await engine.predict(job, [types.Task({"text": task.text}, id=str(number))])
                used += time.process_time() - start
                measured.add(task, outcome if isinstance(outcome, Prediction) else None)
        finally:
            await engine.aclose()
        return Asked(measured, 1000 * used / len(tasks))

    return asyncio.run(predicted())


def row(name: str) -> tuple[str, ...]:
    """Measure a set."""
    annotated, to_ask = read_set(name)
    cells, used = [], ""
    for count in COUNTS:
        try:
            with tempfile.TemporaryDirectory() as place:
                found = asked(Path(place), learned(Path(place), annotated[:count]), to_ask)
        except RequestError:
            cells.append("too few of a label")
            continue
        enough = count <= len(annotated)
        cells.append(f"{found.measured.figure:.1%}" + ("" if enough else f" (of {len(annotated)})"))
        used = f"{found.milliseconds:.0f}"
        print(name, count, cells[-1], file=sys.stderr)  # noqa: T201
        if not enough:
            break
    cells += ["-"] * (len(COUNTS) - len(cells))
    what = "F1 of spans, to the letter" if SETS[name] in SPANS else "right"
    return f"{name}, {what} ({len(to_ask)} tasks)", *cells, used


def _policy(file: Path, provider: dict[str, object]) -> Policy:
    file.write_text(
        yaml.safe_dump({"version": 1, "providers": {"it": provider}, "rules": [RULE | {"providers": ["it"]}]})
    )
    return Policy.load(file)


def main() -> None:
    """Measure, print the table, and write it into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", action="append", choices=NAMES, default=[])
    names = options.parse_args().set
    lines = [HEADS, ("---", *("--:" for _ in HEADS[1:])), *(row(name) for name in names or NAMES)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    print(table)  # noqa: T201
    if not names:
        put(PAGE, "measured: distilled", table)


if __name__ == "__main__":
    main()
