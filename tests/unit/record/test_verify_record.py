"""The file that auditors run without us: alone with the package cryptography it says what we say of any record."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, delete, update

from backend.record import verify_record as file_of_its_own
from backend.record.chain import canonical_json, stamp
from backend.record.entries import KINDS, Entry
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.prune import prune_record
from backend.record.published import HeadsFile, publish_heads
from backend.record.sources import export_record, stored
from backend.record.tables import PART, SEALS, TIP, Heads, append, sign_end
from backend.store import open_store, writing
from tests.record import attempt, outcome
from tests.tampering import TAMPERINGS, read, remove_seals, write, write_tip
from tests.unit.record.conftest import FILE, HEADS_EVERY, Audited

POSITIONS = {"first": 0, "middle": 45, "at a signed head": 2 * HEADS_EVERY - 1, "last": 90}


def test_it_needs_nothing_of_ours(audited):
    code, said = audited.alone(audited.folder / "state.db")
    assert (code, "backend" in FILE.read_text().replace("labelguard", "")) == (0, False)
    assert "91 entries (1 to 91): as it was written" in said
    assert "not held against anything" in said
    assert sum(map(bool, FILE.read_text().splitlines())) < 310, "auditors read it"


def test_a_record_of_any_database_as_a_file(written, audited):
    file = audited.folder / "exported.jsonl"
    with file.open("w") as out, stored(written) as source:
        export_record(source, out)
    (audited.folder / "key.pub").write_bytes(audited.signer.public.pem())
    assert audited.alone(file, "--key", audited.folder / "key.pub")[0] == 0


def test_a_good_record(audited):
    code, said = audited.with_key()
    assert code == 0
    assert "signed up to entry 91; 0 after it are not yet" in said


def test_a_record_that_is_being_written(audited):
    with Record.open(audited.engine, audited.signer) as record:
        record.begin(attempt(500))
        code, said = audited.alone(audited.folder / "state.db")
    assert (code, "92 entries" in said) == (0, True)


def test_a_copy_where_nobody_may_write(audited):
    audited.engine.dispose()
    folder = audited.folder / "copy"
    folder.mkdir()
    (folder / "state.db").write_bytes((audited.folder / "state.db").read_bytes())
    (folder / "state.db").chmod(0o400)
    folder.chmod(0o500)
    assert audited.alone(folder / "state.db")[0] == 0
    assert [file.name for file in folder.iterdir()] == ["state.db"]
    folder.chmod(0o700)


def test_an_empty_record(tmp_path, packages, signer):
    engine = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    Record.open(engine).close()
    assert Audited(tmp_path, packages, engine, signer).with_key()[0] == 0


@pytest.mark.parametrize("place", ["middle", "last"])
@pytest.mark.parametrize("kind", TAMPERINGS)
def test_each_kind_of_tampering(audited, kind, place):
    write(audited.engine, TAMPERINGS[kind](read(audited.engine), POSITIONS[place]))
    code, said = audited.agreed()
    assert code == 1
    assert "problem" in said


def test_the_end_is_cut_off(audited):
    links = read(audited.engine)
    write(audited.engine, links[:70])
    assert audited.with_key()[0] == 1
    write_tip(audited.engine, links[69])
    assert audited.with_key()[0] == 1, "heads are left"
    remove_seals(audited.engine, 70)
    assert audited.with_key()[0] == 0, "nothing in the database shows it"


@pytest.mark.parametrize("place", POSITIONS)
def test_the_chain_is_made_anew(audited, place):
    audited.remade(POSITIONS[place], None)
    assert audited.agreed()[0] == 0, "whoever knows nothing from elsewhere cannot see it"
    code, said = audited.with_key()
    assert (code, "have no signed head" in said) == (1, True)


def test_the_chain_is_signed_by_another_key(audited):
    audited.remade(3, Signer(Ed25519PrivateKey.generate()))
    code, said = audited.with_key()
    assert (code, "signed by a key that was not given" in said) == (1, True)


def test_who_holds_the_key_makes_it_anew_or_cuts_it_off(audited):
    file = audited.folder / "heads.jsonl"
    publish_heads(audited.engine, HeadsFile(file))
    file.write_text(f'{file.read_text()}{{"hash":"cut off')
    for signers in ([], [audited.signer]):
        code, said = audited.with_heads(file, *signers)
        assert (code, "published heads reach to entry 91" in said) == (0, True)
    links = read(audited.engine)
    audited.remade(45, audited.signer)
    assert audited.with_key()[0] == 0, "the key does not show it"
    code, said = audited.with_heads(file)
    assert (code, "another hash than a published head" in said) == (1, True)
    write(audited.engine, links[:70])
    write_tip(audited.engine, links[69])
    remove_seals(audited.engine, 0)
    code, said = audited.with_heads(file)
    assert (code, "entry 80, which a published head stands for, is not there" in said) == (1, True)


def test_published_heads_of_another_key(audited):
    file = audited.folder / "heads.jsonl"
    publish_heads(audited.engine, HeadsFile(file))
    other = Signer(Ed25519PrivateKey.generate())
    code, said = audited.with_heads(file, other)
    assert (code, "published head at entry 10 is signed by a key that was not given" in said) == (1, True)
    file.write_text(file.read_text().replace('"signature":"', '"signature":"00'))
    assert audited.with_heads(file)[0] == 0, "without a key signatures are not looked at"
    code, said = audited.with_heads(file, audited.signer)
    assert (code, "signature of the published head at entry 10 is not good" in said) == (1, True)


@pytest.mark.parametrize(
    "values", [{"signature": "00" * 64}, {"signature": "no"}, {"hash": "0" * 64}, {"seq": 4000}, {"key": "0" * 16}]
)
def test_a_signed_head_is_changed(audited, values):
    with writing(audited.engine, PART) as connection:
        connection.execute(update(SEALS).where(SEALS.c.seq == 20).values(values))
    assert audited.with_key()[0] == 1


def test_the_tip_is_removed_or_changed(audited):
    write_tip(audited.engine, read(audited.engine)[-2])
    assert audited.agreed()[0] == 1
    with writing(audited.engine, PART) as connection:
        connection.execute(delete(TIP))
    assert audited.agreed()[0] == 1


def prune(audited: Audited, monkeypatch, signer: Signer) -> None:
    """Add entries whose time is over before others, and remove them as a key allows it."""
    with writing(audited.engine, PART) as connection:
        connection.execute(delete(SEALS))
        connection.execute(update(TIP).values(seq=0, hash="0" * 64, time="", signed=0))
    write(audited.engine, [])
    entries: list[tuple[int, Entry]] = [(40, attempt(1, keep_days=30)), (40, outcome(1)), (1, attempt(2))]
    for days, entry in entries:
        time = stamp(datetime.now(UTC) - timedelta(days=days))
        monkeypatch.setattr("backend.record.tables.now", lambda time=time: time)
        with writing(audited.engine, PART) as connection:
            append(connection, [entry], Heads(audited.signer, 2))
    monkeypatch.undo()
    assert prune_record(audited.engine, signer, [audited.signer.public]).entries == 2


def heads_of(engine: Engine) -> bytes:
    with stored(engine) as source:
        return "".join(f"{canonical_json(asdict(seal))}\n" for seal in source.seals if seal.kind == "head").encode()


def test_a_record_that_was_pruned(audited, monkeypatch):
    prune(audited, monkeypatch, audited.signer)
    code, said = audited.with_key()
    assert code == 0
    assert "what was written up to entry 2 was pruned" in said
    write(audited.engine, read(audited.engine)[1:])
    assert audited.with_key()[0] == 1


def test_published_heads_of_what_was_pruned(audited, monkeypatch):
    file = audited.folder / "heads.jsonl"
    publish_heads(audited.engine, HeadsFile(file))
    prune(audited, monkeypatch, audited.signer)
    file.write_text(file.read_text().replace('"seq":', '"seq":-'))
    assert "no published head stands" in audited.with_heads(file)[1]
    with writing(audited.engine, PART) as connection:
        sign_end(connection, audited.signer)
    HeadsFile(file).take(heads_of(audited.engine))
    assert audited.with_heads(file)[0] == 0


def test_a_record_that_somebody_else_pruned(audited, monkeypatch):
    prune(audited, monkeypatch, Signer(Ed25519PrivateKey.generate()))
    code, said = audited.with_key()
    assert (code, "checkpoint at entry 2 is signed by a key" in said) == (1, True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[:-1],
        lambda lines: [*lines[:5], *lines[6:]],
        lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [*lines, ""],
        lambda lines: [*lines[:5], "{}", *lines[6:]],
        lambda lines: [*lines[:5], '{"body":{"kind":[]},"hash":1}', *lines[6:]],
        lambda lines: [*lines[:5], "[" * 100_000, *lines[6:]],
        lambda lines: [*lines[:-1], lines[-1][:40]],
        lambda lines: [lines[0].replace('"seq":10', '"seq":11'), *lines[1:]],
        lambda lines: [lines[0].replace('"seals":[', '"seals":[7,'), *lines[1:]],
        lambda lines: [lines[0], "\udcff", *lines[1:]],
    ],
)
def test_an_exported_file_is_tampered_with(audited, spoil: Callable[[list[str]], list[str]]):
    file = audited.folder / "spoilt.jsonl"
    with file.open("w") as out, stored(audited.engine) as source:
        export_record(source, out)
    assert audited.alone(file)[0] == 0
    lines = spoil(file.read_text().splitlines())
    file.write_text("\n".join([*lines, ""]), errors="surrogateescape")
    assert audited.alone(file)[0] == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"SQLite format 3\0", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_record(audited, content):
    (audited.folder / "other").write_bytes(content)
    code, said = audited.alone(audited.folder / "other")
    assert code == 2
    assert "Traceback" not in said


def test_what_is_not_there_or_no_key(audited):
    assert audited.alone(audited.folder / "none")[0] == 2
    (audited.folder / "key").write_text("x")
    assert audited.alone(audited.folder / "state.db", "--key", audited.folder / "key")[0] == 2


def test_it_knows_each_kind_of_entry():
    assert set(file_of_its_own._KINDS) == set(KINDS)
