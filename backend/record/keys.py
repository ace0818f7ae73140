"""The Ed25519 keys that sign the record's heads: the private one on the server, the public one with the auditor."""

import errno
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from backend.errors import RecordError
from backend.system.disk import problem_of, read_bounded, write_new


class PublicKey:
    """Checks signatures.

    Args:
        key: the key.

    Attributes:
        name: what a signature calls its key by, 16 hexadecimal digits of its hash.
    """

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.name = hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]

    @classmethod
    def read(cls, file: Path) -> "PublicKey":
        """Read a key: PEM, or 64 hexadecimal digits.

        Raises:
            RecordError: the file holds none.
        """
        content = _content(file)
        try:
            key = (
                load_pem_public_key(content)
                if b"-----" in content
                else Ed25519PublicKey.from_public_bytes(_raw(content))
            )
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise RecordError(f"{file} holds no Ed25519 public key - give the .pub file that labelguard audit key made")
        return cls(key)

    def pem(self) -> bytes:
        """Write it as `read` takes it."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Say whether the message was signed by this key's other half."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """Signs.

    Args:
        key: the private key.

    Attributes:
        public: its other half.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def read(cls, file: Path) -> "Signer":
        """Read a private key: PEM, or 64 hexadecimal digits.

        Raises:
            RecordError: the file holds none.
        """
        content = _content(file)
        try:
            if b"-----" in content:
                key = load_pem_private_key(content, None)
            else:
                key = Ed25519PrivateKey.from_private_bytes(_raw(content))
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise RecordError(f"{file} holds no Ed25519 private key - labelguard audit key makes one")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """Return the message's signature, 64 bytes."""
        return self._key.sign(message)


def make_signing_keys(file: Path) -> tuple[Path, PublicKey]:
    """Make a pair of keys: the private one in `file`, for its owner alone, the public one beside it.

    What a process that died left empty is made anew; a public key that it did not come to write is added.

    Returns:
        The public key's file and the key.

    Raises:
        RecordError: a file is there already or cannot be written.
    """
    public = file.with_name(file.name + ".pub")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for one in (file, public):
            _remove_empty(one)
        signer = Signer.read(file) if file.exists() and not public.exists() else None
        if signer is None:
            key = Ed25519PrivateKey.generate()
            if public.exists():
                raise FileExistsError(errno.EEXIST, "is there already", str(public))
            write_new(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
            signer = Signer(key)
        write_new(public, signer.public.pem(), 0o644)
    except FileExistsError as error:
        there = error.filename2 or error.filename
        raise RecordError(f"{there} is there already - choose another name: what an old key signed needs it") from None
    except OSError as error:
        raise RecordError(f"{file} {problem_of(error, 'written')} - choose another place") from None
    return public, signer.public


def _remove_empty(file: Path) -> None:
    if file.is_file() and file.stat().st_size == 0:
        file.unlink()


def _content(file: Path) -> bytes:
    try:
        content = read_bounded(file)
    except OSError as error:
        raise RecordError(f"the key file {file} {problem_of(error)} - see its path and mode") from None
    if not content.strip():
        raise RecordError(f"the key file {file} is empty - remove it, and make a key by labelguard audit key")
    return content


def _raw(content: bytes) -> bytes:
    return bytes.fromhex(content.decode("ascii").strip())
