"""Whose turn it is: who opened one task first, then each key in turn, then what nobody waits for.

On whose behalf a task works travels with it, so that nobody passes it on.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


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


@dataclass(slots=True)
class _Key(Generic[T]):
    """Those of one key, in the order in which they came.

    Attributes:
        weight: how many are served in a row when it is the key's turn.
        served: how many of them were.
    """

    weight: int = 1
    served: int = 0
    waiting: deque[T] = field(default_factory=deque)


class _Line(Generic[T]):
    """Those who wait: each key's in the order in which they came, the keys in turn."""

    def __init__(self, is_gone: Callable[[T], bool]) -> None:
        self._is_gone = is_gone
        self._keys: OrderedDict[str, _Key[T]] = OrderedDict()

    def join(self, key: str, weight: int, one: T) -> None:
        """Wait at the end of the key's line; the key at the end of all keys, unless it waits already."""
        line = self._keys.setdefault(key, _Key())
        line.weight = weight
        line.waiting.append(one)

    def leave(self, key: str, one: T) -> None:
        """Wait no longer."""
        if key in self._keys and one in self._keys[key].waiting:
            self._keys[key].waiting.remove(one)
            if not self._keys[key].waiting:
                del self._keys[key]

    def __len__(self) -> int:
        return sum(len(line.waiting) for line in self._keys.values())

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __iter__(self) -> Iterator[T]:
        return (one for line in self._keys.values() for one in line.waiting)

    def next(self) -> T | None:
        """Take out who is next; None if nobody waits."""
        while self._keys:
            key, line = next(iter(self._keys.items()))
            one = line.waiting.popleft()
            is_gone = self._is_gone(one)
            line.served += not is_gone
            if not line.waiting:
                del self._keys[key]
            elif line.served >= line.weight:
                line.served = 0
                self._keys.move_to_end(key)  # all others come before it again
            if not is_gone:
                return one
        return None


class Lines(Generic[T]):
    """All who wait. Not thread-safe.

    Args:
        is_gone: whether one waits no longer, and is passed over.
    """

    def __init__(self, is_gone: Callable[[T], bool]) -> None:
        self._lines: tuple[_Line[T], ...] = (_Line(is_gone), _Line(is_gone), _Line(is_gone))

    def join(self, turn: Turn, one: T, weight: int = 1) -> None:
        """Wait for one's turn.

        Args:
            turn: whose it is.
            one: who waits.
            weight: how many of the same key are served in a row, when it is the key's turn.
        """
        self._lines[turn.rank].join(turn.key, weight, one)

    def leave(self, turn: Turn, one: T) -> None:
        """Wait no longer."""
        self._lines[turn.rank].leave(turn.key, one)

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    def __bool__(self) -> bool:
        return any(map(bool, self._lines))

    def __iter__(self) -> Iterator[T]:
        return (one for line in self._lines for one in line)

    def next_urgent(self) -> T | None:
        """Take out who is next of those who are served before all others; None if none of them waits."""
        return self._lines[0].next()

    def next(self) -> T | None:
        """Take out who is next; None if nobody waits."""
        return next((one for line in self._lines if (one := line.next()) is not None), None)
