"""A semaphore whose places go round: who opened one task first, then each project in turn, however much one brings.

It stands in for `asyncio.Semaphore`. Whose turn it is travels with the task that asks, so that nobody passes it on.
"""

import asyncio
from collections import OrderedDict, deque
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Turn:
    """On whose behalf a task works.

    Attributes:
        key: such as a project; the keys are served in turn.
        is_urgent: whether somebody waits for this very task; served before all others.
    """

    key: str = ""
    is_urgent: bool = False


_NOBODYS = Turn()
TURN: ContextVar[Turn] = ContextVar("turn", default=_NOBODYS)
"""Set it at the beginning of a task; the tasks that it starts inherit it."""


class _Line:
    """Those who wait: each key's in the order in which they came, the keys in turn."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def join(self, key: str) -> "asyncio.Future[None]":
        """Wait at the end of the key's line; the key at the end of all keys, unless it waits already."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(place)
        return place

    def leave(self, key: str, place: "asyncio.Future[None]") -> None:
        """Wait no longer."""
        if key in self._waiting and place in self._waiting[key]:
            self._waiting[key].remove(place)
            if not self._waiting[key]:
                del self._waiting[key]

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def next(self) -> "asyncio.Future[None] | None":
        """Take out who is next; None if nobody waits."""
        while self._waiting:
            key, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[key] = places  # at the end: all others come before it again
            if not place.done():
                return place
        return None


class Turns:
    """Belongs to one event loop.

    Args:
        places: how many may be inside at once.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._inside = 0
        self._lines = (_Line(), _Line())

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._lines))

    def resize(self, places: int) -> None:
        """Change how many may be inside at once; who is inside stays there."""
        self._places = places
        self._call()

    async def acquire(self) -> None:
        """Wait for a place. It must be given back by `release`, unless this was cancelled."""
        if self._inside < self._places:  # then nobody waits
            self._inside += 1
            return
        turn = TURN.get()
        line = self._lines[not turn.is_urgent]
        place = line.join(turn.key)
        try:
            await place
        except asyncio.CancelledError:
            line.leave(turn.key, place)
            if place.done() and not place.cancelled():
                self.release()  # it was called and cancelled at once
            raise

    def release(self) -> None:
        """Give a place back."""
        self._inside -= 1
        self._call()

    def _call(self) -> None:
        """Call in those who are next, as far as there is room."""
        while self._inside < self._places:
            place = self._lines[0].next() or self._lines[1].next()
            if place is None:
                return
            self._inside += 1
            place.set_result(None)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
