"""What the calls of model versions cost and how long they took, as the record of this deployment has it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from backend.record.sendings import Sending


@dataclass(slots=True)
class VersionSpending:
    """What the calls of a version came to, those that failed among them.

    Attributes:
        tasks: how many tasks calls were made for, as far as the record tells them apart.
        cost_usd: what is known of the cost.
        unpriced: calls of which nobody knows the cost.
    """

    calls: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    _tasks: set[str] = field(default_factory=set, repr=False)
    _seconds: list[float] = field(default_factory=list, repr=False)

    @property
    def tasks(self) -> int:
        """For how many tasks calls were made."""
        return len(self._tasks)

    @property
    def cost(self) -> str:
        """What they cost, in words."""
        known = f"{self.cost_usd:.4f} USD"
        if self.calls and self.unpriced == self.calls:
            return "unknown"
        return f"{known}, and {self.unpriced:,} calls of unknown cost" if self.unpriced else known

    @property
    def seconds(self) -> float | None:
        """How long a call took that was answered, the median; None if none was."""
        return median(self._seconds) if self._seconds else None

    def add(self, sending: Sending) -> None:
        """Add a call."""
        self.calls += 1
        self._tasks.add(str(sending.attempt.get("task", "")))
        outcome = sending.outcome or {}
        cost = outcome.get("cost_usd")
        self.cost_usd += cost or 0.0
        self.unpriced += cost is None
        self.tokens_in += outcome.get("tokens_in", 0)
        self.tokens_out += outcome.get("tokens_out", 0)
        if sending.ended == "answered":
            began, ended = (datetime.fromisoformat(str(entry["time"])) for entry in (sending.attempt, outcome))
            self._seconds.append((ended - began).total_seconds())


def spending_by_version(sendings: Iterable[Sending], versions: Iterable[str]) -> dict[str, VersionSpending]:
    """Add up the calls of model versions; of one that the record does not know there is nothing.

    Args:
        sendings: of the record.
        versions: model versions; one that two projects have has the name of its file before it.
    """
    shown = {version.rpartition(": ")[2]: version for version in versions}
    found: defaultdict[str, VersionSpending] = defaultdict(VersionSpending)
    for sending in sendings:
        version = str(sending.attempt.get("model_version", ""))
        if sending.was_begun and version in shown:
            found[shown[version]].add(sending)
    return dict(found)
