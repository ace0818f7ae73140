"""Whether who asked is still there: work that nobody waits for any more is ended."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")


async def while_there(request: Request, work: Awaitable[T]) -> T | None:
    """Wait for work for as long as its caller does; None if the caller went away: then the work is cancelled.

    Args:
        request: its caller's, whose body was read.
        work: what is waited for.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        gone.cancel()
        working.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
