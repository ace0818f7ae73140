"""`labelguard quality`: what reviewers kept, changed and threw away, and which labels they correct most."""

from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import console, figures_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from backend.review.quality import VersionQuality

WEEKS_SHOWN = 12


@app.command()
def quality(
    project: Annotated[int, typer.Option(help="The number of one project; all by default.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say for each project and model version what reviewers kept, changed and threw away, by week and by label."""
    from backend.engine.learning import open_reviews
    from backend.review.quality import NONE_KNOWN, quality_of
    from backend.settings import Settings

    found = quality_of(open_reviews(Settings()).all(project))
    if as_json:
        import json

        typer.echo(json.dumps({"quality": [one.flat() for one in found]}, indent=1, ensure_ascii=False))
    elif found:
        for part in _drawn(found):
            console().print(part)
    else:
        typer.echo(NONE_KNOWN)


def _drawn(found: "Sequence[VersionQuality]") -> "Iterator[RenderableType]":
    table = figures_table(["project", "model version"], ["kept", "changed", "thrown", "unknown", "kept of known"])
    for one in found:
        counts = (one.verdicts[verdict] for verdict in ("kept", "changed", "thrown", "unknown"))
        table.add_row(str(one.project), one.version or "(none known)", *(f"{n:,}" for n in counts), _share(one))
    yield table
    yield "Reviewers saw the predictions: these figures are not blind."
    for one in found:
        if one.version:
            yield from _details(one)


def _details(one: "VersionQuality") -> "Iterator[RenderableType]":
    weeks = figures_table(["week of"], ["kept", "changed", "thrown"])
    for week in sorted(one.weeks)[-WEEKS_SHOWN:]:
        weeks.add_row(week, *(f"{one.weeks[week][verdict]:,}" for verdict in ("kept", "changed", "thrown")))
    yield f"\nproject {one.project}, {one.version}"
    yield weeks
    if one.most_corrected():
        yield _labels(one)


def _labels(one: "VersionQuality") -> "Table":
    labels = figures_table(["control", "label", "became most"], ["predicted", "corrected", "missed"])
    for label in one.most_corrected():
        became = ", ".join(f"{name or '(another)'} {count:,}" for name, count in label.became.most_common(3))
        counts = (label.predicted, label.corrected, label.missed)
        labels.add_row(label.control, label.label or "-", became or "-", *(f"{count:,}" for count in counts))
    return labels


def _share(one: "VersionQuality") -> str:
    return "-" if one.share_kept is None else f"{one.share_kept:.1%}"
