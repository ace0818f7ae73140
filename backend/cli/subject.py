"""`labelguard subject`: what record and stores hold about a task or a value, and erasing what may be erased."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import AsJson, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from backend.subjects.subject import DataSubject, Holding, SubjectSources

SHOWN = 20
"""Tasks or lines that are named of each place; JSON has them all."""


@app.command("subject")
def tell_subject(
    task: Annotated[str, typer.Option(help="The number of a task in Label Studio.")] = "",
    project: Annotated[str, typer.Option(help="Only of this project.")] = "",
    value_file: Annotated[
        Path | None,
        typer.Option(help="A file with a value, such as a name, one spelling a line; - reads it from standard input."),
    ] = None,
    erases: Annotated[bool, typer.Option("--erase", help="Erase what may be erased, and say what stays.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what record and stores hold about a task, or in what a value stands, until when, and whether it may go.

    A value is no argument, and is never shown. Exits with 1 if something could not be looked into or erased.
    """
    from backend.subjects.erasing import erase
    from backend.subjects.held import held_about

    about = _about(task.strip(), project.strip(), value_file)
    sources = subject_sources()
    found = held_about(sources, about)
    gone, is_clean = erase(sources, found) if erases else ([0] * len(found), True)
    if as_json:
        print_json(_flat(about, found, gone if erases else None, is_clean))
    else:
        _print(about, found, gone if erases else None, is_clean)
    raise typer.Exit(1 if not is_clean or any(one.unread for one in found) else 0)


def subject_sources() -> "SubjectSources":
    """Open where data subjects are looked for, as the settings say."""
    from backend.engine.assemble import surrogate_key
    from backend.engine.learning import open_reviews
    from backend.settings import Settings
    from backend.subjects.subject import SubjectSources

    settings = Settings()
    reviews = open_reviews(settings)
    return SubjectSources(reviews.store, reviews, surrogate_key(settings), settings.policy)


def _about(task: str, project: str, value_file: Path | None) -> "DataSubject":
    from backend.cli.given import given_values
    from backend.errors import RequestError
    from backend.subjects.subject import DataSubject

    if bool(task) == bool(value_file):
        raise typer.BadParameter("write --task or --value-file", param_hint="--task")
    if value_file is None:
        return DataSubject(project, task)
    values = given_values("value", value_file)
    if any(sum(map(str.isalnum, value)) < 2 for value in values):
        raise RequestError("a value has less than two letters or digits, and would stand everywhere")
    return DataSubject(project, values=tuple(" ".join(value.split()) for value in values))


def _time(when: float | None) -> str | None:
    from datetime import UTC, datetime

    return None if when is None else datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _flat(about: "DataSubject", found: "Sequence[Holding]", gone: "Sequence[int] | None", is_clean: bool) -> object:
    held = [
        {
            "place": one.place,
            "count": one.count,
            "first": _time(one.first),
            "last": _time(one.last),
            "kept": one.until,
            "expires": _time(one.expires),
            "may_be_erased": one.may_erase,
            "why": one.why,
            "unread": one.unread,
            "where": list(one.where),
            "erased": gone[number] if gone is not None else None,
        }
        for number, one in enumerate(found)
    ]
    asked = {"task": about.task or None, "project": about.project or None, "values": len(about.values)}
    return {"about": asked, "held": held, "scrubbed": is_clean if gone is not None else None}


def _print(about: "DataSubject", found: "Sequence[Holding]", gone: "Sequence[int] | None", is_clean: bool) -> None:
    from backend.cli.tables import console

    out = console()
    out.print(_table(found, gone))
    for one in found:
        if one.where and (about.values or len(one.where) > 1):
            more = f" and {len(one.where) - SHOWN:,} more" if len(one.where) > SHOWN else ""
            out.print(f"{one.place}: {', '.join(one.where[:SHOWN])}{more}", soft_wrap=True)
        if one.unread:
            out.print(f"{one.place}: {one.unread:,} cannot be looked into: kept under another key", soft_wrap=True)
    count = sum(one.count for one in found)
    staying = sum(one.count for one in found if not one.may_erase)
    if gone is None:
        out.print(f"{count:,} held; {count - staying:,} may be erased: --erase does it")
        return
    out.print(f"{sum(gone):,} erased; {staying:,} stay, as said under why")
    if not is_clean:
        out.print(
            "the database still holds what was erased in its files: others read it, or its tables are another user's"
        )


def _table(found: "Sequence[Holding]", gone: "Sequence[int] | None") -> "Table":
    from backend.cli.tables import figures_table

    drawn = figures_table(["place"], ["held", "erased"] if gone is not None else ["held"])
    for name in ("first (UTC)", "last (UTC)", "erased by itself (UTC)", "kept", "may be erased", "why"):
        drawn.add_column(name, overflow="fold")
    for number, one in enumerate(found):
        counts = [f"{one.count:,}", *([f"{gone[number]:,}"] if gone is not None else [])]
        times = [(_time(when) or "").rstrip("Z").replace("T", " ") for when in (one.first, one.last, one.expires)]
        drawn.add_row(one.place, *counts, *times, one.until, "yes" if one.may_erase else "no", one.why)
    return drawn
