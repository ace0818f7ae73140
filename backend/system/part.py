"""The part that one of several processes has of what they may do together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessPart:
    """One process's.

    Attributes:
        number: the process's, from 0.
        count: of all.
    """

    number: int = 0
    count: int = 1

    def of(self, amount: int, least: int = 0) -> int:
        """Return this one's part of an amount, such that all parts make the whole; but so much at least."""
        return max(amount // self.count + (self.number < amount % self.count), least)


WHOLE = ProcessPart()
