"""Time stamps by a real authority: what is good is kept and says until where the record existed; nothing else is."""

import base64
import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import delete, update

from backend.errors import RecordError
from backend.record import posting
from backend.record.chain import Seal
from backend.record.journal import Record
from backend.record.prune import prune_record
from backend.record.sources import stored
from backend.record.tables import PART, SEALS
from backend.record.timestamps import TimestampRoots, stamp_last_head
from backend.record.tokens import TOKENS, Token, stamped_message
from backend.record.verify import Report, Trust, verify_record
from backend.store import open_store, writing
from tests.record import attempt
from tests.timestamps import Made, TimestampServer, changed, other_hash, other_nonce
from tests.unit.record.conftest import HEADS_EVERY, fill
from tests.witness import Reply, Witness

NAME = "CN=Clock of Ours"


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return TimestampServer.made(tmp_path_factory.mktemp("authority") / "clock")


@pytest.fixture
def asked(clock):
    """The authority, over HTTP."""
    with Witness.running(clock.answer) as witness:
        yield witness


def tokens(engine) -> tuple[Token, ...]:
    with stored(engine) as source:
        return source.tokens


def checked(engine, roots, *keys) -> Report:
    with stored(engine) as source:
        return verify_record(source, Trust(keys, heads_every=HEADS_EVERY, roots=roots))


def last_head(engine) -> Seal:
    with stored(engine) as source:
        return source.seals[-1]


def test_the_last_head_is_stamped_once(written, signer, clock, asked):
    roots = TimestampRoots.read(clock.root)
    stamp = stamp_last_head(written, asked.url, roots)
    assert stamp
    assert (stamp.seq, stamp.authority) == (91, NAME)
    assert stamp_last_head(written, asked.url, roots) is None
    with Record.open(written, signer) as record:
        record.begin(attempt(500))
    assert stamp_last_head(written, asked.url, roots)
    assert [token.seq for token in tokens(written)] == [91, 92]
    found = checked(written, roots, signer.public)
    assert (found.problems, found.stamps[0], len(found.stamps)) == ((), stamp, 2)
    assert asked.headers["Content-Type"] == "application/timestamp-query"


def test_nothing_but_a_hash_and_a_nonce_leaves(written, clock, asked):
    stamp_last_head(written, asked.url, TimestampRoots.read(clock.root))
    digest = hashlib.sha256(stamped_message(last_head(written))).digest()
    nonce = int(tokens(written)[0].nonce)
    parts = (b"\x02\x01\x01", b"\x60\x86\x48\x01\x65\x03\x04\x02\x01", digest, nonce.to_bytes(33).lstrip(b"\0"))
    assert all(part in asked.content for part in parts)
    assert len(asked.content) < sum(map(len, parts)) + 25
    assert asked.headers["User-Agent"] == "labelguard"


def test_openssl_takes_what_is_kept(written, clock, asked):
    stamp_last_head(written, asked.url, TimestampRoots.read(clock.root))
    reply = base64.b64decode(tokens(written)[0].response)
    message = stamped_message(last_head(written))
    assert clock.accepts(reply, message)
    assert not clock.accepts(reply, message + b" ")


@pytest.mark.parametrize("made", [Made(is_rsa=True, digest="sha512"), Made(is_direct=True), Made(digest="sha384")])
def test_authorities_of_other_kinds(written, tmp_path, made):
    other = TimestampServer.made(tmp_path / "other", made)
    with Witness.running(other.answer) as witness:
        assert stamp_last_head(written, witness.url, TimestampRoots.read(other.root))
    assert checked(written, TimestampRoots.read(other.root)).problems == ()


def test_without_a_signed_head_nothing_is_asked(engine, clock, asked):
    with Record.open(engine) as record:
        record.begin(attempt(1))
    assert stamp_last_head(engine, asked.url, TimestampRoots.read(clock.root)) is None
    assert asked.bodies == []


FAULTS: dict[str, tuple[Callable[[TimestampServer, bytes], bytes], str]] = {
    "another nonce": (other_nonce, "Nonce mismatch"),
    "another hash": (other_hash, "Mismatch between messages"),
    "changed": (changed, "verifying certificates"),
    "cut off": (lambda clock, query: clock.stamp(query)[:-1], "none that can be read"),
    "nothing": (lambda clock, query: b"", "none that can be read"),
    "a page": (lambda clock, query: b"<html>", "none that can be read"),
    "zeros": (lambda clock, query: bytes(100), "none that can be read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reply_that_is_not_good_is_not_kept(written, clock, fault):
    reply, said = FAULTS[fault]
    roots = TimestampRoots.read(clock.root)
    with Witness.running(lambda query: Reply(200, reply(clock, query))) as witness:
        with pytest.raises(RecordError, match=said):
            stamp_last_head(written, witness.url, roots)
        assert tokens(written) == ()
        witness.answer = clock.answer
        assert stamp_last_head(written, witness.url, roots), "the next is"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Made(days=(-5, -3)), "verifying certificates"),
        (Made(days=(3, 5)), "verifying certificates"),
        (Made(digests="sha512"), "not GRANTED|none that can be read"),
    ],
)
def test_an_authority_whose_certificate_is_not_good_or_that_refuses(written, tmp_path, made, said):
    other = TimestampServer.made(tmp_path / "other", made)
    with Witness.running(other.answer) as witness, pytest.raises(RecordError, match=said):
        stamp_last_head(written, witness.url, TimestampRoots.read(other.root))
    assert tokens(written) == ()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Made(purpose=ExtendedKeyUsageOID.CODE_SIGNING), "id-kp-timeStamping|verifying certificates"),
        (Made(is_critical=False), "not critical|verifying certificates"),
    ],
)
def test_an_authority_whose_certificate_is_for_something_else(written, clock, tmp_path, made, said):
    other = TimestampServer.made(tmp_path / "other", made)

    def answer(query: bytes) -> Reply:
        return Reply(200, other.resigned(clock.stamp(query)))

    with Witness.running(answer) as witness, pytest.raises(RecordError, match=said):
        stamp_last_head(written, witness.url, TimestampRoots.read(other.root))
    good = TimestampServer.made(tmp_path / "good")
    with Witness.running(lambda query: Reply(200, good.resigned(clock.stamp(query)))) as witness:
        assert stamp_last_head(written, witness.url, TimestampRoots.read(good.root)), "but for the certificate"


def test_an_authority_that_is_not_trusted(written, tmp_path, clock, asked):
    other = TimestampServer.made(tmp_path / "other")
    with pytest.raises(RecordError, match="verifying certificates"):
        stamp_last_head(written, asked.url, TimestampRoots.read(other.root))
    stamp_last_head(written, asked.url, TimestampRoots.read(clock.root))
    found = checked(written, TimestampRoots.read(other.root))
    assert (found.problems[0].seq, found.stamps) == (91, ())


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(302, headers={"Location": "/other"}), "status 302"),
        (Reply(503), "status 503"),
        (Reply(200, b"x" * 100_000), "more than 65536 bytes"),
        (Reply(200, hangs=True), "TimeoutError"),
    ],
)
def test_an_authority_that_does_not_answer_as_it_should(written, clock, monkeypatch, reply, said):
    monkeypatch.setattr(posting, "TIMEOUT_S", 1.0)
    with Witness.running(lambda _: reply) as witness, pytest.raises(RecordError, match=said):
        stamp_last_head(written, witness.url, TimestampRoots.read(clock.root))


@pytest.mark.parametrize("values", [{"nonce": "7"}, {"nonce": "x"}, {"response": "x"}, {"response": ""}, {"seq": 80}])
def test_a_time_stamp_that_was_changed_later(written, clock, asked, values):
    roots = TimestampRoots.read(clock.root)
    stamp_last_head(written, asked.url, roots)
    with writing(written, PART) as connection:
        connection.execute(update(TOKENS).values(values))
    found = checked(written, roots)
    assert len(found.problems) == 1
    assert "time stamp" in found.problems[0].what
    assert checked(written, None).problems == (), "without the root they are not looked at"


def test_a_time_stamp_whose_head_was_removed_or_signed_again(written, signer, clock, asked):
    roots = TimestampRoots.read(clock.root)
    stamp_last_head(written, asked.url, roots)
    head = last_head(written)
    with writing(written, PART) as connection:
        connection.execute(delete(SEALS).where(SEALS.c.seq == 91))
    assert "head at entry 91 that a time stamp is over is not there" in checked(written, roots).problems[0].what
    with pytest.raises(RecordError, match="Mismatch between messages"):
        roots.check(tokens(written)[0], replace(head, signature="0" * 128))


def test_pruning_takes_time_stamps_along(engine, signer, clock, asked):
    roots = TimestampRoots.read(clock.root)
    with Record.open(engine, signer) as record:
        record.begin(attempt(1, keep_days=0))
    stamp_last_head(engine, asked.url, roots)
    prune_record(engine, signer)
    assert tokens(engine) == ()
    assert checked(engine, roots, signer.public).problems == ()


def test_without_the_extra_it_says_what_to_install(monkeypatch, clock):
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(RecordError, match=r"pip install 'labelguard\[timestamps\]'"):
        TimestampRoots.read(clock.root)


def test_a_root_that_is_none(tmp_path):
    (tmp_path / "root.pem").write_text("x")
    for name in ("root.pem", "none"):
        with pytest.raises(RecordError, match="name the root certificate"):
            TimestampRoots.read(tmp_path / name)


def test_a_new_store_has_no_time_stamps(tmp_path, signer):
    engine = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    fill(engine, signer, 2)
    assert tokens(engine) == ()
    engine.dispose()
