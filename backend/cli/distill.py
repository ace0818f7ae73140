"""`labelguard distill`: a small model of one's own, learned from what reviewers annotated."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from backend.cli import annotated, app


@app.command()
def distill(
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder that the model is written into.")],
    project: annotated.KeptProject = None,
    tasks: annotated.ExportFile = None,
    config: annotated.ExportConfig = None,
    policy: annotated.PolicyFile = None,
    path: annotated.ExportPath = "",
    title: annotated.ExportTitle = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was learned as JSON.")] = False,
) -> None:
    """Learn a small model from annotations, for a provider of kind distilled: no other model is called any more.

    It learns what is one of a few values, such as a choice or a rating, and what is marked with labels, on texts
    redacted as the policy's rule says. How right it is, and how sure it may be, is measured on examples that it had
    not seen.
    """
    from backend.engine.training.distill import distilled, need_sklearn
    from backend.engine.training.export import TrainingReport
    from backend.engine.training.figures import LEAST_OF_EACH
    from backend.model.distilled.model import write_distilled

    need_sklearn()
    report = TrainingReport()
    examples = annotated.read_examples_of(
        annotated.AnnotationSource(project, tasks, config, path, title), policy, report
    )
    found = distilled(examples)
    learned_from = len(examples) - found.left_out - found.rare_examples
    about = {"examples": learned_from, "figures": [asdict(one) for one in found.figures], "not_learned": found.rare}
    write_distilled(out, found.model, about)
    more = {"asks otherwise than most": found.left_out, "shows a value that is not learned": found.rare_examples}
    left_out = report.left_out | {reason: count for reason, count in more.items() if count}
    if as_json:
        typer.echo(json.dumps({"folder": str(out), **about, "left_out": left_out}, indent=1))
        return
    for one in found.figures:
        typer.echo(f"{one.key}: {one.told()}, each by a model that had not seen it")
        typer.echo(f"{one.key}: calibration error {one.calibration_error:.3f}")
    for key, rare in found.rare.items():
        told = ", ".join(f"{value} ({count})" for value, count in rare.items())
        typer.echo(f"{key}: never answers what fewer than {LEAST_OF_EACH} examples show - annotate more: {told}")
    for reason, count in left_out.items():
        typer.echo(f"left out: {count:,} {reason}")
    typer.echo(f"to be asked: kind: distilled, path: {out}, external: false")
