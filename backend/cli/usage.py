"""`labelguard usage`: what was sent and what it cost; and, sending nothing, what a file of tasks would cost."""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from backend.cli import app
from backend.cli.tables import AsJson, console, figures_table, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rich.console import Console
    from rich.table import Table

    from backend.budget.estimate import Forecast, Planned
    from backend.budget.ledger import Ledger
    from backend.budget.usage import Usage
    from backend.engine.previews.preview import PreviewedTask, TaskPreview
    from backend.policy import Policy
    from backend.settings import Settings
    from backend.system.writing import JSON


class By(StrEnum):
    """What sums are of."""

    PROJECT = "project"
    PROVIDER = "provider"
    DAY = "day"
    RULE = "rule"
    MODEL = "model"


TABLES = (By.PROJECT, By.PROVIDER, By.DAY)

commands = typer.Typer(help="What was sent, and what it cost.", invoke_without_command=True)
app.add_typer(commands, name="usage")


@commands.callback()
def usage(
    context: typer.Context,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, UTC.")] = None,
    by: Annotated[list[By] | None, typer.Option(help="What to sum up by; repeat it for several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON; every row of the ledger without --by.")] = False,
) -> None:
    """Say what was sent and what it cost: requests, failures, tokens and money, by project, provider and day."""
    if context.invoked_subcommand:
        return
    from backend.budget.usage import DIMENSIONS, held, sum_usage
    from backend.settings import Settings
    from backend.store import open_store

    engine = open_store(Settings().state_url.get_secret_value())
    days = (since.date() if since else None, until.date() if until else None)
    if as_json:
        typer.echo(_json(sum_usage(engine, by or DIMENSIONS, *days), days))
        return
    out = console()
    found = {name: sum_usage(engine, [name], *days) for name in by or TABLES}
    if not any(found.values()):
        out.print("nothing was sent in these days")
    for name, rows in found.items():
        if rows:
            out.print(_sums(name, rows))
    under_way = held(engine)
    if under_way:
        out.print(f"{under_way:.6f} USD are held for calls under way")


@commands.command()
def estimate(
    tasks: Annotated[Path, typer.Argument(help="Tasks as predict reads them.", exists=True)],
    config: Annotated[Path, typer.Option(help="The project's label config (XML).", exists=True)],
    policy: Annotated[Path | None, typer.Option(help="Policy file; the server's by default.")] = None,
    project: Annotated[str, typer.Option(help="Project id, for the policy's rules.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a file of tasks would cost, sending nothing. Exits with 1 if it does not fit what is left."""
    from backend.budget.estimate import forecast, usual_answers
    from backend.budget.ledger import Ledger
    from backend.budget.usage import sum_usage
    from backend.engine.previews.preview import PreviewedTask
    from backend.engine.previews.report.tally import planned_calls
    from backend.labelstudio.tasks import as_task, read_tasks
    from backend.labelstudio.xml.markup import read_file
    from backend.logs import configure_logging
    from backend.policy import Policy
    from backend.settings import Settings
    from backend.store import open_store

    settings = Settings(**({"policy": policy} if policy else {}))
    configure_logging(settings.log_level, settings.log_format)
    ledger = Ledger(open_store(settings.state_url.get_secret_value()))
    label_config = read_file(config)
    asked = [
        PreviewedTask(as_task(item), label_config, project, path, title) for item in read_tasks(tasks, label_config)
    ]
    previews = _previews(Policy.load(settings.policy), settings, asked)
    planned = [call for found in previews for call in planned_calls(found)]
    answers = usual_answers(sum_usage(ledger.engine, ["provider", "model"]))
    forecasts = forecast(planned, answers)
    limits = [_limits(ledger, planned, forecasts, rule) for rule in dict.fromkeys(e.rule for e in forecasts)]
    ledger.close()
    guessed = [e.provider.name for e in forecasts if e.calls and (e.provider.name, e.provider.model) not in answers]
    found = _Estimate(previews, len(planned), forecasts, guessed, limits)
    if as_json:
        print_json(_flat(found))
    else:
        _print_estimate(found)
    raise typer.Exit(0 if all(rule.fits for rule in limits) else 1)


class _RuleLimits(NamedTuple):
    """How a rule's calls stand to its limits.

    Attributes:
        verdicts: of each budget whether they fit, and in words.
        minutes: that they take at least by its limits by the minute.
    """

    rule: str
    verdicts: "list[tuple[bool, str]]"
    minutes: int

    @property
    def fits(self) -> bool:
        """Whether they fit."""
        return all(fits for fits, _ in self.verdicts)


class _Estimate(NamedTuple):
    """What tasks would cost.

    Attributes:
        calls: that they would make.
        guessed: providers that have not answered yet, so that the length of their answers is a guess.
    """

    previews: "Sequence[TaskPreview]"
    calls: int
    forecasts: "Sequence[Forecast]"
    guessed: list[str]
    limits: list[_RuleLimits]

    @property
    def spared(self) -> int:
        """How many tasks need not be sent, since detection knows all labels."""
        return sum(found.is_spared for found in self.previews)

    @property
    def sent(self) -> int:
        """How many would be sent."""
        return sum(found.refusal is None for found in self.previews) - self.spared

    @property
    def refused(self) -> "Counter[str]":
        """How many would not, by reason."""
        return Counter(found.refusal.reason for found in self.previews if found.refusal)


def _flat(estimate: _Estimate) -> "JSON":
    return {
        "tasks": len(estimate.previews),
        "sent": estimate.sent,
        "spared": estimate.spared,
        "refused": dict(estimate.refused.most_common()),
        "calls": estimate.calls,
        "forecasts": [
            {
                "rule": entry.rule,
                "provider": entry.provider.name,
                "calls": entry.calls,
                "fallbacks": entry.fallbacks,
                "tokens_in": entry.tokens_in,
                "tokens_out": entry.tokens_out,
                "most_tokens_out": entry.most_out,
                "cost_usd": None if entry.cost is None else entry.cost / 1e9,
                "most_usd": None if entry.most is None else entry.most / 1e9,
                "is_guess": entry.provider.name in estimate.guessed,
            }
            for entry in estimate.forecasts
        ],
        "limits": [
            {"rule": one.rule, "fits": one.fits, "minutes": one.minutes, "told": [words for _, words in one.verdicts]}
            for one in estimate.limits
        ],
    }


def _print_estimate(estimate: _Estimate) -> None:
    out = console()
    _print_tasks(out, estimate)
    if estimate.forecasts:
        out.print(_forecasts(estimate.forecasts))
    for name in estimate.guessed:
        out.print(f"provider {name} has not answered yet: the length of its answers is a guess")
    for one in estimate.limits:
        for fits, words in one.verdicts:
            out.print(words, style="" if fits else "red", soft_wrap=True)
        if one.minutes:
            out.print(f"rule {one.rule!r}: its limits by the minute spread this over {one.minutes:,} min at least")


def _sums(name: str, rows: "Sequence[Usage]") -> "Table":
    """Draw the sums of one kind, and the sum of all."""
    from backend.budget.usage import add_up

    drawn = figures_table([name], ["requests", "failures", "tokens in", "tokens out", "USD"])
    for row in rows:
        drawn.add_row(row.of[name] or "(none)", *_cells(row))
    if len(rows) > 1:
        drawn.add_row("all", *_cells(add_up(rows)), style="bold")
    return drawn


def _cells(row: "Usage") -> list[str]:
    money = f"{row.cost:,.4f}"
    if row.unpriced:
        money += f" and {row.unpriced:,} requests of unknown price"
    counts = (row.requests, row.failures, row.tokens_in, row.tokens_out)
    return [*(f"{count:,}" for count in counts), money]


def _json(rows: "Sequence[Usage]", days: "tuple[date | None, date | None]") -> str:
    import json

    since, until = (str(day) if day else None for day in days)
    return json.dumps({"since": since, "until": until, "usage": [row.flat() for row in rows]}, indent=1)


def _previews(policy: "Policy", settings: "Settings", asked: "Sequence[PreviewedTask]") -> "list[TaskPreview]":
    """Redact tasks and write what would be sent, as `predict` would; raises why it refuses the whole project."""
    from rich.console import Console
    from rich.progress import Progress

    from backend.engine.assemble import start_redactor
    from backend.engine.previews.preview import Previewer

    policy.warn()
    with (
        Previewer(policy, settings, load=start_redactor) as previewer,  # a batch takes all cores
        Progress(console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("tasks", total=len(asked))
        found = previewer.tasks(asked, lambda: progress.advance(bar))
    for one in found:
        if one.refusal and not one.planned:
            raise one.refusal
    return found


def _print_tasks(out: "Console", estimate: _Estimate) -> None:
    """Say how many tasks would be sent, and why others would not."""
    out.print(f"{estimate.sent:,} of {len(estimate.previews):,} tasks would be sent, in {estimate.calls:,} calls")
    if estimate.spared:
        out.print(f"  {estimate.spared:,} need not be: detection knows all labels")
    for reason, count in estimate.refused.most_common():
        out.print(f"  {count:,} would not: {reason}", soft_wrap=True)


def _forecasts(forecasts: "Sequence[Forecast]") -> "Table":
    from backend.budget.amounts import in_dollars

    numbers = ["calls", "if others fail", "tokens in", "tokens out", "at most", "USD", "at most"]
    drawn = figures_table(["rule", "provider"], numbers)
    for entry in forecasts:
        counts = (entry.calls, entry.fallbacks, entry.tokens_in, entry.tokens_out, entry.most_out)
        money = ("unknown" if amount is None else in_dollars(amount) for amount in (entry.cost, entry.most))
        drawn.add_row(entry.rule, entry.provider.name, *(f"{count:,}" for count in counts), *money)
    return drawn


def _limits(ledger: "Ledger", planned: "Sequence[Planned]", forecasts: "Sequence[Forecast]", rule: str) -> _RuleLimits:
    """Say how a rule's calls stand to its limits, and whether they fit."""
    from backend.budget.estimate import left, minutes, total, verdict

    limits = next(call.limits for call in planned if call.rule == rule)
    own = [entry for entry in forecasts if entry.rule == rule]
    likely, most = total(entry.cost for entry in own), total(entry.most for entry in own)
    verdicts = [
        verdict(rule, name, remains, likely, most) for name, remains in left(limits, ledger.spent(rule)).items()
    ]
    wait = minutes(limits, sum(e.calls for e in own), sum(e.tokens_in + e.tokens_out for e in own))
    return _RuleLimits(rule, verdicts, wait)
