"""The file that auditors run reads time stamps by itself, and takes and refuses the same as we do."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from backend.record.sources import stored
from backend.record.tables import PART
from backend.record.timestamps import TimestampRoots
from backend.record.tokens import TOKENS, Token, add_token
from backend.record.verify import Trust
from backend.store import make_tables, writing
from tests.timestamps import Made, TimestampServer, changed, other_hash, other_nonce
from tests.unit.record.conftest import Audited


@dataclass(frozen=True, slots=True)
class Stamped:
    """How a time stamp is made: the authority, and its reply to a query."""

    made: Made = field(default_factory=Made)
    reply: Callable[[TimestampServer, bytes], bytes] = TimestampServer.stamp


def resigned(made: Made) -> Stamped:
    def reply(server: TimestampServer, query: bytes) -> bytes:
        plain = server.folder.with_name(f"{server.folder.name}-plain")
        return server.resigned(TimestampServer.made(plain).stamp(query))

    return Stamped(made, reply)


def altered(at: int) -> Callable[[TimestampServer, bytes], bytes]:
    """Change a byte, counted from what the authority says."""

    def reply(server: TimestampServer, query: bytes) -> bytes:
        whole = server.stamp(query)
        place = whole.index(b"\x18\x0f20") + at
        return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]

    return reply


GOOD = {
    "an elliptic curve": Stamped(),
    "RSA": Stamped(Made(is_rsa=True, digest="sha512")),
    "SHA-384": Stamped(Made(digest="sha384")),
    "no authority between": Stamped(Made(is_direct=True)),
    "resigned": resigned(Made()),
}
BAD = {
    "expired": Stamped(Made(days=(-5, -3))),
    "not yet good": Stamped(Made(days=(3, 5))),
    "refused": Stamped(Made(digests="sha512")),
    "for code": resigned(Made(purpose=ExtendedKeyUsageOID.CODE_SIGNING)),
    "not critical": resigned(Made(is_critical=False)),
    "another nonce": Stamped(reply=other_nonce),
    "another hash": Stamped(reply=other_hash),
    "signature changed": Stamped(reply=changed),
    "time changed": Stamped(reply=altered(8)),
    "cut off": Stamped(reply=lambda server, query: server.stamp(query)[:-1]),
    "nothing": Stamped(reply=lambda server, query: b""),
    "zeros": Stamped(reply=lambda server, query: bytes(100)),
}


def judged(audited: Audited, stamped: Stamped, root: Path | None = None) -> tuple[int, str]:
    """Keep a time stamp over the last head, and have both say what they think of it."""
    server = TimestampServer.made(audited.folder / "authority", stamped.made)
    roots = TimestampRoots.read(root or server.root)
    with stored(audited.engine) as source:
        head = source.seals[-1]
    query, nonce = roots.request(head)
    make_tables(audited.engine, TOKENS)
    with writing(audited.engine, PART) as connection:
        add_token(connection, Token(head.seq, nonce, base64.b64encode(stamped.reply(server, query)).decode()))
    return audited.agreed(Trust(roots=roots), "--tsa-root", root or server.root)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_time_stamp(audited, kind):
    code, said = judged(audited, GOOD[kind])
    assert code == 0
    assert "existed up to entry 91 at 20" in said
    assert "by CN=Clock of Ours" in said


@pytest.mark.parametrize("kind", BAD)
def test_a_time_stamp_that_is_not_good(audited, kind):
    code, said = judged(audited, BAD[kind])
    assert code == 1
    assert "time stamp" in said
    assert "existed" not in said


def test_an_authority_that_is_not_trusted(audited):
    other = TimestampServer.made(audited.folder / "other")
    assert judged(audited, Stamped(), other.root)[0] == 1


def test_without_a_root_time_stamps_are_not_looked_at(audited):
    judged(audited, BAD["nothing"])
    assert audited.agreed()[0] == 0


def test_a_root_that_is_none(audited):
    (audited.folder / "root.pem").write_text("x")
    code, said = audited.alone(audited.folder / "state.db", "--tsa-root", audited.folder / "root.pem")
    assert code == 2
    assert "Traceback" not in said
