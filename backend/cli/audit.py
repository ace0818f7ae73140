"""`labelguard audit`: the record of what was sent, for those who must answer for it."""

import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import AsJson, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from backend.record.keys import PublicKey
    from backend.record.sendings import Sending
    from backend.record.verify import Report
    from backend.record.witnesses import Witnessed
    from backend.settings import Settings
    from backend.store import Store

audit_app = typer.Typer(no_args_is_help=True, help="Look at the record of what was sent, and check it.")
app.add_typer(audit_app, name="audit")
Keys = Annotated[
    list[Path] | None,
    typer.Option("--public-key", help="Public key that signed heads, made by audit key. May be given again."),
]
Heads = Annotated[
    list[str] | None, typer.Option(metavar="SEQ:HASH", help="A head noted earlier, as audit verify prints it.")
]
DAY, TIMES = "%Y-%m-%d", ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
"""How days and times are written, as typer has it."""
SHOWN_COLORS = {"answered": "green", "failed": "red", "refused": "yellow", "unknown": "magenta"}


@audit_app.command()
def verify(
    public_key: Keys = None,
    expect_head: Heads = None,
    file: Annotated[Path | None, typer.Option(help="A file of audit export, in place of the database.")] = None,
    heads: Annotated[Path | None, typer.Option(help="A file of heads as they were published, one a line.")] = None,
    tsa_root: Annotated[
        Path | None, typer.Option(help="Root certificate by which time stamps are checked; by default the settings'.")
    ] = None,
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write when, and what was found, for Prometheus' node_exporter.")
    ] = None,
) -> None:
    """Check the whole record. Exits with 1 if anything is wrong with it, with 2 if it cannot be read."""
    from backend.record.published import read_heads
    from backend.record.sources import exported, stored
    from backend.record.timestamps import TimestampRoots
    from backend.record.verify import Trust, verify_record
    from backend.settings import Settings

    settings = Settings()
    noted = given_heads(expect_head)
    root = tsa_root or settings.record_timestamp_root
    trust = Trust(
        given_keys(public_key),
        noted,
        settings.record_heads_every,
        read_heads(heads) if heads else (),
        TimestampRoots.read(root) if root else None,
    )
    with exported(file) if file else stored(record_engine(settings)) as source:
        report, tokens = verify_record(source, trust), len(source.tokens)
    for line, style in _said(report, bool(trust.keys), bool(noted or heads)):
        say(line, style)
    for line, style in _stamped(report, tokens if root is None else 0):
        say(line, style)
    if metrics:
        _write_metrics(report, metrics)
    raise typer.Exit(1 if report.count else 0)


def _write_metrics(report: "Report", file: Path) -> None:
    """Write a file for node_exporter's folder of text files; its name must end with .prom there."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    from backend.errors import RecordError
    from backend.system.disk import problem_of

    registry = CollectorRegistry()
    for name, says, value in (
        ("verified_seconds", "When the record was verified last, Unix time.", datetime.now(UTC).timestamp()),
        ("entries", "Entries of the record.", report.entries),
        ("problems", "What is wrong with the record.", report.count),
    ):
        Gauge(f"labelguard_record_{name}", says, registry=registry).set(value)
    try:
        write_to_textfile(str(file), registry)
    except OSError as error:
        raise RecordError(f"{file} {problem_of(error, 'written')}") from None


def _said(report: "Report", keys: bool, expected: bool) -> "list[tuple[str, str]]":
    """Say in lines what was found, each with its colour."""
    lines = [(problem.what, "red") for problem in report.problems]
    if report.count > len(report.problems):
        lines.append((f"and {report.count - len(report.problems):,} problems more", "red"))
    found = f"{report.count:,} problem{'s' * (report.count != 1)}" if report.count else "as it was written"
    span = f" ({report.first:,} to {report.last:,})" if report.entries else ""
    lines.append((f"{report.entries:,} entries{span}: {found}", "red" if report.count else "green"))
    lines.append((f"{report.attempts:,} attempts, {report.unknown:,} of them without an outcome", ""))
    lines.append((f"{report.refusals:,} refusals before anything was sent", ""))
    if report.views:
        lines.append((f"{report.views:,} views of what was sent", ""))
    if keys:
        lines.append(
            (f"signed up to entry {report.signed:,}; {report.last - report.signed:,} after it are not yet", "")
        )
    if report.published:
        lines.append((f"published heads reach to entry {report.published:,}", ""))
    if not (keys or expected):
        warning = "who may write to the database could have made it anew: give --public-key, --heads or --expect-head"
        lines.append((f"not held against anything from elsewhere: {warning}", "yellow"))
    if report.entries and not report.count:
        lines.append((f"head, to be noted elsewhere: {report.last}:{report.hash}", ""))
    return lines


def _stamped(report: "Report", unchecked: int) -> "list[tuple[str, str]]":
    """Say what time stamps show: the first and the last of those before anything that is wrong."""
    until = min((problem.seq for problem in report.problems), default=report.last + 1)
    good = [stamp for stamp in report.stamps if stamp.seq < until]
    lines = [
        (f"existed up to entry {one.seq:,} at {one.time:%Y-%m-%dT%H:%M:%SZ} by {one.authority}", "")
        for one in dict.fromkeys((*good[:1], *good[-1:]))
    ]
    if len(good) > 2:
        lines.append((f"{len(good) - 2:,} good time stamps between these", ""))
    if unchecked:
        lines.append((f"{unchecked:,} time stamps that were not checked: give --tsa-root", "yellow"))
    return lines


def parse_end(written: str) -> datetime:
    """Read when to end: at a time, or with a day."""
    for form, more in ((DAY, timedelta(days=1)), *((form, timedelta()) for form in TIMES)):
        with suppress(ValueError, OverflowError):
            return datetime.strptime(written, form).replace(tzinfo=UTC) + more
    raise typer.BadParameter("write a day such as 2026-11-30, or 2026-11-30T12:00:00")


@audit_app.command()
def show(
    project: Annotated[str | None, typer.Option(help="Only this project's.")] = None,
    task: Annotated[str | None, typer.Option(help="Only of the task with this number.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only those since then, UTC.")] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_end, metavar="TIME", help="Only those before then; a day is whole."),
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only those that this rule of the policy decided on.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only to this provider.")] = None,
    entity: Annotated[
        str | None, typer.Option(help="Only those in which this entity type was replaced, such as PERSON.")
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="Only these: answered, failed, refused or unknown.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show attempts with their outcomes. One without an outcome was cut off, or is still under way."""
    from itertools import islice

    from backend.record.chain import stamp
    from backend.record.sendings import Wanted, sendings
    from backend.settings import Settings

    if outcome not in (None, *SHOWN_COLORS):
        raise typer.BadParameter(f"one of {', '.join(SHOWN_COLORS)}", param_hint="--outcome")
    start = stamp(since.replace(tzinfo=UTC)) if since else None
    wanted = Wanted(project, provider, outcome, start, stamp(until) if until else None, rule, task, entity)
    found = list(islice(sendings(record_engine(Settings()), wanted), limit))
    if as_json:
        print_json({"shown": [sending.flat() for sending in found]})
        return
    if found:
        say(_table(found))
    say(f"{len(found)} shown", "dim")


def _table(found: "list[Sending]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("entry", "time", "project", "task", "rule", "provider", "model", "where", "replaced"):
        table.add_column(column, overflow="fold")
    for column in ("bytes out", "in", "tokens out", "in", "USD"):
        table.add_column(column, justify="right")
    table.add_column("outcome", overflow="fold")
    for sending in found:
        said, end = sending.attempt, sending.outcome or {}
        where = ("leaves" if said["external"] else "stays") if sending.was_begun else "not sent"
        replaced = ", ".join(f"{count} {kind}" for kind, count in sorted(said["entities"].items()))
        numbers = (said["bytes_out"], end.get("bytes_in"), end.get("tokens_in"), end.get("tokens_out"))
        cost = end.get("cost_usd")
        table.add_row(
            str(said["seq"]),
            said["time"][:19].replace("T", " "),
            *(Text(said[name]) for name in ("project", "task", "rule", "provider", "model")),
            Text(where, style="yellow" if where == "leaves" else ""),
            replaced,
            *("" if number is None else f"{number:,}" for number in numbers),
            "" if cost is None else f"{cost:.6f}",
            Text(f"{sending.ended} {sending.code}".strip(), style=SHOWN_COLORS.get(sending.ended, "")),
        )
    return table


@audit_app.command()
def export(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")] = None,
    otlp: Annotated[
        str | None, typer.Option(metavar="URL", help="Send to an OpenTelemetry receiver what it has not had yet.")
    ] = None,
) -> None:
    """Write the record as JSON lines, which audit verify --file checks offline; or send it on."""
    from backend.errors import RecordError
    from backend.record.sources import export_record, stored
    from backend.settings import Settings

    engine = record_engine(Settings())
    if otlp:
        typer.echo(f"{_send(engine, otlp):,} entries sent", err=True)
        return
    with stored(engine) as source:
        if output is None:
            export_record(source, sys.stdout)
            return
        try:
            with output.open("w", encoding="ascii") as out:
                count = export_record(source, out)
        except OSError as error:
            raise RecordError(f"{output} cannot be written ({type(error).__name__}) - choose another file") from None
    typer.echo(f"{count:,} entries written to {output}", err=True)


def _send(engine: "Store", url: str) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from backend.record.otlp import send_entries

    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task("sent", total=None)
        return send_entries(engine, url, lambda done, total: bars.update(bar, completed=done, total=total))


@audit_app.command()
def prune(public_key: Keys = None) -> None:
    """Remove the oldest entries whose time is over. A signed checkpoint takes their place.

    The record is checked first. Give the public keys that signed earlier, if there are others than today's.
    """
    from backend.errors import SettingsError
    from backend.record.keys import Signer
    from backend.record.prune import prune_record
    from backend.settings import Settings, variable

    settings = Settings()
    if settings.record_key_file is None:
        remedy = "a checkpoint must be signed: labelguard audit key makes one"
        raise SettingsError(variable("record_key_file"), "is missing", remedy)
    signer = Signer.read(settings.record_key_file)
    done = prune_record(record_engine(settings), signer, given_keys(public_key), settings.record_heads_every)
    typer.echo(f"{done.entries:,} entries removed" + (f", up to {done.through:,}" if done.entries else ""))
    if done.kept:
        typer.echo(done.kept)
    if done.entries:
        _witness(settings)


@audit_app.command()
def witness() -> None:
    """Sign the record's end and show it to its witnesses, as a server does now and then. Exits with 1 if one fails."""
    from backend.errors import SettingsError
    from backend.settings import Settings, variable

    shown = _witness(Settings())
    if shown is None:
        raise SettingsError(variable("record_heads_path"), "is not set", "there is nobody to show the record to")
    if shown.problems:
        raise typer.Exit(1)


def _witness(settings: "Settings") -> "Witnessed | None":
    """Show the record to its witnesses, if it has any, and tell what became of it."""
    from backend.record.witnesses import open_witnesses

    witnesses = open_witnesses(settings)
    if witnesses is None:
        return None
    shown = witnesses.show()
    for line in shown.done:
        typer.echo(line)
    for line in shown.problems:
        typer.echo(line, err=True)
    return shown


@audit_app.command()
def key(
    file: Annotated[Path, typer.Argument(help="File of the private key; the public one is put beside it.")],
) -> None:
    """Make the pair of keys that signs the record's heads and checks them."""
    from backend.record.keys import make_signing_keys
    from backend.settings import variable

    public, made = make_signing_keys(file)
    typer.echo(f"{file}: private key {made.name}. Set {variable('record_key_file')} to it, on the server alone.")
    typer.echo(f"{public}: public key. Give it to those who check: labelguard audit verify --public-key {public.name}")


def record_engine(settings: "Settings") -> "Store":
    """Open the store that has the record."""
    from backend.store import open_store

    return open_store(settings.state_url.get_secret_value())


def given_keys(files: list[Path] | None) -> "list[PublicKey]":
    """Read public keys."""
    from backend.record.keys import PublicKey

    return [PublicKey.read(file) for file in files or ()]


def given_heads(texts: list[str] | None) -> list[tuple[int, str]]:
    """Read heads that were noted earlier."""
    return [_head(text) for text in texts or ()]


def _head(text: str) -> tuple[int, str]:
    seq, _, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != 64:
        raise typer.BadParameter("SEQ:HASH, such as audit verify prints", param_hint="--expect-head")
    return int(seq), digest.lower()


def say(what: "str | Table", style: str = "") -> None:
    """Print a line or a table; where it goes to a file, on lines as long as they are."""
    from rich.console import Console

    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    out.print(what, style=style, soft_wrap=isinstance(what, str))
