"""A task as it stands in the queue: its name, and its text, which nobody reads without the key."""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from hashlib import sha256
from typing import Any

from backend.labelstudio.types import Task
from backend.queue.tables import State
from backend.system.sealing import Sealer

LONGEST_NUMBER = 20
"""Digits of a task's number: Label Studio's have fewer."""


@dataclass(frozen=True, slots=True)
class Source:
    """Of what a project's plan is made anew, under the policy that is then in force.

    Attributes:
        label_config, project, path, title: as `Engine.job` takes them.
    """

    label_config: str = field(repr=False)
    project: str
    path: str = ""
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a task when its request was answered.

    Attributes:
        name: of `Entries.name`.
        state: waiting, if it is to go on.
        code, reason: of the failure, "" if it did not fail.
        pause: seconds before it is tried again.
    """

    name: str
    task: Task = field(repr=False)
    state: State
    code: str = ""
    reason: str = ""
    pause: float = 0.0

    @property
    def is_untried(self) -> bool:
        """Whether it is to go on, and has not failed."""
        return self.state == "waiting" and not self.code


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A task that its holder may work on.

    Attributes:
        name: of `Entries.name`.
        project, task: Label Studio's numbers, "" if unknown.
        tries: how often it was taken, this time included.
        content: the task, and of what its plan is made; None if they cannot be read, since the secret is another.
    """

    name: str
    project: str
    task: str
    tries: int
    content: tuple[Source, Task] | None = field(repr=False)


class Entries:
    """Writes and reads what stands in the tables.

    Args:
        secret: from which the keys are made: the one that chooses surrogates, as for kept answers.
    """

    def __init__(self, secret: bytes) -> None:
        self._seal = Sealer(secret, "queue")

    def name(self, source: Source, version: str, task: Task) -> str:
        """Return a task's name: the same task with the same data under the same model version has the same."""
        data = sha256(_written({"data": task.data, "meta": task.meta})).hexdigest()
        return self._seal.name(["task", source.project, task.id, version, data])

    def plan(self, source: Source) -> dict[str, Any]:
        """Write a row of what many tasks share."""
        name = self._seal.name(["plan", *astuple(source)])
        body = self._seal.close(_written(astuple(source)), [name, source.project])
        return {"name": name, "project": source.project, "body": body}

    def row(self, ended: Ended, version: str, plan: Mapping[str, Any], expires: int, *, keeps: bool) -> dict[str, Any]:
        """Write a task's row.

        Args:
            ended: the task.
            version: the model version.
            plan: its row.
            expires: when its text is erased.
            keeps: whether its text may be kept.
        """
        number = ended.task.id if len(ended.task.id) <= LONGEST_NUMBER else ""
        row = {"name": ended.name, "project": plan["project"], "task": number, "version": version}
        row |= {"plan": plan["name"], "expires": expires}
        said = _written([ended.task.data, ended.task.meta, ended.task.id, ended.task.is_annotated])
        body = self._seal.close(said, _known(row)) if keeps else b""
        row |= {"state": ended.state, "code": ended.code, "reason": ended.reason, "pause": ended.pause}
        return row | {"size": len(body), "body": body}

    def task(self, row: Mapping[str, Any], plan: bytes | None) -> QueuedTask:
        """Read a task's row, and that of its plan, if there is one."""
        own = self._seal.open(row["body"], _known(row))
        shared = self._seal.open(plan, [row["plan"], row["project"]]) if plan else None
        content = (Source(*json.loads(shared)), Task(*json.loads(own))) if own and shared else None
        return QueuedTask(row["name"], row["project"], row["task"], row["tries"], content)


def _known(row: Mapping[str, Any]) -> list[Any]:
    """Return what stands beside a task's text in the open and is vouched for by it."""
    return [row[name] for name in ("name", "plan", "project", "task", "version", "expires")]


def _written(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()
