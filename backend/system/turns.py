"""A semaphore whose places go round: who opened one task first, then each key in turn, then what nobody waits for.

It stands in for `asyncio.Semaphore`, and its places may be shared with other processes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from backend.system.lines import TURN, Lines
from backend.system.shared_places import LOOK_EVERY_S, SharedPlaces

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
        shared: of which each of them is one, if other processes have places too.
    """

    def __init__(self, places: int, shared: SharedPlaces | None = None) -> None:
        self._places, self._shared = places, shared
        self._inside = 0
        self._lines: Lines[_Waiting] = Lines(lambda one: one.place.done())
        self._is_looking = False

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def places(self) -> int:
        """How many may be inside at once."""
        return self._places

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now has to wait, as far as this process is concerned."""
        return self._inside >= self._places or bool(self._lines)

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
        if not self.is_full and self._enter():
            return
        turn = TURN.get()
        one = _Waiting(asyncio.get_running_loop().create_future(), objects)
        self._lines.join(turn, one, weight)
        self._look_later()
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
        if self._shared:
            self._shared.join()

    def release(self) -> None:
        """Give a place back."""
        self._leave()
        self._call()

    def _enter(self) -> bool:
        """Take a place, if there is one."""
        if self._inside >= self._places or (self._shared and not self._shared.enter()):
            return False
        self._inside += 1
        return True

    def _leave(self) -> None:
        self._inside -= 1
        if self._shared:
            self._shared.leave()

    def _call(self) -> None:
        """Call in those who are next, as far as there is room."""
        while self._lines and self._enter():
            one = self._lines.next()
            if one is None:  # all are gone who waited
                self._leave()
            else:
                one.place.set_result(None)
        self._look_later()

    def _look_later(self) -> None:
        """See to it that who waits for what other processes hold has it when they leave."""
        if self._shared is None or self._is_looking:
            return
        if self._lines and self._inside < self._places:
            self._is_looking = True
            asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
        else:
            self._shared.wait_no_more()

    def _look(self) -> None:
        self._is_looking = False
        self._call()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
