"""`labelguard batches`: what `predict --batch` has sent, and how it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import AsJson, console, figures_table, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from backend.model.batch.tables import BatchRow


@app.command()
def batches(
    cancel: Annotated[str, typer.Option(help="End the batch of this number; what is done by then stays.")] = "",
    policy: Annotated[Path | None, typer.Option(help="Policy file, for --cancel; the server's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which batches `labelguard predict --batch` has sent within thirty days, and how each stood at the last look.

    Nobody is asked for that. The command that sent one asks how it stands, and fetches what is done.
    """
    from backend.engine.assemble import open_lines
    from backend.policy import Policy
    from backend.settings import Settings

    settings = Settings(**({"policy": policy} if policy else {}))
    if cancel:
        import asyncio
        from contextlib import aclosing

        async def end() -> str:
            lines = open_lines(Policy.load(settings.policy), settings)
            async with aclosing(lines):
                return await lines.sent.cancel(cancel)

        status = asyncio.run(end())
        typer.echo(f"batch {cancel}: {status}; the command that sent it fetches what was done")
        return
    from backend.model.batch.books import list_batches
    from backend.store import open_store

    found = list_batches(open_store(settings.state_url.get_secret_value()))
    if as_json:
        print_json({"batches": [_flat(row) for row in found]})
    elif found:
        _show(found)
    else:
        typer.echo("no batch was sent within thirty days")


def _flat(row: "BatchRow") -> dict[str, str | int]:
    return {
        "batch": row.number,
        "provider": row.provider,
        "since": _since(row).isoformat(),
        "state": row.state,
        "status": row.status,
        "lines": row.lines,
    }


def _since(row: "BatchRow") -> "datetime":
    from datetime import UTC, datetime

    return datetime.fromtimestamp(row.began, UTC)


def _show(found: "Sequence[BatchRow]") -> None:
    drawn = figures_table(["batch", "provider", "since (UTC)", "stands"], ["lines"])
    for row in found:
        since = _since(row).strftime("%Y-%m-%d %H:%M")
        stands = "not sent yet" if row.state == "open" else row.status + (", fetched" if row.state == "over" else "")
        drawn.add_row(row.number or "-", row.provider, since, stands, f"{row.lines:,}")
    console().print(drawn)
