"""The store on both databases: one writer at a time, durable, one state for a reader, errors without passwords."""

import sqlite3
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import Column, Integer, Table, event, insert, select, text, update

from backend.errors import StoreError
from backend.store import METADATA, alone, clock_ahead, make_tables, open_store, reading, scrub, writing
from tests.child import ROOT, free_port
from tests.patience import HANGS_S
from tests.postgres import PASSWORD

COUNT = Table("test_count", METADATA, Column("count", Integer, nullable=False))
PROCESSES, ROUNDS = 3, 40
ADD_MANY = """
import sys
from sqlalchemy import text
from backend.store import open_store, writing
engine = open_store(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with writing(engine) as connection:
        now = connection.execute(text("SELECT count FROM test_count")).scalar_one()
        connection.execute(text("UPDATE test_count SET count = :count"), {"count": now + 1})
"""


@pytest.fixture
def engine(store_url):
    opened = open_store(store_url)
    make_tables(opened, COUNT)
    with writing(opened) as connection:
        connection.execute(insert(COUNT).values(count=0))
    yield opened
    opened.dispose()


def count(engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(COUNT.c.count)).scalar_one())


def add_one(engine) -> None:
    """Add one by reading and writing apart, so that two writers at once would lose some."""
    with writing(engine) as connection:
        now = connection.execute(select(COUNT.c.count)).scalar_one()
        connection.execute(update(COUNT).values(count=now + 1))


def test_one_thread_writes_at_a_time(engine):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: add_one(engine), range(8 * ROUNDS)))
    assert count(engine) == 8 * ROUNDS


def test_threads_of_a_process_wait_for_each_other_and_not_for_sqlite(tmp_path):
    """SQLite sleeps between its tries to write, up to a tenth of a second; here it may try once."""
    url = f"sqlite:///{tmp_path / 'state.db'}"
    engines = [open_store(url), open_store(url)]
    for one in engines:
        event.listen(one, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    make_tables(engines[0], COUNT)
    with writing(engines[0]) as connection:
        connection.execute(insert(COUNT).values(count=0))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add_one(engines[number % 2]), range(8 * ROUNDS)))
    assert count(engines[0]) == 8 * ROUNDS
    for one in engines:
        one.dispose()


def test_a_process_that_opens_its_file_once_more_keeps_its_locks(tmp_path):
    url = f"sqlite:///{tmp_path / 'state.db'}"
    engine = open_store(url)
    make_tables(engine, COUNT)
    with writing(engine) as connection:
        connection.execute(insert(COUNT).values(count=0))
    open_store(url)
    look = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM test_count').fetchone()"
    subprocess.run([sys.executable, "-c", look, str(tmp_path / "state.db")], check=True)
    assert (tmp_path / "state.db-wal").exists()  # whoever takes itself for the last removes it
    add_one(engine)
    assert count(open_store(url)) == 1


def test_one_process_writes_at_a_time(engine, store_url):
    command = [sys.executable, "-c", ADD_MANY, store_url, str(ROUNDS)]
    children = [subprocess.Popen(command, cwd=ROOT) for _ in range(PROCESSES)]
    assert [child.wait(HANGS_S) for child in children] == [0] * PROCESSES
    assert count(engine) == PROCESSES * ROUNDS


def test_who_finds_a_new_file_while_another_makes_it_waits(tmp_path, monkeypatch):
    """SQLite itself lets it fail at once, however long it may wait."""
    file = tmp_path / "state.db"
    another = sqlite3.connect(file, isolation_level=None)
    another.execute("CREATE TABLE made (count)")
    another.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"), reading(open_store(f"sqlite:///{file}", wait_s=0.05)):
        pass
    monkeypatch.setattr("backend.store.database.time.sleep", lambda _: another.execute("COMMIT"))
    with reading(open_store(f"sqlite:///{file}")) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    another.close()


def test_what_failed_is_not_kept(engine):
    with suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(update(COUNT).values(count=9))
        raise ZeroDivisionError
    assert count(engine) == 0


def test_a_reader_sees_one_state(engine):
    with reading(engine) as connection:
        assert connection.execute(select(COUNT.c.count)).scalar_one() == 0
        add_one(engine)
        assert connection.execute(select(COUNT.c.count)).scalar_one() == 0
    assert count(engine) == 1


def test_a_reader_does_not_write(engine):
    with pytest.raises(StoreError), reading(engine) as connection:
        connection.execute(update(COUNT).values(count=5))
    assert count(engine) == 0


def test_a_work_of_one_process_is_done_by_no_other_until_it_ends_or_dies(engine, store_url):
    wait = "import sys, time; from backend.store import alone, open_store\n"
    wait += "with alone(open_store(sys.argv[1]), 'work') as ours: print(ours, flush=True); time.sleep(900)"
    with subprocess.Popen(
        [sys.executable, "-c", wait, store_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "True\n"
            with alone(engine, "work") as ours, alone(engine, "another") as another:
                assert (ours, another) == (False, True)
        finally:
            other.kill()
    until = time.monotonic() + HANGS_S
    while time.monotonic() < until:  # PostgreSQL takes a moment to see it
        with alone(engine, "work") as ours:
            if ours:
                break
    assert ours


def test_who_has_ended_a_work_lets_go_at_once(engine):
    for _ in range(20):
        with alone(engine, "work") as ours:
            assert ours


def test_several_parts_are_written_by_who_has_them_all(engine, store_url):
    with writing(engine, "a", "b"), pytest.raises(StoreError), writing(open_store(store_url, wait_s=0.01), "b"):
        pass


def test_tables_are_made_once_and_kept(engine, store_url):
    add_one(engine)
    other = open_store(store_url)
    make_tables(other, COUNT)
    assert count(other) == 1
    other.dispose()


def test_a_writer_that_waits_too_long_is_told(engine, store_url):
    impatient = open_store(store_url, wait_s=0.1)
    with writing(engine), pytest.raises(StoreError) as caught, writing(impatient):
        pass
    assert "lock" in caught.value.reason
    impatient.dispose()


def test_parts_of_postgresql_are_written_at_once(postgresql):
    engine = open_store(postgresql.new_database(), wait_s=0.1)
    with writing(engine, "record"), writing(engine, "spend"):
        pass
    engine.dispose()


def test_postgresql_writes_to_the_disk_even_where_the_server_would_not(postgresql):
    engine = open_store(f"{postgresql.new_database()}%20-c%20synchronous_commit%3Doff")
    with writing(engine) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    with reading(engine) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "off"
    engine.dispose()


def test_sqlite_writes_to_the_disk_before_a_block_ends(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    with writing(engine) as connection:
        said = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("synchronous", "journal_mode")]
    assert said == [2, "wal"]
    engine.dispose()


def test_the_file_is_the_owners_alone(tmp_path):
    file = tmp_path / "new" / "folder" / "state.db"
    engine = open_store(f"sqlite:///{file}")
    make_tables(engine, COUNT)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (file.parent, *file.parent.iterdir())}
    assert modes.pop("folder") == 0o700
    assert set(modes.values()) == {0o600}
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:p@host/x", "no url at all", ""])
def test_what_is_no_store_is_refused(url):
    with pytest.raises(StoreError, match="set LABELGUARD_STATE_URL to"):
        open_store(url)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="let the server's user write there"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'state.db'}")


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "state.db").write_text("something else " * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        count(open_store(f"sqlite:///{tmp_path / 'state.db'}"))


def test_postgres_is_postgresql(postgresql):
    engine = open_store(postgresql.new_database().replace("postgresql://", "postgres://"))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


@pytest.mark.parametrize("place", ["wrong port", "wrong user", "wrong database"])
def test_an_error_says_which_database_and_no_password(postgresql, place):
    url = postgresql.url()
    url = {
        "wrong port": url.replace(f":{postgresql.port}", f":{free_port()}"),
        "wrong user": url.replace("tester", "nobody"),
        "wrong database": f"{url}2?password={PASSWORD}",
    }[place]
    with pytest.raises(StoreError) as caught:
        count(open_store(url))
    said = "".join(traceback.format_exception(caught.value))
    assert "127.0.0.1" in caught.value.reason
    assert PASSWORD not in said


def test_an_error_shows_no_values(engine):
    with pytest.raises(StoreError) as caught, writing(engine) as connection:
        connection.execute(text("INSERT INTO no_such_table VALUES (:value)"), {"value": "canary-51"})
    assert "canary-51" not in "".join(traceback.format_exception(caught.value))
    assert count(engine) == 0


def test_the_clock_of_a_server_is_told_and_a_file_has_this_machine_s(engine):
    apart = clock_ahead(engine, lambda: time.time() - 3600)
    assert apart == (pytest.approx(3600, abs=60) if engine.dialect.name == "postgresql" else 0)


def test_a_table_of_another_user_is_not_said_to_be_scrubbed(postgresql):
    """PostgreSQL only warns."""
    url = postgresql.new_database()
    owner = open_store(url)
    make_tables(owner, COUNT)
    assert scrub(owner, COUNT)
    name = url.rpartition("%3D")[2]
    with writing(owner) as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {name} TO {name}"))
    other = open_store(url.replace("//tester:", f"//{name}:"))
    assert not scrub(other, COUNT)
    for one in (owner, other):
        one.dispose()
    postgresql.hang_up(url)


def test_a_file_that_somebody_reads_is_not_said_to_be_scrubbed(tmp_path):
    url = f"sqlite:///{tmp_path / 'state.db'}"
    engine = open_store(url, wait_s=0.1)
    make_tables(engine, COUNT)
    with reading(engine) as connection:
        connection.execute(select(COUNT)).all()
        other = open_store(url, wait_s=0.1)
        with writing(other) as writer:
            writer.execute(insert(COUNT).values(count=1))
        assert not scrub(other, COUNT)
    assert scrub(other, COUNT)
    assert (tmp_path / "state.db-wal").stat().st_size == 0
    engine.dispose()
    other.dispose()
