"""A semaphore whose places go round: who opened one task first, then each key in turn, then what nobody waits for.

It stands in for `asyncio.Semaphore`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from backend.system.lines import TURN, Lines

Objection = Callable[[], Exception | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """One who waits.

    Attributes:
        place: is there once the future has a result.
        objects: asked when things have changed: why it is of no use to wait any longer.
    """

    place: "asyncio.Future[None]"
    objects: Objection | None

    def looks(self) -> None:
        """Stop waiting if it is of no use."""
        if self.objects and not self.place.done() and (error := self.objects()):
            self.place.set_exception(error)


class Turns:
    """Belongs to one event loop.

    Args:
        places: how many may be inside at once.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._inside = 0
        self._lines: Lines[_Waiting] = Lines(lambda one: one.place.done())

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def places(self) -> int:
        """How many may be inside at once."""
        return self._places

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._lines)

    def resize(self, places: int) -> None:
        """Change how many may be inside at once; who is inside stays there."""
        self._places = places
        self._call()

    def look_again(self) -> None:
        """Have those who wait say whether it is still of use to them."""
        for one in self._lines:
            one.looks()

    async def acquire(self, weight: int = 1, objects: Objection | None = None) -> None:
        """Wait for a place. It must be given back by `release`, unless this raised.

        Args:
            weight: how many of the same key are served in a row, when it is the key's turn.
            objects: asked by `look_again` while this waits: an error that ends the waiting, which is raised here.
        """
        if self._inside < self._places:  # then nobody waits
            self._inside += 1
            return
        turn = TURN.get()
        one = _Waiting(asyncio.get_running_loop().create_future(), objects)
        self._lines.join(turn, one, weight)
        try:
            await one.place
        except asyncio.CancelledError:
            self._lines.leave(turn, one)
            if one.place.done() and not one.place.cancelled() and not one.place.exception():
                self.release()  # it was called and cancelled at once
            raise
        except Exception:
            self._lines.leave(turn, one)
            raise

    def join(self) -> None:
        """Be inside, be there room or not."""
        self._inside += 1

    def release(self) -> None:
        """Give a place back."""
        self._inside -= 1
        self._call()

    def _call(self) -> None:
        """Call in those who are next, as far as there is room."""
        while self._inside < self._places:
            one = self._lines.next()
            if one is None:
                return
            self._inside += 1
            one.place.set_result(None)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
