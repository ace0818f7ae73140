"""Bodies of answers, read within a bound."""

import zlib
from contextlib import suppress

import httpx

from backend.labelstudio.fetch.places import NoAccessError


def check_body_length(length: int, most: int) -> None:
    """Pass a length that is within a bound.

    Raises:
        NoAccessError: it is not.
    """
    if length > most:
        raise NoAccessError(f"is longer than {most} bytes")


async def read_body(response: httpx.Response, most: int) -> bytes:
    """Read a body, never more than `most` bytes of it; unpack one that came packed, though that was not asked for.

    Raises:
        NoAccessError: it is longer, or cannot be unpacked.
    """
    packing = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if packing not in ("identity", "gzip", "x-gzip", "deflate"):
        raise NoAccessError("is packed in a way that is not read")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32) if packing != "identity" else None
    body = bytearray()
    with suppress(zlib.error):  # what is broken has no end
        async for part in response.aiter_raw():
            body += unpacking.decompress(part, most + 1) if unpacking else part
            check_body_length(len(body), most)
    if unpacking and not unpacking.eof:
        raise NoAccessError("is packed, and broken")
    return bytes(body)
