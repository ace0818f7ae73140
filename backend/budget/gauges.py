"""What rules may spend and have spent, for the metrics: the database says it, for all processes."""

from collections.abc import Iterator, Mapping
from itertools import islice

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.budget.amounts import NANO
from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.budget.tables import Spent, storable
from backend.system.tally import MOST_NAMES


def budget_metrics(ledger: Ledger, limits: Mapping[str, Limits]) -> bytes:
    """Return in Prometheus' text format what rules that have a budget may spend, and have spent.

    Args:
        ledger: where the money stands.
        limits: by rule; of those that limit money the first are told.

    Raises:
        StoreError: the database cannot be asked.
    """
    limited = {rule: own for rule, own in limits.items() if own.spend_per_day or own.spend_per_month}
    if not limited:
        return b""
    registry = CollectorRegistry()
    registry.register(_Budgets(dict(islice(limited.items(), MOST_NAMES)), ledger.all_spent()))
    return generate_latest(registry)


class _Budgets(Collector):
    """What the database says is the same in each of several workers: it is no count of theirs."""

    def __init__(self, limits: Mapping[str, Limits], spent: Mapping[str, Spent]) -> None:
        self._limits, self._spent = limits, spent

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        labels = ("rule", "period")
        most = GaugeMetricFamily("labelguard_budget_usd", "US dollars that a rule may spend.", labels=labels)
        says = "US dollars that a rule has spent in this day or month, UTC, with what is held for calls under way."
        spent = GaugeMetricFamily("labelguard_budget_used_usd", says, labels=labels)
        for rule, own in self._limits.items():
            used = self._spent.get(storable(rule), Spent(0, 0, 0, 0))
            for period, limit, taken in (
                ("day", own.spend_per_day, used.day + used.day_held),
                ("month", own.spend_per_month, used.month + used.month_held),
            ):
                if limit:
                    most.add_metric((rule, period), limit)
                    spent.add_metric((rule, period), taken / NANO)
        yield from (most, spent)
