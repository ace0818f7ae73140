"""How `labelguard evaluate` prints figures in a terminal."""

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from backend.cli.bounds import percent
from backend.cli.tables import console, figures_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from backend.evaluate.labels.evaluation import ControlFigures, LabelEvaluation

LABELS_SHOWN = 40
"""Labels of one control that are printed; the page and JSON have all."""
SUSPECTS_SHOWN = 20
"""Annotations that are named as probably wrong."""


def print_evaluation(evaluation: "LabelEvaluation") -> None:
    """Print all figures."""
    out = console()
    for line in _heading(evaluation):
        out.print(line, soft_wrap=True)
    for control, kind in evaluation.sample.kinds.items():
        rows = [row for row in evaluation.rows if row.control == control]
        if not rows:
            out.print(f"\n{control} ({kind}): nobody answered it", soft_wrap=True)
            continue
        out.print(f"\n{control} ({kind})", style="bold")
        _print_figures(out, rows)
        _print_calibration(out, rows)
        _print_labels(out, rows)
        for line in _remarks(evaluation, control, rows):
            out.print(line, soft_wrap=True)
    _print_suspects(out, evaluation)


def _print_suspects(out: "Console", evaluation: "LabelEvaluation") -> None:
    """Print which annotations are probably wrong."""
    if not evaluation.suspects:
        return
    out.print("\nprobably annotated wrong", style="bold")
    drawn = figures_table(["task", "annotation", "control", "annotated", "more likely"], ["quality"])
    for found in evaluation.suspects[:SUSPECTS_SHOWN]:
        labels = found.given, found.likely
        drawn.add_row(found.task or "–", found.annotation or "–", found.control, *labels, f"{found.quality:.2f}")
    out.print(drawn)
    if len(evaluation.suspects) > SUSPECTS_SHOWN:
        out.print(f"and {len(evaluation.suspects) - SUSPECTS_SHOWN:,} more: see --json or --suspects-tab")


def _heading(evaluation: "LabelEvaluation") -> Iterator[str]:
    sample = evaluation.sample
    people = f"{sample.annotators} annotator{'s' * (sample.annotators != 1)}"
    others = f"; {sample.unannotated:,} others are not annotated" if sample.unannotated else ""
    yield f"{len(sample.tasks):,} annotated tasks, {people}{others}"
    if sample.unwritten:
        yield f"of {sample.unwritten:,} tasks not all predictions are in the export: name the project by --project"
    if sample.uncompared:
        yield f"not compared: {', '.join(sample.uncompared)}"
    times = [f"{name} {seconds:.0f} s" for name, seconds in evaluation.seconds.items() if seconds]
    if times:
        yield f"a person had a task open for (median): {', '.join(times)}"
    if evaluation.spending is None:
        yield "what calls cost and how long they took is in no export: --record takes it from the record"
        return
    for version in sample.versions:
        spent = evaluation.spending.get(version)
        if spent is None:
            yield f"{version}: not in the record"
            continue
        took = "" if spent.seconds is None else f", {spent.seconds:.1f} s a call (median)"
        yield f"{version}: {spent.calls:,} calls for {spent.tasks:,} tasks{took}, {spent.cost}"


def _print_figures(out: "Console", rows: "Sequence[ControlFigures]") -> None:
    from backend.evaluate.labels.names import FIGURE_NAMES
    from backend.evaluate.labels.page import figure

    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    drawn = figures_table(["version", "sample"], ["tasks", *(FIGURE_NAMES[name] for name in names)])
    for row in rows:
        figures = (figure(row.figures[name]) if name in row.figures else "" for name in names)
        drawn.add_row(row.version, str(row.rests), f"{row.tasks:,}", *figures)
    out.print(drawn)


def _print_calibration(out: "Console", rows: "Sequence[ControlFigures]") -> None:
    from backend.evaluate.labels.names import FIGURE_NAMES
    from backend.evaluate.labels.page import figure

    scored = [row for row in rows if row.calibration]
    if not scored:
        out.print("no prediction has a score")
        return
    drawn = figures_table(["score of", "sample"], [FIGURE_NAMES[name] for name in scored[0].calibration])
    for row in scored:
        drawn.add_row(row.version, str(row.rests), *map(figure, row.calibration.values()))
    out.print(drawn)


def _print_labels(out: "Console", rows: "Sequence[ControlFigures]") -> None:
    from backend.evaluate.labels.page import figure

    firsts = list({row.version: row for row in reversed(rows)}.values())[::-1]
    if not any(row.labels for row in firsts):
        return
    drawn = figures_table(["label", "version"], ["by people", "predicted", "precision", "recall", "F1"])
    labels = sorted({found.label for row in firsts for found in row.labels})
    for label in labels[:LABELS_SHOWN]:
        for row in firsts:
            for found in (found for found in row.labels if found.label == label):
                shares = percent(found.precision), percent(found.recall), figure(found.f1)
                drawn.add_row(label, row.version, f"{found.wanted:,}", f"{found.given:,}", *shares)
    out.print(drawn)
    if len(labels) > LABELS_SHOWN:
        out.print(f"and {len(labels) - LABELS_SHOWN:,} more labels: see --json or --html")


def _remarks(evaluation: "LabelEvaluation", control: str, rows: "Sequence[ControlFigures]") -> Iterator[str]:
    from backend.evaluate.labels.page import gap_words

    if evaluation.sample.is_offered(control):
        yield "its labels stand in lists of the tasks' data, as texts of the tasks: they are not shown"
    for row in rows:
        if row.unpredicted:
            yield f"{row.version}: {row.unpredicted:,} annotated tasks have no prediction, and are not in the figures"
        if row.unanswered:
            yield f"{row.version}: {row.unanswered:,} places were answered by one side alone: not in the figures"
    yield from (gap_words(gap) for gap in evaluation.gaps if gap.control == control and not isnan(gap.gap.value))
    agreement = evaluation.agreement.get(control)
    if agreement:
        alpha = "" if isnan(agreement.alpha) else f"Krippendorff's alpha {agreement.alpha:.3f}, "
        yield (
            f"people among each other: {alpha}{agreement.likeness}"
            f" ({agreement.annotators} annotators, {agreement.places:,} answers of several)"
        )
    for row in rows:
        if test := row.alternative:
            verdict = "may" if test.passes else "may not"
            yield (
                f"{row.version} ({row.rests}) {verdict} stand in for an annotator: it holds its own against"
                f" {percent(test.winning_rate, 0)} of {test.annotators}, half are needed; advantage probability"
                f" {test.advantage:.2f}"
            )
