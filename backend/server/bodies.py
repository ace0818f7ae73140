"""Request bodies: read within bounds, of one and of all together, or thrown away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from backend.errors import BodyTooLargeError, BusyError, RequestError

AT_ONCE = 4
"""How many bodies of the greatest length are held at a time."""


class Bodies:
    """Reads bodies.

    Args:
        limit: the greatest length of one, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytearray]:
        """Read a body and hold it; what it took is free for others when this ends, whatever becomes of it meanwhile.

        Raises:
            BodyTooLargeError: it is longer than the limit, by its header or in fact.
            BusyError: those that are held fill what there is for all.
            RequestError: the caller went away.
        """
        body, size = bytearray(), 0
        try:
            async for chunk in self._chunks(request):
                if self._held + len(chunk) > AT_ONCE * self._limit:
                    raise BusyError("too many large requests at a time")
                self._held += len(chunk)
                size += len(chunk)
                body += chunk
            yield body
        finally:
            self._held -= size

    async def head(self, request: Request, size: int) -> tuple[bytes, bool]:
        """Read the beginning of a body, and throw the rest away.

        Args:
            request: its request.
            size: how many bytes are kept.

        Returns:
            The beginning, and whether it is the whole.
        """
        kept, length = bytearray(), 0
        async for chunk in self._chunks(request):
            length += len(chunk)
            kept += chunk[: size - len(kept)]
        return bytes(kept), length <= size

    async def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > self._limit):
            raise BodyTooLargeError(self._limit)
        length = 0
        try:
            async for chunk in request.stream():
                length += len(chunk)
                if length > self._limit:
                    raise BodyTooLargeError(self._limit)
                yield chunk
        except ClientDisconnect:
            raise RequestError("the caller went away before its request was whole") from None
