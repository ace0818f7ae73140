"""Runs `labelguard` and records each step of an event loop that takes long, by the CPU time of its thread.

python -m tests.stalls RECORD serve --policy …

The clock of a thread does not run while others have the core, so that a busy machine makes no stall; asyncio's own
debug mode, which goes by the wall clock, would see many.
"""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_S = 0.02
"""Seconds of CPU that a step of a loop may take."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A step of a loop that took long.

    Attributes:
        thread: whose loop it is.
        what: ran: the callback, or the coroutines of a task as they stand after it.
        seconds: of CPU, without garbage.
        garbage: seconds of CPU that garbage took meanwhile.
    """

    thread: str
    what: str
    seconds: float
    garbage: float

    def __str__(self) -> str:
        return f"{self.thread}: {self.seconds * 1000:.0f} ms, and {self.garbage * 1000:.0f} of garbage, in {self.what}"


@contextmanager
def watched(tell: Callable[[Stall], None], longest_s: float = LONGEST_S) -> Iterator[None]:
    """Watch every event loop of this process, whichever thread it runs on.

    Args:
        tell: is told of each step that took longer, garbage included.
        longest_s: seconds of CPU that a step may take.
    """
    run, garbage = asyncio.Handle._run, threading.local()

    def collecting(phase: str, _: object) -> None:
        sign = -1 if phase == "start" else 1
        garbage.spent = getattr(garbage, "spent", 0.0) + sign * time.thread_time()

    def timed(self: asyncio.Handle) -> None:
        collected, began = getattr(garbage, "spent", 0.0), time.thread_time()
        try:
            run(self)
        finally:
            spent, collected = time.thread_time() - began, getattr(garbage, "spent", 0.0) - collected
            if spent > longest_s:
                tell(Stall(threading.current_thread().name, _named(self), spent - collected, collected))

    gc.callbacks.append(collecting)
    asyncio.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.callbacks.remove(collecting)


def _named(handle: asyncio.Handle) -> str:
    """Name what a loop ran: of a task all coroutines that wait for one another, as they stand now."""
    callback = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(callback)
    names: list[str] = []
    waiting: Any = task.get_coro()
    while code := getattr(waiting, "cr_code", None):
        frame = getattr(waiting, "cr_frame", None)
        names.append(f"{code.co_qualname}:{frame.f_lineno if frame else 'ended'}")
        waiting = getattr(waiting, "cr_await", None)
    return " > ".join(names)


def main() -> None:
    """Run the command under watch."""
    record = Path(sys.argv.pop(1))
    record.touch()

    def tell(stall: Stall) -> None:
        with record.open("a", encoding="utf-8") as file:
            file.write(f"{stall}\n")

    from backend.cli import main as run

    with watched(tell):
        run()


if __name__ == "__main__":
    main()
