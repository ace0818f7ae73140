"""`labelguard backup` and `labelguard restore`: the state as a file, and the keys as another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from backend.settings import Settings
    from backend.store import Store

Keys = Annotated[Path | None, typer.Option("--keys", help="File of the keys, to be kept elsewhere than the state.")]


@app.command("backup")
def back_up(
    output: Annotated[Path, typer.Argument(help="File for the state; it must not be there.")],
    keys: Keys = None,
) -> None:
    """Copy the state, while the server runs, and check the copy's record. Exits with 1 if anything is wrong with it.

    It holds no text but what is encrypted. Without the keys that cannot be read: keep both, and apart.
    """
    from backend.engine.key_copies import copy_keys
    from backend.settings import Settings
    from backend.store import open_store
    from backend.store.copies import copy_store, settle_copy

    settings = Settings()
    copy_store(open_store(settings.state_url.get_secret_value()), output)
    typer.echo(f"{output}: the state, {output.stat().st_size / 1e6:,.1f} MB")
    if keys:
        names = copy_keys(settings, keys)
        typer.echo(f"{keys}: the keys ({', '.join(names)}). Who has both files can read what is encrypted")
    else:
        typer.echo("the keys are not in it: --keys FILE writes them to another file", err=True)
    status = _check(open_store(f"sqlite:///{output.absolute()}"), settings)
    settle_copy(output)
    raise typer.Exit(status)


@app.command("restore")
def restore_state(
    file: Annotated[Path, typer.Argument(help="File that labelguard backup wrote.")],
    keys: Keys = None,
) -> None:
    """Put a state where the settings say, and check its record. Nothing is overwritten. Stop the server before.

    Exits with 1 if anything is wrong with the record.
    """
    from backend.engine.key_copies import key_files, put_keys
    from backend.settings import Settings
    from backend.store import upgrade_store
    from backend.store.copies import put_store

    settings = Settings()
    if keys:
        names = put_keys(settings, keys)
        typer.echo(f"keys put where the settings say: {', '.join(names) or 'none, all were there'}")
    store = put_store(file, settings.state_url.get_secret_value())
    typer.echo(f"{store.url.database}: restored from {file}")
    upgrade_store(store)
    for name, key in key_files(settings).items():
        if not key.exists():
            typer.echo(f"{key} is not there ({name}): what was encrypted with it cannot be read", err=True)
    status = _check(store, settings)
    typer.echo("what was sent after the backup is not in this record: keep the old files if you have them", err=True)
    raise typer.Exit(status)


def _check(store: "Store", settings: "Settings") -> int:
    """Check the record, say what was found, and return the exit status."""
    from backend.errors import RecordError
    from backend.record.keys import Signer
    from backend.record.sources import stored
    from backend.record.verify import Trust, verify_record

    file = settings.record_key_file
    keys = [Signer.read(file).public] if file and file.exists() else []
    try:
        with stored(store) as source:
            report = verify_record(source, Trust(keys, (), settings.record_heads_every))
    except RecordError as error:
        typer.echo(error.reason)
        return 0
    finally:
        store.dispose()
    for problem in report.problems:
        typer.echo(problem.what)
    found = f"{report.count:,} problems" if report.count else f"as it was written, up to {report.last}:{report.hash}"
    typer.echo(f"the record in it, {report.entries:,} entries: {found}")
    return 1 if report.count else 0
