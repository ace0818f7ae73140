"""`labelguard audit sent` and `audit views`: a sample of what was sent, and who saw it."""

import os
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.audit import audit_app
from backend.cli.tables import AsJson, console, figures_table, print_json

if TYPE_CHECKING:
    from backend.model.sent_samples import SentSample
    from backend.record.views import ViewBook
    from backend.settings import Settings

SHOWN = ("time", "rule", "provider", "model", "external")
"""What the record says of an attempt that is shown."""


@audit_app.command()
def sent(
    project: Annotated[str, typer.Option(help="Only this project's.")] = "",
    task: Annotated[str, typer.Option(help="Only of the task with this number.")] = "",
    entry: Annotated[int | None, typer.Option(min=1, help="Only the one with this number in the record.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show requests as they were sent, redacted, of which the policy keeps a part. Each view stands in the record."""
    from backend.engine.assemble import surrogate_key
    from backend.model.sent_samples import stored_samples
    from backend.record.entries import View
    from backend.settings import Settings
    from backend.store import open_store

    settings = Settings()
    book = _book(settings)
    store = open_store(settings.state_url.get_secret_value())
    kept = stored_samples(store, surrogate_key(settings), project, task, entry)
    found = [one for one in kept if one.request is not None][:limit]
    views = [View(attempt=one.attempt, who=_who(), by="command", keep_days=one.keep_days) for one in found]
    if views:
        book.note(views)
    said = book.entries([one.attempt for one in found])
    flat = [_flat(one, said.get(one.attempt, {})) for one in found]
    unread = len(kept) - sum(one.request is not None for one in kept)
    if as_json:
        print_json({"sent": flat, "kept": len(kept), "unread": unread})
        return
    for one in flat:
        _print(one)
    more = f"; {unread} cannot be read: kept under another key" if unread else ""
    typer.echo(f"{len(found)} of {len(kept)} shown{more}" if kept else "nothing that was sent is kept: keep_sent")


@audit_app.command()
def views(as_json: AsJson = False) -> None:
    """Show who saw what was sent, the newest first."""
    from backend.settings import Settings

    found = list(_book(Settings()).views())
    if as_json:
        print_json({"views": found})
        return
    drawn = figures_table(["entry", "time (UTC)", "who", "by", "saw entry"])
    for one in found:
        time = one["time"][:19].replace("T", " ")
        drawn.add_row(str(one["seq"]), time, one["who"], one["by"], str(one["attempt"]))
    console().print(drawn)


def _book(settings: "Settings") -> "ViewBook":
    from backend.record.views import ViewBook
    from backend.store import open_store

    store = open_store(settings.state_url.get_secret_value())
    return ViewBook(store, settings.record_key_file, settings.record_heads_every)


def _who() -> str:
    """Return the account that runs this; a user of a container may have no name."""
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return f"uid:{os.getuid()}"


def _flat(sample: "SentSample", attempt: dict[str, Any]) -> dict[str, Any]:
    about = {"entry": sample.attempt, "project": sample.project, "task": sample.task, "expires": sample.expires}
    return about | {name: attempt.get(name) for name in SHOWN} | {"request": sample.request}


def _print(one: dict[str, Any]) -> None:
    time = (one["time"] or "")[:19].replace("T", " ")
    whom = f"{one['provider']} ({one['model']})" if one["provider"] else "(the entry was pruned)"
    typer.echo(_plain(f"entry {one['entry']}, {time} UTC, project {one['project']}, task {one['task']}, to {whom}"))
    for message in one["request"].get("messages", ()):
        typer.echo(_plain(f"--- {message.get('role')}\n{message.get('content')}"))
    typer.echo("")


def _plain(text: str) -> str:
    """Write what a terminal would take for a command as it is written in programs."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
