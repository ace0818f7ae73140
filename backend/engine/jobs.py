"""Jobs, each made once and kept: bounded by number and by size, and no two that differ wait for each other."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from backend.engine.project import ProjectPlan
from backend.system.memory import keep_settled

MAX_JOBS = 1024
MAX_CHARACTERS = 4_000_000
"""Of label configs, all together: what is made of one takes some fifty times its size."""

Key = tuple[str, ...]
"""A label config, then all else that a plan hangs on."""


class ProjectPlans:
    """Jobs under one policy.

    Args:
        make: makes one of a label config, its subject (project, path and title) and all else that it hangs on.
        most: how many are kept.
        characters: how long the label configs of those that are kept may be together.
    """

    def __init__(
        self, make: Callable[[Key], ProjectPlan], most: int = MAX_JOBS, characters: int = MAX_CHARACTERS
    ) -> None:
        self._make = make
        self._most, self._most_characters = most, characters
        self._kept: OrderedDict[Key, ProjectPlan] = OrderedDict()
        self._under_way: dict[Key, Future[ProjectPlan]] = {}
        self._lock = threading.Lock()
        self._characters = 0

    def get(self, key: Key) -> ProjectPlan:
        """Return a job; who asks for one that is being made waits for it.

        Raises:
            LabelguardError: why it cannot be made. That is not kept.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            future, is_mine = self._under_way.get(key), False
            if future is None:
                future, is_mine = Future(), True
                self._under_way[key] = future
        if is_mine:
            self._run(key, future)
        return future.result()

    def _run(self, key: Key, future: "Future[ProjectPlan]") -> None:
        try:
            job = self._make(key)
        except BaseException as error:
            with self._lock:
                del self._under_way[key]
            future.set_exception(error)
            return
        with self._lock:
            del self._under_way[key]
            self._keep(key, job)
        keep_settled()
        future.set_result(job)

    def _keep(self, key: Key, job: ProjectPlan) -> None:
        self._kept[key] = job
        self._characters += len(key[0])
        while len(self._kept) > self._most or (self._characters > self._most_characters and len(self._kept) > 1):
            gone, _ = self._kept.popitem(last=False)
            self._characters -= len(gone[0])

    def __len__(self) -> int:
        return len(self._kept)
