"""What the console says of today and of the policy: the figures of `jobs`, `failures`, `usage` and `policy check`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from backend.budget.usage import Usage, add_up, held, sum_usage
from backend.engine.engine import Engine
from backend.engine.policy_report.allowed import PROVIDER_COLUMNS, RULE_COLUMNS, provider_rows, rule_rows
from backend.engine.policy_report.report import PolicyReport, report_policy
from backend.queue.board import Board, FailureCount, Job, time_left
from backend.store import Store

MOST_PROJECTS = 200
MOST_REASONS = 200
LATELY_DAYS = 30


@dataclass(frozen=True, slots=True)
class ProjectToday:
    """How a project stands.

    Attributes:
        job: what goes on, and what ended within a week; None if nothing did.
        left: how long that still takes, in words.
        used: what was sent today, UTC; None if nothing was.
        kept: how many failed tasks may be tried again.
    """

    project: str
    job: Job | None
    left: str
    used: Usage | None
    kept: int


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Why tasks failed, and what to do about it, "" if nothing is to be done."""

    count: FailureCount
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Today:
    """All that the page shows. Days are UTC's.

    Attributes:
        more: how many projects are not shown.
        today, month: what was spent.
        held: US dollars, for calls under way.
    """

    projects: Sequence[ProjectToday]
    more: int
    reasons: Sequence[FailureReason]
    today: Usage
    month: Usage
    held: float


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """All that the page shows of the policy in force, and of its file as it stands now.

    Attributes:
        health: what `/health` says of it.
        report: what is to be said of the file.
        is_current: whether the file is what is in force.
        taken: by project and rule, what was sent in the last days.
    """

    file: Path
    health: Mapping[str, str]
    report: PolicyReport
    is_current: bool
    providers: Sequence[Sequence[str]]
    rules: Sequence[Sequence[str]]
    taken: Sequence[Usage]
    more: int
    provider_columns: Sequence[str] = PROVIDER_COLUMNS
    rule_columns: Sequence[str] = RULE_COLUMNS


def show_today(store: Store, board: Board, day: date | None = None) -> Today:
    """Ask how projects stand.

    Args:
        store: of the ledger.
        board: of the queue.
        day: today, UTC.

    Raises:
        StoreError: the database cannot be asked.
    """
    day = day or datetime.now(UTC).date()
    jobs = {job.project: job for job in board.jobs()}
    used = {row.of["project"]: row for row in sum_usage(store, ["project"], day, day)}
    names = sorted({*jobs, *used}, key=lambda name: (not _is_at_work(jobs.get(name)), name.rjust(20, "0")))
    reasons = board.reasons(MOST_REASONS)
    kept = Counter[str]()
    for one in reasons:
        kept[one.project] += one.kept
    shown = [
        ProjectToday(name, jobs.get(name), time_left(jobs[name]) if name in jobs else "", used.get(name), kept[name])
        for name in names[:MOST_PROJECTS]
    ]
    month = add_up(sum_usage(store, (), day.replace(day=1), day))
    return Today(shown, len(names) - len(shown), [*map(_told, reasons)], add_up([*used.values()]), month, held(store))


def _is_at_work(job: Job | None) -> bool:
    return job is not None and bool(job.queued or job.running or job.failed)


def _told(count: FailureCount) -> FailureReason:
    why, _, remedy = count.reason.rpartition(" - ")
    return FailureReason(count, why, remedy) if why else FailureReason(count, count.reason, "")


def show_policy(
    engine: Engine, health: Mapping[str, str], file: Path, store: Store, *, knows_titles: bool
) -> PolicyShown:
    """Say what the policy in force allows, and what is to be said of its file. Reads the file anew.

    Args:
        engine: has the policy in force.
        health: what `/health` says of it.
        file: the policy's.
        store: of the ledger.
        knows_titles: whether Label Studio can be asked for a project's title.

    Raises:
        StoreError: the database cannot be asked.
    """
    policy = engine.policy
    report = report_policy(file, knows_titles=knows_titles)
    is_current = report.policy is not None and report.policy.digest == policy.digest
    since = datetime.now(UTC).date() - timedelta(days=LATELY_DAYS)
    taken = sum_usage(store, ("project", "rule", "provider"), since)
    return PolicyShown(
        file,
        health,
        report,
        is_current,
        list(provider_rows(policy)),
        list(rule_rows(policy, report.forms if is_current else ())),
        taken[:MOST_PROJECTS],
        max(0, len(taken) - MOST_PROJECTS),
    )
