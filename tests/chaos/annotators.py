"""People who import tasks, click on "Retrieve Predictions" and open tasks, whatever happens around them."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, sleep

import httpx
import psycopg

from tests.chaos.evidence import queued
from tests.chaos.front import Front
from tests.chaos.tasks import ChaosTask
from tests.label_studio.api import Api, RefusedError
from tests.patience import HANGS_S

SMALLEST, LARGEST = 2, 30
"""Tasks of an import."""
LATE_S = 30.0
"""Seconds in which what was not done is written down, once the database is there."""
PAID = 0.1
"""Of all tasks."""


@dataclass(slots=True)
class Annotator:
    """One who works on a project.

    Args:
        api: Label Studio's; a project's clicks are made one after the other.
        project: its number.
        path: of the backend's URL.
        database: the state's URL.
        front: knows what a click was answered with.
        numbers: of tasks, shared by all.
        seed: of chance.

    Attributes:
        taken: tasks of clicks that Labelguard answered and Label Studio took: from then on none may be lost.
        left: tasks that got no prediction in a click, and neither went on nor have failed.
        clicks: how they ended.
    """

    api: Api
    project: int
    path: str
    database: str
    front: Front
    numbers: "count[int]"
    seed: str
    taken: set[int] = field(default_factory=set)
    left: list[int] = field(default_factory=list)
    clicks: Counter[str] = field(default_factory=Counter)

    def work(self, over: threading.Event) -> None:
        """Import tasks and click, again and again."""
        chance = random.Random(self.seed)
        while not over.is_set():
            numbers = [next(self.numbers) for _ in range(chance.randint(SMALLEST, LARGEST))]
            tasks = [ChaosTask(number, chance.random() < PAID) for number in numbers]
            try:
                self.api.import_tasks(self.project, *(task.data for task in tasks))
            except (httpx.TransportError, RefusedError):
                self.clicks["import failed"] += 1  # whether they are there, Label Studio says at the end
            for _ in range(chance.randint(1, 2)):
                undone = self.click(over)
                if undone:
                    self.open(chance.choice(undone), over)
            over.wait(chance.uniform(0.0, 2.0))

    def click(self, over: threading.Event | None = None) -> list[int]:
        """Click on "Retrieve Predictions"; returns the tasks that got none."""
        return self._ask(lambda: self.api.retrieve_predictions(self.project), over)

    def open(self, task: int, over: threading.Event | None = None) -> None:
        """Open a task, for which Label Studio asks if it has no prediction."""
        self._ask(lambda: self.api.open_task(self.project, task), over)

    def _ask(self, action: Callable[[], object], over: threading.Event | None) -> list[int]:
        """Have Label Studio ask, note which tasks nobody may lose from now on, and return those that got nothing."""
        known = len(self.front.answered.get(self.path, []))
        try:
            action()
        except RefusedError as error:
            self.clicks[f"Label Studio: {error.status}"] += 1
            return []
        except httpx.TransportError:
            self.clicks["Label Studio was away"] += 1
            self._wait(over)
            return []
        answered = self.front.answered.get(self.path, [])[known:]
        self.clicks["answered" if answered else "not answered by Labelguard, or nothing to ask"] += 1
        said = {task: is_predicted for each in answered for task, is_predicted in each.items()}
        undone = [task for task, is_predicted in said.items() if not is_predicted]
        self.taken.update(said)
        self.left += self._left(set(undone))
        return undone

    def _left(self, undone: set[int]) -> list[int]:
        """Return which of the tasks without a prediction the queue knows nothing of, and Label Studio neither.

        A request that was answered while the database was away writes down what it left when that is there again.
        """
        end, late = monotonic() + HANGS_S, None
        while undone and monotonic() < (late or end):
            try:
                undone = undone - queued(self.database, self.project)
                undone = undone - {int(one["task"]) for one in (self.api.stored(self.project) if undone else ())}
            except (psycopg.Error, httpx.TransportError, RefusedError):
                late = None  # one of the two is away
            else:
                late = late or monotonic() + LATE_S
            sleep(0.5 if undone else 0)
        return sorted(undone)

    def _wait(self, over: threading.Event | None) -> None:
        """Wait until Label Studio is there again."""
        end = monotonic() + HANGS_S
        while monotonic() < end and not (over and over.is_set()):
            try:
                self.api.stored(self.project)
            except (httpx.TransportError, RefusedError):
                sleep(0.5)
            else:
                return
