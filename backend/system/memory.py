"""Caches of what stands in texts: bounded, and emptied now and then, so that no process remembers a name for long.

And what loading took meanwhile, which is given back.
"""

import ctypes
import gc
import re
from collections.abc import Callable
from contextlib import suppress
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

FORGET_S = 60.0
"""Seconds after which a server forgets."""
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


def settle_memory() -> None:
    """Give back what loading took meanwhile, and look for no garbage in what stays: that takes a second each time."""
    gc.freeze()
    with suppress(AttributeError, OSError):  # another C library than GNU's
        ctypes.CDLL(None).malloc_trim(0)
