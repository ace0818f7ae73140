"""What is kept encrypted: AES-GCM under keys that are derived from a secret, and names that tell nothing."""

import hmac
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Sealer:
    """Thread-safe.

    Args:
        secret: from which its keys are derived.
        purpose: what is kept; no two purposes share a key.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._hash_key, self._cipher = _derived(secret, purpose, "name"), AESGCM(_derived(secret, purpose, "body"))

    def name(self, said: object) -> str:
        """Return the name of what hangs on all of this, which is JSON: a keyed hash of 64 characters."""
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._hash_key, text.encode(), "sha256").hexdigest()

    def close(self, body: bytes, known: object) -> bytes:
        """Encrypt.

        Args:
            body: what nobody else may read.
            known: JSON that stands beside it in the open, and is vouched for by it.
        """
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, body, json.dumps(known).encode())

    def open(self, sealed: bytes, known: object) -> bytes | None:
        """Decrypt; None if it was closed by another secret, or if what stands beside it was changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], json.dumps(known).encode())
        except (InvalidTag, ValueError):
            return None


def _derived(secret: bytes, purpose: str, part: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"labelguard {purpose}: {part}".encode()).derive(secret)
