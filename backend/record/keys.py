"""The Ed25519 keys that sign the record's heads: the private one on the server, the public one with the auditor."""

import hashlib
import os
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


def make_keys(file: Path) -> tuple[Path, PublicKey]:
    """Make a pair of keys: the private one in `file`, for its owner alone, the public one beside it.

    Returns:
        The public key's file and the key.

    Raises:
        RecordError: a file is there already or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    public = file.with_name(file.name + ".pub")
    _write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return public, PublicKey(key.public_key())


def _write(file: Path, content: bytes, mode: int) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
    except FileExistsError:
        raise RecordError(f"{file} is there already - choose another name: what an old key signed needs it") from None
    except OSError as error:
        raise RecordError(f"{file} cannot be written ({type(error).__name__}) - choose another place") from None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RecordError(
            f"the key file {file} cannot be read ({type(error).__name__}) - see its path and mode"
        ) from None


def _raw(content: bytes) -> bytes:
    return bytes.fromhex(content.decode("ascii").strip())
