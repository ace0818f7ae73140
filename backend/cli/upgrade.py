"""`labelguard upgrade`: the state's tables as this version has them."""

import typer

from backend.cli import app


@app.command("upgrade")
def upgrade_state() -> None:
    """Bring the state's tables to this version, as a server does by itself when it starts; make a backup before.

    By hand it is needed where the server's user of the database may make no tables: give the URL of one who may.
    """
    from backend.errors import RecordError
    from backend.record.indexing import index_record
    from backend.settings import Settings
    from backend.store import open_store, upgrade_store

    store = open_store(Settings().state_url.get_secret_value())
    done = upgrade_store(store)
    if done is None:
        typer.echo("the state has this version's tables")
    elif done.is_new:
        typer.echo(f"a new state was made, of version {done.ended}")
        return
    else:
        typer.echo(f"the state's tables were brought from version {done.begun or 'none (0.1.0)'} to {done.ended}")
    try:
        index_record(store)
    except RecordError as error:
        typer.echo(error.reason, err=True)
