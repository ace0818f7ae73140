"""An event loop whose time jumps to the next timer, so that minutes pass at once and exactly."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Passes the time that it should wait."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Look without waiting; while threads work, wait for real."""
        found = super().select(0)
        if found or timeout is None:
            return found or super().select(0.01)
        self.passed += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only where everything waits."""

    def __init__(self) -> None:
        self._passing = _Selector()
        super().__init__(self._passing)

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._passing.passed


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, in no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
