"""A time-stamp authority of one's own: real certificates, and real replies by `openssl ts`."""

import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.witness import Reply

PEM = Encoding.PEM
CONFIG = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/signer.key
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ess_cert_id_alg = sha256
"""
REPLY = {"Content-Type": "application/timestamp-reply"}
_TURN = Lock()
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Made:
    """How an authority is made.

    Attributes:
        is_rsa: its keys are RSA's, or those of an elliptic curve.
        is_direct: its root signs its replies' certificate, without another authority between.
        digest: what it signs by.
        days: from when to when its certificate is good, from today.
        purpose: what the certificate is for.
        is_critical: whether that is critical.
        digests: hashes that it takes.
    """

    is_rsa: bool = False
    is_direct: bool = False
    digest: str = "sha256"
    days: tuple[int, int] = (-1, 1)
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING
    is_critical: bool = True
    digests: str = "sha256, sha512"


@dataclass(frozen=True, slots=True)
class TimestampServer:
    """An authority.

    Attributes:
        folder: of its files; `root.pem` is what is trusted.
    """

    folder: Path

    @classmethod
    def made(cls, folder: Path, how: Made | None = None) -> "TimestampServer":
        """Make one."""
        how = how or Made()
        folder.mkdir(parents=True)
        keys = [_key(how.is_rsa) for _ in range(3)]
        root = _certificate("Root", keys[0], ("Root", keys[0]), replace(how, days=(-9, 9)), is_authority=True)
        between = _certificate("Between", keys[1], ("Root", keys[0]), replace(how, days=(-9, 9)), is_authority=True)
        issuer = ("Root", keys[0]) if how.is_direct else ("Between", keys[1])
        signer = _certificate("Clock of Ours", keys[2], issuer, how, is_authority=False)
        (folder / "root.pem").write_bytes(root.public_bytes(PEM))
        (folder / "chain.pem").write_bytes((root if how.is_direct else between).public_bytes(PEM))
        (folder / "signer.pem").write_bytes(signer.public_bytes(PEM))
        (folder / "signer.key").write_bytes(keys[2].private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder, digest=how.digest, digests=how.digests))
        return cls(folder)

    @property
    def root(self) -> Path:
        """The file of its root's certificate."""
        return self.folder / "root.pem"

    def stamp(self, query: bytes) -> bytes:
        """Reply to a request."""
        with _TURN:
            (self.folder / "query").write_bytes(query)
            self._run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
            return (self.folder / "reply").read_bytes()

    def resigned(self, reply: bytes) -> bytes:
        """Sign what a reply says anew, by a certificate that `openssl ts` may refuse."""
        (self.folder / "reply").write_bytes(reply)
        self._run("ts", "-reply", "-in", "reply", "-token_out", "-out", "token")
        self._run("cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-binary", "-out", "said")
        kind = ["-binary", "-nodetach", "-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-outform", "DER"]
        keys = ["-signer", "signer.pem", "-inkey", "signer.key", "-certfile", "chain.pem"]
        self._run("cms", "-sign", *kind, *keys, "-in", "said", "-out", "token")
        content = b"\x30\x03\x02\x01\x00" + (self.folder / "token").read_bytes()
        return b"\x30\x82" + len(content).to_bytes(2) + content

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def answer(self, query: bytes) -> Reply:
        """Answer a POST."""
        return Reply(200, self.stamp(query), REPLY)

    def accepts(self, reply: bytes, message: bytes) -> bool:
        """Say whether OpenSSL takes a reply for one over a message."""
        (self.folder / "checked").write_bytes(reply)
        (self.folder / "message").write_bytes(message)
        options = ["-data", "message", "-in", "checked", "-CAfile", "root.pem", "-untrusted", "chain.pem"]
        done = subprocess.run(["openssl", "ts", "-verify", *options], cwd=self.folder, check=False, capture_output=True)
        return done.returncode == 0


def other_nonce(clock: TimestampServer, query: bytes) -> bytes:
    """Reply to a query with another nonce."""
    at = len(query) - 4  # the nonce ends before the flag that asks for certificates
    return clock.stamp(query[:at] + bytes([query[at] ^ 1]) + query[at + 1 :])


def other_hash(clock: TimestampServer, query: bytes) -> bytes:
    """Reply to a query over another hash."""
    at = query.index(b"\x04\x20") + 2
    return clock.stamp(query[:at] + bytes([query[at] ^ 1]) + query[at + 1 :])


def changed(clock: TimestampServer, query: bytes) -> bytes:
    """Reply with a signature that is not good."""
    reply = clock.stamp(query)
    return reply[:-1] + bytes([reply[-1] ^ 1])


def _key(is_rsa: bool) -> Key:
    return rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())


def _certificate(name: str, key: Key, issuer: tuple[str, Key], how: Made, *, is_authority: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer[0]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=how.days[0]))
        .not_valid_after(now + timedelta(days=how.days[1]))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, is_authority, is_authority, False, False), True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([how.purpose]), critical=how.is_critical)
    return builder.sign(issuer[1], hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
