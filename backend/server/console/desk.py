"""What the console's pages are given that stand in files of their own, beside the console's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from backend.engine.thread import EngineThread
from backend.errors import NotAllowedError
from backend.server.console.access import ConsoleAccess, ConsoleUser
from backend.server.console.forms import Fields
from backend.settings import Settings
from backend.store import Store

T = TypeVar("T")
PageEndpoint = Callable[[Request, Any], Awaitable[Response]]
"""Is given who asks; None where anybody may."""
ConsolePath = tuple[str, str, PageEndpoint]
"""A path below `/console`, its method, and what answers."""


class OffLoop(Protocol):
    """Does work beside the loop that answers /health."""

    def __call__(self, work: Callable[..., T], *args: Any, **named: Any) -> Awaitable[T]:
        """Do it."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What such pages work with.

    Attributes:
        access: makes and checks the tokens of forms.
        runner: the engine that predicts.
        settings: of the server.
        store: the state.
        off: does work beside the loop that answers /health.
        form: reads a request's form.
    """

    access: ConsoleAccess
    runner: EngineThread
    settings: Settings
    store: Store
    off: OffLoop
    form: Callable[[Request], Awaitable[Fields]]

    async def own_form(self, request: Request, user: ConsoleUser, action: str) -> Fields:
        """Return the fields of a form that a page of ours brought.

        Args:
            request: has it.
            user: who sent it.
            action: what its page made its token for.

        Raises:
            RequestError: it is no such form.
        """
        fields = await self.form(request)
        self.access.check_form(request, user, action, fields.get("token", ""))
        return fields


def only_admin(user: ConsoleUser) -> None:
    """Pass the administrator alone.

    Raises:
        NotAllowedError: it is another.
    """
    if user.role != "admin":
        raise NotAllowedError
