"""Choices that look like chance and are the same each time: they follow from a seed."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Chance:
    """A stream of choices.

    Args:
        seed: parts of it; the same parts give the same choices.
    """

    def __init__(self, *seed: str) -> None:
        self._seed = "\0".join(seed).encode("utf-8", "surrogatepass")
        self._numbers = self._stream()

    def below(self, limit: int) -> int:
        """Return a number from 0 to below a limit (at most 65,536)."""
        return next(self._numbers) % limit

    def among(self, choices: Sequence[Choice]) -> Choice:
        """Return one of some choices."""
        return choices[self.below(len(choices))]

    def _stream(self) -> Iterator[int]:
        count = 0
        while True:
            digest = hashlib.sha256(self._seed + b"\0" + str(count).encode()).digest()
            for place in range(0, len(digest), 4):
                yield int.from_bytes(digest[place : place + 4])
            count += 1
