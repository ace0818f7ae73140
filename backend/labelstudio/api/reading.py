"""What the parts of Label Studio's API have in common: who asks, lists that come by pages, tasks that come in parts."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from backend.labelstudio.api.calls import Calls, MissingError, TooLongError, foreign
from backend.labelstudio.fetch.account import LabelStudioAccess
from backend.labelstudio.requests import WireModel


class HasId(Protocol):
    """A task, whose number may have come as a text."""

    @property
    def id(self) -> int | str | None:
        """Its number."""


M = TypeVar("M", bound=WireModel)
Task = TypeVar("Task", bound=HasId)
Numbers = tuple[Sequence[int], int]
"""Numbers of one page, and how many there are on all."""
TaskPage = tuple[Sequence[Task], int]
"""Tasks of one page, and how many there are on all."""


class StudioApi:
    """Label Studio's API as one user sees it. Belongs to one event loop.

    All methods raise `LabelStudioError`, whose `passes` says whether the same may succeed later.

    Args:
        access: where it is, and a user's token, legacy or personal.
    """

    def __init__(self, access: LabelStudioAccess) -> None:
        self._calls = Calls(access)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._calls.aclose()


async def every_page(read: Callable[[int], Awaitable[Numbers]]) -> list[int]:
    """Return the numbers of all pages.

    Args:
        read: reads one; the first is 1.

    Raises:
        LabelStudioError: one cannot be read.
    """
    found: dict[int, None] = {}
    page = seen = 0
    total = 1
    while seen < total:
        page += 1
        try:
            numbers, total = await read(page)
        except MissingError:
            if page == 1:
                raise
            break  # there were more when the page before was read
        found |= dict.fromkeys(numbers)
        seen, total = seen + len(numbers), total if numbers else 0
    return list(found)


async def in_parts(ids: Sequence[int], read: Callable[[Sequence[int]], Awaitable[TaskPage[Task]]]) -> list[Task]:
    """Read tasks; in parts where they are too long together, or more than Label Studio gives at once.

    Args:
        ids: their numbers.
        read: reads some.

    Returns:
        Those that are still there, in no order that holds.

    Raises:
        LabelStudioError: one cannot be read.
    """
    try:
        tasks, total = await read(ids)
    except TooLongError:
        if len(ids) == 1:
            raise
    else:
        if len(tasks) >= total or len(ids) == 1:
            return [task for task in tasks if task.id and int(task.id) in ids]
    middle = len(ids) // 2
    return await in_parts(ids[:middle], read) + await in_parts(ids[middle:], read)


def taken(model: type[M], found: Any, what: str) -> M:
    """Read what came, and drop all that is not needed.

    Raises:
        LabelStudioError: it is something else.
    """
    with suppress(ValidationError):
        return model.model_validate(found)
    raise foreign(what)
