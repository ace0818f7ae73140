"""How long the console's pages and `audit show` take with a record of 1,000,000 entries: `make bench-record-pages`.

python -m tests.bench.record_pages [--count 1000000] [--tries 20] [--write]

The record is written as servers write it, though in large transactions and with times of a year, on SQLite and on a
PostgreSQL server of its own; then all of it is checked. A real server on it is asked for each page over HTTP.
"""

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from sqlalchemy import insert

from backend.budget.tables import SPEND
from backend.record.chain import stamp
from backend.record.entries import Entry
from backend.record.journal import Record
from backend.record.sendings import Sending, Wanted, sendings
from backend.record.sources import stored
from backend.record.tables import PART, Heads, append
from backend.record.verify import verify_record
from backend.store import Store, make_tables, open_store, writing
from tests.bench.record import say, timed
from tests.child import ROOT, labelguard
from tests.parts import provider, write_policy
from tests.patience import HANGS_S
from tests.postgres import PostgreSQL
from tests.record import attempt, outcome, refusal

ENTRIES, AT_ONCE, TRIES, MOST_MS, SEED = 1_000_000, 5_000, 20, 300.0, 20261201
DAYS, PROJECTS, OLD = 365, 40, 200
BEGAN = datetime(2025, 12, 1, tzinfo=UTC)
PASSWORD = "a-password-of-the-bench"
REPORT = ROOT / "docs/measured/record.md"
RECORD_PAGES = {
    "all": "",
    "older than the middle": "?before=500000",
    "a busy project": "?project=1",
    "a project of the oldest entries alone": "?project=old",
    "a project that is not there": "?project=none",
    "a rule": "?rule=rule 2",
    "a rule that is not there": "?rule=none",
    "a provider": "?provider=own",
    "a provider that is not there": "?provider=none",
    "answered": "?outcome=answered",
    "failed": "?outcome=failed",
    "refused": "?outcome=refused",
    "without an outcome": "?outcome=unknown",
    "a day": "?day=2026-05-17",
    "a day long before": "?day=2020-01-01",
    "project and provider, each busy, never together": "?project=1&provider=own",
    "project, rule, provider, outcome and day": "?project=1&rule=rule 1&provider=vendor&outcome=failed&day=2026-05-17",
    "the same, of which there are none": "?project=old&rule=rule 1&provider=vendor&outcome=failed&day=2026-05-17",
}
SHOWN = {
    "all": Wanted(),
    "an entity type": Wanted(entity_type="PERSON"),
    "an entity type of the oldest entries alone": Wanted(entity_type="IBAN_CODE"),
    "an entity type that is not there": Wanted(entity_type="NONE"),
    "a common entity type in a busy project that never has it": Wanted(project="1", entity_type="URL"),
    "a task": Wanted(task="4711"),
    "a task, and failed": Wanted(task="4711", outcome="failed"),
    "a month": Wanted(since="2026-03-01T00:00:00.000000Z", until="2026-04-01T00:00:00.000000Z"),
}


def entries(count: int) -> Iterator[Entry]:
    """Yield attempts of many projects, each with its outcome some entries later, or with none."""
    chance = random.Random(SEED)
    waiting: list[int] = []
    number = 0
    while number < count:
        number += 1
        if len(waiting) > 50 and chance.random() < 0.5:
            how = chance.choices(("answered", "failed"), (95, 5))[0]
            yield outcome(waiting.pop(chance.randrange(50)), outcome=how)
            continue
        project = min(int(chance.expovariate(0.2)) + 1, PROJECTS)
        types = {"PERSON": 2, "DATE_TIME": 1, ("URL" if project % 2 == 0 else "LOCATION"): 1}
        given: dict[str, Any] = {
            "project": "old" if number < OLD else str(project),
            "rule": f"rule {project % 4}",
            "provider": "own" if project % 2 == 0 else "vendor",
            "entities": types | ({"IBAN_CODE": 1} if number < OLD else {}),
        }
        if chance.random() < 0.03:
            yield refusal(number % 100_000, "blocked", **given)
        else:
            if chance.random() < 0.98:
                waiting.append(number)
            yield attempt(number % 100_000, **given)


def fill(url: str, count: int) -> None:
    """Write record and ledger, and check the record.

    Raises:
        RuntimeError: it is not as it was written.
    """
    engine = open_store(url)
    made, written = entries(count), 0
    with patch("backend.record.tables.now") as now, timed("  written", count), Record.open(engine):
        while batch := list(islice(made, AT_ONCE)):
            now.return_value = stamp(BEGAN + timedelta(days=DAYS * written / count))
            with writing(engine, PART) as connection:
                append(connection, batch, Heads())
            written += len(batch)
    make_tables(engine, SPEND)
    figures = {"requests": 9, "failures": 1, "tokens_in": 900, "tokens_out": 90, "unpriced": 0, "cost": 10**6}
    days = [date(2025, 12, 1) + timedelta(days=day) for day in range(DAYS)]
    rows = [
        {"rule": f"rule {number % 4}", "day": day, "project": str(number), "provider": "own", "model": "m", **figures}
        for day in days
        for number in range(PROJECTS)
    ]
    with writing(engine) as connection:
        connection.execute(insert(SPEND), rows)
    with timed("  checked", count), stored(engine) as source:
        found = verify_record(source)
    if found.count or found.entries != count:
        raise RuntimeError(f"the record is not as it was written: {found.problems[:1]}")
    engine.dispose()


def median_and_longest(work: Callable[[], object], tries: int) -> tuple[float, float]:
    """Return milliseconds; the first try counts, too."""
    spent: list[float] = []
    for _ in range(tries):
        begun = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - begun))
    return statistics.median(spent), max(spent)


def measure(url: str, folder: Path, tries: int) -> dict[str, tuple[float, float]]:
    """Ask a real server for each page; return median and longest by what was asked."""
    policy = write_policy(folder, {"own": provider("http://127.0.0.1:9", external=False)})
    settings = {"LABELGUARD_STATE_URL": url, "LABELGUARD_CACHE": str(folder / "cache")}
    settings["LABELGUARD_CONSOLE_VIEWER_PASSWORD"] = PASSWORD
    spent: dict[str, tuple[float, float]] = {}
    with ExitStack() as stack:
        server, _ = stack.enter_context(labelguard(policy.file, folder, **settings))
        client = stack.enter_context(httpx.Client(base_url=server, auth=("viewer", PASSWORD), timeout=HANGS_S))

        def page(path: str) -> str:
            return client.get(f"/console{path}").raise_for_status().text

        found = re.search(r'name="token" value="([^"]*)"', page(""))
        form = {"token": found[1] if found else "", "text": "Anna Schmidt came on 3 May."}
        pages = {"Today": "/today", "Policy": "/policy", "What would leave, empty": ""}
        pages |= {f"Record: {what}": f"/record{query}" for what, query in RECORD_PAGES.items()}
        for what, path in pages.items():
            spent[what] = median_and_longest(partial(page, path), tries)
        spent["What would leave, of a text"] = median_and_longest(
            lambda: client.post("/console", data=form).raise_for_status(), tries
        )
    engine = open_store(url)
    for what, wanted in SHOWN.items():
        asked = median_and_longest(partial(first_page, engine, wanted), tries)
        spent[f"`audit show`: {what}"] = asked
    engine.dispose()
    return spent


def first_page(engine: Store, wanted: Wanted) -> list[Sending]:
    """Return what `audit show` shows unless --limit says otherwise."""
    return [*islice(sendings(engine, wanted), 50)]


def table(spent: dict[str, dict[str, tuple[float, float]]]) -> list[str]:
    """Return what was measured as a table."""
    names = [*spent]
    lines = ["| | " + " | ".join(f"{name}, median | longest" for name in names) + " |"]
    lines.append("|---|" + "--:|" * 2 * len(names))
    for what in spent[names[0]]:
        figures = " | ".join(f"{ms:.0f}" for name in names for ms in spent[name][what])
        lines.append(f"| {what} | {figures} |")
    return lines


def report(spent: dict[str, dict[str, tuple[float, float]]], count: int, tries: int) -> str:
    """Return the document."""
    longest = max(ms for each in spent.values() for _, ms in each.values())
    return "\n".join(
        [
            f"# Pages with a record of {count:,} entries",
            "",
            "By `make bench-record-pages`: a real server on two cores that other work kept busy, each page asked",
            f"{tries} times over HTTP, one after the other; `audit show` without the start of Python. Milliseconds.",
            f"Wanted: less than {MOST_MS:.0f} for each; the longest of all took {longest:.0f}.",
            "",
            *table(spent),
            "",
        ]
    )


def main() -> int:
    """Measure, print, and say by the exit status whether each page was there in time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=ENTRIES)
    parser.add_argument("--tries", type=int, default=TRIES)
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.relative_to(ROOT)}")
    asked = parser.parse_args()
    spent = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(PostgreSQL.running())
        for name, url in (("SQLite", f"sqlite:///{folder / 'record.db'}"), ("PostgreSQL", server.new_database())):
            say(name)
            fill(url, asked.count)
            spent[name] = measure(url, folder, asked.tries)
    say("\n".join(table(spent)))
    if asked.write:
        REPORT.write_text(report(spent, asked.count, asked.tries), encoding="utf-8")
    return 0 if all(longest < MOST_MS for each in spent.values() for _, longest in each.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
