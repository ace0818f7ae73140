"""A queue of tasks in each kind of database, under a clock of the tests' own."""

import pytest

from backend.labelstudio.types import Task
from backend.queue.entries import Ended, Source
from backend.queue.queue import QueueLimits, TaskQueue
from backend.store import open_store

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = "canary-5518"
VERSION = "labelguard-000000000001"


class Queues:
    """Opens the queue, again and again as other processes would, and fills it.

    Attributes:
        clock: Unix time.
    """

    def __init__(self, url):
        self.url, self.clock = url, 1_000_000.0
        self.opened = []

    def open(self, secret=SECRET, **limits):
        made = TaskQueue(open_store(self.url), secret, QueueLimits(**limits), lambda: self.clock)
        self.opened.append(made)
        return made

    def put(self, queue, *numbers, project="12", state="waiting", keeps=True, code="", pause=0):
        """Have a request end that holds these tasks; returns how many go on."""
        source = Source(f"<View>{CANARY}</View>", project)
        tasks = [Task({"text": f"{CANARY} {number}"}, {}, str(number)) for number in numbers]
        names, why = self.names(queue, *numbers, project=project), (state, code, code and "why", pause)
        ended = [Ended(name, task, *why) for name, task in zip(names, tasks, strict=True)]
        going_on = queue.settle("click", source, VERSION, ended, keeps=keeps)
        return sum(one.name in going_on for one in ended)

    def names(self, queue, *numbers, project="12"):
        """Return the names of tasks that `put` puts in."""
        source = Source(f"<View>{CANARY}</View>", project)
        return [
            queue.entries.name(source, VERSION, Task({"text": f"{CANARY} {number}"}, {}, str(number)))
            for number in numbers
        ]


@pytest.fixture
def queues(store_url):
    return Queues(store_url)
