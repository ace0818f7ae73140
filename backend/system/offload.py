"""Work that is short for most tasks, and may be long for a large one: then it keeps no event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LARGE = 10_000
"""Characters, of all that work reads, from which on it takes longer than to hand it to a thread, by far."""


async def off_loop(size: int, work: Callable[[], T]) -> T:
    """Do work here, or on a thread if what it reads is large.

    Args:
        size: of what it reads, in characters.
        work: uses nothing that another thread may change meanwhile.
    """
    return await asyncio.to_thread(work) if size > LARGE else work()
