"""What was done behind → predictions in Label Studio: what is done while a call is under way goes with the next."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from backend.errors import LabelguardError, LabelStudioError
from backend.labelstudio.api import NewPrediction
from backend.labelstudio.types import Prediction
from backend.system.batches import end_tasks

AT_ONCE = 100
"""Predictions that go together at most."""

_Waiting = tuple[NewPrediction, "asyncio.Future[None]"]


class Writer(Protocol):
    """What is needed of `LabelStudioApi`."""

    async def write(self, project: int, predictions: Sequence[NewPrediction]) -> Mapping[int, LabelStudioError]:
        """Store predictions, but those whose task has one of the same version; return why one was refused, by task."""

    async def has_prediction(self, task: int, model_version: str) -> bool:
        """Say whether a task has a prediction of a version."""

    async def aclose(self) -> None:
        """Close the connections."""


class Delivery:
    """Stores predictions. Belongs to one event loop.

    Args:
        api: Label Studio's.
    """

    def __init__(self, api: Writer) -> None:
        self._api = api
        self._waiting: dict[int, list[_Waiting]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def store(self, project: int, task: int, prediction: Prediction) -> None:
        """Store a task's prediction, unless it has one of this version.

        Raises:
            LabelStudioError: why it is not stored.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        is_first = project not in self._waiting
        self._waiting.setdefault(project, []).append((NewPrediction(task, prediction), stored))
        if is_first:
            writing = asyncio.create_task(self._write(project))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        await stored

    async def has_stored(self, task: int, model_version: str) -> bool:
        """Say whether a task has a prediction of a version, whoever stored it.

        Raises:
            LabelStudioError: it cannot be asked.
        """
        return await self._api.has_prediction(task, model_version)

    async def aclose(self) -> None:
        """End what is under way."""
        await end_tasks(self._writing)
        await self._api.aclose()

    async def _write(self, project: int) -> None:
        while waiting := self._waiting[project]:
            part, self._waiting[project] = waiting[:AT_ONCE], waiting[AT_ONCE:]
            try:
                refused = await self._api.write(project, [new for new, _ in part])
                problems: list[LabelguardError | None] = [refused.get(new.task) for new, _ in part]
            except LabelguardError as error:
                problems = [error.bare()] * len(part)
            for (_, stored), problem in zip(part, problems, strict=True):
                if stored.done():
                    continue
                if problem:
                    stored.set_exception(problem)
                else:
                    stored.set_result(None)
        del self._waiting[project]
