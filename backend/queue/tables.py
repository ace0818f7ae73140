"""Where tasks stand that go on behind, and how each ended."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, TypeAlias

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, String, Table, Text, select

from backend.store import METADATA

State: TypeAlias = Literal["waiting", "done", "failed"]
PART = "queue"
"""What `backend.store.writing` is told, so that record and budgets do not wait."""
CHUNK = 256
"""Rows that one statement names."""

TASKS = Table(
    "queue_tasks",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("project", String(64), nullable=False),
    Column("task", String(20), nullable=False),
    Column("version", String(64), nullable=False),
    Column("plan", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("holder", String(64), nullable=False, default=""),
    Column("free_at", BigInteger, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("expires", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False, default=0),
    Column("code", String(40), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""A task, under a keyed hash of what it is: at most one row each.

Places are in order of arrival; times are Unix times in seconds. Nobody may take a waiting task before `free_at`: it is
worked on by its holder until then, or, without one, is tried again. Of one that a worker has done, it is when. A body
is the task's text, encrypted; it is empty where there is none, and so is its size 0.
"""

PLANS = Table(
    "queue_plans",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("project", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What is the same for many tasks, encrypted: the label config, and what a rule may ask about the project."""

Index("queue_tasks_in_turn", TASKS.c.state, TASKS.c.project, TASKS.c.place)
Index("queue_tasks_size", TASKS.c.size)
Index("queue_tasks_plan", TASKS.c.plan)
Index("queue_tasks_ended", TASKS.c.ended)


def chunks(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield names as many at a time as one statement may hold."""
    rest = iter(names)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def standing(connection: Connection, names: Sequence[str]) -> dict[str, tuple[str, str, int]]:
    """Return state, holder and the time until which it is held, by the names of those tasks that stand here."""
    columns = TASKS.c.name, TASKS.c.state, TASKS.c.holder, TASKS.c.free_at
    return {
        row.name: (row.state, row.holder, row.free_at)
        for chunk in chunks(names)
        for row in connection.execute(select(*columns).where(TASKS.c.name.in_(chunk)))
    }
