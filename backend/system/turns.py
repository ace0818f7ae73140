"""A semaphore whose places go round: who opened one task first, then each key in turn, then what nobody waits for.

It stands in for `asyncio.Semaphore`. Whose turn it is travels with the task that asks, so that nobody passes it on.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType

Objection = Callable[[], Exception | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """On whose behalf a task works.

    Attributes:
        key: such as a project; the keys are served in turn.
        is_urgent: whether somebody waits for this very task; served before all others.
        is_batch: whether it is one of many that nobody waits for; served after all others.
    """

    key: str = ""
    is_urgent: bool = False
    is_batch: bool = False

    @property
    def rank(self) -> int:
        """Which line it waits in; the first is served first."""
        return 0 if self.is_urgent else 1 + self.is_batch


_NOBODYS = Turn()
TURN: ContextVar[Turn] = ContextVar("turn", default=_NOBODYS)
"""Set it at the beginning of a task; the tasks that it starts inherit it."""


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


@dataclass(slots=True)
class _Key:
    """Those of one key, in the order in which they came.

    Attributes:
        weight: how many are served in a row when it is the key's turn.
        served: how many of them were.
    """

    weight: int = 1
    served: int = 0
    waiting: deque[_Waiting] = field(default_factory=deque)


class _Line:
    """Those who wait: each key's in the order in which they came, the keys in turn."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    def join(self, key: str, weight: int, one: _Waiting) -> None:
        """Wait at the end of the key's line; the key at the end of all keys, unless it waits already."""
        line = self._keys.setdefault(key, _Key())
        line.weight = weight
        line.waiting.append(one)

    def leave(self, key: str, one: _Waiting) -> None:
        """Wait no longer."""
        if key in self._keys and one in self._keys[key].waiting:
            self._keys[key].waiting.remove(one)
            if not self._keys[key].waiting:
                del self._keys[key]

    def __len__(self) -> int:
        return sum(len(line.waiting) for line in self._keys.values())

    def __iter__(self) -> Iterator[_Waiting]:
        return (one for line in self._keys.values() for one in line.waiting)

    def next(self) -> "asyncio.Future[None] | None":
        """Take out who is next; None if nobody waits."""
        while self._keys:
            key, line = next(iter(self._keys.items()))
            place = line.waiting.popleft().place
            line.served += not place.done()
            if not line.waiting:
                del self._keys[key]
            elif line.served >= line.weight:
                line.served = 0
                self._keys.move_to_end(key)  # all others come before it again
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
        self._lines = (_Line(), _Line(), _Line())

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

    def look_again(self) -> None:
        """Have those who wait say whether it is still of use to them."""
        for line in self._lines:
            for one in line:
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
        line = self._lines[turn.rank]
        one = _Waiting(asyncio.get_running_loop().create_future(), objects)
        line.join(turn.key, weight, one)
        try:
            await one.place
        except asyncio.CancelledError:
            line.leave(turn.key, one)
            if one.place.done() and not one.place.cancelled() and not one.place.exception():
                self.release()  # it was called and cancelled at once
            raise
        except Exception:
            line.leave(turn.key, one)
            raise

    def release(self) -> None:
        """Give a place back."""
        self._inside -= 1
        self._call()

    def _call(self) -> None:
        """Call in those who are next, as far as there is room."""
        while self._inside < self._places:
            place = next((place for line in self._lines if (place := line.next())), None)
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
