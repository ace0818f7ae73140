"""`labelguard privacy bench`: how well redaction does on a team's own annotated texts."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from backend.cli import app
from backend.cli.bounds import Bound, bound_table, bounds_of, percent
from backend.cli.redact import Profile, profile_redactor
from backend.errors import PolicyError, PrivacyError, RequestError, TaskError

if TYPE_CHECKING:
    from rich.table import Table

    from backend.evaluate import Annotated as Document
    from backend.evaluate import Figures, Mark, Recall, SpanScore
    from backend.privacy.redact import RedactedText

commands = typer.Typer(no_args_is_help=True, help="Measure what redaction leaks, and learn from it.")
app.add_typer(commands, name="privacy")

STOCK = "stock Presidio"
DIRECT = "direct"
"""Stands for the labels of values that lead to a person by themselves."""
REFUSED = "REFUSED"
"""Entity type of a whole text that is refused, for its language or because detection failed."""
System = Callable[[str], "list[Mark]"]


class Measured(NamedTuple):
    """What a system reached.

    Attributes:
        refused: how many documents it would not vouch for.
    """

    figures: "Figures"
    spans: "Mapping[str, SpanScore]"
    refused: int
    seconds: float


@commands.callback()
def privacy() -> None:
    """Measure what redaction hides and what it leaks, and have what leaked leak no more."""


@commands.command()
def bench(
    data: Annotated[
        Path, typer.Argument(help="Annotated texts: presidio-research's JSON, or an export from Label Studio as JSON.")
    ],
    profile: Annotated[list[Profile] | None, typer.Option(help="Profiles to measure; all if none is named.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file to measure in place of profiles: the rule that decides, its lists.")
    ] = None,
    stock: Annotated[bool, typer.Option("--stock", help="Measure stock Presidio beside them.")] = False,
    field: Annotated[str, typer.Option(help="The key of the text in the data of Label Studio's tasks.")] = "",
    types: Annotated[
        str, typer.Option(help="Labels whose values must not leak, by commas; `direct` for all but places, dates …")
    ] = "",
    min_recall: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Least share of the values that is wholly covered; without --types of direct ones."
        ),
    ] = None,
    max_needless: Annotated[
        float | None, typer.Option(min=0, max=1, help="Greatest share of the other characters to be redacted.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure what redaction hides and what it leaks, on texts whose personal data people have marked.

    Figures alone are printed, never a text. Nothing is sent anywhere. Exits with 1 if a bound does not hold.
    """
    from backend.evaluate import read_annotated
    from backend.logs import silence_libraries

    silence_libraries()
    read = read_annotated(data, field)
    if min_recall is not None and not types:
        types = DIRECT
    wanted = _wanted(types, {mark.entity_type for document in read.documents for mark in document.spans})
    systems = _systems(profile, policy, stock=stock)
    measured = {name: _measure(name, load(), read.documents, wanted) for name, load in systems.items()}
    bounds = list(bounds_of({n: r.figures for n, r in measured.items() if n != STOCK}, min_recall, max_needless))
    if as_json:
        typer.echo(json.dumps({name: figures_json(result) for name, result in measured.items()}, indent=1))
    else:
        _show(measured, bounds, read.left_out)
    raise typer.Exit(0 if all(bound.holds for bound in bounds) else 1)


def _show(measured: Mapping[str, Measured], bounds: Sequence[Bound], left_out: int) -> None:
    """Print what was measured, for people."""
    from rich.console import Console

    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    if left_out:
        out.print(f"{left_out} tasks without an annotation are left out.")
    out.print(_table("what", measured, _rows(measured)))
    out.print()
    out.print(_table("documents leaking, by label", measured, _label_rows(measured)))
    if bounds:
        out.print()
        out.print(bound_table(bounds))


def _systems(profiles: list[Profile] | None, policy: Path | None, *, stock: bool) -> dict[str, Callable[[], System]]:
    """Return what is to be measured by name, yet to be loaded."""
    if policy and profiles:
        raise RequestError("--profile is the policy's to choose - leave one of --policy and --profile away")
    names = [] if policy else [profile.value for profile in profiles or Profile]
    systems: dict[str, Callable[[], System]] = {n: partial(system, n) for n in ([STOCK] if stock else []) + names}
    if policy:
        systems[policy.name] = partial(_ruled, policy)
    return systems


def _ruled(policy: Path) -> System:
    """Load a policy: a text is a task that has no other field, of no project."""
    from backend.engine.previews.texts import RuleRedactor
    from backend.labelstudio.types import Task
    from backend.policy import Policy

    ruled = RuleRedactor(Policy.load(policy), "", "", "")
    return lambda text: _marks(text, lambda fields: ruled.redact(fields, Task(fields)))


def system(name: str) -> System:
    """Load a system: a profile of ours, with all that redaction does, or stock Presidio.

    What is refused counts as redacted as a whole, since none of it is sent.
    """
    if name == STOCK:
        from backend.evaluate.stock import stock_presidio

        return stock_presidio()
    redactor = profile_redactor(name)
    return lambda text: _marks(text, lambda fields: redactor.redact(fields).fields)


def _marks(text: str, redact: "Callable[[Mapping[str, str]], Mapping[str, RedactedText]]") -> "list[Mark]":
    from backend.evaluate import Mark

    try:
        redacted = redact({"text": text})
    except (PrivacyError, PolicyError, TaskError):
        return [Mark(0, len(text), REFUSED)]
    if "text" not in redacted:  # it is withheld
        return [Mark(0, len(text), REFUSED)]
    return [Mark(p.source_start, p.source_end, p.entity_type) for p in redacted["text"].placeholders]


def figures_json(measured: Measured) -> dict[str, Any]:
    """Return a system's figures as JSON; a share of nothing is null."""
    from backend.evaluate import ALL

    figures, spans = measured.figures, measured.spans[ALL]
    shown = {
        "documents": figures.wanted.documents,
        **_recall_json(figures.wanted),
        "precision": figures.precision,
        "documents_refused": measured.refused,
        "over_redaction": figures.over_redaction,
        "span_evaluator": {"precision": spans.precision, "recall": spans.recall, "f2": spans.f2},
        "seconds": round(measured.seconds, 3),
        "by_label": {name: _recall_json(recall) for name, recall in figures.by_type.items()},
    }
    return dict(_without_nan(shown))


def _recall_json(recall: "Recall") -> dict[str, Any]:
    return {
        "spans": recall.spans,
        "full_recall": recall.full,
        "documents_leaking": recall.leak,
        "documents_leaking_a_word": recall.word_leak,
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _wanted(types: str, labels: set[str]) -> Callable[[str], bool]:
    from backend.evaluate import is_direct

    if types.strip().lower() == DIRECT:
        return is_direct
    names = {name.strip() for name in types.split(",") if name.strip()}
    if unknown := names - labels:
        raise RequestError(
            f"--types {', '.join(sorted(unknown))}: no span has such a label"
            f" - the data has {', '.join(sorted(labels)) or 'none'}"
        )
    return names.__contains__ if names else lambda _: True


def _measure(name: str, find: System, documents: "Sequence[Document]", wanted: Callable[[str], bool]) -> Measured:
    from rich.console import Console
    from rich.progress import track

    from backend.evaluate import english_tokens, joined_marks, measure, score_spans

    console = Console(stderr=True)
    started = time.perf_counter()
    found = [
        find(document.text)
        for document in track(documents, name, console=console, transient=True, disable=not console.is_terminal)
    ]
    seconds = time.perf_counter() - started
    return Measured(
        measure(documents, found, wanted=wanted),
        score_spans(documents, [joined_marks(marks) for marks in found], english_tokens()),
        sum(mark.entity_type == REFUSED for marks in found for mark in marks),
        seconds,
    )


def _table(first: str, measured: Mapping[str, Measured], rows: Iterator[Sequence[str]]) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first)
    for name in measured:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _rows(measured: Mapping[str, Measured]) -> Iterator[Sequence[str]]:
    from backend.evaluate import ALL

    shown: dict[str, Callable[[Measured], str]] = {
        "documents with personal data": lambda m: str(m.figures.wanted.documents),
        "… leaking anything": lambda m: percent(m.figures.wanted.leak),
        "… leaking a meaningful word": lambda m: percent(m.figures.wanted.word_leak),
        "… refused as a whole": lambda m: str(m.refused),
        "spans wholly covered": lambda m: percent(m.figures.wanted.full),
        "redacted stretches that touch personal data": lambda m: percent(m.figures.precision),
        "other characters redacted": lambda m: percent(m.figures.over_redaction),
        "SpanEvaluator (IoU 0.9): recall": lambda m: f"{m.spans[ALL].recall:.3f}",
        "… precision": lambda m: f"{m.spans[ALL].precision:.3f}",
        "… F2": lambda m: f"{m.spans[ALL].f2:.3f}",
        "seconds": lambda m: f"{m.seconds:.1f}",
    }
    for name, show in shown.items():
        yield name, *map(show, measured.values())


def _label_rows(measured: Mapping[str, Measured]) -> Iterator[Sequence[str]]:
    first = next(iter(measured.values()))
    for label, recall in first.figures.by_type.items():
        yield f"{label} ({recall.documents})", *(percent(m.figures.by_type[label].leak) for m in measured.values())
