"""Which version a store's tables have, and how they come to that of this code.

Versions are alembic's, and so is the way from each to the next, in `backend/store/migrations/`. A new store goes all of
it, and so does one of 0.1.0, which had no version: what is there is left as it is.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, inspect, text

from backend.errors import StoreError
from backend.store.database import METADATA, reading, shown_url, writing

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger("labelguard.store")

VERSIONS = "labelguard_version"
"""The table of alembic's that says which version a store has; others may have theirs in the same database."""
REVISIONS = ("0001", "0002", "0003")
"""All versions, the last one is this code's."""
PART = "version"


@dataclass(frozen=True, slots=True)
class StoreUpgrade:
    """From which version to which a store went; `begun` is "" where it had none.

    Attributes:
        is_new: whether there was nothing in it.
    """

    begun: str
    ended: str
    is_new: bool


def make_tables(engine: Engine, *tables: Table) -> None:
    """See that the store has this code's version, and make the tables that are not there.

    Who may only read needs no right to make any, and may look into an older store as long as it has the tables.

    Raises:
        StoreError: the store is of a newer version, or what is missing cannot be made.
    """
    try:
        upgrade_store(engine)
    except StoreError:
        if _is_newer(_look(engine)[0]) or _missing(engine, tables):
            raise
    if _missing(engine, tables):
        with writing(engine) as connection:
            METADATA.create_all(connection, tables=tables)


def upgrade_store(engine: Engine) -> StoreUpgrade | None:
    """Bring a store to this code's version, in one transaction; whoever else begins at the same time waits for it.

    Returns:
        What was done; None if it has that version.

    Raises:
        StoreError: it has a newer one, which this code may not write to; or it cannot be upgraded, and is as it was.
    """
    version, _ = _look(engine)
    if version == REVISIONS[-1]:
        return None
    refuse_newer(shown_url(engine.url), version)
    try:
        with writing(engine, PART) as connection:
            version, is_new = _told(connection)
            if version == REVISIONS[-1]:
                return None
            refuse_newer(shown_url(engine.url), version)
            _run(connection)
    except StoreError as error:
        what = f"its tables are of version {version or 'none'} and cannot be brought to {REVISIONS[-1]}: {error.reason}"
        remedy = "run labelguard upgrade with the URL of a user who may make tables, and grant the server's user theirs"
        raise StoreError(shown_url(engine.url), what, remedy) from None
    done = StoreUpgrade(version, REVISIONS[-1], is_new)
    if not is_new:
        said = (
            "the state's tables were brought from version %s to %s; entries and all else that was kept are as they were"
        )
        log.warning(said, version or "none (0.1.0)", done.ended)
    return done


def _look(engine: Engine) -> tuple[str, bool]:
    with reading(engine) as connection:
        return _told(connection)


def _told(connection: Connection) -> tuple[str, bool]:
    """Return a store's version, "" if it has none, and whether there is nothing of ours in it."""
    names = set(inspect(connection).get_table_names())
    if VERSIONS not in names:
        return "", not names & {"record_tip", *METADATA.tables}
    return connection.scalar(text(f"SELECT version_num FROM {VERSIONS}")) or "", False  # noqa: S608 - our own name


def _is_newer(version: str) -> bool:
    return version not in ("", *REVISIONS)


def refuse_newer(store: str, version: str) -> None:
    """Pass a store whose version this code knows, or that has none.

    Raises:
        StoreError: it is of a newer one.
    """
    if _is_newer(version):
        what = f"its tables are of version {version:.20}, this code knows those up to {REVISIONS[-1]}"
        remedy = "start the newer version of labelguard that wrote it, or restore the backup that was made before"
        raise StoreError(store, what, remedy)


def _missing(engine: Engine, tables: tuple[Table, ...]) -> set[str]:
    with reading(engine) as connection:
        return {table.name for table in tables} - set(inspect(connection).get_table_names())


def _run(connection: Connection) -> None:
    from alembic import command

    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def migrations() -> "Config":
    """Return where alembic finds the ways."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
