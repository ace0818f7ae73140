"""The databases: how they are opened, read and written, and how their errors are told."""

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from backend.errors import StoreError
from backend.system.disk import locked, problem_of
from backend.system.once import once

Store = Engine
"""What `open_store` returns, for those who pass it on and know nothing of SQLAlchemy."""
METADATA = MetaData()
WAIT_S, TRY_S = 30.0, 0.01

_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
# The last: what is deleted is written over, so that none of it is left in the file.
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
# One statement, since each costs a way to the server and back. A session that dies without a word lets go in the end.
_ALONE = text(
    "SELECT set_config('lock_timeout', :wait, true), set_config('idle_in_transaction_session_timeout', '60s', true),"
    " CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END,"
    " pg_advisory_xact_lock(:lock)"
)


def open_store(url: str, wait_s: float = WAIT_S) -> Engine:
    """Open a store. PostgreSQL is reached at the first use.

    Args:
        url: `sqlite:///path`, whose folder and file are made for the owner alone, or
            `postgresql://user:password@host/name`.
        wait_s: how long a writer waits for the others.

    Raises:
        StoreError: the URL cannot be used, or the file not be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the state", "its URL cannot be read", _REMEDY) from None
    if parsed.drivername == "sqlite":
        return _sqlite(parsed, wait_s)
    if parsed.drivername in _POSTGRESQL:
        return _postgresql(parsed, wait_s)
    raise StoreError(shown_url(parsed), f"{parsed.drivername} is not supported", _REMEDY)


@contextmanager
def writing(engine: Engine, *parts: str) -> Iterator[Connection]:
    """Open a transaction that is the only one to write; it is durable once the block has ended.

    Args:
        engine: of `open_store`.
        parts: what is written, where others may write something else at the same time (PostgreSQL; SQLite has one
            writer). Several are taken in the order of their names, so that nobody waits for who waits for him.

    Raises:
        StoreError: the store cannot be reached, is full or stays locked; nothing was written.
    """
    with _errors(engine), _turn(engine), engine.connect() as connection:
        connection.execution_options(alone=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                wait = engine.get_execution_options()["wait"]
                for part in sorted(parts or ("",)):
                    connection.execute(_ALONE, {"lock": _lock(part), "wait": wait})
            yield connection


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until no other thread writes to the same file, since SQLite would sleep ever longer between its tries.

    Other processes are left to SQLite, and so is who has waited in vain: that is its error to tell.
    """
    options = engine.get_execution_options()
    turn = options["turn"] if not _is_server(engine) else None
    is_ours = bool(turn and turn.acquire(timeout=options["wait_s"]))
    try:
        yield
    finally:
        if turn and is_ours:
            turn.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the store, whatever is written meanwhile.

    Raises:
        StoreError: the store cannot be reached.
    """
    with _errors(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def alone(engine: Engine, work: str) -> Iterator[bool]:
    """Do a work that one process at a time does, for as long as the block lasts; whoever dies lets go.

    Args:
        engine: of `open_store`.
        work: its name.

    Yields:
        Whether nobody else is at it.

    Raises:
        StoreError: the store cannot be reached.
    """
    with ExitStack() as held:
        yield held.enter_context(_session_lock(engine, work) if _is_server(engine) else _file_lock(engine, work))


def scrub(engine: Engine, *tables: Table) -> bool:
    """Have nothing left of deleted rows in the files of tables, whatever the database would keep for a while.

    Args:
        engine: of `open_store`.
        tables: those that are there; PostgreSQL writes them anew, which their owner alone may have done, and a
            SQLite file has its log emptied.

    Returns:
        Whether it was done; False where others kept SQLite from it for as long as a writer waits, or a table of
        PostgreSQL is another user's.

    Raises:
        StoreError: the store cannot be reached, or a table stays locked.
    """
    with _errors(engine):
        if not _is_server(engine):
            with closing(engine.raw_connection()) as held:
                busy, *_ = held.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        there = set(inspect(engine).get_table_names())
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            wait = engine.get_execution_options()["wait"]
            connection.execute(text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": wait})
            done = [_rewrite(connection, table.name) for table in tables if table.name in there]
            connection.invalidate()  # with its lock_timeout
    return all(done)


def _rewrite(connection: Connection, table: str) -> bool:
    """Have PostgreSQL write a table into a new file; say whether it did: of another user's it only warns."""
    file = text("SELECT pg_relation_filenode(CAST(:name AS regclass))")
    before = connection.scalar(file, {"name": table})
    connection.execute(text(f"VACUUM (FULL) {table}"))
    return bool(connection.scalar(file, {"name": table}) != before)


def clock_ahead(engine: Engine, now: Callable[[], float] = time.time) -> float:
    """Read from the store, and return by how many seconds its clock is ahead of this machine's; 0 for a file.

    Args:
        engine: of `open_store`.
        now: tells Unix time.

    Raises:
        StoreError: the store cannot be read.
    """
    with reading(engine) as connection:
        if not _is_server(engine):
            connection.scalar(text("SELECT count(*) FROM sqlite_master"))
            return 0.0
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0) - now()


def beside(engine: Engine, name: str) -> Path | None:
    """Return a path beside a SQLite file, its name with another behind it; None if a server keeps the state."""
    return None if _is_server(engine) else Path(f"{engine.url.database}.{name}")


@contextmanager
def _session_lock(engine: Engine, work: str) -> Iterator[bool]:
    with _errors(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _lock(work)}))
        try:
            yield is_ours
        finally:
            if is_ours:  # at once: PostgreSQL takes a moment to see that a session is over
                with suppress(DBAPIError):
                    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _lock(work)})
            connection.invalidate()  # whatever came of that, the lock ends with its session


@contextmanager
def _file_lock(engine: Engine, work: str) -> Iterator[bool]:
    file = Path(f"{engine.url.database}.{work}.lock")
    with ExitStack() as held:
        try:
            held.enter_context(locked(file, waits=False))
            is_ours = True
        except BlockingIOError:
            is_ours = False
        yield is_ours


def _is_server(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _lock(name: str) -> int:
    return zlib.crc32(f"labelguard {name}".encode())


_REMEDY = "set LABELGUARD_STATE_URL to sqlite:///path/to/file or postgresql://user:password@host/name"


def _sqlite(url: URL, wait_s: float) -> Engine:
    if not url.database or url.database == ":memory:" or url.host:
        raise StoreError(shown_url(url), "a state in memory would be lost", _REMEDY)
    file = Path(url.database)
    try:
        file = file.expanduser()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(file)
    except (OSError, RuntimeError) as error:
        problem = f"the file {problem_of(error, 'opened')}" if isinstance(error, OSError) else "there is no home folder"
        raise StoreError(shown_url(url), problem, "let the server's user write there, or choose another file") from None
    engine = create_engine(
        url.set(database=str(file)),
        connect_args={"timeout": wait_s},
        hide_parameters=True,
        execution_options={"turn": _turn_at(file.resolve()), "wait_s": wait_s},
    )
    event.listen(engine, "connect", lambda connection, _: _set_up(connection, wait_s))
    event.listen(engine, "begin", _begin)
    return engine


@once
def _turn_at(_: Path) -> threading.Lock:
    """Return what all writers of a file in this process wait for."""
    return threading.Lock()


def _make(file: Path) -> None:
    """Make a file for its owner alone, unless it is there.

    One that is there is not opened: closing it again would give up all locks of this process on it, and another that
    closes the database then takes itself for the last one, and removes the log that this process still writes.

    Raises:
        OSError: it cannot be made, read or written.
    """
    if not (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _postgresql(url: URL, wait_s: float) -> Engine:
    options = {"wait": f"{wait_s * 1000:.0f}ms"}
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10},
            execution_options=options,
        )
    except (ImportError, NoSuchModuleError):
        remedy = "pip install 'labelguard[postgresql]'"
        raise StoreError(shown_url(url), "the driver psycopg is not installed", remedy) from None


def _set_up(connection: sqlite3.Connection, wait_s: float) -> None:
    connection.isolation_level = None  # transactions begin where we say, not at the driver's guess
    _write_ahead(connection, wait_s)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection, wait_s: float) -> None:
    """Have a file written by its log. Of several processes that find a new one SQLite lets all but one fail at once."""
    given_up = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > given_up:
                raise
            time.sleep(TRY_S)
        else:
            return


def _begin(connection: Connection) -> None:
    """Begin a transaction, past SQLAlchemy, in which that takes longer than most statements."""
    alone = bool(connection.get_execution_options().get("alone"))
    held: Any = connection.connection.dbapi_connection
    if connection.info.get("alone") is not alone:
        held.execute(f"PRAGMA query_only={'OFF' if alone else 'ON'}")
        connection.info["alone"] = alone
    held.execute("BEGIN IMMEDIATE" if alone else "BEGIN")


@contextmanager
def _errors(engine: Engine) -> Iterator[None]:
    """Turn the database's errors into ours; a statement's parameters and a row's values are never shown."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        problem = type(cause).__name__
        if isinstance(error, OperationalError | sqlite3.OperationalError) or problem == "DatabaseError":
            problem = str(cause).partition("\n")[0][:200]
        remedy = "see that it runs, has room, and that the server's user may write to it"
        raise StoreError(shown_url(engine.url), problem, remedy) from None


def shown_url(url: URL) -> str:
    """Write a URL without password and parameters."""
    drivername = url.drivername.partition("+")[0]
    return url.set(drivername=drivername, query={}).render_as_string(hide_password=True)
