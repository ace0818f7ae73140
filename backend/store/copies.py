"""A SQLite state as a file of its own: copied while others write to it, and put where there is none."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from backend.errors import StoreError
from backend.store.database import beside, open_store, reading, shown_url
from backend.store.schema import VERSIONS, refuse_newer
from backend.system.disk import problem_of

_OTHER_FILE = "choose another file"


def copy_store(engine: Engine, file: Path) -> None:
    """Write a copy of a state as it is at one moment, while servers go on, for its owner alone.

    Args:
        engine: of `open_store`.
        file: must not be there; nor is it if this fails.

    Raises:
        StoreError: the state is no file; the copy is there already, cannot be written, or is not sound.
    """
    if beside(engine, "") is None:
        raise StoreError(shown_url(engine.url), "is no file", "back up PostgreSQL by pg_dump: docs/operations.md")
    with reading(engine) as connection:  # it is there, a database, and stays open
        if not inspect(connection).get_table_names():
            raise StoreError(shown_url(engine.url), "holds nothing", "see LABELGUARD_STATE_URL")
        _copy(Path(engine.url.database or ""), file)


def settle_copy(file: Path) -> None:
    """Have a copy in which one looked be one file again, that needs no other beside it to be read."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as one:
        one.execute("PRAGMA journal_mode=DELETE")


def put_store(file: Path, url: str) -> Engine:
    """Put a copy where a state is to be, and open it; what is there already is never touched.

    Args:
        file: of `copy_store`.
        url: the state's, such as `sqlite:///path`.

    Raises:
        StoreError: the copy cannot be read, is no state, of a newer version or not sound; a state is there, or cannot
            be written.
    """
    target = _file_of(url)
    there = [name for name in (target, *(Path(f"{target}{end}") for end in ("-wal", "-shm"))) if name.exists()]
    if there:
        what = f"{there[0]} is there already, and nothing is overwritten"
        raise StoreError(f"sqlite:///{target}", what, "stop the server, move its files away, and restore again")
    if not file.is_file():
        raise StoreError(str(file), "there is no such file", _OTHER_FILE)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"sqlite:///{target}", f"its folder {problem_of(error, 'made')}", _OTHER_FILE) from None
    _copy(file, target)
    return open_store(f"sqlite:///{target}")


def _file_of(url: str) -> Path:
    try:
        parsed = make_url(url)
        if parsed.drivername == "sqlite" and parsed.database:
            return Path(parsed.database).expanduser()
    except (ArgumentError, RuntimeError):
        pass
    remedy = "restore PostgreSQL by pg_restore: docs/operations.md"
    raise StoreError("the state", "LABELGUARD_STATE_URL names no file", remedy)


def _copy(source: Path, file: Path) -> None:
    """Copy a database by SQLite itself, and put it into place once it is whole."""
    made = file.with_name(f".{file.name[:100]}.{uuid4().hex}")
    try:
        os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(made)) as other,
        ):
            one.backup(other)
            other.execute("PRAGMA journal_mode=DELETE")
            _look_at(other, source)
        _sync(made)
        os.link(made, file)
        _sync(file.parent)
    except FileExistsError:
        raise StoreError(str(file), "is there already, and nothing is overwritten", _OTHER_FILE) from None
    except OSError as error:
        raise StoreError(str(file), problem_of(error, "written"), _OTHER_FILE) from None
    except sqlite3.Error as error:
        problem = str(error) if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) else "failed"
        raise StoreError(str(source), f"cannot be copied ({problem})", "see that file and disk are whole") from None
    finally:
        for name in (made, *(Path(f"{made}{end}") for end in ("-wal", "-shm", "-journal"))):
            with suppress(OSError):
                name.unlink()


def _look_at(copy: sqlite3.Connection, source: Path) -> None:
    """See that a copy is a state that this code may write to."""
    if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise StoreError(str(source), "is not sound", "see that file and disk are whole")
    names = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names & {VERSIONS, "record_tip", "spend", "queue_tasks"}:  # 0.1.0 had no version
        raise StoreError(str(source), "is no state of labelguard", _OTHER_FILE)
    versions = copy.execute(f"SELECT version_num FROM {VERSIONS}").fetchall() if VERSIONS in names else []  # noqa: S608
    refuse_newer(str(source), "".join(version for (version,) in versions))


def _sync(path: Path) -> None:
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
