"""A policy that somebody pastes, tried on tasks of this week beside the one in force. It is put into no force.

Whoever pastes it may use the console and no more of this machine. So it reads the files of the policy in force and the
shipped policies alone, looks for personal data in ways that are loaded, asks no guard, and fetches from no other host.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from backend.engine.engine import Engine
from backend.engine.policy_report.allowed import PROVIDER_COLUMNS, RULE_COLUMNS, provider_rows, rule_rows
from backend.engine.policy_report.report import PolicyReport, report_policy
from backend.engine.previews.comparing import PolicyChange, policy_changes
from backend.engine.previews.preview import PreviewedTask, TaskPreview, preview_task
from backend.errors import LabelguardError, RecordError
from backend.policy import Policy
from backend.record.chain import stamp
from backend.record.sendings import NEWEST, Wanted, sendings_page
from backend.server.console.studio import studio_tasks
from backend.settings import Settings
from backend.store import Store
from backend.system.lines import TURN, Turn
from backend.system.snapshot import GivenSnapshot

WEEK = timedelta(days=7)
MOST_TRIED = 100
"""Tasks, those that were sent or refused last."""
MOST_PROJECTS_TRIED = 10
TRIAL_S = 60.0
"""Seconds after which no further task is begun."""
NAMED = 12
"""Tasks that are named of each kind of change."""
LONGEST_NUMBER = 15
"""Digits of a project's number, or a task's."""


@dataclass(frozen=True, slots=True)
class GivenPolicy:
    """A policy that was pasted.

    Attributes:
        report: what is to be said of it.
        problem: why it is not tried here, "" if it is.
    """

    report: PolicyReport
    problem: str = ""

    @property
    def tables(self) -> Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]:
        """Its rules and its providers, as the page of the policy in force has them."""
        policy = self.report.policy
        if policy is None:
            return ()
        rules = list(rule_rows(policy, self.report.forms))
        return ("Rules", RULE_COLUMNS, rules), ("Providers", PROVIDER_COLUMNS, list(provider_rows(policy)))


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of a trial.

    Attributes:
        changes: what differs, in words, and of how many tasks, of which the first are named.
        tried: how many tasks.
        differing: of how many anything differs.
        lacking: how many that the record has were not tried: they are gone, or time was over.
        problems: why projects could not be read, by their number.
    """

    changes: Sequence[PolicyChange]
    tried: int
    differing: int
    lacking: int
    problems: Mapping[int, str] = field(default_factory=dict)


def read_given(engine: Engine, content: str, settings: Settings) -> GivenPolicy:
    """Read a policy as if it stood in the file of the one in force, and say whether it may be tried.

    Args:
        engine: has the policy in force.
        content: what was pasted.
        settings: name the file of keys for lists.
    """
    own = engine.policy
    keys = [settings.list_key_file] if settings.list_key_file else []
    shipped = Path(str(files("policies")))
    snapshot = GivenSnapshot(own.file, content.encode(errors="surrogatepass"), [*own.files, *keys], [shipped])
    report = report_policy(own.file, knows_titles=settings.label_studio_token is not None, snapshot=snapshot)
    return GivenPolicy(report, _hindrance(engine, report.policy) if report.policy else "")


def _hindrance(engine: Engine, policy: Policy) -> str:
    """Say why a policy is not tried in a server, "" if it is."""
    if policy.guards or engine.policy.guards:
        return "a guard would be asked for each task"
    if engine.redactors.lacks(policy.scans):
        return "it looks for personal data in a way that the policy in force has not, and that is not loaded"
    fetched, fetches = ({rule.decision.fetch for rule in one.rules} for one in (engine.policy, policy))
    if any(one not in fetched for one in fetches if one.hosts or one.label_studio):
        return "it fetches from other hosts, or within other bounds, than the policy in force"
    return ""


def recent_tasks(store: Store, project: int | None, now: datetime | None = None) -> dict[int, list[int]]:
    """Return the tasks of this week that the record knows, by project: those that were sent or refused last.

    Args:
        store: of the record.
        project: Label Studio's number; None for all.
        now: UTC.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
        StoreError: the database cannot be asked.
    """
    since = stamp((now or datetime.now(UTC)) - WEEK)
    page = sendings_page(store, Wanted(project=str(project) if project else None, since=since), None, NEWEST)
    found: dict[int, list[int]] = {}
    count = 0
    try:
        pairs = list(dict.fromkeys((one.attempt["project"], one.attempt["task"]) for one in page.shown))
        for name, task in pairs:
            if not (_is_number(name) and _is_number(task)):
                continue
            if int(name) in found or len(found) < MOST_PROJECTS_TRIED:
                found.setdefault(int(name), []).append(int(task))
                count += 1
            if count == MOST_TRIED:
                break
    except (KeyError, TypeError, AttributeError):
        raise RecordError("an entry cannot be read - see labelguard audit verify") from None
    return found


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= LONGEST_NUMBER


async def try_policy(
    engine: Engine, settings: Settings, policy: Policy, tasks: Mapping[int, Sequence[int]], path: str
) -> TrialResult:
    """Say what a policy would do otherwise with tasks than the one in force; to be awaited on the engine's loop.

    Args:
        engine: that predicts.
        settings: say where Label Studio is.
        policy: the one that is tried, for which nothing has to be loaded.
        tasks: by project, Label Studio's numbers.
        path: the path prefix of the backend's URL.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + TRIAL_S
    planning = engine.under(policy, engine.redactors.with_all(policy.scans))
    asked: list[PreviewedTask] = []
    problems: dict[int, str] = {}
    for project, ids in tasks.items():
        try:
            read = await studio_tasks(settings, project, ids)
        except LabelguardError as error:
            problems[project] = error.reason
            continue
        about = read.project
        asked += [PreviewedTask(t.task(), about.label_config, about.reference, path, about.title) for t in read.tasks]
    before: list[TaskPreview] = []
    after: list[TaskPreview] = []
    for one in asked:
        if loop.time() > until:
            break
        TURN.set(Turn(one.project, is_batch=True))  # whoever waits for a prediction comes first
        before.append(await preview_task(engine, one))
        after.append(await preview_task(engine, one, planning))
    changes, differing = policy_changes(asked[: len(before)], before, after)
    return TrialResult(changes, len(before), differing, sum(map(len, tasks.values())) - len(before), problems)
