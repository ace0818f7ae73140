"""Heads in the hands of another party: each comes there, at least once and in order, and shows what was rewritten."""

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.errors import RecordError
from backend.record import posting, published
from backend.record.chain import Seal
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.prune import prune_record
from backend.record.published import HeadsAddress, HeadsFile, publish_heads, read_heads
from backend.record.sources import stored
from backend.record.tables import PART, add_seal
from backend.record.verify import Trust, verify_record
from backend.store import writing
from tests.child import free_port
from tests.record import attempt
from tests.tampering import read, remove_seals, rewrite, write, write_tip
from tests.unit.record.conftest import HEADS_EVERY
from tests.witness import Reply, Witness

SIGNED = [*range(10, 91, 10), 91]


def seqs(content: bytes | str) -> list[int]:
    return [json.loads(line)["seq"] for line in content.splitlines()]


def problems(engine, file: Path, *signers: Signer) -> list[str]:
    trust = Trust([signer.public for signer in signers], heads_every=HEADS_EVERY, published=read_heads(file))
    with stored(engine) as source:
        return [problem.what for problem in verify_record(source, trust).problems]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "heads.jsonl"


def remake(engine, signer, at: int) -> None:
    """Rewrite a record from an entry on, as who holds the key can: chain, tip and heads are all good."""
    made = rewrite(read(engine), at)
    write(engine, made)
    write_tip(engine, made[-1])
    remove_seals(engine, 0)
    with writing(engine, PART) as connection:
        for link in (*made[HEADS_EVERY - 1 :: HEADS_EVERY], made[-1]):
            add_seal(connection, Seal.by(signer, "head", link.seq, link.hash))


def test_each_head_is_a_line_once(written, signer, file):
    assert publish_heads(written, HeadsFile(file)) == len(SIGNED)
    assert publish_heads(written, HeadsFile(file)) == 0
    with Record.open(written, signer) as record:
        record.begin(attempt(500))
    assert publish_heads(written, HeadsFile(file)) == 1
    assert seqs(file.read_text()) == [*SIGNED, 92]
    assert all(head.is_good(signer.public) for head in read_heads(file))


def test_each_head_is_posted_once(written, monkeypatch):
    monkeypatch.setattr(published, "AT_ONCE", 4)
    with Witness.running() as witness:
        assert publish_heads(written, HeadsAddress(witness.url)) == len(SIGNED)
        assert publish_heads(written, HeadsAddress(witness.url)) == 0
        assert seqs(witness.content) == SIGNED
        assert [len(seqs(body)) for body in witness.bodies] == [4, 4, 2]
        assert "Authorization" not in witness.headers
        publish_heads(written, HeadsAddress(witness.url.replace("//", "//ann:canary-31@").replace("heads", "other")))
        assert witness.headers["Authorization"].startswith("Basic ")


def test_where_it_was_cut_off_it_goes_on(written, monkeypatch):
    monkeypatch.setattr(published, "AT_ONCE", 4)
    with Witness.running(lambda body: Reply(200 if b'"seq":10,' in body else 503)) as witness:
        with pytest.raises(RecordError, match="refuses it with status 503"):
            publish_heads(written, HeadsAddress(witness.url))
        witness.answer = lambda _: Reply()
        publish_heads(written, HeadsAddress(witness.url))
        assert seqs(witness.content) == SIGNED


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(302, headers={"Location": "/heads"}), "status 302"),
        (Reply(404), "status 404"),
        (Reply(200, b"x" * 100_000), "more than 65536 bytes"),
        (Reply(200, hangs=True), "TimeoutError"),
    ],
)
def test_a_receiver_that_does_not_take_them(written, monkeypatch, reply, said):
    monkeypatch.setattr(posting, "TIMEOUT_S", 1.0)
    with Witness.running(lambda _: reply) as witness:
        secret = witness.url.replace("//", "//ann:canary-31@") + "?token=canary-32"
        with pytest.raises(RecordError, match=said) as caught:
            publish_heads(written, HeadsAddress(secret))
        assert "canary" not in caught.value.reason
        witness.answer = lambda _: Reply()
        assert publish_heads(written, HeadsAddress(secret)) == len(SIGNED), "nothing was taken"


def test_the_environment_names_no_proxy(written, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with Witness.running() as witness:
        assert publish_heads(written, HeadsAddress(witness.url)) == len(SIGNED)


@pytest.mark.parametrize("url", ["", "heads", "ftp://witness/heads", "http://", "http://[", "http://127.0.0.1:1/heads"])
def test_an_address_that_is_none(written, url):
    with pytest.raises(RecordError, match="address"):
        publish_heads(written, HeadsAddress(url))


def test_after_half_a_line_a_new_one_is_begun(written, file):
    file.write_text('{"hash":"12')
    publish_heads(written, HeadsFile(file))
    assert file.read_text().startswith('{"hash":"12\n{')
    assert [head.seq for head in read_heads(file)] == SIGNED


def test_a_file_that_cannot_be_written(written, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", tmp_path / "none" / "heads", Path("/dev/full")):
        with pytest.raises(RecordError, match=r"see its path|no regular file"):
            publish_heads(written, HeadsFile(place))


def test_published_heads_are_those_of_a_good_record(written, signer, file):
    publish_heads(written, HeadsFile(file))
    assert problems(written, file) == problems(written, file, signer) == []


@pytest.mark.parametrize("at", [0, 45, 90])
def test_a_record_that_who_holds_the_key_rewrote(written, signer, file, at):
    publish_heads(written, HeadsFile(file))
    remake(written, signer, at)
    with stored(written) as source:
        assert verify_record(source, Trust((signer.public,), heads_every=HEADS_EVERY)).count == 0, (
            "the key finds nothing"
        )
    assert "has another hash than a published head" in problems(written, file, signer)[0]


def test_the_end_is_cut_off_by_who_holds_the_key(written, signer, file):
    publish_heads(written, HeadsFile(file))
    left = read(written)[:50]
    write(written, left)
    write_tip(written, left[-1])
    remove_seals(written, 50)
    assert problems(written, file, signer)[0] == (
        "entry 60, which a published head stands for, is not there: removed or pruned"
    )


def test_heads_that_somebody_else_published_are_told(written, signer, file):
    publish_heads(written, HeadsFile(file))
    other = Signer(Ed25519PrivateKey.generate())
    last = read(written)[-1]
    seal = Seal.by(other, "head", last.seq, "0" * 64)
    HeadsFile(file).take(json.dumps({name: getattr(seal, name) for name in Seal.__slots__}).encode() + b"\n")
    assert problems(written, file, signer) == [
        f"the published head at entry 91 is signed by key {other.public.name}, which was not given"
    ]
    forged = file.read_text().replace(other.public.name, signer.public.name)
    file.write_text(forged)
    assert problems(written, file, signer) == ["the signature of the published head at entry 91 is not good"]


def test_heads_from_before_a_record_was_pruned(engine, signer, file):
    with Record.open(engine, signer) as record:
        record.begin(attempt(1, keep_days=0))
    publish_heads(engine, HeadsFile(file))
    with Record.open(engine, signer) as record:
        record.begin(attempt(2, keep_days=0))
    assert prune_record(engine, signer).through == 2
    assert problems(engine, file, signer) == ["no published head stands for anything in this record"]
    Record.open(engine, signer).close()
    publish_heads(engine, HeadsFile(file))
    assert problems(engine, file, signer) == []


def test_a_file_without_heads(tmp_path):
    (tmp_path / "none").write_text('{}\n7\n{"kind":"head"}\n[\n')
    for name in ("none", "missing"):
        with pytest.raises(RecordError, match=r"holds no published head|cannot be read"):
            read_heads(tmp_path / name)
