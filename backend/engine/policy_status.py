"""How the policy in force stands, for `/health` and the metrics. Holds no text but a policy file's problems."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from backend.system.writing import JSON


@dataclass
class PolicyStatus:
    """Thread-safe.

    Attributes:
        digest: the policy's.
        since: when it came into force, UTC.
        problem: why the file as it stands now is not in force, "" if it is.
        blind: why changes are seen late, or not at all, "" if they are seen at once.
        handlers: which handlers wait for a restart, "" if none do.
    """

    digest: str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    problem: str = ""
    blind: str = ""
    handlers: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._registry = CollectorRegistry()
        names = ("labelguard_policy_reloads", "Policy files that came into force, or did not.")
        self._reloads = Counter(*names, ["outcome"], registry=self._registry)
        names = ("labelguard_policy_current", "1 if the policy file as it stands is in force, 0 if an older one is.")
        self._current = Gauge(*names, registry=self._registry, multiprocess_mode="livemin")
        names = ("labelguard_policy_since_seconds", "When the policy in force came into force, Unix time.")
        self._since = Gauge(*names, registry=self._registry, multiprocess_mode="livemin")
        names = ("labelguard_policy_watched", "1 if a changed policy file is seen at once, 0 if late or not at all.")
        self._watched = Gauge(*names, registry=self._registry, multiprocess_mode="livemin")
        for outcome in ("adopted", "refused"):
            self._reloads.labels(outcome)
        self._show()

    def adopted(self, digest: str) -> None:
        """Say that a policy came into force."""
        with self._lock:
            self.digest, self.since, self.problem = digest, datetime.now(UTC), ""
            self._reloads.labels("adopted").inc()
            self._show()

    def restored(self) -> None:
        """Say that the file is again the one that is in force."""
        with self._lock:
            self.problem = ""
            self._show()

    def refused(self, problem: str) -> None:
        """Say why a changed file did not come into force."""
        with self._lock:
            self.problem = problem
            self._reloads.labels("refused").inc()
            self._show()

    def sees(self, problem: str) -> None:
        """Say that changes are seen at once, "", or why they are not."""
        with self._lock:
            self.blind = problem
            self._show()

    def _show(self) -> None:
        self._watched.set(0 if self.blind else 1)
        self._current.set(0 if self.problem else 1)
        self._since.set(self.since.timestamp())

    def health(self) -> JSON:
        """Return what `/health` says of it."""
        said: JSON = {"sha256": self.digest, "since": self.since.isoformat(timespec="seconds")}
        more = {"problem": self.problem, "watch": self.blind, "handlers": self.handlers}
        return said | {name: text for name, text in more.items() if text}

    def metrics(self) -> bytes:
        """Return it in Prometheus' text format."""
        return generate_latest(self._registry)
