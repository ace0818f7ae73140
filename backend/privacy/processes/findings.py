"""What was found in the last texts, for those that come again, such as of a task that is opened twice.

No text is kept: places and types, under a hash of the text whose key is made anew with each process.
"""

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b

from backend.privacy.types import Detection

MOST = 5_000
"""Texts."""
MOST_BYTES = 4 * 2**20
"""Of what was found in all of them, as it is kept."""


class FoundBefore:
    """Detects as another does, and in the same text once. Thread-safe.

    Args:
        detect: finds the same in the same text each time. What it raises is not kept.
        most: texts that are kept; those that were asked for last.
        most_bytes: of all that was found in them.
    """

    def __init__(
        self, detect: Callable[[str], Sequence[Detection]], most: int = MOST, most_bytes: int = MOST_BYTES
    ) -> None:
        self._detect, self._most, self._most_bytes = detect, most, most_bytes
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def detect(self, text: str) -> list[Detection]:
        """Return what is found in a text; raises what detection does."""
        name = blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()
        with self._lock:
            body = self._kept.get(name)
            if body is not None:
                self._kept.move_to_end(name)
        if body is not None:
            return [Detection(*found) for found in json.loads(body)]
        found = list(self._detect(text))
        rows = [(d.start, d.end, d.entity_type, d.score, d.recognizer) for d in found]
        self._keep(name, json.dumps(rows, separators=(",", ":")).encode())
        return found

    def _keep(self, name: bytes, body: bytes) -> None:
        with self._lock:
            self._bytes += len(body) - len(self._kept.pop(name, b""))
            self._kept[name] = body
            while len(self._kept) > self._most or self._bytes > self._most_bytes:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone)
