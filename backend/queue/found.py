"""What the queue holds of tasks, for those who must say so, and what of it is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from backend.labelstudio.types import Task
from backend.queue.entries import Entries, Source
from backend.queue.tables import PART, PLANS, TASKS, State, chunks
from backend.store import Store, make_tables, reading, writing


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task as it stands in the queue.

    Attributes:
        name: of `Entries.name`.
        project, task: Label Studio's numbers, "" if unknown.
        expires: when its text is erased, Unix time.
        ended: when it ended, likewise; 0 if it has not.
        has_text: whether its text is there.
        content: the text, and of what its plan is made; None if there is none, or the secret is another.
    """

    name: str
    project: str
    task: str
    state: State
    expires: int
    ended: int
    has_text: bool
    content: tuple[Source, Task] | None = field(repr=False)


def stored_tasks(store: Store, secret: bytes, project: str = "", task: str = "") -> list[StoredTask]:
    """Return what the queue holds of a project, of a task, or of all.

    Args:
        store: of `open_store`.
        secret: as `Entries` takes it.
        project, task: Label Studio's numbers.
    """
    make_tables(store, TASKS, PLANS)
    entries = Entries(secret)
    asked = select(TASKS, PLANS.c.body.label("shared")).outerjoin(PLANS, TASKS.c.plan == PLANS.c.name)
    named = {TASKS.c.project: project, TASKS.c.task: task}
    asked = asked.where(*(column == value for column, value in named.items() if value)).order_by(TASKS.c.place)
    with reading(store) as connection:
        rows = connection.execute(asked).mappings().all()
    return [
        StoredTask(
            **{name: row[name] for name in ("name", "project", "task", "state", "expires", "ended")},
            has_text=row["size"] > 0,
            content=entries.task(row, row["shared"]).content,  # type: ignore[arg-type]
        )
        for row in rows
    ]


def forget_tasks(store: Store, names: Sequence[str]) -> int:
    """Forget some tasks, whatever became of them; return how many there were."""
    count = 0
    with writing(store, PART) as connection:
        for chunk in chunks(names):
            count += connection.execute(delete(TASKS).where(TASKS.c.name.in_(chunk))).rowcount
        connection.execute(delete(PLANS).where(PLANS.c.name.not_in(select(TASKS.c.plan).where(TASKS.c.size > 0))))
    return count
