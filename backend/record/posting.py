"""The one way by which hashes and signatures of the record go to other parties: a POST, and what is answered to it.

No proxy is asked, no redirect followed, and but for certificates nothing is read from the environment.
"""

import asyncio
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import certifi
import httpx

from backend.errors import RecordError
from backend.record.receivers import is_web_address, shown_address

TIMEOUT_S = 30.0
"""Seconds for all of a request, from the name's look-up to the answer's last byte."""
MOST_BYTES = 64 * 2**10
"""Longest answer that is read."""


def post(url: str, body: bytes, kind: str) -> bytes:
    """Post something and return what is answered. Not for a thread with an event loop.

    Args:
        url: where to, by http or https; a user and a password in it are sent as Basic authentication.
        body: what is sent.
        kind: its media type.

    Raises:
        RecordError: it is not answered with a status of success, in time and briefly.
    """
    if not is_web_address(url):
        raise RecordError("the address is none - give one that begins with http:// or https://")
    try:
        return asyncio.run(_posted(url, body, kind))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:  # their texts quote the address
        problem = f"cannot be reached ({type(error).__name__})"
    raise RecordError(f"{shown_address(url)} {problem} - see the address, and whether it runs there")


async def _posted(url: str, body: bytes, kind: str) -> bytes:
    headers = {"Content-Type": kind, "Accept-Encoding": "identity", "User-Agent": "labelguard"}
    cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    client = httpx.AsyncClient(
        verify=_trusted(), trust_env=False, follow_redirects=False, cookies=cookies, timeout=TIMEOUT_S
    )
    async with (
        asyncio.timeout(TIMEOUT_S),
        client,
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        if not answer.is_success:
            raise RecordError(f"{shown_address(url)} refuses it with status {answer.status_code} - see its own log")
        said = bytearray()
        async for part in answer.aiter_raw():
            said += part
            if len(said) > MOST_BYTES:
                raise RecordError(f"{shown_address(url)} answers with more than {MOST_BYTES} bytes - see the address")
    return bytes(said)


def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()  # which reads SSL_CERT_FILE and SSL_CERT_DIR
    context.load_verify_locations(certifi.where())
    context.keylog_filename = None  # type: ignore[assignment]  # SSLKEYLOGFILE would write the connection's secrets
    return context
