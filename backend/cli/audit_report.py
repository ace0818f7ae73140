"""`labelguard audit report`: what left in a period, on a page to file and as signed JSON; and how that is checked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.audit import Heads, Keys, audit_app, given_heads, given_keys, parse_end, record_engine, say

if TYPE_CHECKING:
    from backend.record.keys import Signer
    from backend.record.period import PeriodReport
    from backend.record.sources import RecordSource
    from backend.settings import Settings

COLORS = {"proven": "green", "contradicted": "red", "cannot be told": "yellow"}
SHOWN = 20
"""Entries that are told for a sentence; the files have more."""
Export = Annotated[Path | None, typer.Option("--file", help="A file of audit export, in place of the database.")]


@audit_app.command()
def report(
    since: Annotated[datetime, typer.Option("--from", help="The first day, UTC, or a time.")],
    until: Annotated[
        datetime, typer.Option(parser=parse_end, metavar="TIME", help="The last day, UTC, which is whole; or a time.")
    ],
    provider: Annotated[
        str, typer.Option(help="Whom the sentences are about; else every provider outside the network.")
    ] = "",
    entity: Annotated[
        list[str] | None, typer.Option(help="Entity type that the sentences are about, as PERSON. May be given again.")
    ] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="File to write: .html to print, .json signed. May be given again.")
    ] = None,
    public_key: Keys = None,
    expect_head: Heads = None,
    file: Export = None,
) -> None:
    """Say what left in a period, and whether a type of personal data did.

    Exits with 1 if a sentence is contradicted or cannot be told, or the record is not as it was written.
    """
    from backend.record.claims import ClaimForm
    from backend.record.period import Period, report_period
    from backend.record.verify import Trust
    from backend.settings import Settings

    settings = Settings()
    signer = _signer(settings)
    files = _by_form(out or [], signer)
    keys = [*([signer.public] if signer else []), *given_keys(public_key)]
    trust = Trust(keys, given_heads(expect_head), settings.record_heads_every)
    period = Period.between(since.replace(tzinfo=UTC), until)
    forms = [ClaimForm(_type(each), provider, held) for each in entity or () for held in ("text", "value")]
    with _source(settings, file) as source:
        found = report_period(source, trust, period, forms)
    _write(found, files, signer)
    _tell(found)
    is_clean = not found.chain.count and all(claim.verdict == "proven" for claim in found.claims)
    raise typer.Exit(0 if is_clean else 1)


@audit_app.command(name="check-report")
def check_report(
    file: Annotated[Path, typer.Argument(help="The JSON of audit report.")],
    public_key: Keys = None,
    record: Annotated[Path | None, typer.Option(help="A file of audit export, to make the report anew from.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Make it anew from the database.")] = False,
) -> None:
    """Check the signature of a report, and with --record or --store that the record says what the report says.

    Exits with 1 if the record says something else, with 2 if the report was changed or cannot be read.
    """
    from backend.record.signed_report import differs_from_record, read_signed
    from backend.settings import Settings

    settings = Settings()
    signer = _signer(settings) if not public_key else None
    keys = [*([signer.public] if signer else []), *given_keys(public_key)]
    if not keys:
        raise typer.BadParameter("give the public key that signed it", param_hint="--public-key")
    said = read_signed(file, keys)
    say(f"{file}: the signature is good; made {said['made'][:19].replace('T', ' ')} UTC", "green")
    for claim in said["claims"]:
        say(f"{claim['verdict']}: {claim['sentence']}", COLORS.get(claim["verdict"], ""))
    if not (record or store):
        say("not held against the record: give --record or --store", "yellow")
        return
    with _source(settings, record) as source:
        parts = differs_from_record(said, source, keys)
    if parts:
        say(f"the record says something else: {', '.join(parts)}", "red")
        raise typer.Exit(1)
    say(f"the record says the same, up to entry {said['record']['last']:,}", "green")


@contextmanager
def _source(settings: "Settings", file: Path | None) -> "Iterator[RecordSource]":
    from backend.record.sources import exported, stored

    with exported(file) if file else stored(record_engine(settings)) as source:
        yield source


def _signer(settings: "Settings") -> "Signer | None":
    from backend.record.keys import Signer

    return Signer.read(settings.record_key_file) if settings.record_key_file else None


def _type(entity: str) -> str:
    if not re.fullmatch(r"[\w-]{1,64}", entity, re.ASCII):
        raise typer.BadParameter("an entity type such as PERSON", param_hint="--entity")
    return entity


def _by_form(files: list[Path], signer: "Signer | None") -> list[tuple[Path, str]]:
    """Return files with their forms, before anything is read.

    Raises:
        SettingsError: one is to be signed, and there is no key.
    """
    from backend.errors import SettingsError
    from backend.settings import variable

    forms = [(file, file.suffix.lower()) for file in files]
    if any(form not in (".html", ".json") for _, form in forms):
        raise typer.BadParameter("name a file that ends in .html or .json", param_hint="--out")
    if signer is None and any(form == ".json" for _, form in forms):
        remedy = "a report in JSON is signed as heads are: labelguard audit key makes a key"
        raise SettingsError(variable("record_key_file"), "is missing", remedy)
    return forms


def _write(found: "PeriodReport", files: list[tuple[Path, str]], signer: "Signer | None") -> None:
    from backend.record.chain import now
    from backend.record.period_page import period_page
    from backend.record.signed_report import period_json, signed_json
    from backend.system.disk import write_whole

    made = now()
    for file, form in files:
        if form == ".json" and signer:
            content = signed_json(period_json(found, made), signer)
        else:
            content = period_page(found, made)
        write_whole(file, content.encode(), 0o600)


def _tell(found: "PeriodReport") -> None:
    """Say in a few lines what the report says."""
    for problem in found.chain.problems:
        say(problem.what, "red")
    attempts = sum(total.attempts for _, total in found.sent)
    say(f"{found.period.words}: {attempts:,} attempts, {sum(found.refusals.values()):,} refusals")
    for to, total in found.sent:
        where = "leaves the network" if to.external else "stays"
        guard = ", as guard" if to.kind == "look" else ""
        say(f"  {total.attempts:,} to {to.provider}{guard} under policy {to.policy[:16]}: {where}")
    for claim in found.claims:
        say(f"{claim.verdict}: {claim.form.words(found.period.words)}", COLORS[claim.verdict])
        for why in claim.why:
            say(f"  {why}")
        for one in claim.entries[:SHOWN]:
            which = f"project {one.project}, task {one.task}, {one.provider}, {one.outcome}"
            say(f"  entry {one.seq:,}, {one.time[:19].replace('T', ' ')}: {which}")
        if claim.count > SHOWN:
            say(f"  and {claim.count - SHOWN:,} more")
