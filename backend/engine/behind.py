"""What becomes of a request's tasks beside their predictions: what may be done by others, and what is to go on."""

from collections.abc import Mapping
from typing import Protocol

from backend.engine.request_log import Outcome


class Behind(Protocol):
    """Asked in this order."""

    async def open(self) -> None:
        """Begin, before the first task."""

    async def begin(self, index: int) -> None:
        """Wait until a task may be worked on; raises a LabelguardError if it may not."""

    async def end(self, outcomes: Mapping[int, Outcome]) -> set[int]:
        """Take what is not done, before the request is answered; return the places of the tasks that go on behind."""

    def give_up(self) -> None:
        """End, since nobody waits for the request any more."""
