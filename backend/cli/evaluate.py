"""`labelguard evaluate`: predictions beside what people annotated, from exports or straight from Label Studio."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.errors import LabelguardError, RequestError

if TYPE_CHECKING:
    from backend.evaluate.labels.evaluation import LabelEvaluation
    from backend.evaluate.labels.sample import LabelSample
    from backend.evaluate.labels.shown_rows import Redact
    from backend.evaluate.labels.spending import VersionSpending

SHOWN_AS_IT_IS = "Texts are shown as they are."
SHOWN_REDACTED = "Texts are redacted: what looks like personal data is replaced."


@app.command()
def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Exports of Label Studio as JSON, and what predict wrote; side by side.")
    ] = None,
    project: Annotated[int | None, typer.Option(help="A project's number: it is read from Label Studio.")] = None,
    version: Annotated[list[str] | None, typer.Option(help="A model version to show; all if none is named.")] = None,
    control: Annotated[list[str] | None, typer.Option(help="A control's name; all if none is named.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label that counts; all if none is named.")] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Only what was annotated before there was a prediction to see.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures and tasks to this file.")] = None,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="On the page: texts as they are, in place of redacted ones.")
    ] = False,
    rows: Annotated[int, typer.Option(min=0, help="On the page: the most rows of tasks.")] = 500,
    min_f1: Annotated[
        float | None, typer.Option("--min-f1", min=0, max=1, help="Exit with 1 if an F1 is below this.")
    ] = None,
    suspects_tab: Annotated[
        str, typer.Option(help="With --project: have a tab of this title show tasks that are probably annotated wrong.")
    ] = "",
    record: Annotated[
        bool, typer.Option("--record", help="Say what the versions' calls cost, from this deployment's record.")
    ] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Resamples for the intervals; 0 for none.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Which resamples; the same seed gives the same intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Say how good predictions are, beside what people annotated. Figures alone are printed, never a text.

    Nothing is sent anywhere but, if --suspects-tab says so, a tab to Label Studio. Exits with 1 if --min-f1 does not
    hold for a control and version that have an F1.
    """
    if suspects_tab and project is None:
        raise RequestError("--suspects-tab is a tab of a project in Label Studio - name the project with --project")
    sample = _sample(files or [], project).narrowed(control or (), version or (), blind=blind)
    evaluation = _evaluated(sample, label or [], resamples, seed)
    if record:
        evaluation = replace(evaluation, spending=_spending(sample.versions))
    if html:
        _write(html, evaluation, rows, show_texts=show_texts)
    _print(evaluation, as_json=as_json)
    if project is not None and suspects_tab:
        from backend.cli.reviewed import put_in_tab

        typer.echo(put_in_tab(project, suspects_tab, evaluation.suspects), err=True)
    if min_f1 is not None:
        raise typer.Exit(0 if _holds(evaluation, min_f1) else 1)


def _sample(files: list[Path], project: int | None) -> "LabelSample":
    """Read what is to be evaluated, and by what."""
    from backend.cli.reviewed import read_project
    from backend.evaluate.labels.libraries import need_libraries
    from backend.evaluate.labels.sample import make_sample, read_sample
    from backend.logs import silence_libraries

    need_libraries()
    silence_libraries()
    if bool(files) == (project is not None):
        raise RequestError("name exports of Label Studio, or a project with --project")
    return read_sample(files) if project is None else make_sample({f"project {project}": read_project(project)})


def _print(evaluation: "LabelEvaluation", *, as_json: bool) -> None:
    if as_json:
        from backend.evaluate.labels.figures_json import evaluation_json

        typer.echo(json.dumps(evaluation_json(evaluation), indent=1))
    else:
        from backend.cli.evaluation_tables import print_evaluation

        print_evaluation(evaluation)


def _evaluated(sample: "LabelSample", labels: list[str], resamples: int, seed: int) -> "LabelEvaluation":
    from backend.evaluate.labels.evaluation import evaluate_sample
    from backend.evaluate.labels.resampling import Resampling

    return evaluate_sample(sample, Resampling(resamples, seed), labels)


def _spending(versions: tuple[str, ...]) -> "dict[str, VersionSpending]":
    """Add up what the record has of model versions."""
    from backend.evaluate.labels.spending import spending_by_version
    from backend.record.sendings import Wanted, sendings
    from backend.settings import Settings
    from backend.store import open_store

    return spending_by_version(sendings(open_store(Settings().state_url.get_secret_value()), Wanted()), versions)


def _write(file: Path, evaluation: "LabelEvaluation", rows: int, *, show_texts: bool) -> None:
    """Write the page; only its owner may read it."""
    from backend.evaluate.labels.page import write_page
    from backend.system.disk import write_whole

    redact, note = (dict, SHOWN_AS_IT_IS) if show_texts else (_redact(), SHOWN_REDACTED)
    page = write_page(evaluation, redact, note, rows)
    write_whole(file, page.encode(), 0o600)


def _redact() -> "Redact":
    """Load what redacts the texts of a page; what cannot be vouched for is not shown."""
    from backend.cli.redact import profile_redactor

    redactor = profile_redactor("default")

    def redact(texts: Mapping[str, str]) -> Mapping[str, str]:
        try:
            return {place: found.text for place, found in redactor.redact(texts).fields.items()}
        except LabelguardError:
            return {}

    return redact


def _holds(evaluation: "LabelEvaluation", least: float) -> bool:
    """Say whether all have an F1 that is high enough, and which have not.

    Raises:
        RequestError: nothing has an F1.
    """
    reached = [(row, row.figures["f1"].value) for row in evaluation.rows if "f1" in row.figures]
    reached = [(row, value) for row, value in reached if not isnan(value)]
    if not reached:
        raise RequestError("--min-f1: no control has an F1 - choices, taxonomies and spans have one")
    low = [(row, value) for row, value in reached if value < least]
    for row, value in low:
        typer.echo(f"{row.control}, {row.version} ({row.rests}): F1 {value:.3f}, below {least:g}", err=True)
    return not low
