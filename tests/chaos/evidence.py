"""What is left when all is over: in Label Studio, in the state's database, at the providers, in the logs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.chaos.tasks import CARD, ChaosTask, number_in
from tests.label_studio.api import Api

PAGE = 500


@dataclass(slots=True)
class Project:
    """What Label Studio and the queue know of a project.

    Attributes:
        path: of its backend's URL.
        tasks: what was planted, by Label Studio's number.
        predictions: all that are stored.
        failures: codes by task, as `labelguard failures` tells them.
        waiting: tasks that the queue holds.
        taken: tasks that nobody may lose.
        left: tasks that a click left undone, and of which nothing told.
    """

    path: str
    tasks: dict[int, ChaosTask] = field(default_factory=dict)
    predictions: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    left: Sequence[int] = ()

    @property
    def predicted(self) -> set[int]:
        """Tasks that have a prediction."""
        return {int(prediction["task"]) for prediction in self.predictions}

    @property
    def undone(self) -> set[int]:
        """Tasks that have neither a prediction nor a failure that stays."""
        refused = {task for task, code in self.failures.items() if code == "refused"}
        return set(self.tasks) - self.predicted - refused


@dataclass(frozen=True, slots=True)
class Books:
    """The record and the ledger.

    Attributes:
        entries: of the record, in order.
        booked, cost: attempts in the ledger, and what they cost, in nano-dollars.
        held, held_cost: the same of those that nobody has told the end of.
        contents: all values of all tables, as bytes, by table.
    """

    entries: Sequence[Mapping[str, Any]]
    booked: int
    cost: int
    held: int
    held_cost: int
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a provider got.

    Attributes:
        requests: numbers of the tasks that they were about, one a request; None of those about none.
    """

    requests: Sequence[int | None]
    received: bytes


def queued(database: str, project: int) -> set[int]:
    """Return the tasks of a project that the queue knows, however they stand.

    Raises:
        psycopg.Error: the database is away.
    """
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT task FROM queue_tasks WHERE project = %s", [str(project)]).fetchall()
    return {int(task) for (task,) in rows}


def look_at_project(api: Api, database: str, project: int, path: str) -> Project:
    """Read how a project stands: the queue first, so that what it says is done is stored by then."""
    found = Project(path)
    with psycopg.connect(database) as connection:
        asked = "SELECT task, state, code FROM queue_tasks WHERE project = %s"
        for task, state, code in connection.execute(asked, [str(project)]).fetchall():
            if state == "waiting":
                found.waiting.add(int(task))
            elif state == "failed":
                found.failures[int(task)] = code
    found.tasks = _tasks(api, project)
    found.predictions = api.stored(project)
    return found


def _tasks(api: Api, project: int) -> dict[int, ChaosTask]:
    found: dict[int, ChaosTask] = {}
    page = 1
    while True:
        asked = {"page": str(page), "page_size": str(PAGE), "include": "id,data"}
        rows = api.tasks(project, **asked)
        for row in rows:
            text = row["data"]["text"]
            number = number_in(text)
            assert number is not None
            found[int(row["id"])] = ChaosTask(number, CARD in text)
        if len(rows) < PAGE:
            return found
        page += 1


def look_at_books(database: str) -> Books:
    """Read all that stands in the state's database."""
    with psycopg.connect(database) as connection:
        entries = [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries ORDER BY seq")]
        booked, cost = _sums(connection, "SELECT sum(requests), sum(cost) FROM spend")
        held, held_cost = _sums(connection, "SELECT count(*), sum(cost) FROM spend_held")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        contents = {
            table: b"\n".join(_written(row) for row in connection.execute(f"SELECT * FROM {table}".encode()))
            for (table,) in tables
        }
    return Books(entries, booked, cost, held, held_cost, contents)


def _sums(connection: "psycopg.Connection[Any]", query: str) -> tuple[int, int]:
    first, second = connection.execute(query.encode()).fetchone() or (0, 0)
    return int(first or 0), int(second or 0)


def _written(row: Sequence[object]) -> bytes:
    return b"\t".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
