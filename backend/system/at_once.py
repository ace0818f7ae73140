"""What a library hands to the event loop's threads is done on the loop, where that is sooner done than handed over."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

_is_short: ContextVar[bool] = ContextVar("is_short", default=False)
_lent: "WeakSet[asyncio.AbstractEventLoop]" = WeakSet()


class _Executor(ThreadPoolExecutor):
    """The threads that a loop has by default, and none within `at_once`."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Have something done: by a thread, or before this returns."""
        if not _is_short.get():
            return super().submit(fn, *args, **kwargs)
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # whoever waits has it, as from a thread
            done.set_exception(error)
        return done


@contextmanager
def at_once(is_short: bool = True) -> Iterator[None]:
    """Have what this task hands to its loop's threads within the block done at once, by the loop itself.

    Args:
        is_short: False has it done by threads, as it is outside.
    """
    loop = asyncio.get_running_loop()
    if is_short and loop not in _lent:
        loop.set_default_executor(_Executor(thread_name_prefix="asyncio"))
        _lent.add(loop)
    token = _is_short.set(is_short)
    try:
        yield
    finally:
        _is_short.reset(token)
