"""What takes long and is done once in a process: when it is first asked for, or on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Have a function called once for the same arguments, also by threads that ask at the same time.

    What raises is asked again.
    """
    kept = cast("Callable[P, T]", cache(make))
    lock = threading.RLock()

    @wraps(make)
    def given(*args: P.args, **named: P.kwargs) -> T:
        with lock:
            return kept(*args, **named)

    return given


def begun(work: Callable[[], T], name: str) -> "Future[T]":
    """Begin work on a thread of its own, for which no process waits to end; returns what comes of it.

    Args:
        work: whatever it raises stands in what is returned.
        name: of the thread.
    """
    coming: Future[T] = Future()
    coming.set_running_or_notify_cancel()  # so that nobody who waits for it can end it

    def run() -> None:
        try:
            coming.set_result(work())
        except BaseException as error:  # whatever it is, whoever waits hears of it
            coming.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return coming


async def settled(coming: "Future[Any]", seconds: float | None = None) -> None:
    """Wait until something has come, or could not; whoever is cancelled meanwhile ends nothing but the waiting.

    Args:
        coming: from another thread.
        seconds: after which nobody waits any more; None for as long as it takes.
    """
    loop, is_done = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(is_done.set)

    coming.add_done_callback(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(is_done.wait(), seconds)
