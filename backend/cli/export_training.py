"""`labelguard export-training`: what reviewers annotated, as files to train a model with."""

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import annotated, app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.engine.training.export import TrainingReport


class LineFormat(Enum):
    """How examples are written."""

    OPENAI = "openai"
    CHAT = "chat"


@app.command("export-training")
def export_training(
    out: Annotated[Path, typer.Option(help="The file that is written, JSON lines; its owner alone may read it.")],
    project: annotated.KeptProject = None,
    tasks: annotated.ExportFile = None,
    config: annotated.ExportConfig = None,
    form: Annotated[
        LineFormat, typer.Option("--format", help="For OpenAI's fine-tuning, or messages alone, as LoRA takes them.")
    ] = LineFormat.OPENAI,
    hold_out: Annotated[
        float, typer.Option(min=0, max=0.9, help="The share of the tasks that goes into a second file, to validate.")
    ] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest example, in tokens, about.")] = 65_536,
    policy: annotated.PolicyFile = None,
    path: annotated.ExportPath = "",
    title: annotated.ExportTitle = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write what reviewers annotated as training data: each line what a model would be sent, and the right answer.

    Texts are redacted as the policy's rule has them redacted. All lines are checked; if a check fails none is written.
    What is left out is counted, by reason. Nothing is sent anywhere, but to a guard that the policy names.
    """
    from backend.engine.training.export import TrainingReport, TrainingWish, write_training

    source, report = annotated.AnnotationSource(project, tasks, config, path, title), TrainingReport()
    examples = annotated.read_examples_of(source, policy, report)
    files = write_training(out, examples, TrainingWish(form.value, hold_out, max_tokens), report)
    if as_json:
        typer.echo(json.dumps({"files": list(map(str, files)), **report.flat()}, indent=1))
        return
    for line in _lines(report, files):
        typer.echo(line)
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)


def _lines(report: "TrainingReport", files: "Sequence[Path]") -> Iterator[str]:
    yield f"{report.examples:,} examples of {report.tasks:,} annotated tasks: {files[0]}"
    if report.held_out:
        yield f"{report.held_out:,} held out: {files[1]}"
    yield f"about {report.tokens:,} tokens"
    if report.duplicates:
        yield f"{report.duplicates:,} said the same as another, and stand there once"
    yield from (f"left out: {count:,} {reason}" for reason, count in report.left_out.most_common() if count)
