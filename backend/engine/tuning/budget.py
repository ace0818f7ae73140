"""What tuning may spend: calls as they are begun, and money as the record has it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backend.errors import TuningSpentError
from backend.evaluate.labels.spending import VersionSpending


@dataclass(slots=True)
class TuningBudget:
    """Belongs to one event loop.

    Attributes:
        most_calls: that may be begun, answers that are kept aside.
        most_money: US dollars; None for no limit but the policy's.
        spent: returns what calls of some model versions came to, by the record.
        kept_back: calls that are not to be begun yet.
        begun: calls.
        versions: under which calls stand in the record.
    """

    most_calls: int
    most_money: float | None
    spent: Callable[[frozenset[str]], VersionSpending]
    kept_back: int = 0
    begun: int = 0
    versions: set[str] = field(default_factory=set)

    def named(self, version: str) -> str:
        """Take a model version for one of this tuning's; returns it."""
        self.versions.add(version)
        return version

    def spending(self) -> VersionSpending:
        """Return what was spent so far, by the record."""
        return self.spent(frozenset(self.versions))

    async def check(self) -> None:
        """See whether more may be spent.

        Raises:
            TuningSpentError: it may not.
        """
        found = await asyncio.to_thread(self.spending)
        self.begun = max(self.begun, found.calls)  # a call may take several attempts
        if self.is_near(found):
            raise TuningSpentError

    def is_near(self, found: VersionSpending) -> bool:
        """Say whether nothing may be begun any more: what is kept back costs as much as the calls so far did."""
        if self.begun + self.kept_back >= self.most_calls:
            return True
        each = found.cost_usd / max(found.calls, 1)
        return self.most_money is not None and found.cost_usd + each * (self.kept_back + 1) > self.most_money

    @contextmanager
    def call(self) -> Iterator[Callable[[bool], None]]:
        """Count a call; who makes it says whether it was one, or an answer was there.

        Raises:
            TuningSpentError: no other may be begun.
        """
        if self.begun + self.kept_back >= self.most_calls:
            raise TuningSpentError
        self.begun += 1

        def told(was_made: bool) -> None:
            self.begun -= not was_made

        yield told
