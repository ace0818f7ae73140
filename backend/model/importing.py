"""The libraries that ask models are imported by one thread at a time.

Each imports parts of the others, and of itself in a circle: two threads at it at once would each meet half a module.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_LOCK = threading.RLock()


def alone(load: Callable[P, T]) -> Callable[P, T]:
    """Have a function wait until no other thread imports any of the libraries."""

    @wraps(load)
    def loaded(*args: P.args, **named: P.kwargs) -> T:
        with _LOCK:
            return load(*args, **named)

    return loaded
