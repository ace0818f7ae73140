"""What changed in the annotations that are kept, for those who have something of them in memory, in each process."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from backend.review.tables import CHANGES
from backend.store import Store, reading

MOST = 10_000
"""Changes that are known; who has not looked for longer looks at all anew."""
MANY = 500
"""Tasks that are told one by one; more are told as all of their project."""
ALL = 0
"""In place of a task's number: all of the project."""


def note_changes(connection: Connection, project: int, tasks: Iterable[int]) -> None:
    """Note that annotations of a project's tasks were written or forgotten.

    Args:
        connection: of a transaction that writes reviews, so that nobody else does.
        project: theirs.
        tasks: their numbers; `ALL` for all of the project.
    """
    told = sorted(set(tasks))
    told = told if len(told) <= MANY else [ALL]
    last = connection.scalar(select(func.max(CHANGES.c.place))) or 0
    rows = [{"place": last + n, "project": project, "task": task} for n, task in enumerate(told, 1)]
    if rows:
        connection.execute(insert(CHANGES), rows)
        connection.execute(delete(CHANGES).where(CHANGES.c.place <= last + len(rows) - MOST))


def changes_since(store: Store, project: int, place: int) -> tuple[int, list[int] | None]:
    """Return the place of the last change of all, and the tasks of a project that changed since another place.

    Args:
        store: of `open_store`.
        project: the tasks'.
        place: through which the changes are known.

    Returns:
        The place, and the tasks; None in place of them if all of the project must be looked at anew.
    """
    with reading(store) as connection:
        first, last = connection.execute(select(func.min(CHANGES.c.place), func.max(CHANGES.c.place))).one()
        if (last or 0) == place:
            return place, []
        if last is None or last < place or first > place + 1:
            return last or 0, None
        new = select(CHANGES.c.task).where(CHANGES.c.place > place, CHANGES.c.project == project).distinct()
        tasks = sorted(connection.execute(new).scalars())
    return last, None if ALL in tasks else tasks
