"""A state is backed up while it is written to, and restored where there is none; nothing is overwritten."""

import gzip
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from backend.record.journal import Record
from backend.record.keys import Signer, make_signing_keys
from backend.record.sources import stored
from backend.record.verify import Trust, verify_record
from backend.store import open_store, upgrade_store
from tests import command
from tests.child import ROOT
from tests.patience import until
from tests.postgres import program
from tests.record import attempt, outcome

STORES = ROOT / "tests/fixtures/stores"
KEYS = {"surrogate": b"a-secret-of-32-letters-and-digits", "list": b"fedcba9876543210" * 4}
WRITE_ON = """
import sys
from pathlib import Path
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.store import open_store
from tests.record import attempt, outcome
with Record.open(open_store(sys.argv[1]), Signer.read(Path(sys.argv[2]))) as record:
    while True:
        record.end(outcome(record.begin(attempt(1))))
"""


@pytest.fixture
def deployment(tmp_path, monkeypatch):
    """A folder with a state of twenty sendings and its keys, and the settings that name them."""
    folder = tmp_path / "own"
    folder.mkdir()
    make_signing_keys(folder / "record.pem")
    for name, key in KEYS.items():
        (folder / f"{name}.key").write_bytes(key)
    settle(monkeypatch, folder)
    with Record.open(open_store(f"sqlite:///{folder}/state.db"), Signer.read(folder / "record.pem"), 10) as record:
        for task in range(20):
            record.end(outcome(record.begin(attempt(task))))
    return folder


def settle(monkeypatch, folder):
    """Have all be in a folder."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{folder}/state.db")
    monkeypatch.setenv("LABELGUARD_SURROGATE_KEY_FILE", str(folder / "surrogate.key"))
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(folder / "list.key"))
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(folder / "record.pem"))


def report(file, *keys):
    store = open_store(f"sqlite:///{file}")
    with stored(store) as source:
        found = verify_record(source, Trust(keys))
    store.dispose()
    return found


def has_more(file, count):
    """Say whether a record has more entries."""
    return report(file).entries > count


def files(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_is_backed_up_is_restored_elsewhere(deployment, tmp_path, monkeypatch):
    state, keys, other = tmp_path / "state.backup", tmp_path / "keys.json", tmp_path / "other"
    done = command.run("backup", state, "--keys", keys)
    assert done.returncode == 0, done.stderr
    assert "the record in it, 40 entries: as it was written, up to 40:" in done.stdout
    assert {file.stat().st_mode & 0o777 for file in (state, keys)} == {0o600}
    before = files(deployment)
    shutil.rmtree(deployment)
    settle(monkeypatch, other)
    done = command.run("restore", state, "--keys", keys)
    assert done.returncode == 0, done.stderr
    assert "what was sent after the backup is not in this record" in done.stderr
    after = files(other)
    assert {name: after[name] for name in before if "key" in name or name.endswith(".pem")} == {
        name: before[name] for name in before if "key" in name or name.endswith(".pem")
    }
    found = report(other / "state.db", Signer.read(other / "record.pem").public)
    assert (found.entries, found.count, found.signed) == (40, 0, 40)
    with Record.open(open_store(f"sqlite:///{other}/state.db")) as record:
        assert record.begin(attempt(99)) == 41


def test_no_key_is_in_the_states_backup(deployment, tmp_path):
    state = tmp_path / "state.backup"
    done = command.run("backup", state)
    assert "the keys are not in it" in done.stderr
    content = state.read_bytes()
    own = [*KEYS.values(), (deployment / "record.pem").read_bytes().splitlines()[1]]
    assert not any(key in content for key in own)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["own", "state.backup"]


def test_a_backup_is_one_moment_of_a_state_that_is_written_to(deployment, tmp_path):
    url = f"sqlite:///{deployment}/state.db"
    with subprocess.Popen([sys.executable, "-c", WRITE_ON, url, deployment / "record.pem"], cwd=ROOT) as writer:
        try:
            until(partial(has_more, deployment / "state.db", 60))
            sizes = []
            for number in range(3):
                done = command.run("backup", tmp_path / f"{number}.backup")
                assert done.returncode == 0, done.stdout
                sizes.append(report(tmp_path / f"{number}.backup").entries)
                until(partial(has_more, deployment / "state.db", sizes[-1]))
            assert writer.poll() is None
        finally:
            writer.kill()
    assert sizes == sorted(set(sizes))
    assert report(deployment / "state.db").count == 0


@pytest.mark.parametrize("taken", ["state.backup", "keys.json"])
def test_a_backup_overwrites_nothing(deployment, tmp_path, taken):
    (tmp_path / taken).write_bytes(b"mine")
    done = command.run("backup", tmp_path / "state.backup", "--keys", tmp_path / "keys.json")
    assert done.returncode == 2
    assert (tmp_path / taken).read_bytes() == b"mine"


@pytest.mark.parametrize("left", ["state.db", "state.db-wal", "surrogate.key"])
def test_restoring_overwrites_nothing(deployment, tmp_path, monkeypatch, left):
    assert command.run("backup", tmp_path / "state.backup", "--keys", tmp_path / "keys.json").returncode == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / left).write_bytes(b"mine")
    settle(monkeypatch, other)
    done = command.run("restore", tmp_path / "state.backup", "--keys", tmp_path / "keys.json")
    assert done.returncode == 2
    assert "nothing is overwritten" in done.stderr
    assert (other / left).read_bytes() == b"mine"
    if left == "surrogate.key":
        assert files(other) == {left: b"mine"}


@pytest.mark.parametrize("harm", ["words", "empty", "another", "cut off", "newer", "missing"])
def test_what_is_no_backup_is_refused_and_nothing_left(deployment, tmp_path, monkeypatch, harm):
    file, other = tmp_path / "state.backup", tmp_path / "other"
    command.run("backup", file)
    if harm == "words":
        file.write_bytes(b"no database " * 100)
    elif harm == "empty":
        file.write_bytes(b"")
    elif harm == "cut off":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif harm == "missing":
        file.unlink()
    else:
        if harm == "another":
            file.unlink()
        changes = {"newer": "UPDATE labelguard_version SET version_num = '9999'", "another": "CREATE TABLE a (b TEXT)"}
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(changes[harm])
            connection.commit()
    settle(monkeypatch, other)
    done = command.run("restore", file)
    assert done.returncode == 2, done.stdout
    assert not (other.exists() and files(other))


def test_a_record_that_was_tampered_with_is_told(deployment, tmp_path, monkeypatch):
    file = tmp_path / "state.backup"
    command.run("backup", file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE record_entries SET body = replace(body, 'openai', 'nobody') WHERE seq = 7")
        connection.commit()
    settle(monkeypatch, tmp_path / "other")
    done = command.run("restore", file)
    assert done.returncode == 1
    assert "entry 7 was changed" in done.stdout


def test_keys_that_are_missing_are_named(deployment, tmp_path, monkeypatch):
    command.run("backup", tmp_path / "state.backup")
    settle(monkeypatch, tmp_path / "other")
    done = command.run("restore", tmp_path / "state.backup")
    assert done.returncode == 0, done.stderr
    assert "surrogate.key is not there (surrogate_key_file): what was encrypted with it cannot be read" in done.stderr


def test_a_key_without_a_place_is_named(deployment, tmp_path, monkeypatch):
    command.run("backup", tmp_path / "state.backup", "--keys", tmp_path / "keys.json")
    settle(monkeypatch, tmp_path / "other")
    monkeypatch.delenv("LABELGUARD_LIST_KEY_FILE")
    done = command.run("restore", tmp_path / "state.backup", "--keys", tmp_path / "keys.json")
    assert done.returncode == 2
    assert "LABELGUARD_LIST_KEY_FILE: is missing, and there is a key for it" in done.stderr
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"labelguard_keys": 1}', b'{"labelguard_keys": 2, "keys": {}}']
)
def test_what_is_no_file_of_keys_is_refused(deployment, tmp_path, content):
    (tmp_path / "keys.json").write_bytes(content)
    done = command.run("restore", tmp_path / "state.backup", "--keys", tmp_path / "keys.json")
    assert done.returncode == 2
    assert "has no keys that labelguard backup wrote" in done.stderr


def test_a_state_that_holds_nothing_is_not_backed_up(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path}/wrong.db")
    done = command.run("backup", tmp_path / "state.backup")
    assert done.returncode == 2
    assert "holds nothing - see LABELGUARD_STATE_URL" in done.stderr


def test_a_backup_of_0_1_0_is_restored_and_upgraded(tmp_path, monkeypatch):
    file = tmp_path / "old.backup"
    file.write_bytes(gzip.decompress((STORES / "0.1.0.db.gz").read_bytes()))
    settle(monkeypatch, tmp_path / "other")
    monkeypatch.delenv("LABELGUARD_RECORD_KEY_FILE")
    done = command.run("restore", file)
    assert done.returncode == 0, done.stderr
    assert "the record in it, 70 entries: as it was written" in done.stdout
    assert upgrade_store(open_store(f"sqlite:///{tmp_path}/other/state.db")) is None


def test_postgresql_is_backed_up_by_its_own_programs(postgresql, tmp_path, monkeypatch):
    url, other = postgresql.new_database(), postgresql.url("restored")
    with Record.open(open_store(url)) as record:
        record.end(outcome(record.begin(attempt(1))))
    monkeypatch.setenv("LABELGUARD_STATE_URL", url)
    done = command.run("backup", tmp_path / "state.backup")
    assert done.returncode == 2
    assert "back up PostgreSQL by pg_dump" in done.stderr
    monkeypatch.setenv("LABELGUARD_STATE_URL", other)
    assert "restore PostgreSQL by pg_restore" in command.run("restore", STORES / "0.1.0.db.gz").stderr
    with open_store(postgresql.url()).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE restored"))
    schema = parse_qs(urlsplit(url).query)["application_name"][0]
    dump = ["--format=custom", f"--schema={schema}", f"--file={tmp_path / 'state.dump'}", postgresql.url()]
    subprocess.run([program("pg_dump"), *dump], check=True)
    subprocess.run([program("pg_restore"), f"--dbname={other}", str(tmp_path / "state.dump")], check=True)
    store = open_store(f"{other}?options=-c%20search_path%3D{schema}")
    assert upgrade_store(store) is None
    with stored(store) as source:
        assert (verify_record(source).count, source.tip[0] if source.tip else 0) == (0, 2)
    store.dispose()
