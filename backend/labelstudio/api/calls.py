"""Calls of Label Studio's API: to its own address alone, each answer read within a bound, failures told without text.

label-studio-sdk is not used for them: it exchanges a personal token by a client of its own, which asks the
environment's proxies and follows redirects, and its errors hold whole answers.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from backend.errors import LabelStudioError
from backend.labelstudio.fetch.account import Account, LabelStudioAccess, TokenError
from backend.labelstudio.fetch.bodies import read_body
from backend.labelstudio.fetch.dialing import Dialing, make_client
from backend.labelstudio.fetch.places import NoAccessError, origin
from backend.system.writing import to_json

TIMEOUT_S = 120.0
"""Seconds for a call: storing predictions takes long in a project of a hundred thousand tasks."""
MOST_BYTES = 64 * 2**20
"""Longest answer that is read."""
TRIES = 4
FIRST_S = 0.5
"""Seconds until the second try, about; each further one waits twice as long."""
LONGEST_S = 30.0
"""Where Label Studio asks for a longer rest than this, the call is given up."""

T = TypeVar("T")
_REACH = "see LABELGUARD_LABEL_STUDIO_URL, and whether it runs there"
_chance: random.Random = random.SystemRandom()


class MissingError(LabelStudioError):
    """It has no such thing, or not for this user."""


class ContentError(LabelStudioError):
    """What was sent is refused for what it holds."""


class TooLongError(LabelStudioError):
    """An answer that is longer than is read."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call.

    Attributes:
        method: HTTP's.
        path: below the base URL, without a slash before it.
        what: is asked for, for errors: such as "project 12".
        query: what stands behind the path.
        body: is sent as JSON; None for nothing.
    """

    method: str
    path: str
    what: str
    query: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)


class Calls:
    """Makes calls as one user. Belongs to one event loop.

    Args:
        access: where, and with whose token.
    """

    def __init__(self, access: LabelStudioAccess) -> None:
        self._access = access
        self._account = Account(access)
        own = origin(httpx.URL(access.url))[1:]
        self._client = make_client(Dialing(lambda _: False, [own]))

    async def ask(self, call: ApiCall) -> Any:
        """Make a call; one that may be made twice again after a while, if what went wrong may pass.

        Returns:
            The JSON of the answer; None if it has no content.

        Raises:
            LabelStudioError: why there is no answer.
        """
        return await (self._try(call) if call.method == "POST" else persistently(lambda: self._try(call)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _try(self, call: ApiCall) -> Any:
        problem: LabelStudioError | None = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, body, seconds = await self._send(call)
        except TokenError as error:
            problem = _refusal(401 if error.answered < 429 else error.answered, call.what)
        except NoAccessError:
            problem = TooLongError(f"answers at too great length for {call.what}", "see the size of its tasks")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # their texts quote the address
            reason = f"cannot be reached for {call.what} ({type(error).__name__})"
            problem = LabelStudioError(reason, _REACH, passes=True)
        if problem is None and not 200 <= status < 300:
            problem = _refusal(status, call.what, seconds)
        if problem is not None:
            raise problem
        return await asyncio.to_thread(_parsed, body, call.what) if body else None

    async def _send(self, call: ApiCall) -> tuple[int, bytes, float | None]:
        """Return the status, the body, and for how long to rest; with a new access token where one had ended."""
        said = await self._account.authorization(self._client)
        answer = await self._send_as(said, call)
        if answer[0] == 401 and self._account.drop(said):
            answer = await self._send_as(await self._account.authorization(self._client), call)
        return answer

    async def _send_as(self, said: str, call: ApiCall) -> tuple[int, bytes, float | None]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Authorization": said}
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = to_json(call.body)
        url = httpx.URL(self._access.place(call.path), params=dict(call.query))
        asking = self._client.stream(call.method, url, content=content, headers=headers, timeout=TIMEOUT_S)
        async with asking as response:
            body = await read_body(response, MOST_BYTES) if response.is_success else b""
            return response.status_code, body, _seconds(response.headers.get("retry-after", ""))


async def persistently(work: Callable[[], Awaitable[T]]) -> T:
    """Do what may be done twice, again after a while if it fails by what may pass.

    Raises:
        LabelStudioError: it does not pass, or not soon.
    """
    for tries in range(1, TRIES):
        try:
            return await work()
        except LabelStudioError as error:
            if not error.passes or (error.rest_s or 0.0) > LONGEST_S:
                raise
            seconds = error.rest_s
        await asyncio.sleep(FIRST_S * 2 ** (tries - 1) * (0.5 + _chance.random() / 2) if seconds is None else seconds)
    return await work()


def foreign(what: str) -> LabelStudioError:
    """Return the error that what came is no answer of Label Studio's API."""
    return LabelStudioError(f"gave no answer of its API for {what}", "see that LABELGUARD_LABEL_STUDIO_URL is its own")


def _parsed(body: bytes, what: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(body)
    raise foreign(what)


def _seconds(header: str) -> float | None:
    """Read Retry-After; None if it does not say how many seconds."""
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 10 else None


def _refusal(status: int, what: str, seconds: float | None = None) -> LabelStudioError:
    """Return what a status means, and what to do about it."""
    if status == 429:
        reason = f"has too much to do for {what} (429)"
        return LabelStudioError(reason, "try again later", passes=True, rest_s=seconds)
    if status >= 500:
        reason = f"failed for {what} ({status})"
        return LabelStudioError(reason, "see its log, and try again", passes=True, rest_s=seconds)
    kind, reason, remedy = _REFUSALS.get(300 if 300 <= status < 400 else status, _REFUSED)
    return kind(f"{reason.format(what=what)} ({status})", remedy)


_REFUSALS = {
    300: (
        LabelStudioError,
        "answers for {what} by a redirect, which is not followed",
        "set LABELGUARD_LABEL_STUDIO_URL to where it leads, such as https",
    ),
    401: (
        LabelStudioError,
        "does not take the token",
        "set LABELGUARD_LABEL_STUDIO_TOKEN to one from its user's account page",
    ),
    403: (LabelStudioError, "does not let the token's user at {what}", "let that user into the project"),
    404: (MissingError, "has no {what} that the token's user may see", "see its number, and whose token it is"),
}
_REFUSED = (ContentError, "does not take {what}", "see whether it is still there, and its log")
