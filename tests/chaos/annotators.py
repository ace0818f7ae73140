"""People who import tasks and click on "Retrieve Predictions", whatever happens around them."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, sleep

import httpx

from tests.chaos.front import Front
from tests.chaos.tasks import ChaosTask
from tests.label_studio.api import Api, RefusedError
from tests.patience import HANGS_S

SMALLEST, LARGEST = 2, 30
"""Tasks of an import."""
PAID = 0.1
"""Of all tasks."""


@dataclass(slots=True)
class Annotator:
    """One who works on a project.

    Args:
        api: Label Studio's; a project's clicks are made one after the other.
        project: its number.
        path: of the backend's URL.
        front: knows what a click was answered with.
        numbers: of tasks, shared by all.
        seed: of chance.

    Attributes:
        taken: tasks of clicks that Labelguard answered and Label Studio took: from then on none may be lost.
        clicks: how they ended.
    """

    api: Api
    project: int
    path: str
    front: Front
    numbers: "count[int]"
    seed: str
    taken: set[int] = field(default_factory=set)
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
                self.click(over)
            over.wait(chance.uniform(0.0, 2.0))

    def click(self, over: threading.Event | None = None) -> None:
        """Click, and note which tasks nobody may lose from now on."""
        known = len(self.front.answered.get(self.path, []))
        try:
            self.api.retrieve_predictions(self.project)
        except RefusedError as error:
            self.clicks[f"Label Studio: {error.status}"] += 1
            return
        except httpx.TransportError:
            self.clicks["Label Studio was away"] += 1
            self._wait(over)
            return
        answered = self.front.answered.get(self.path, [])[known:]
        self.clicks["answered" if answered else "not answered by Labelguard, or nothing to ask"] += 1
        for tasks in answered:
            self.taken.update(tasks)

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
