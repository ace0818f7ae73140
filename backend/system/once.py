"""What is made once in a process, when it is first asked for, by whichever thread comes first."""

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Have a function called once for the same arguments, also by threads that ask at the same time.

    What raises is asked again.
    """
    kept = cache(make)
    lock = threading.RLock()

    @wraps(make)
    def given(*args: P.args, **named: P.kwargs) -> T:
        with lock:
            return kept(*args, **named)

    return given
