"""How the queue stands, for those who look: by project, why tasks failed, and failed ones tried again. Has no key."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import and_, case, delete, func, not_, select, update

from backend.queue.tables import PART, PLANS, TASKS
from backend.store import Store, make_tables, reading, writing
from backend.system.tally import MOST_NAMES, OTHERS
from backend.system.writing import JSON

PACE_S = 300.0
"""Seconds of which the pace is taken."""
LEAST_S = 10.0
"""Seconds below which nobody speaks of a pace."""


@dataclass(frozen=True, slots=True)
class Job:
    """How a project's tasks stand.

    Attributes:
        queued, running, done, failed: how many; of those that ended, within a week.
        per_minute: how many ended behind a click, in the last five minutes.
        seconds_left: until all are done, at this pace; None if nobody can tell, since none runs or has ended.
        again: of those queued, how many failed before and are tried again, by the code of why.
    """

    project: str
    queued: int
    running: int
    done: int
    failed: int
    per_minute: float
    seconds_left: int | None
    again: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed.

    Attributes:
        task: its number, "" if it has none.
        version: the model version.
        code, reason: why.
        ended: Unix time.
        has_text: whether it may be tried again: its text is not erased yet.
    """

    task: str
    version: str
    code: str
    reason: str
    ended: int
    has_text: bool

    def flat(self) -> JSON:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many tasks of a project failed for one reason.

    Attributes:
        code, reason: why.
        tasks: how many.
        kept: of how many the text is not erased yet, so that they may be tried again.
    """

    project: str
    code: str
    reason: str
    tasks: int
    kept: int


class Board:
    """Thread-safe.

    Args:
        store: of `open_store`.
        now: tells Unix time.
    """

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store, self._now = store, now
        make_tables(store, TASKS, PLANS)

    def jobs(self, project: str = "") -> list[Job]:
        """Return how each project stands, or one."""
        now = self._now()
        is_held = and_(TASKS.c.holder != "", TASKS.c.free_at > now)
        state = case((and_(TASKS.c.state == "waiting", is_held), "running"), else_=TASKS.c.state)
        counts = select(TASKS.c.project, state.label("state"), func.count().label("number")).group_by(
            TASKS.c.project, state
        )
        lately = select(TASKS.c.project, func.count().label("number"), func.min(TASKS.c.ended).label("first"))
        lately = lately.where(TASKS.c.ended > now - PACE_S, TASKS.c.tries > 0).group_by(TASKS.c.project)
        again = select(TASKS.c.project, TASKS.c.code, func.count().label("number")).group_by(
            TASKS.c.project, TASKS.c.code
        )
        again = again.where(TASKS.c.state == "waiting", TASKS.c.code != "", not_(is_held))
        if project:
            counts, lately, again = (asked.where(TASKS.c.project == project) for asked in (counts, lately, again))
        with reading(self._store) as connection:
            found: dict[str, dict[str, int]] = {}
            for row in connection.execute(counts):
                found.setdefault(row.project, {})[row.state] = row.number
            paces = {row.project: row.number / max(now - row.first, LEAST_S) for row in connection.execute(lately)}
            codes: dict[str, dict[str, int]] = {}
            for row in connection.execute(again):
                codes.setdefault(row.project, {})[row.code] = row.number
        return [_job(name, found[name], paces.get(name, 0.0), codes.get(name, {})) for name in sorted(found)]

    def failures(self, project: str) -> list[Failure]:
        """Return why each of a project's tasks failed, the latest first."""
        told = (TASKS.c.task, TASKS.c.version, TASKS.c.code, TASKS.c.reason, TASKS.c.ended, TASKS.c.size)
        failed = select(*told).where(TASKS.c.project == project, TASKS.c.state == "failed")
        with reading(self._store) as connection:
            rows = connection.execute(failed.order_by(TASKS.c.ended.desc(), TASKS.c.place)).all()
        return [Failure(r.task, r.version, r.code, r.reason, r.ended, r.size > 0) for r in rows]

    def reasons(self, most: int) -> list[FailureCount]:
        """Return why tasks of all projects failed, what is most frequent first; the first of them.

        Args:
            most: how many.
        """
        told = (TASKS.c.project, TASKS.c.code, TASKS.c.reason)
        kept = func.sum(case((and_(TASKS.c.size > 0, TASKS.c.expires > self._now()), 1), else_=0))
        tasks = func.count()
        counts = select(*told, tasks.label("tasks"), kept.label("kept")).where(TASKS.c.state == "failed")
        counts = counts.group_by(*told).order_by(tasks.desc(), *told).limit(most)
        with reading(self._store) as connection:
            rows = connection.execute(counts).all()
        return [FailureCount(r.project, r.code, r.reason, r.tasks, int(r.kept)) for r in rows]

    def retry(self, project: str) -> int:
        """Queue all of a project's failed tasks again whose text is not erased; returns how many."""
        with writing(self._store, PART) as connection:
            failed = update(TASKS).where(TASKS.c.project == project, TASKS.c.state == "failed", TASKS.c.size > 0)
            said = {"state": "waiting", "holder": "", "free_at": 0, "tries": 0, "ended": 0, "code": "", "reason": ""}
            return connection.execute(failed.where(TASKS.c.expires > self._now()).values(said)).rowcount

    def forget(self, project: str = "", task: str = "") -> int:
        """Forget a project's tasks, or one task, whatever became of them; returns how many."""
        named = {TASKS.c.project: project, TASKS.c.task: task}
        which = [column == value for column, value in named.items() if value]
        with writing(self._store, PART) as connection:
            count = connection.execute(delete(TASKS).where(*which)).rowcount if which else 0
            connection.execute(delete(PLANS).where(PLANS.c.name.not_in(select(TASKS.c.plan).where(TASKS.c.size > 0))))
        return count


def time_left(job: Job) -> str:
    """Say how long a project's tasks still take at this pace, such as `2 h 5 min`."""
    if job.seconds_left is None:
        return "unknown"
    minutes, seconds = divmod(job.seconds_left, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds if not hours else 0, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "-"


def to_payload(jobs: Sequence[Job]) -> JSON:
    """Return how the queue stands as JSON."""
    return {"jobs": [asdict(job) for job in jobs]}


def _job(project: str, counts: dict[str, int], pace: float, again: dict[str, int]) -> Job:
    queued, running, done, failed = (counts.get(name, 0) for name in ("waiting", "running", "done", "failed"))
    left = queued + running
    seconds = round(left / pace) if pace and running else None if left else 0
    return Job(project, queued, running, done, failed, round(60 * pace, 1), seconds, again)


def metrics(jobs: Sequence[Job]) -> bytes:
    """Return how the queue stands in Prometheus' text format; the first projects are told apart."""
    counts, again = Counter[tuple[str, str]](), Counter[str]()
    for number, job in enumerate(jobs):
        name = job.project if number < MOST_NAMES else OTHERS
        again[name] += sum(job.again.values())
        for state in ("queued", "running", "done", "failed"):
            counts[name, state] += getattr(job, state)
    registry = CollectorRegistry()
    registry.register(_Told(counts, again))
    return generate_latest(registry)


class _Told(Collector):
    """What the database says is the same in each of several workers: it is no count of theirs."""

    def __init__(self, counts: Mapping[tuple[str, str], int], again: Mapping[str, int]) -> None:
        self._counts, self._again = counts, again

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        says = "Tasks behind requests, by project and how they stand; of those that ended, within a week."
        told = GaugeMetricFamily("labelguard_queue_tasks", says, labels=("project", "state"))
        for labels, count in self._counts.items():
            told.add_metric(labels, count)
        yield told
        says = "Of those queued, how many failed before and are tried again, by project."
        told = GaugeMetricFamily("labelguard_queue_tried_again", says, labels=("project",))
        for project, count in self._again.items():
            told.add_metric((project,), count)
        yield told
