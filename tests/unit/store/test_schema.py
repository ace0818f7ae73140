"""The store's version: a new one, one of each version before, one of a newer one, and several who open it at once."""

import gzip
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, select, text

from backend.errors import RecordError, StoreError
from backend.record.indexing import index_record
from backend.record.journal import Record
from backend.record.keys import PublicKey
from backend.record.sendings import Wanted, sendings
from backend.record.sources import stored
from backend.record.tables import PART, TABLES
from backend.record.verify import Trust, verify_record
from backend.store import METADATA, make_tables, open_store, reading, upgrade_store, writing
from backend.store.schema import REVISIONS, VERSIONS, migrations
from tests.bench.make_store import PARTS
from tests.child import ROOT
from tests.record import attempt

STORES = ROOT / "tests/fixtures/stores"
OLD = sorted(file.name.removesuffix(".db.gz") for file in STORES.glob("*.db.gz"))
UPGRADE = """
import sys
from backend.store import open_store, upgrade_store
print(upgrade_store(open_store(sys.argv[1])) is not None)
"""


@pytest.fixture
def store(store_url):
    opened = open_store(store_url)
    yield opened
    opened.dispose()


@pytest.fixture(params=OLD)
def old(request, tmp_path):
    """A store as a version before wrote it, and the key that its record was signed with."""
    file = tmp_path / "old.db"
    file.write_bytes(gzip.decompress((STORES / f"{request.param}.db.gz").read_bytes()))
    opened = open_store(f"sqlite:///{file}")
    yield opened, PublicKey.read(STORES / f"{request.param}.pem.pub")
    opened.dispose()


def all_rows(store) -> dict[str, list[tuple[Any, ...]]]:
    """Return what stands in each table but those of the version and of the index."""
    with reading(store) as connection:
        there = MetaData()
        there.reflect(connection)
        tables = [table for name, table in there.tables.items() if name != VERSIONS]
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in tables}


def version(store) -> Any:
    with reading(store) as connection:
        return connection.scalar(text(f"SELECT version_num FROM {VERSIONS}"))


def differences(store) -> list[Any]:
    """Return in what the tables differ from those that the parts bring."""
    for part in PARTS:
        import_module(part)
    ours = {name for name in METADATA.tables if not name.startswith("test_")}  # tests bring tables of their own
    with reading(store) as connection:
        options = {
            "include_name": lambda name, kind, _: kind != "table" or name != VERSIONS,
            "include_object": lambda item, name, kind, *_: (
                kind != "table" or name in ours or name not in METADATA.tables
            ),
        }
        return [*compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)]


def test_all_versions_are_named():
    script = ScriptDirectory.from_config(migrations())
    assert tuple(one.revision for one in reversed([*script.walk_revisions()])) == REVISIONS


def test_a_new_store_has_the_tables_that_the_parts_bring(store):
    done = upgrade_store(store)
    assert done is not None
    assert (done.begun, done.ended, done.is_new) == ("", REVISIONS[-1], True)
    assert differences(store) == []
    assert upgrade_store(store) is None


def test_an_old_store_has_them_too_and_loses_nothing(old, caplog):
    store, key = old
    before = all_rows(store)
    assert len(before) > 20
    done = upgrade_store(store)
    assert done is not None
    assert not done.is_new
    after = all_rows(store)
    assert {name: after[name] for name in before} == before
    assert differences(store) == []
    assert "the state's tables were brought from version none (0.1.0) to " in caplog.text
    with stored(store) as source:
        report = verify_record(source, Trust([key], heads_every=10))
    assert (report.count, report.signed) == (0, report.last - 1)  # pruning wrote one more
    assert report.attempts == 35


def test_the_record_of_an_old_store_is_shown_and_goes_on(old):
    store, key = old
    with Record.open(store) as record:
        record.begin(attempt(99))
    shown = [(one.attempt["task"], one.ended) for one in sendings(store, Wanted())]
    assert shown[0] == ("99", "unknown")
    assert (len(shown), shown[-1][0]) == (37, "5")
    assert ("11", "unknown") in shown
    assert ("8", "failed") in shown
    with stored(store) as source:
        assert verify_record(source, Trust([key])).count == 0


def test_a_store_of_0_1_0_in_which_some_parts_never_were_is_made_whole(store):
    with writing(store, PART) as connection:
        METADATA.create_all(connection, tables=TABLES)
    done = upgrade_store(store)
    assert done is not None
    assert not done.is_new
    assert differences(store) == []


def test_a_newer_store_is_refused_and_left_alone(store):
    make_tables(store, *TABLES)
    with writing(store) as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))
    before = all_rows(store)
    for refused in (lambda: upgrade_store(store), lambda: make_tables(store, *TABLES), lambda: Record.open(store)):
        with pytest.raises(
            StoreError, match=r"of version 9999, this code knows those up to .* start the newer version"
        ):
            refused()
    assert (version(store), all_rows(store)) == ("9999", before)


def test_an_upgrade_that_breaks_off_leaves_the_store_as_it_was(old):
    store, _ = old
    with writing(store) as connection:
        connection.execute(text("CREATE VIEW record_found AS SELECT 1"))  # of which no index can be made
    before = all_rows(store)
    with pytest.raises(StoreError, match="of version none and cannot be brought to"):
        upgrade_store(store)
    assert all_rows(store) == before
    with writing(store) as connection:
        connection.execute(text("DROP VIEW record_found"))
    assert upgrade_store(store) is not None


def test_of_many_who_open_a_store_one_upgrades_it(store_url, store):
    command = [sys.executable, "-c", UPGRADE, store_url]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = sorted(child.communicate()[0].strip() for child in running)
    assert said == ["False", "False", "False", "True"]
    assert differences(store) == []


def test_who_may_only_read_looks_into_an_older_store_that_has_the_tables(postgresql):
    url = postgresql.new_database()
    owner = open_store(url)
    with writing(owner, PART) as connection:
        METADATA.create_all(connection, tables=TABLES)
        schema = connection.scalar(text("SELECT current_schema()"))
        connection.execute(text(f"CREATE ROLE {schema} LOGIN PASSWORD 'reader'"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {schema}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {schema}"))
    reader = open_store(f"postgresql://{schema}:reader@{url.split('@', 1)[1]}")
    make_tables(reader, *TABLES)
    with pytest.raises(StoreError, match="run labelguard upgrade with the URL of a user who may make tables"):
        Record.open(reader)
    with Record.open(owner) as record:
        record.begin(attempt(1))
    with owner.begin() as connection:
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {schema}"))
    index_record(reader)
    assert [one.attempt["task"] for one in sendings(reader, Wanted())] == ["1"]
    with Record.open(reader) as record, pytest.raises(RecordError, match="nothing is sent"):
        record.begin(attempt(2))
    reader.dispose()
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {schema}"))
        connection.execute(text(f"DROP ROLE {schema}"))
    assert inspect(owner).has_table(VERSIONS)
    owner.dispose()
