"""Does anything get lost, doubled, mixed up or out, whatever fails? `python -m tests.chaos --seconds 1800`.

Real PostgreSQL, real Label Studio, two real servers on one state, two projects: one whose provider is external and may
see neither names nor tasks with cards, one whose provider is one's own. While tasks are imported and clicked on, both
providers fail in every way, a server is killed again and again, the database is locked or restarted, and Label Studio
is restarted. Then all faults cease, what is left is done, and each promise is judged by all that is left. The status is
1 if one does not hold.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from random import SystemRandom
from time import monotonic

from tests.chaos import verdict
from tests.chaos.evidence import look_at_books
from tests.chaos.troubles import Troubles
from tests.chaos.verdict import Invariant
from tests.chaos.world import CONCURRENCY, World
from tests.patience import HANGS_S

LONG_S = 600
"""From so many seconds on a server is killed each minute; in less, each 20 seconds."""
TELL_EVERY_S = 10.0
UNDER_WAY = 4 * CONCURRENCY
"""Calls that may be under way at a time: to two providers, by two processes."""


class Teller:
    """Says what happens, and when."""

    def __init__(self) -> None:
        self._began = monotonic()

    def __call__(self, what: str) -> None:
        sys.stdout.write(f"[{monotonic() - self._began:6.0f} s] {what}\n")
        sys.stdout.flush()


def endure(world: World, seconds: float, seed: int, say: Teller) -> Troubles:
    """Have tasks imported and clicked on, while all goes wrong."""
    troubles = Troubles(seconds, 60.0 if seconds >= LONG_S else 20.0, say)
    working = [threading.Thread(target=one.work, args=[troubles.over], name=one.path) for one in world.annotators]
    for thread in working:
        thread.start()
    troubles.begin(world.servers, world.postgresql, world.database, world.label_studio, seed)
    for _ in troubles.last(TELL_EVERY_S):
        say(progress(world))
    for thread in working:
        thread.join()
    return troubles


def progress(world: World) -> str:
    """Say how far it is."""
    taken = sum(len(one.taken) for one in world.annotators)
    clicks = sum((one.clicks for one in world.annotators), Counter[str]())
    requests = len(world.vendor.requests) + len(world.own.requests)
    return f"{clicks['answered']} of {clicks.total()} clicks answered, {taken} tasks, {requests} requests"


def drain(world: World, say: Teller) -> None:
    """Click, and have failed ones tried again, until all is done; or until it is plain that it never will be."""
    end = monotonic() + HANGS_S
    while monotonic() < end:
        projects = world.look()
        undone = sum(len(project.undone) for project in projects)
        failed = Counter(code for project in projects for code in project.failures.values())
        say(f"{undone} tasks are not done; failed: {dict(failed)}")
        if not undone:
            return
        for one, project in zip(world.annotators, projects, strict=True):
            if set(project.failures.values()) - {"refused"}:
                say(world.run("retry", "--project", str(one.project)).stdout.strip().replace("\n", "; "))
            if project.undone:
                one.click()


def judge(world: World, early: Invariant, troubles: Troubles) -> list[Invariant]:
    """Judge all by what is left."""
    servers, traffic, projects = world.servers, world.traffic(), world.look()
    books = look_at_books(world.database)
    commands = {" ".join(asked): world.run(*asked) for asked in _commands(world)}
    for one, project in zip(world.annotators, projects, strict=True):
        told = json.loads(commands[f"failures --json --project {one.project}"].stdout)["failures"]
        project.failures = {int(failure["task"]): failure["code"] for failure in told}
    logs = servers.logs() | {name: done.stdout + done.stderr for name, done in commands.items()}
    logs["PostgreSQL"] = world.postgresql.log.read_text(errors="replace")
    outside = next(project for project in projects if project.path == "outside")
    others = [project for project in projects if project is not outside]
    broken_off = servers.kills + sum(n for what, n in troubles.had.items() if what.startswith("database"))
    return [
        early,
        verdict.each_has_one_prediction(projects),
        verdict.none_twofold(projects),
        verdict.none_mixed_up(projects),
        verdict.nothing_forbidden_left(outside, traffic["vendor"], others),
        verdict.nothing_elsewhere(bytes(world.elsewhere.received)),
        verdict.nobody_in_logs(logs, books),
        verdict.chain_holds(commands["audit verify"].returncode, commands["audit verify"].stdout),
        verdict.each_request_recorded(projects, traffic, books),
        verdict.ledger_agrees(books, sum(len(one.requests) for one in traffic.values()), UNDER_WAY * broken_off),
        verdict.nobody_fell(servers.ended, servers.left_behind, servers.kills),
    ]


def _commands(world: World) -> list[tuple[str, ...]]:
    told = [
        (*name, "--project", str(one.project))
        for one in world.annotators
        for name in (("failures", "--json"), ("jobs",))
    ]
    return [("audit", "verify"), ("audit", "show"), ("usage",), *told]


def run(folder: Path, seconds: float, seed: int, workers: int) -> int:
    """Endure, and judge; returns the exit status."""
    say = Teller()
    say(f"SEED={seed}, {seconds:.0f} s of troubles, everything in {folder}")
    with World.running(folder, seed, workers) as world:
        with world.servers.running():
            world.connect()
            say("all is running")
            troubles = endure(world, seconds, seed, say)
            world.vendor.is_well = world.own.is_well = True
            early = verdict.none_lost_meanwhile(world.look())
            say("all troubles are over")
            drain(world, say)
            world.servers.check()
        invariants = judge(world, early, troubles)
        for name, provider in (("vendor", world.vendor), ("own", world.own)):
            say(f"{name}: {len(provider.requests)} requests: {dict(provider.moods_had.most_common())}")
        for one in world.annotators:
            say(f"{one.path}: clicks: {dict(one.clicks.most_common())}")
        say(f"troubles: {dict(troubles.had)}; {world.servers.failed} starts of servers that failed")
    wrong = sum(bool(invariant.wrong) for invariant in invariants)
    for invariant in invariants:
        say(str(invariant))
    say(f"{len(invariants) - wrong} of {len(invariants)} hold, SEED={seed}")
    return int(wrong > 0)


def main() -> int:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=1800.0, help="of troubles")
    options.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="of all chance")
    options.add_argument("--workers", type=int, default=0, help="of one server, in place of two servers")
    options.add_argument("--keep", type=Path, help="an empty folder in which all logs stay")
    given = options.parse_args()
    if given.keep:
        return run(given.keep, given.seconds, given.seed, given.workers)
    with tempfile.TemporaryDirectory(prefix="labelguard-chaos-") as folder:
        return run(Path(folder), given.seconds, given.seed, given.workers)


if __name__ == "__main__":
    sys.exit(main())
