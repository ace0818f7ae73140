"""Time stamps over signed heads: asked of an authority that is not ours, and checked when they come and ever after.

It is sent a hash and a random number. What it signs says that the record existed up to the head, and when.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from sqlalchemy import Engine, func, select

from backend.errors import RecordError
from backend.record.chain import Seal
from backend.record.posting import post
from backend.record.receivers import shown_address
from backend.record.tables import PART, SEALS
from backend.record.tokens import TOKENS, Token, add_token, stamped_message
from backend.store import make_tables, reading, writing
from backend.system.disk import problem_of, read_bounded

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

REQUEST = "application/timestamp-query"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a good time stamp says.

    Attributes:
        seq: the record existed up to this entry
        time: then, by the authority's clock,
        authority: as its certificate names it.
    """

    seq: int
    time: datetime
    authority: str


class TimestampRoots:
    """The authorities that are trusted.

    Args:
        certificates: their own; what they vouched for when a time stamp was made is good.

    Raises:
        RecordError: the package that checks time stamps is not installed.
    """

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        self._certificates, self._client = certificates, _client()

    @classmethod
    def read(cls, file: Path) -> "TimestampRoots":
        """Read certificates: PEM, one or more.

        Raises:
            RecordError: there are none that can be read.
        """
        try:
            return cls(x509.load_pem_x509_certificates(read_bounded(file)))
        except OSError as error:
            problem = problem_of(error)
        except ValueError:
            problem = "holds no certificates in PEM"
        raise RecordError(f"{file} {problem} - name the root certificate of the time-stamp authority")

    def request(self, head: Seal) -> tuple[bytes, str]:
        """Return what to ask an authority over a head, and its nonce."""
        client = self._client
        asked = (
            client.TimestampRequestBuilder()
            .data(stamped_message(head))
            .hash_algorithm(client.HashAlgorithm.SHA256)
            .nonce(nonce=True)
            .cert_request(cert_request=True)
            .build()
        )
        return asked.as_bytes(), str(asked.nonce)

    def check(self, token: Token, head: Seal) -> Stamp:
        """Say what a time stamp says, if it is one over a head, answers what was asked, and is signed by whom we trust.

        Raises:
            RecordError: it is not.
        """
        problem = ""
        try:
            reply = self._client.decode_timestamp_response(_in_order(base64.b64decode(token.response, validate=True)))
            builder = self._client.VerifierBuilder(roots=list(self._certificates), nonce=int(token.nonce))
            builder.build().verify_message(reply, stamped_message(head))
            return Stamp(head.seq, reply.tst_info.gen_time, _signer(reply))
        except self._client.VerificationError as error:
            problem = str(error).partition(": ErrorStack")[0]
        except Exception as error:  # what it holds is anything
            problem = f"it is none that can be read ({type(error).__name__})"
        raise RecordError(f"the time stamp over entry {token.seq} is not good: {problem}")


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        what = "the package that checks time stamps is not installed"
        raise RecordError(f"{what} - pip install 'labelguard[timestamps]'") from None
    return rfc3161_client


def stamp_last_head(engine: Engine, url: str, roots: TimestampRoots) -> Stamp | None:
    """Have the last signed head stamped, unless it is.

    Args:
        engine: the record's store.
        url: of the authority, by http or https.
        roots: whom to trust.

    Raises:
        RecordError: the authority gives no good time stamp.
        StoreError: the store cannot be read or written.
    """
    make_tables(engine, TOKENS)
    with reading(engine) as connection:
        query = select(*SEALS.c).where(SEALS.c.kind == "head").order_by(SEALS.c.seq.desc()).limit(1)
        row = connection.execute(query).first()
        stamped = connection.scalar(select(func.max(TOKENS.c.seq))) or 0
    if row is None or row.seq <= stamped:
        return None
    head = Seal(*row)
    asked, nonce = roots.request(head)
    token = Token(head.seq, nonce, base64.b64encode(post(url, asked, REQUEST)).decode())
    try:
        stamp = roots.check(token, head)
    except RecordError as error:
        raise RecordError(f"{shown_address(url)}: {error.reason}") from None
    with writing(engine, PART) as connection:
        add_token(connection, token)
    return stamp


def _signer(reply: "TimeStampResponse") -> str:
    """Return the name in the certificate of who signed."""
    signer = next(iter(reply.signed_data.signer_infos))
    for der in reply.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return certificate.subject.rfc4514_string()
    raise ValueError("no certificate of who signed")


def _in_order(reply: bytes) -> bytes:
    """Sort a reply's certificates as DER has it. Many authorities do not, OpenSSL's does not, and no signature covers
    their order; rfc3161-client reads no others."""
    outer = list(_elements(reply, *_content(reply, 0)))
    if len(outer) < 2:  # a refusal
        return reply
    info = list(_elements(reply, *_content(reply, outer[1][0])))
    signed = _content(reply, info[1][0])  # what stands behind the type, in [0]
    for begin, _ in _elements(reply, *_content(reply, signed[0])):
        if reply[begin] == 0xA0:
            first, end = _content(reply, begin)
            return reply[:first] + b"".join(sorted(reply[a:b] for a, b in _elements(reply, first, end))) + reply[end:]
    return reply


def _elements(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where elements of DER begin and end."""
    while begin < end:
        after = _content(data, begin)[1]
        yield begin, after
        begin = after


def _content(data: bytes, begin: int) -> tuple[int, int]:
    """Return where the content of an element begins and ends."""
    length, first = data[begin + 1], begin + 2
    if length > 0x7F:
        size = length & 0x7F
        length, first = int.from_bytes(data[first : first + size]), first + size
    if first + length > len(data):
        raise ValueError("cut off")
    return first, first + length
