"""OpenAI's Batch API: a file is sent, a batch made of it, asked for, ended, and its results fetched.

It goes by the same client as all calls. What comes back is foreign input: numbers, words and counts are held to what
they can be.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import LabelguardError, NoCompletionError
from backend.model.answer.foreign import AnswerBody, count
from backend.model.batch.results import ResultFile
from backend.model.clients import AsItCame, WireAttempt, under_way
from backend.model.failures import failure
from backend.model.retries import pause, trouble
from backend.model.senders import Sender, openai_client
from backend.providers import Provider

ENDPOINT = "/v1/chat/completions"
WINDOW = "24h"
FILE_S = 900.0
"""Seconds that it may take to send a file, or to fetch one."""
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
STATUSES = OVER | {"validating", "in_progress", "finalizing", "cancelling"}
MOST_LISTED = 20
"""Pages of 100 batches in which one is looked for."""
_NUMBER = re.compile(r"[\w-]{1,128}", re.ASCII)
_CODE = re.compile(r"[\w-]{1,64}", re.ASCII)
Request = Callable[[str, WireAttempt], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """A batch, as its provider says.

    Attributes:
        number: the provider's for it.
        status: of STATUSES.
        file: of its lines.
        output, errors: the files of its results, "" if there is none.
        code: the word for why it failed, "" if it says none.
        total, done, failed: lines.
    """

    number: str
    status: str
    file: str
    output: str
    errors: str
    code: str
    total: int
    done: int
    failed: int

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in OVER


class BatchApi:
    """Asks one provider. Belongs to one event loop.

    Args:
        provider: has the API.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._sender, self._client = Sender(provider), openai_client(provider)

    async def upload(self, content: bytes, name: str) -> str:
        """Send a file of lines; return the provider's number for it. Nothing is done about it yet.

        Raises:
            GatewayError: it was not taken; as all methods here do.
        """

        async def request(base: str, sending: WireAttempt) -> Any:
            sending.is_upload = True
            return await self._client.post(
                f"{base}/files",
                cast_to=AsItCame,
                body={"purpose": "batch"},
                files=[("file", (f"{name}.jsonl", content, "application/jsonl"))],
                options={"headers": {"Content-Type": "multipart/form-data"} | _authorized(sending)},
            )

        said = await self._ask(request, FILE_S)
        return self._number(said.get("id"))

    async def create(self, file: str, name: str) -> BatchStatus:
        """Have a file's lines done within a day.

        Args:
            file: the provider's number for it.
            name: ours for the batch, which the provider shows beside it.
        """
        body = {
            "input_file_id": file,
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": {"labelguard": name},
        }

        async def request(base: str, sending: WireAttempt) -> Any:
            options: Any = {"headers": _authorized(sending)}
            return await self._client.post(f"{base}/batches", cast_to=AsItCame, body=body, options=options)

        return self._status(await self._ask(request, is_once=True))

    async def find(self, file: str) -> BatchStatus | None:
        """Return the batch that was made of a file; None if there is none."""
        after: str | None = None
        for _ in range(MOST_LISTED):
            said = await self._get("/batches", {"limit": 100} | ({"after": after} if after else {}))
            listed = said.get("data")
            ours = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            for one in ours:
                if one.get("input_file_id") == file:
                    return self._status(one)
            if not ours or said.get("has_more") is not True:
                return None
            after = self._number(ours[-1].get("id"))
        return None

    async def status(self, number: str) -> BatchStatus:
        """Return how a batch stands."""
        return self._status(await self._get(f"/batches/{number}"))

    async def cancel(self, number: str) -> BatchStatus:
        """Have a batch ended: what is done stays."""

        async def request(base: str, sending: WireAttempt) -> Any:
            options: Any = {"headers": _authorized(sending)}
            return await self._client.post(f"{base}/batches/{number}/cancel", cast_to=AsItCame, options=options)

        return self._status(await self._ask(request))

    async def fetch(self, file: str, begin: Callable[[], ResultFile]) -> ResultFile:
        """Fetch a file of results.

        Args:
            file: the provider's number for it.
            begin: makes what takes it, anew for each try.
        """
        taken = begin()

        async def request(base: str, sending: WireAttempt) -> Any:
            nonlocal taken
            taken = begin()
            sending.take = taken.take
            options: Any = {"headers": _authorized(sending)}
            await self._client.get(f"{base}/files/{file}/content", cast_to=AsItCame, options=options)

        await self._ask(request, FILE_S)
        return taken.end()

    async def as_if_sent(self, status: int, body: AnswerBody) -> WireAttempt:
        """Return an attempt as if a line had been a call of its own, to tell what went wrong with it."""
        sending = await self._sender.open()
        sending.is_sent, sending.status, sending.answer = True, status, body
        sending.fault = body.form if status < 400 else ""
        return sending

    async def aclose(self) -> None:
        """Close the connections."""
        await self._sender.aclose()

    async def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        async def request(base: str, sending: WireAttempt) -> Any:
            options: Any = {"headers": _authorized(sending), "params": dict(query or {})}
            return await self._client.get(base + path, cast_to=AsItCame, options=options)

        return await self._ask(request)

    async def _ask(self, request: Request, seconds: float = 0.0, *, is_once: bool = False) -> Mapping[str, Any]:
        """Make a request, again where what went wrong may pass; return the object that comes.

        Args:
            request: is given the address and the attempt.
            seconds: that it may take, if more than the provider usually may.
            is_once: whether it must not be made again where nobody knows what became of it.
        """
        tries = 0
        while True:
            sending, error, answer = None, None, None
            try:
                async with asyncio.timeout(max(seconds, self.provider.timeout_s)):
                    sending = await self._sender.open()
                    sending.is_raw = True
                    with under_way(sending):
                        answer = await request(sending.reach.base_url.removesuffix("/"), sending)
            except LabelguardError as own:
                error = own
            except Exception as foreign:
                error = failure(self.provider, sending, foreign)
            if error is None:
                return {} if answer is None else self._object(answer)
            tries += 1
            wait = None if is_once and sending and sending.is_sent else pause(trouble(error, sending), tries, None)
            if wait is None:
                raise error.bare()
            await asyncio.sleep(wait)

    def _object(self, answer: Any) -> Mapping[str, Any]:
        try:
            said = answer.json()
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            return said
        raise self._unreadable()

    def _status(self, said: Mapping[str, Any]) -> BatchStatus:
        counts, errors = said.get("request_counts"), said.get("errors")
        numbers = counts if isinstance(counts, dict) else {}
        total, done, failed = (count(numbers.get(name), 10**9) or 0 for name in ("total", "completed", "failed"))
        listed = errors.get("data") if isinstance(errors, dict) else None
        codes = [one.get("code") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        status = said.get("status")
        if not isinstance(status, str) or status not in STATUSES:
            raise self._unreadable()
        return BatchStatus(
            number=self._number(said.get("id")),
            status=status,
            file=self._number(said.get("input_file_id")),
            output=self._number(said["output_file_id"]) if said.get("output_file_id") else "",
            errors=self._number(said["error_file_id"]) if said.get("error_file_id") else "",
            code=next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), ""),
            total=total,
            done=done,
            failed=failed,
        )

    def _number(self, value: object) -> str:
        """Return what names a file or a batch, and can stand in a path."""
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return value
        raise self._unreadable()

    def _unreadable(self) -> NoCompletionError:
        reason = "its Batch API gave no answer that can be read - check address, and batch at the provider"
        return NoCompletionError(self.provider.name, reason)


def _authorized(sending: WireAttempt) -> dict[str, str]:
    return {"Authorization": f"Bearer {sending.key}"}
