"""One HTML page of an evaluation, which needs no network and no scripts: reading and filters work by HTML and CSS."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from markupsafe import Markup

from backend.evaluate.labels.evaluation import ControlFigures, LabelEvaluation, VersionGap, error_counts
from backend.evaluate.labels.names import FIGURE_NAMES, headline
from backend.evaluate.labels.pictures import draw_confusion, draw_intervals, draw_reliability
from backend.evaluate.labels.resampling import Estimate
from backend.evaluate.labels.shown_rows import Redact, shown_rows
from backend.system.html_page import render_page

MOST_ROWS = 500
WORST_SHOWN = 8
"""Confusions that are listed in words."""


def write_page(evaluation: LabelEvaluation, redact: Redact, note: str, most: int = MOST_ROWS) -> str:
    """Write the page.

    Args:
        evaluation: what it shows.
        redact: what may be shown of a task's texts.
        note: says how they are redacted.
        most: rows that are shown; those that are wrong come first.
    """
    rows, more = shown_rows(evaluation.sample, redact, most)
    return render_page(
        "backend.evaluate.labels",
        "page",
        {"figure": figure, "percent": whole_percent},
        evaluation=evaluation,
        sample=evaluation.sample,
        controls=[_control(name, evaluation) for name in evaluation.sample.kinds],
        names=FIGURE_NAMES,
        rows=rows,
        more=more,
        note=note,
    )


def figure(found: Estimate) -> str:
    """Write a figure with its interval."""
    if isnan(found.value):
        return "–"
    return f"{found.value:.3f}" + ("" if isnan(found.low) else f" ({found.low:.2f}–{found.high:.2f})")


def whole_percent(share: float) -> str:
    """Write a share in percent."""
    return "–" if isnan(share) else f"{100 * share:.0f} %"


def gap_words(found: VersionGap) -> str:
    """Say by how much a version is above the first one."""
    value, interval = f"{found.gap.value:+.3f}", ""
    if not isnan(found.gap.low):
        interval = f" ({found.gap.low:+.2f} to {found.gap.high:+.2f})"
    name = FIGURE_NAMES[found.figure]
    return f"{found.version} against {found.first}: {name} {value}{interval} on {found.tasks:,} tasks"


def _control(name: str, evaluation: LabelEvaluation) -> Mapping[str, Any]:
    """Return what the page shows of a control."""
    rows = [row for row in evaluation.rows if row.control == name]
    columns = list(dict.fromkeys(figure for row in rows for figure in row.figures))
    main = headline(rows[0].figures) if rows else ""
    shown = {f"{row.version} ({row.rests})": row.figures[main] for row in rows} if main else {}
    return {
        "name": name,
        "kind": evaluation.sample.kinds[name],
        "rows": rows,
        "columns": columns,
        "main": main,
        "intervals": _drawn(draw_intervals(shown)) if shown and main != "mean_error" else "",
        "versions": [_version(row) for row in _firsts(rows)],
        "gaps": [gap_words(gap) for gap in evaluation.gaps if gap.control == name and not isnan(gap.gap.value)],
        "agreement": evaluation.agreement.get(name),
    }


def _firsts(rows: Sequence[ControlFigures]) -> list[ControlFigures]:
    """Return the row of each version that has all pairs."""
    return list({row.version: row for row in reversed(rows)}.values())[::-1]


def _version(row: ControlFigures) -> Mapping[str, Any]:
    worst = error_counts(row).most_common(WORST_SHOWN)
    return {
        "row": row,
        "confusion": _drawn(draw_confusion(row.confusion)) if row.confusion else "",
        "reliability": _drawn(draw_reliability(row.bins)) if row.bins else "",
        "worst": [(truth, guess, count) for (truth, guess), count in worst],
    }


def _drawn(picture: str) -> Markup:
    """Mark a picture of ours as one: all words in it were escaped when it was drawn."""
    return Markup(picture)  # noqa: S704
