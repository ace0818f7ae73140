"""What must hold whatever happened, each with its figures."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.budget.amounts import NANO
from tests.chaos.evidence import Books, Project, Traffic
from tests.chaos.tasks import CARD, THING, ChaosTask

SHOWN = 5
"""Of what is wrong."""
PERSONAL = re.compile(rf"(?i)quor[a-z]{{6}}haus|{CARD}".encode())
"""Personal data of any task: they must be nowhere but in Label Studio and at one's own provider."""
TEXT = re.compile(PERSONAL.pattern + b"|" + THING.pattern.encode())
"""Any task's text."""
NEVER_SENT = "not_sent"
SURELY_SENT = ("provider_busy", "provider_auth", "provider_refusal", "invalid_answer", "provider_quota")
"""Codes of failures that a provider itself has told, or that its answer has."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold.

    Attributes:
        figures: of what it was judged by.
        wrong: each case in which it does not hold.
    """

    name: str
    figures: str
    wrong: Sequence[str] = ()

    def __str__(self) -> str:
        lines = [f"{'FAILED' if self.wrong else 'holds '}  {self.name}: {self.figures}"]
        lines += [f"        {what}" for what in self.wrong[:SHOWN]]
        if len(self.wrong) > SHOWN:
            lines.append(f"        and {len(self.wrong) - SHOWN} more")
        return "\n".join(lines)


def none_lost_meanwhile(projects: Sequence[Project]) -> Invariant:
    """Judge at the moment when all troubles are over, and before anybody clicks again."""
    wrong, taken, waiting = [], 0, 0
    for project in projects:
        stands = project.predicted | set(project.failures) | project.waiting
        taken, waiting = taken + len(project.taken), waiting + len(project.waiting & project.taken)
        wrong += [f"task {task} of {project.path}" for task in sorted(project.taken - stands)]
        wrong += [f"task {task} of {project.path}, left undone by a click, untold" for task in project.left]
    figures = f"{taken} tasks of clicks that were answered, {waiting} of them still waiting in the queue"
    return Invariant("none lost that a click was answered for", figures, wrong)


def each_has_one_prediction(projects: Sequence[Project]) -> Invariant:
    """Judge at the end: each task has exactly one prediction, or, if it may not be asked about, a failure."""
    wrong = []
    for project in projects:
        stored = Counter(int(prediction["task"]) for prediction in project.predictions)
        for task, planted in project.tasks.items():
            is_refused = planted.is_paid and project.path == "outside"
            if stored[task] != (not is_refused):
                wrong.append(f"task {task} of {project.path} has {stored[task]} predictions")
            if is_refused and project.failures.get(task) != "refused":
                wrong.append(f"task {task} of {project.path} was refused, and no failure says so")
    tasks, stored_all = (sum(len(getattr(one, name)) for one in projects) for name in ("tasks", "predictions"))
    refused = sum(code == "refused" for one in projects for code in one.failures.values())
    figures = f"{tasks} tasks, {stored_all} predictions, {refused} recorded refusals"
    return Invariant("each ends as one prediction, or as a recorded failure", figures, wrong)


def none_twofold(projects: Sequence[Project]) -> Invariant:
    """No task has both."""
    both = {
        f"task {task} of {one.path}": one.failures[task]
        for one in projects
        for task in one.predicted & set(one.failures)
    }
    versions = {one.path: {prediction["model_version"] for prediction in one.predictions} for one in projects}
    wrong = [f"{task}: {code}" for task, code in both.items()]
    wrong += [f"{path}: {len(found)} versions" for path, found in versions.items() if len(found) > 1]
    figures = f"{sum(len(one.failures) for one in projects)} failures, one model version a project"
    return Invariant("no prediction that is a failure too, all of the version in force", figures, wrong)


def none_mixed_up(projects: Sequence[Project]) -> Invariant:
    """Each prediction is about its own task: its choice, its words, its person, where the name stands."""
    wrong, looked_at = [], 0
    for project in projects:
        for prediction in project.predictions:
            looked_at += 1
            task = project.tasks[int(prediction["task"])]
            wrong += [
                f"task {prediction['task']} of {project.path}: {what}" for what in task.faults(prediction["result"])
            ]
    return Invariant("none mixed up", f"{looked_at} predictions compared with their tasks", wrong)


def nothing_forbidden_left(project: Project, traffic: Traffic, others: Sequence[Project]) -> Invariant:
    """The external provider has nobody's name, address or card, and nothing of tasks that it may not see."""
    wrong = [f"personal data: {found.decode()}" for found in set(PERSONAL.findall(traffic.received))]
    by_number = {task.number: task for task in project.tasks.values()}
    forbidden = {task.number for task in by_number.values() if task.is_paid}
    forbidden |= {task.number for other in others for task in other.tasks.values()}
    things = {
        b" ".join((found[0], found[1], b"with", found[2]))
        for found in re.findall(THING.pattern.encode(), traffic.received)
    }
    wrong += [f"a task that it may not see: {n}" for n in sorted(forbidden) if ChaosTask(n).thing.encode() in things]
    wrong += [
        f"a telephone number of task {n}" for n, task in by_number.items() if task.phone.encode() in traffic.received
    ]
    figures = (
        f"{len(traffic.received):,} bytes of {len(traffic.requests)} requests, {len(forbidden)} tasks kept from it"
    )
    return Invariant("no forbidden byte at the external provider", figures, wrong)


def nothing_elsewhere(received: bytes) -> Invariant:
    """Nothing went where a redirect leads."""
    return Invariant("no redirect followed", f"{len(received)} bytes", ["something came"] if received else [])


def nobody_in_logs(logs: Mapping[str, str], books: Books) -> Invariant:
    """No text stands in a log, in what a command says, or in the open in the database."""
    found = {name: TEXT.search(text.encode()) for name, text in logs.items()}
    found |= {name: TEXT.search(content) for name, content in books.contents.items()}
    wrong = [f"{name}: {hit[0].decode()}" for name, hit in found.items() if hit]
    size = sum(map(len, logs.values()))
    figures = f"{len(logs)} logs of {size:,} characters, {len(books.contents)} tables"
    return Invariant("no name, card or text in a log or in the open in the state", figures, wrong)


def each_request_recorded(projects: Sequence[Project], traffic: Mapping[str, Traffic], books: Books) -> Invariant:
    """All that providers got stands in the record, and each attempt that was surely made once."""
    numbers = {str(task): planted.number for project in projects for task, planted in project.tasks.items()}
    ends = _ends(books)
    most: Counter[tuple[str, int | None]] = Counter()
    least: Counter[tuple[str, int | None]] = Counter()
    for seq, attempt in _attempts(books).items():
        about = attempt["provider"], numbers.get(attempt["task"])
        codes = ends.get(seq, ["unknown"])
        most[about] += NEVER_SENT not in codes
        least[about] += codes == [""] or codes[0] in SURELY_SENT
    got = Counter((name, number) for name, one in traffic.items() for number in one.requests)
    wrong = [
        f"{who}, task number {n}: {got[who, n]} requests, {most[who, n]} recorded"
        for who, n in got
        if got[who, n] > most[who, n]
    ]
    wrong += [
        f"{who}, task number {n}: {got[who, n]} requests, {least[who, n]} recorded as made"
        for who, n in least
        if got[who, n] < least[who, n]
    ]
    wrong += [f"attempt {seq} has {len(codes)} outcomes" for seq, codes in ends.items() if len(codes) > 1]
    unknown = len(_attempts(books)) - len(ends)
    figures = f"{got.total()} requests, {most.total()} attempts, {unknown} of them without an outcome"
    return Invariant("each request stands in the record, none twice", figures, wrong)


def ledger_agrees(books: Books, requests: int, most_unsent: int) -> Invariant:
    """What was sent is booked or held, at what the record says or more; hardly anything else is.

    Args:
        books: to be judged.
        requests: that all providers got.
        most_unsent: calls that may have been under way between ledger and record when a process or the database ended.
    """
    attempts, taken = len(_attempts(books)), books.booked + books.held
    ended = sum(NEVER_SENT not in codes for codes in _ends(books).values())
    cost = sum(round((entry["cost_usd"] or 0.0) * NANO) for entry in books.entries if entry["kind"] == "outcome")
    checks = {
        f"{ended} outcomes, but {books.booked} booked": ended <= books.booked,
        f"{requests} requests, but {taken} booked or held": requests <= taken,
        f"{taken - attempts} booked or held for no attempt": taken - attempts <= most_unsent,
        f"{cost} nano-dollars by the record, {books.cost} booked": cost <= books.cost,
    }
    money = f"{cost / NANO:.6f} $ recorded, {books.cost / NANO:.6f} $ booked, {books.held_cost / NANO:.6f} $ held"
    figures = f"{requests} requests, {attempts} attempts, {books.booked} booked, {books.held} held; {money}"
    wrong = [what for what, holds in checks.items() if not holds]
    return Invariant("the ledger agrees with the record", figures, wrong)


def chain_holds(status: int, said: str) -> Invariant:
    """Judge what `labelguard audit verify` says."""
    first = next((line for line in said.splitlines() if "entries (" in line), said.partition("\n")[0])
    return Invariant("the record's chain verifies", first.strip(), [said.strip()[:500]] if status else [])


def nobody_fell(ended: int, left_behind: int, kills: int) -> Invariant:
    """No server ended by itself, and those that were killed left no processes."""
    wrong = [f"{ended} servers ended by themselves"] * bool(ended)
    wrong += [f"{left_behind} killed servers left processes"] * bool(left_behind)
    return Invariant("no server ends by itself, none leaves processes", f"{kills} kills", wrong)


def _attempts(books: Books) -> dict[int, Mapping[str, Any]]:
    return {entry["seq"]: entry for entry in books.entries if entry["kind"] == "attempt"}


def _ends(books: Books) -> dict[int, list[str]]:
    """Return how each attempt ended, by its number: the codes of its outcomes, "" where it was answered."""
    found: dict[int, list[str]] = {}
    for entry in books.entries:
        if entry["kind"] == "outcome":
            found.setdefault(entry["attempt"], []).append(entry["code"])
    return found
