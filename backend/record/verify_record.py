"""Checks a Labelguard record without Labelguard: this one file needs Python 3.11 and the package cryptography, no more.

    python verify_record.py EXPORT|labelguard.db [--key FILE] [--heads FILE] [--tsa-root FILE]

The record is a file of `labelguard audit export`, or the SQLite file itself, which is only read. Exits with 0 if it is
as it was written, with 1 if anything is wrong with it, with 2 if it cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_KINDS = ("attempt", "look", "refusal", "outcome", "view", "pruned")
_SEAL = ("kind", "seq", "hash", "key", "signature")
_BROKEN = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration, RecursionError),
    *(InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound),
)
_SHA1, _TIME_STAMPING = hashes.SHA1(), x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")  # noqa: S303 - names certificates
_SHA: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex(f"60864801650304020{number}"): sha
    for number, sha in enumerate((hashes.SHA256(), hashes.SHA384(), hashes.SHA512()), 1)
}
_DIGEST, *_CERTIFICATE = map(bytes.fromhex, ("2a864886f70d010904", "2a864886f70d010910020c", "2a864886f70d010910022f"))


class _UnusableError(Exception):
    """A file that cannot be read, or is not what it should be."""


@dataclass
class _Record:
    """Entries as number, body and hash; heads; number and hash of the last, as its writer said; time stamps."""

    entries: Iterable[tuple[Any, Any, Any]]
    seals: list[Any]
    tip: tuple[Any, Any] | None
    tokens: list[Any]


def _database(file: Path) -> _Record:
    """Open a database to be read alone; a copy, which nobody has open, as it is, wherever it stands."""
    is_copy = not any(file.with_name(file.name + end).exists() for end in ("-wal", "-shm"))
    url = f"{file.resolve().as_uri()}?mode=ro{'&immutable=1' * is_copy}"
    base = sqlite3.connect(url, uri=True, isolation_level=None)
    base.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    base.execute("BEGIN")
    if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'record_tip'").fetchone():
        raise _UnusableError(f"{file} holds no record")
    has_tokens = base.execute("SELECT 1 FROM sqlite_master WHERE name = 'record_tokens'").fetchone()
    tokens = base.execute("SELECT seq, nonce, response FROM record_tokens ORDER BY seq") if has_tokens else ()
    seals = base.execute("SELECT kind, seq, hash, key, signature FROM record_seals ORDER BY seq")
    return _Record(
        base.execute("SELECT seq, body, hash FROM record_entries ORDER BY seq"),
        [dict(zip(_SEAL, row, strict=True)) for row in seals],
        base.execute("SELECT seq, hash FROM record_tip WHERE id = 1").fetchone(),
        [dict(zip(("seq", "nonce", "response"), row, strict=True)) for row in tokens],
    )


def _exported(file: Path) -> _Record:
    lines = file.open(encoding="utf-8", errors="surrogateescape")
    try:
        begin = json.loads(next(lines, ""))
        if begin["labelguard_record"] == 1:
            tip = begin["tip"]["seq"], begin["tip"]["hash"]
            return _Record(map(_parsed, lines), list(begin["seals"]), tip, list(begin.get("tokens", ())))
    except _BROKEN:
        pass
    raise _UnusableError(f"{file} is no database and no file of labelguard audit export")


def _parsed(line: str) -> tuple[Any, Any, Any]:
    try:
        said = json.loads(line)
        if said.keys() == {"body", "hash"}:
            body = json.dumps(said["body"], allow_nan=False, sort_keys=True, separators=(",", ":"))
            return said["body"]["seq"], body, said["hash"]
    except _BROKEN:
        pass
    return 0, line, ""


def _key(file: Path) -> tuple[str, Ed25519PublicKey]:
    """Read a public key, PEM or 64 hexadecimal digits; its name is the beginning of its hash."""
    try:
        said = file.read_bytes()
        raw = b"" if b"-----" in said else bytes.fromhex(said.decode("ascii").strip())
        key = Ed25519PublicKey.from_public_bytes(raw) if raw else load_pem_public_key(said)
        if isinstance(key, Ed25519PublicKey):
            return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16], key
    except (OSError, ValueError, TypeError):
        pass
    raise _UnusableError(f"{file} holds no Ed25519 public key that can be read")


def _published(file: Path) -> list[dict[str, Any]]:
    """Read published heads, one a line; a line that is none, such as one that was cut off, is passed over."""
    found = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
        except _BROKEN:
            continue
        if _is_seal(said) and said["kind"] == "head":
            found.append(said)
    if not found:
        raise _UnusableError(f"{file} holds no published head")
    return found


def _is_seal(said: Any) -> bool:
    values = {name: said.get(name) for name in _SEAL} if isinstance(said, dict) else {}
    return type(values.pop("seq", None)) is int and all(isinstance(value, str) for value in values.values())


def _der(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return elements of DER: the tag, the content, and all of it."""
    found, at = [], 0
    while at < len(data):
        length, begin = data[at + 1], at + 2
        if length > 0x7F:
            begin += length & 0x7F
            length = int.from_bytes(data[at + 2 : begin])
        found.append((data[at], data[begin : begin + length], data[at : begin + length]))
        at = begin + length
    return found


def _stamp(token: dict[str, Any], head: dict[str, Any], roots: list[x509.Certificate]) -> str:
    """Say when a head was stamped and by whom (RFC 3161); raises one of many errors where it was not."""
    status, signed = _der(_der(base64.b64decode(token["response"], validate=True))[0][1])
    data = _der(_der(_der(signed[1])[1][1])[0][1])
    said = _der(_der(_der(data[2][1])[1][1])[0][1])[0]
    info = _der(said[1])
    ways, imprint = _der(info[2][1])
    message = f"labelguard record head v1\n{head['seq']}\n{head['hash']}\n{head['signature']}\n".encode()
    nonces = [int.from_bytes(content) for tag, content, _ in info[5:] if tag == 2]
    if _der(status[1])[0][1] != b"\0" or imprint[1] != _hash(ways, message) or nonces != [int(token["nonce"])]:
        raise ValueError("it is not over this head, or not what was asked for")
    sent = [x509.load_der_x509_certificate(one) for tag, all_, _ in data if tag == 0xA0 for _, _, one in _der(all_)]
    signer = _signer(data[-1][1], said[2], sent)
    time = datetime.strptime(info[4][1][:14].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not usage.critical or _TIME_STAMPING not in usage.value or not _is_trusted(signer, sent, roots, time):
        raise ValueError("it is signed by nobody who is trusted with it")
    return f"{time:%Y-%m-%dT%H:%M:%SZ} by {signer.subject.rfc4514_string()}"


def _hash(way: tuple[int, bytes, bytes], message: bytes) -> bytes:
    return hashlib.new(_SHA[_der(way[1])[0][1]].name, message).digest()


def _signer(infos: bytes, said: bytes, sent: list[x509.Certificate]) -> x509.Certificate:
    """Return the certificate by which something was signed; it is named in what is signed with it."""
    ((_, info, _),) = _der(infos)
    _, _, way, attributes, _, signature = _der(info)[:6]
    signs = {parts[0][1]: parts[1][1] for parts in (_der(one) for _, one, _ in _der(attributes[1]))}
    if _der(signs[_DIGEST])[0][1] != _hash(way, said):
        raise ValueError("it was changed")
    names = b"".join(signs.get(name, b"") for name in _CERTIFICATE)
    signer = next(one for one in sent if any(one.fingerprint(sha) in names for sha in (_SHA1, *_SHA.values())))
    key, sha, text = signer.public_key(), _SHA[_der(way[1])[0][1]], b"\x31" + attributes[2][1:]
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature[1], text, padding.PKCS1v15(), sha)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature[1], text, ec.ECDSA(sha))
    else:
        raise TypeError("a kind of key that is not read here")
    return signer


def _is_trusted(
    one: x509.Certificate, sent: list[x509.Certificate], roots: list[x509.Certificate], at: datetime
) -> bool:
    """Go from a certificate to those that issued it, all good at a time, and say whether a root is among them."""
    good = [each for each in (*roots, *sent) if each.not_valid_before_utc <= at <= each.not_valid_after_utc]
    reached = [one] if one in good else []
    for each in reached:
        reached += [issuer for issuer in good if issuer not in reached and _has_issued(issuer, each)]
    return any(each in roots for each in reached)


def _has_issued(issuer: x509.Certificate, one: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except _BROKEN:
        return False


class _Check:
    """One way along a record, by keys by name, published heads, entries from a signed head to the next, and roots."""

    def __init__(
        self,
        record: _Record,
        keys: dict[str, Ed25519PublicKey],
        heads: list[Any],
        every: int,
        roots: list[x509.Certificate],
    ) -> None:
        self.problems: list[tuple[int, str]] = []
        self.count = self.first = self.signed = self.published = 0
        self._keys, self._time, self.stamps = keys, "", list[tuple[int, str]]()
        self._expected: dict[int, list[tuple[str, str]]] = {}
        seals = [seal for seal in record.seals if _is_seal(seal)]
        if len(seals) < len(record.seals):
            self._add(0, "something stands among the signed heads that is none")
        starts = [(seal["seq"], seal["hash"]) for seal in seals if seal["kind"] == "checkpoint"]
        start: tuple[int, str] = max(starts, default=(0, "0" * 64))
        self.begin, self.last, self._hash = start[0], start[0], start[1]
        for seal in seals:
            is_good = self._is_good(seal, seal["kind"])
            if seal["kind"] == "head":
                self._expect(seal, "its signed head")
                self.signed = max(self.signed, seal["seq"] if is_good else 0)
        self._expect_published(heads)
        by_number = {seal["seq"]: seal for seal in seals if seal["kind"] == "head"}
        for token in record.tokens if roots else ():
            self._take(token, by_number, roots)
        self._compare(self.begin, self._hash)
        for entry in record.entries:
            self._step(*entry)
        self._end(record.tip, every)

    def _add(self, seq: int, what: str) -> None:
        self.problems.append((seq, what))

    def _is_good(self, seal: dict[str, Any], what: str) -> bool:
        if not self._keys:
            return False
        try:
            message = f"labelguard record {seal['kind']} v1\n{seal['seq']}\n{seal['hash']}\n"
            self._keys[seal["key"]].verify(bytes.fromhex(seal["signature"]), message.encode())
        except KeyError:
            self._add(seal["seq"], f"the {what} at entry {seal['seq']} is signed by a key that was not given")
        except (InvalidSignature, ValueError):
            self._add(seal["seq"], f"the signature of the {what} at entry {seal['seq']} is not good")
        else:
            return True
        return False

    def _take(self, token: Any, heads: dict[int, Any], roots: list[x509.Certificate]) -> None:
        try:
            self.stamps.append((token["seq"], _stamp(token, heads[token["seq"]], roots)))
        except _BROKEN as error:
            self._add(0, f"the time stamp over a head is not good ({type(error).__name__}): {str(token)[:30]}")

    def _expect(self, seal: dict[str, Any], whose: str) -> None:
        self._expected.setdefault(seal["seq"], []).append((seal["hash"], whose))

    def _expect_published(self, heads: list[dict[str, Any]]) -> None:
        """Note what published heads say; those before the beginning stand for what was pruned."""
        for head in heads:
            if (self._is_good(head, "published head") or not self._keys) and head["seq"] >= self.begin:
                self._expect(head, "a published head")
                self.published = max(self.published, head["seq"])
        if heads and not self.published:
            self._add(self.begin, "no published head stands for anything in this record")

    def _compare(self, seq: int, digest: Any) -> None:
        for expected, whose in self._expected.pop(seq, ()):
            if expected != digest:
                self._add(seq, f"entry {seq} has another hash than {whose}: it or what is before it was rewritten")

    def _step(self, seq: Any, body: Any, digest: Any) -> None:
        self.count += 1
        if type(seq) is not int or seq <= self.last:
            self._add(self.last + 1, f"what stands after entry {self.last} does not belong there")
            return
        said = _entry(body)
        made = hashlib.sha256(f"{self._hash}{body}".encode("utf-8", "surrogatepass")).hexdigest()
        if seq > self.last + 1:
            self._add(self.last + 1, f"entries {self.last + 1} to {seq - 1} are missing")
        if said is None or said["seq"] != seq:
            self._add(seq, f"entry {seq} was changed: it is no entry, or not this one")
        elif seq == self.last + 1 and made != digest:
            self._add(seq, f"entry {seq} was changed, or what is before it")
        elif said["time"] < self._time:
            self._add(seq, f"entry {seq} is older than the one before it")
        self._time = max(self._time, said["time"]) if said else self._time
        self._compare(seq, digest)
        self.first, self.last, self._hash = self.first or seq, seq, str(digest)

    def _end(self, tip: tuple[Any, Any] | None, every: int) -> None:
        if tip != (self.last, self._hash):
            self._add(self.last + 1, f"the record does not end with entry {self.last}, as its writer said")
        for seq, said in self._expected.items():
            self._add(seq, f"entry {seq}, which {said[0][1]} stands for, is not there: removed or pruned")
        if self._keys and self.last - self.signed >= every:
            self._add(self.signed + 1, f"the last {self.last - self.signed} entries have no signed head")


def _entry(body: Any) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
        numbers = [said["seq"], said.get("attempt", 0) if said["kind"] == "outcome" else 0]
        if said["kind"] in _KINDS and isinstance(said["time"], str) and all(type(one) is int for one in numbers):
            return dict(said)
    except _BROKEN:
        pass
    return None


def _verdict(check: _Check, given: argparse.Namespace) -> Iterator[str]:
    """Say what was found, a line each."""
    count = len(check.problems)
    yield from (what for _, what in check.problems[:100])
    if check.begin:
        yield f"what was written up to entry {check.begin} was pruned"
    found = f"{count} problem{'s' * (count != 1)}" if count else "as it was written"
    yield f"{check.count} entries ({check.first} to {check.last}): {found}"
    if given.key:
        yield f"signed up to entry {check.signed}; {check.last - check.signed} after it are not yet"
    until = min((seq for seq, _ in check.problems), default=check.last + 1)
    good = [stamp for stamp in check.stamps if stamp[0] < until]
    yield from (f"existed up to entry {seq} at {said}" for seq, said in dict.fromkeys((*good[:1], *good[-1:])))
    if check.published:
        yield f"published heads reach to entry {check.published}"
    if not (given.key or given.heads):
        yield "not held against anything from elsewhere: give --key, --heads, or both"


def _main() -> int:
    parser = argparse.ArgumentParser(description="Check a Labelguard record.")
    parser.add_argument("record", type=Path, help="a file of labelguard audit export, or the SQLite file")
    parser.add_argument("--key", type=Path, action="append", default=[], help="public key; may be given again")
    parser.add_argument("--heads", type=Path, help="heads as they were published, one a line")
    parser.add_argument("--tsa-root", type=Path, help="root certificate of the time-stamp authority, PEM")
    parser.add_argument("--heads-every", type=int, default=1000, help="entries from one signed head to the next")
    given = parser.parse_args()
    try:
        keys, heads = dict(map(_key, given.key)), _published(given.heads) if given.heads else []
        with given.record.open("rb") as begin:
            opened = _database if begin.read(15) == b"SQLite format 3" else _exported
        roots = x509.load_pem_x509_certificates(given.tsa_root.read_bytes()) if given.tsa_root else []
        check = _Check(opened(given.record), keys, heads, given.heads_every, roots)
    except (_UnusableError, OSError, sqlite3.Error, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in _verdict(check, given))
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(_main())
