"""Caches of what stands in texts: bounded, and emptied now and then, so that no process remembers a name for long.

And what loading took meanwhile, which is given back.
"""

import ctypes
import gc
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

FORGET_S = 60.0
"""Seconds after which a server forgets."""
LOADING = (50_000, 20, 100)
"""How much is made, and how often that is looked through, before Python looks for garbage while much is loaded."""
LOOK_THROUGH = 1_000
"""So many times something is added to what stays before all of that is looked through."""
_ORDINARY = gc.get_threshold()
_CACHES: list["_lru_cache_wrapper[Any]"] = []


def remembered(most: int) -> Callable[[Callable[..., T]], "_lru_cache_wrapper[T]"]:
    """Have a function remember what it gave, until `forget`.

    Args:
        most: how much it remembers at once.
    """

    def wrap(function: Callable[..., T]) -> "_lru_cache_wrapper[T]":
        cached = lru_cache(maxsize=most)(function)
        _CACHES.append(cached)
        return cached

    return wrap


def forget() -> None:
    """Forget what was remembered, and the patterns that were made of a task's values, which `re` keeps."""
    for cached in _CACHES:
        cached.cache_clear()
    re.purge()


class _LongLived:
    """What stays in a server for long, and is not looked at whenever Python looks for garbage.

    Nobody else runs while Python looks through all that it has: a tenth of a second for some hundred label configs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._added: int | None = None

    def begin(self) -> None:
        """Take all that was loaded for what stays."""
        with self._lock:
            gc.freeze()
            gc.set_threshold(*_ORDINARY)
            self._added = 0

    def add(self) -> None:
        """Take all that is there for what stays; now and then look through it, for garbage that was taken with it."""
        with self._lock:
            if self._added is None:
                return
            self._added += 1
            is_time = self._added >= LOOK_THROUGH
            if is_time:
                self._added = 0
                gc.unfreeze()
            gc.collect(2 if is_time else 1)
            gc.freeze()


_LONG_LIVED = _LongLived()


def begin_loading() -> None:
    """Look for garbage seldom, as most of what is made stays: looking took a seventh of the time until a server runs.

    It stays so in a command that ends soon; a server settles its memory when it has loaded all.
    """
    gc.set_threshold(*LOADING)


def settle_memory() -> None:
    """Give back what loading took meanwhile, and look for no garbage in what stays: that takes a second each time."""
    _LONG_LIVED.begin()
    with suppress(AttributeError, OSError):  # another C library than GNU's
        ctypes.CDLL(None).malloc_trim(0)


def keep_settled() -> None:
    """Have what was just made, and is kept for long, not looked at either, where memory was settled."""
    _LONG_LIVED.add()
