"""Reviews as the server has them: webhooks are taken, worked on behind, and counted."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.labelstudio.events import WebhookRequest
from backend.review.events import read_event
from backend.review.inbox import Inbox
from backend.review.reviews import Reviews
from backend.review.worker import ReviewWorker
from backend.system.tally import MOST_NAMES, OTHERS


class ReviewService:
    """Thread-safe.

    Args:
        inbox: where webhooks wait.
        reviews: what is known.
        worker: works on webhooks.
        keeps_text: says whether a rule of the policy in force keeps annotations: if none does, no text is taken.
    """

    def __init__(self, inbox: Inbox, reviews: Reviews, worker: ReviewWorker, keeps_text: Callable[[], bool]) -> None:
        self._inbox, self._reviews, self._worker = inbox, reviews, worker
        self._keeps_text = keeps_text

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def close(self) -> None:
        """End."""
        self._worker.close()

    def take(self, asked: WebhookRequest, path: str) -> "Future[None] | None":
        """Take a webhook.

        Args:
            asked: the webhook.
            path: the path prefix of its URL, "" if there is none.

        Returns:
            What is done once it is on the disk, or has a `LabelguardError`; None if nothing hangs on it.
        """
        event = read_event(asked, path, self._reviews.entries, keeps_text=self._keeps_text())
        return self._inbox.put(event) if event else None

    def metrics(self) -> bytes:
        """Return the counts in Prometheus' text format; the database has them, for all processes.

        Raises:
            StoreError: it cannot be asked.
        """
        registry = CollectorRegistry()
        registry.register(_Counted(self._reviews.totals(), *self._inbox.standing()))
        return generate_latest(registry)


class _Counted(Collector):
    """What the database says is the same in each of several workers: it is no count of theirs."""

    def __init__(self, totals: Mapping[tuple[int, str], int], waiting: int, seconds: float) -> None:
        self._totals, self._waiting, self._seconds = totals, waiting, seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; the first projects are told apart."""
        first = sorted({project for project, _ in self._totals})[:MOST_NAMES]
        counts: dict[tuple[str, str], int] = {}
        for (project, verdict), count in self._totals.items():
            key = (str(project) if project in first else OTHERS, verdict)
            counts[key] = counts.get(key, 0) + count
        says = "Predictions that reviewers kept, changed or threw away, by project."
        told = CounterMetricFamily("labelguard_reviews", says, labels=("project", "verdict"))
        for labels, count in counts.items():
            told.add_metric(labels, count)
        yield told
        yield GaugeMetricFamily("labelguard_webhooks_waiting", "Webhooks that are not worked on yet.", self._waiting)
        says = "For how long the first of them waits; 0 if none does."
        yield GaugeMetricFamily("labelguard_webhooks_oldest_seconds", says, self._seconds)
