"""`labelguard policy check`: read policy files as a server would, and say in words what they allow."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.policy import commands
from backend.cli.policy.words import table
from backend.cli.tables import AsJson, console, print_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from backend.engine.policy_report.report import PolicyReport


@commands.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Policy files.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for a warning too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check policy files and say what each allows. Exits with 1 if one has an error."""
    from backend.engine.policy_report.report import report_policy
    from backend.settings import Settings

    knows_titles = Settings().label_studio_token is not None
    reports = {file: report_policy(file, knows_titles=knows_titles) for file in files}
    if as_json:
        print_json({"files": [_flat(file, report) for file, report in reports.items()]})
    else:
        out = console()
        for file, report in reports.items():
            _print(out, file, report)
    good = all(not report.errors and not (strict and report.warnings) for report in reports.values())
    raise typer.Exit(0 if good else 1)


def _print(out: "Console", file: Path, report: "PolicyReport") -> None:
    from backend.engine.policy_report.allowed import PROVIDER_COLUMNS, RULE_COLUMNS, provider_rows, rule_rows

    for reason in report.errors:
        out.print(reason, style="red", soft_wrap=True)
    if report.policy is None:
        return
    out.print(f"{file}: no errors (sha256 {report.policy.digest})", style="bold", soft_wrap=True)
    out.print(_table(PROVIDER_COLUMNS, provider_rows(report.policy)))
    out.print(_table(RULE_COLUMNS, rule_rows(report.policy, report.forms)))
    for warning in report.warnings:
        out.print(f"{file}: warning: {warning}", style="yellow", soft_wrap=True)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> "Table":
    made = table(*columns)
    for row in rows:
        made.add_row(*row)
    return made


def _flat(file: Path, report: "PolicyReport") -> dict[str, Any]:
    from backend.engine.policy_report.allowed import PROVIDER_COLUMNS, RULE_COLUMNS, provider_rows, rule_rows

    policy = report.policy
    return {
        "file": str(file),
        "errors": list(report.errors),
        "sha256": policy.digest if policy else "",
        "providers": _named(PROVIDER_COLUMNS, provider_rows(policy)) if policy else [],
        "rules": _named(RULE_COLUMNS, rule_rows(policy, report.forms)) if policy else [],
        "warnings": list(report.warnings),
    }


def _named(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> list[dict[str, str]]:
    names = [column.replace(" ", "_") for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]
