"""The queue: tasks wait in the database until somebody takes them, and each is worked on by one at a time.

Who takes a task holds it for a while, and says now and then that it goes on; whoever is killed holds it no longer when
that time is over, and another takes it. So all processes of all machines that share a database share the work.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from backend.errors import ExpiredError, LabelguardError, QueueFullError
from backend.queue.board import Board
from backend.queue.entries import Ended, Entries, QueuedTask, Source
from backend.queue.tables import PART, PLANS, TASKS, chunks, standing
from backend.store import Store, reading, writing

log = logging.getLogger("labelguard.queue")

HOLD_S = 60.0
"""Seconds for which a task is held; who works on it says so anew long before."""
STORES = " stores"
"""What stands behind a holder who stores what came of a task."""
LATELY_S = 30.0
"""Seconds in which a request may still be on its way that was made before a task was done."""
REMEMBER_S = 7 * 24 * 3600.0
"""Seconds for which it is remembered how a task ended."""
MOST_ENDED = 200_000
"""Tasks of which that is remembered at most: those that came first are forgotten first."""

_GONE: dict[str, Any] = {"body": b"", "size": 0}
_NOBODYS: dict[str, Any] = {"holder": "", "free_at": 0}


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What may wait.

    Attributes:
        tasks: texts of tasks that are kept at most; 0 for no queue.
        size: their bytes.
        hours: after which a text is erased, whatever became of its task.
    """

    tasks: int = 100_000
    size: int = 256 * 2**20
    hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Held:
    """What the queue knows of some tasks.

    Attributes:
        known: names of those that it knows.
        others: names of those that others work on.
        done: names of those that workers have done lately.
    """

    known: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()


class TaskQueue:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        secret: as `Entries` takes it.
        limits: what may wait.
        now: tells Unix time.
    """

    def __init__(
        self, store: Store, secret: bytes, limits: QueueLimits | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._store, self._now = store, now
        self.limits = limits or QueueLimits()
        self.entries = Entries(secret)
        self.board = Board(store, now)

    # --- requests

    def hold(self, names: Sequence[str], holder: str, seconds: float, before: str = "") -> Held:
        """Take those of some tasks that wait, so that nobody else works on them.

        Args:
            names: the tasks'.
            holder: who takes them.
            seconds: for how long.
            before: from whom they may be taken, unless that one stores them already.
        """
        with reading(self._store) as connection:
            known = standing(connection, names)
        others: frozenset[str] = frozenset()
        now = self._now()
        if any(map(_waits, known.values())):
            with writing(self._store, PART) as connection:
                known, now = standing(connection, names), self._now()
                others = frozenset(name for name, stand in known.items() if _is_held(stand, (holder, before), now))
                mine = [name for name, stand in known.items() if _waits(stand) and name not in others]
                _change(connection, mine, holder=holder, free_at=int(now + seconds))
        done = frozenset(name for name, (state, _, at) in known.items() if state == "done" and at > now - LATELY_S)
        return Held(frozenset(known), others, done)

    def settle(self, holder: str, source: Source, version: str, ended: Sequence[Ended], *, keeps: bool) -> set[str]:
        """Write down what became of a request's tasks, before it is answered.

        Args:
            holder: who held some of them.
            source: their project's.
            version: the model version.
            ended: each of them.
            keeps: whether the policy lets texts be kept; if not, nothing is queued.

        Returns:
            The names of those that go on.
        """
        plan, expires = self.entries.plan(source), int(self._now() + self.limits.hours * 3600)
        rows = {
            one.name: self.entries.row(one, version, plan, expires, keeps=keeps)
            for one in ended
            if one.state == "failed" or (one.state == "waiting" and keeps)
        }
        with writing(self._store, PART) as connection:
            known, now = standing(connection, [one.name for one in ended]), self._now()
            others = {name for name, stand in known.items() if _is_held(stand, (holder,), now)}
            mine = [one for one in ended if one.name not in others]
            stay = {one.name for one in mine if one.is_untried and _waits(known.get(one.name))}
            _change(connection, list(stay), **_NOBODYS)
            done = [one.name for one in mine if one.state == "done" and one.name in known]
            _change(connection, done, state="done", code="", reason="", ended=int(now), **_NOBODYS, **_GONE)
            new = {one.name: rows[one.name] for one in mine if one.name in rows and one.name not in stay}
            added = self._add(connection, list(new.values()), plan) if new else set()
        return stay | added | {one.name for one in ended if one.name in others and one.state == "waiting"}

    def _add(self, connection: Connection, rows: list[dict[str, Any]], plan: Mapping[str, Any]) -> set[str]:
        """Put tasks in, as far as there is room; the others' text is not kept. Returns the names of those that wait."""
        for chunk in chunks([row["name"] for row in rows]):
            connection.execute(delete(TASKS).where(TASKS.c.name.in_(chunk)))
        kept = select(func.count(), func.coalesce(func.sum(TASKS.c.size), 0)).where(TASKS.c.size > 0)
        number, size = connection.execute(kept).one()
        place, now = time.time_ns() // 1000, int(self._now())
        for offset, row in enumerate(rows):
            if row["size"] and (number >= self.limits.tasks or size + row["size"] > self.limits.size):
                row.update(_GONE)
                if row["state"] == "waiting":
                    full = QueueFullError(self.limits.tasks, self.limits.size)
                    row.update(state="failed", code=full.code, reason=full.reason)
            number, size = number + (row["size"] > 0), size + row["size"]
            free_at = int(now + row.pop("pause"))
            row.update(holder="", free_at=free_at, place=place + offset, ended=now * (row["state"] != "waiting"))
        there = connection.execute(select(PLANS.c.name).where(PLANS.c.name == plan["name"])).first()
        if not there and any(row["size"] for row in rows):
            connection.execute(insert(PLANS), [plan])
        connection.execute(insert(TASKS), rows)
        return {row["name"] for row in rows if row["state"] == "waiting"}

    def release(self, holder: str) -> None:
        """Let others take all that somebody holds: it was not tried."""
        with writing(self._store, PART) as connection:
            tries = {"tries": TASKS.c.tries - 1}
            mine = update(TASKS).where(TASKS.c.holder.in_((holder, holder + STORES)), TASKS.c.state == "waiting")
            connection.execute(mine.where(TASKS.c.tries > 0).values(tries))
            connection.execute(mine.values(_NOBODYS))

    # --- workers

    def claim(self, holder: str, most: int) -> list[QueuedTask]:
        """Take tasks that wait, of each project as many, the oldest first.

        Args:
            holder: who takes them, and holds them for `HOLD_S`.
            most: how many.
        """
        with reading(self._store) as connection:
            if not _projects(connection, self._now()):
                return []
        with writing(self._store, PART) as connection:
            now = self._now()
            rows: list[dict[str, Any]] = []
            for project in (projects := _projects(connection, now)):
                of_project = _free(select(TASKS), now).where(TASKS.c.project == project).order_by(TASKS.c.place)
                each = ceil((most - len(rows)) / (len(projects) - projects.index(project)))
                rows += map(dict, connection.execute(of_project.limit(each)).mappings())
            names = [row["name"] for row in rows]
            _change(connection, names, holder=holder, free_at=int(now + HOLD_S), tries=TASKS.c.tries + 1)
            plans = _plans(connection, {row["plan"] for row in rows})
        return [self.entries.task(row | {"tries": row["tries"] + 1}, plans.get(row["plan"])) for row in rows]

    def renew(self, names: Sequence[str], holder: str) -> None:
        """Hold what one holds for `HOLD_S` more.

        Args:
            names: those of it that are worked on.
            holder: who holds it.
        """
        with writing(self._store, PART) as connection:
            for chunk in chunks(names):
                mine = update(TASKS).where(TASKS.c.name.in_(chunk), TASKS.c.holder.in_((holder, holder + STORES)))
                connection.execute(mine.values(free_at=int(self._now() + HOLD_S)))

    def storing(self, name: str, holder: str) -> str:
        """Begin to store what came of a task.

        Returns:
            As whom it is held from now on, so that nobody takes it; "" if somebody else has it by now.
        """
        now = self._now()
        with writing(self._store, PART) as connection:
            own = update(TASKS).where(TASKS.c.name == name, TASKS.c.holder == holder, TASKS.c.state == "waiting")
            has = connection.execute(own.values(holder=holder + STORES, free_at=int(now + HOLD_S))).rowcount
        return holder + STORES if has else ""

    def finish(self, name: str, holder: str) -> bool:
        """Write down that a task is done, and erase its text; says whether it was its holder's still."""
        now = int(self._now())
        return self._end(name, holder, state="done", code="", reason="", ended=now, free_at=now, **_GONE)

    def fail(self, name: str, holder: str, error: LabelguardError) -> bool:
        """Write down that a task failed; its text stays until it expires, so that it may be tried again."""
        said = {"code": error.code, "reason": error.reason, "ended": int(self._now())}
        return self._end(name, holder, state="failed", **said)

    def put_off(self, name: str, holder: str, error: LabelguardError, seconds: float, *, counts: bool = True) -> bool:
        """Let a task wait, since what failed may pass by itself.

        Args:
            name: the task's.
            holder: who holds it.
            error: what failed.
            seconds: before anybody takes it.
            counts: whether this was a try.
        """
        said = {"code": error.code, "reason": error.reason, "tries": TASKS.c.tries - int(not counts)}
        return self._end(name, holder, free_at=int(self._now() + seconds), **said)

    def _end(self, name: str, holder: str, **values: Any) -> bool:
        with writing(self._store, PART) as connection:
            own = update(TASKS).where(TASKS.c.name == name, TASKS.c.holder == holder, TASKS.c.state == "waiting")
            return connection.execute(own.values(_NOBODYS | values)).rowcount > 0

    # --- upkeep

    def purge(self) -> None:
        """Erase texts whose time is over, and forget how tasks ended long ago."""
        now, late = self._now(), ExpiredError(self.limits.hours)
        with writing(self._store, PART) as connection:
            expired = update(TASKS).where(TASKS.c.expires <= now, TASKS.c.size > 0)
            said: dict[str, Any] = {"state": "failed", "code": late.code, "reason": late.reason, "ended": int(now)}
            connection.execute(
                expired.where(TASKS.c.state == "waiting", TASKS.c.free_at <= now).values(said | _GONE | _NOBODYS)
            )
            connection.execute(expired.where(TASKS.c.state == "failed").values(_GONE))
            ended = delete(TASKS).where(TASKS.c.state != "waiting")
            connection.execute(ended.where(TASKS.c.ended <= now - REMEMBER_S))
            first = select(TASKS.c.place).where(TASKS.c.state != "waiting").order_by(TASKS.c.place.desc())
            if last := connection.execute(first.offset(MOST_ENDED).limit(1)).scalar():
                connection.execute(ended.where(TASKS.c.place <= last))
            connection.execute(delete(PLANS).where(PLANS.c.name.not_in(select(TASKS.c.plan).where(TASKS.c.size > 0))))


def _waits(stand: tuple[str, str, int] | None) -> bool:
    return stand is not None and stand[0] == "waiting"


def _is_held(stand: tuple[str, str, int] | None, holders: tuple[str, ...], now: float) -> bool:
    """Say whether somebody other than these works on a task."""
    return stand is not None and _waits(stand) and stand[1] not in ("", *holders) and stand[2] > now


def _free(selected: Any, now: float) -> Any:
    return selected.where(TASKS.c.state == "waiting", TASKS.c.free_at <= now, TASKS.c.expires > now)


def _projects(connection: Connection, now: float) -> list[str]:
    """Return the projects of which tasks may be taken."""
    return list(connection.execute(_free(select(TASKS.c.project).distinct(), now)).scalars())


def _plans(connection: Connection, names: set[str]) -> dict[str, bytes]:
    rows = connection.execute(select(PLANS.c.name, PLANS.c.body).where(PLANS.c.name.in_(names)))
    return {row.name: row.body for row in rows}


def _change(connection: Connection, names: Sequence[str], **values: Any) -> None:
    for chunk in chunks(names):
        connection.execute(update(TASKS).where(TASKS.c.name.in_(chunk)).values(values))
