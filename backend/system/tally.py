"""What was done, counted: for the metrics and `/health`. Names and counts alone, and never more names than a bound."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from backend.system.spans import OpenSpan, Spans
from backend.system.writing import JSON

MOST_NAMES = 200
"""Projects, and providers, that are told apart; all others are counted together."""
OTHERS = "others"
SECONDS = (0.5, 1, 2, 5, 10, 20, 40, 60, 80, 90, 120, 300)
STAGE_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)


class _Names:
    """The names that a label has had: those that come first, so that a client cannot make ever new series."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def of(self, name: str) -> str:
        if name not in self._known and len(self._known) >= MOST_NAMES:
            return OTHERS
        self._known.add(name)
        return name


class Tally:
    """Thread-safe.

    Attributes:
        spans: begins spans of what is counted; by default there are no traces.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.spans = Spans()
        self._projects, self._providers = _Names(), _Names()
        self._last: dict[str, JSON] = {}
        self._breakers: dict[str, str] = {}
        self._registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"labelguard_{name}", says, labels, registry=self._registry)

        self._requests = counter("predict_requests", "Requests for predictions, by how they ended.", "ended")
        self._tasks = counter("tasks", "Tasks, by project and what came of them.", "project", "outcome")
        self._attempts = counter("attempts", "Attempts to reach a model, by how they ended.", "provider", "outcome")
        self._tokens = counter("tokens", "Tokens, as providers count them.", "provider", "direction")
        self._fallbacks = counter("fallbacks", "Answers by a provider that was not the first.", "provider")
        self._kept = counter("kept_answers_used", "Answers that were kept, and not asked for again.")
        self._behind = counter("tasks_behind", "Tasks behind requests, by what came of them.", "project", "outcome")
        self._spend = counter("spend_usd", "US dollars that attempts cost, as far as prices are known.", "provider")
        self._unrecorded = counter("record_failures", "Entries that could not be written into the record.")
        self._dropped = counter("guard_values_dropped", "Values that a guard lists and its text lacks.", "provider")
        names = ("labelguard_provider_paused", "1 while a provider is not asked, since it failed again and again.")
        self._paused = Gauge(*names, ["provider"], registry=self._registry, multiprocess_mode="livemax")
        names = ("labelguard_provider_concurrency", "Calls at once that a provider bears, as far as is known.")
        self._concurrency = Gauge(*names, ["provider"], registry=self._registry, multiprocess_mode="livemin")
        names = ("labelguard_predict_seconds", "How long a request for predictions took.")
        self._seconds = Histogram(*names, registry=self._registry, buckets=SECONDS)
        names = ("labelguard_stage_seconds", "How long a task was in each stage of its way.")
        self._stages = Histogram(*names, ["stage"], registry=self._registry, buckets=STAGE_SECONDS)

    def attempt(self, provider: str, code: str, problem: str, tokens: tuple[int, int]) -> None:
        """Count an attempt.

        Args:
            provider: its name in the policy.
            code: "answered", or the failure's.
            problem: the failure's reason, "" if there is none.
            tokens: in and out.
        """
        with self._lock:
            name = self._providers.of(provider)
            self._attempts.labels(name, code).inc()
            for direction, count in zip(("in", "out"), tokens, strict=True):
                self._tokens.labels(name, direction).inc(max(count, 0))
            if name != OTHERS:
                said: JSON = {"last": code, "at": datetime.now(UTC).isoformat(timespec="seconds")}
                self._last[name] = said | ({"problem": problem} if problem else {})

    def throttled(self, provider: str, breaker: str, concurrency: int) -> None:
        """Keep how hard a provider is asked by now.

        Args:
            provider: its name in the policy.
            breaker: "closed", "open" or "half_open".
            concurrency: calls at once that it bears.
        """
        with self._lock:
            name = self._providers.of(provider)
            self._paused.labels(name).set(breaker != "closed")
            self._concurrency.labels(name).set(concurrency)
            if name != OTHERS:
                self._breakers[name] = breaker

    def fallback(self, provider: str) -> None:
        """Count an answer that the first provider did not give."""
        with self._lock:
            self._fallbacks.labels(self._providers.of(provider)).inc()

    def dropped(self, provider: str, values: int) -> None:
        """Count values that a guard lists and that do not stand in its text."""
        with self._lock:
            self._dropped.labels(self._providers.of(provider)).inc(values)

    def spent(self, provider: str, dollars: float) -> None:
        """Count what an attempt cost, in US dollars."""
        with self._lock:
            self._spend.labels(self._providers.of(provider)).inc(max(dollars, 0.0))

    def unrecorded(self) -> None:
        """Count an entry that could not be written into the record."""
        self._unrecorded.inc()

    @contextmanager
    def stage(self, name: str, within: OpenSpan | None = None) -> Iterator[None]:
        """Count how long a task is in a stage of its way, however that ends.

        Args:
            name: one of a few of ours.
            within: the span around it, if this runs in another thread than that.
        """
        began = time.monotonic()
        try:
            with self.spans.span(name, within):
                yield
        finally:
            self._stages.labels(name).observe(time.monotonic() - began)

    def behind(self, project: str, outcome: str) -> None:
        """Count a task that ended, or failed and is tried again, behind a request.

        Args:
            project: as `request` takes it.
            outcome: "done", "tried_again", or a failure's code.
        """
        with self._lock:
            self._behind.labels(self._project(project), outcome).inc()

    def kept(self) -> None:
        """Count an answer that was there already."""
        self._kept.inc()

    def request(self, project: str, ended: str, seconds: float, outcomes: Iterable[tuple[str, int]]) -> None:
        """Count a request.

        Args:
            project: Label Studio's number; what is no number is counted with all others.
            ended: "delivered", "deadline" or "given_up".
            seconds: that it took.
            outcomes: how many tasks ended in which way.
        """
        with self._lock:
            name = self._project(project)
            self._requests.labels(ended).inc()
            self._seconds.observe(seconds)
            for outcome, count in outcomes:
                self._tasks.labels(name, outcome).inc(count)

    def _project(self, project: str) -> str:
        return self._projects.of(project) if project.isascii() and project.isdigit() else OTHERS

    def health(self, providers: Iterable[str]) -> JSON:
        """Return how the last attempt at each provider ended; an empty entry where none was made."""
        with self._lock:
            return {name: self._last.get(name, {}) | self._paused_by(name) for name in providers}

    def _paused_by(self, provider: str) -> JSON:
        """Return the state of a breaker that is not closed."""
        breaker = self._breakers.get(provider, "closed")
        return {} if breaker == "closed" else {"breaker": breaker}

    def metrics(self) -> bytes:
        """Return it in Prometheus' text format."""
        return generate_latest(self._registry)
