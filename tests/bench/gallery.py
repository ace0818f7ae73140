"""Every text template of the installed Label Studio's gallery, with its sample task, by the embedded model.

python -m tests.bench.gallery                the table in docs/gallery.md
python -m tests.bench.gallery --only NAME    templates whose folder's name holds NAME, on screen only
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from label_studio_sdk.label_interface import LabelInterface
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.labelstudio.config import OBJECT_TAGS, build_plan
from backend.labelstudio.types import Plan
from tests.child import ROOT, labelguard
from tests.label_studio.api import RefusedError
from tests.label_studio.harness import PROGRAM, LabelStudio
from tests.parts import HANDLERS, predict_body, write_policy
from tests.peers import context, peers

PAGE = ROOT / "docs" / "gallery.md"
AUTH = ("label-studio", "battery-staple-2")
# Object tags of the gallery whose data is no text.
OTHERS = frozenset({"Image", "Audio", "AudioPlus", "Video", "TimeSeries", "Pdf", "Website", "ReactCode"})
IN_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the gallery with its sample task."""

    name: str
    title: str
    config: str
    task: dict[str, Any]
    context: dict[str, Any] | None = None


@dataclass(slots=True)
class Row:
    """What became of a template; a step that was not reached is empty."""

    template: Template
    plan: Plan | None = None
    planned: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)
    answered: str = ""
    seconds: float = 0.0
    valid: str = ""
    stored: str = ""


def gallery() -> list[Template]:
    """Return all templates whose objects are text alone, in the order of their folders."""
    found = []
    for name, title, config in templates():
        tags = set(re.findall(r"<([A-Z]\w*)", config))
        if tags & OBJECT_TAGS and not tags & OTHERS:
            found.append(Template(name, title, config, sample(config)))
    return found


def templates() -> Iterator[tuple[str, str, str]]:
    """Yield the folder, the title and the label config of every template, in the order of their folders."""
    (folder,) = (PROGRAM.parents[1] / "lib").glob("python3*/site-packages/label_studio/annotation_templates")
    for file in sorted(folder.rglob("config.yml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        yield str(file.parent.relative_to(folder)), document["title"], document["config"]


def examples() -> list[Template]:
    """Return the example configs of other backends."""
    return [Template(name, name, config, data, context(config)) for name, (config, data) in peers().items()]


def sample(config: str) -> dict[str, Any]:
    """Return the template's own sample task, completed as Label Studio's preview does."""
    interface = LabelInterface(config)
    generated = interface.generate_sample_task(mode="editor_preview")
    for comment in reversed(IN_COMMENT.findall(config)):
        try:
            own = json.loads(comment)
        except ValueError:
            continue
        first = own[0] if isinstance(own, list) else own
        return {**generated, **first.get("data", first)}
    return dict(generated)


def measure(rows: Sequence[Row], folder: Path, console: Console) -> None:
    """Plan, answer, check and store each template."""
    embedded = {"kind": "embedded", "model": "qwen2.5-coder-1.5b-instruct", "external": False}
    policy = write_policy(folder, {"embedded": {**embedded, "concurrency": 2, "timeout_s": 600}})
    environment = {"LABELGUARD_BASIC_AUTH_USER": AUTH[0], "LABELGUARD_BASIC_AUTH_PASSWORD": AUTH[1]}
    environment["LABELGUARD_MODEL_THREADS"] = "1"
    with (
        labelguard(policy.file, folder, AUTH, **environment) as (url, _),
        LabelStudio.running(folder / "label-studio") as studio,
        Progress(console=console) as progress,
        ThreadPoolExecutor(2) as pool,
    ):
        bar = progress.add_task("templates", total=len(rows))
        for _ in pool.map(lambda row: _measure(row, url, studio), rows):
            progress.advance(bar)


def _measure(row: Row, url: str, studio: LabelStudio) -> None:
    row.plan = build_plan(row.template.config, HANDLERS)
    row.planned = "; ".join(f"<{u.tag}> {u.reason}" for u in row.plan.unserved) or "yes"
    body = predict_body(row.template.config, row.template.task)
    body["params"]["context"] = row.template.context
    started = time.monotonic()
    answer = httpx.post(f"{url}/predict", json=body, auth=AUTH, timeout=900, trust_env=False)
    row.seconds = time.monotonic() - started
    prediction = answer.json()["results"][0] if answer.is_success else {}
    row.answered = "yes" if prediction else "no"
    if not prediction:
        return
    row.results = prediction["result"]
    errors = LabelInterface(row.template.config).validate_prediction(prediction, return_errors=True)
    nested = any(isinstance(c, list) for r in row.results for c in r.get("value", {}).get("choices", ()))
    chat = "toName" in row.template.config and any(r["type"] == "chatmessage" for r in row.results)
    known = "yes, but for the SDK's error on " + ("nested choices" if nested else "a Chat with toName")
    row.valid = "yes" if not errors else known if nested or chat else "no"
    row.stored = _store(row, prediction, studio)


def _store(row: Row, prediction: dict[str, Any], studio: LabelStudio) -> str:
    """Store the prediction in real Label Studio and read it back."""
    try:
        project = studio.api.create_project(f"Gallery: {row.template.title}"[:50], row.template.config)
    except RefusedError:
        return "Label Studio Community refuses the config"
    (task,) = studio.api.import_tasks(project, row.template.task)
    studio.api.store_prediction(task, prediction)
    stored = studio.api.predictions(project)[task]["result"]
    return "yes" if stored == row.results else "no"


def tags(plan: Plan) -> Iterator[str]:
    """Yield what a plan asks, in short."""
    for control in plan.controls:
        extra = [*(["per region"] if control.per_region else []), *(["on a condition"] if control.conditions else [])]
        yield control.tag + (f" ({', '.join(extra)})" if extra else "")


def page(rows: Sequence[Row]) -> str:
    """Write the table for the docs."""
    names = ("config", "controls", "planned whole", "answered", "valid", "stored", "regions", "seconds")
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|"
    lines = []
    for row in rows:
        counted = dict.fromkeys(tags(row.plan)) if row.plan else {}
        cells = [row.template.title, ", ".join(counted), row.planned, row.answered, row.valid, row.stored]
        lines.append("| " + " | ".join(c.replace("<", "`<").replace(">", ">`") for c in cells))
        lines[-1] += f" | {len(row.results)} | {row.seconds:.0f} |"
    return f"{_summary(rows)}\n\n{head}\n" + "\n".join(lines) + "\n"


def _summary(rows: Sequence[Row]) -> str:
    def count(word: str) -> int:
        return sum(getattr(row, word).startswith("yes") for row in rows)

    return (
        f"{len(rows)} configs: {count('planned')} planned whole, {count('answered')} answered by the embedded model,"
        f" {count('valid')} valid, {count('stored')} stored."
    )


INTRODUCTION = """# Label Studio's gallery

Every template of Label Studio's gallery whose objects are text alone, with the sample task that it brings. Each was
planned, answered by the embedded model (Qwen2.5-Coder 1.5B on two cores), checked by label-studio-sdk and by our own
checks, and stored in a real Label Studio Community 1.23.2 and read back. The templates with `<Chat>` are stored by its
API, but not shown by its editor. Written by `make bench-gallery`.

"""
OTHERS_TITLE = """
# Configs of other backends

What other backends for Label Studio give as examples (`llm_interactive`, with a typed prompt) or test themselves with
(the grid of Adala's Label Studio skill), answered in the same run.

"""


def main() -> None:
    """Measure, print the table, and write it into the docs."""
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    given = options.parse_args()
    console = Console()
    own, others = ([Row(t) for t in found if given.only in t.name] for found in (gallery(), examples()))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "label-studio").mkdir()
        measure(own + others, Path(folder), console)
    table = Table("config", "planned", "answered", "valid", "stored", "regions", "seconds")
    for row in own + others:
        cells = (row.template.title, row.planned, row.answered, row.valid, row.stored, str(len(row.results)))
        table.add_row(*cells, f"{row.seconds:.0f}")
    console.print(table, _summary(own), _summary(others))
    if not given.only:
        PAGE.write_text(INTRODUCTION + page(own) + OTHERS_TITLE + page(others), encoding="utf-8")
    raise SystemExit(0 if all(row.valid.startswith("yes") for row in own + others) else 1)


if __name__ == "__main__":
    main()
