"""Data that a task names by an address (`valueType="url"`): fetched from hosts that the policy allows, and no others.

An address of a private network is never reached, except Label Studio's own, which the settings name. The address that a
host's name stands for is looked up once and connected to, so that it cannot change between the check and the call.
"""

import asyncio
import ipaddress
import json
import logging
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urljoin

import httpx

from backend.errors import InternalError, LabelguardError, TaskError
from backend.paths import lookup
from backend.types import Fetch, ObjectTag, Plan

log = logging.getLogger("labelguard.fetch")

AT_ONCE = 16
REDIRECTS = 3
TITLE_KEPT_S = 60.0
TITLE_TIMEOUT_S = 5.0
LEGACY_TOKEN = re.compile(r"[0-9a-f]{40}")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class LabelStudioAccess:
    """Where Label Studio is, for data that it keeps itself.

    Attributes:
        url: its base URL, as Labelguard reaches it.
        token: a user's token: a legacy one, or a personal access token.
    """

    url: str
    token: str = field(repr=False)


def is_public(address: Address) -> bool:
    """Say whether an address lies in no private, local or reserved network."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not address.is_multicast


class Fetcher:
    """Fetches what tasks name by an address. Belongs to one event loop.

    Args:
        label_studio: whose own data may be fetched, or None.
        permit: which addresses may be connected to.
    """

    def __init__(
        self, label_studio: LabelStudioAccess | None = None, permit: Callable[[Address], bool] = is_public
    ) -> None:
        self._label_studio = label_studio
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._permit = permit
        self._titles: dict[str, tuple[float, str]] = {}

    async def complete(self, plan: Plan, data: Mapping[str, Any], rule: Fetch) -> Mapping[str, Any]:
        """Return a task's data with what its addresses stand for in their place.

        Args:
            plan: whose objects are looked at.
            data: the task's.
            rule: the policy's.

        Raises:
            TaskError: names the field, never the address.
        """
        found: dict[str, Any] = {}
        for obj in plan.objects:
            value = lookup(data, obj.field) if obj.is_url and obj.field else None
            if isinstance(value, str) and value.strip() and obj.field not in found:
                found[obj.field] = await self._value(obj, value.strip(), rule)
        return {**data, **found} if found else data

    async def title(self, project: str) -> str:
        """Return a project's title, as Label Studio said within the last minute; "" if it cannot be asked.

        Args:
            project: the project's id.
        """
        known = self._titles.get(project)
        if known and time.monotonic() - known[0] < TITLE_KEPT_S:
            return known[1]
        problem, title = "", ""
        try:
            title = await self._title(project)
        except _RefusedError as error:
            problem = str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
            problem = f"cannot be asked for ({type(error).__name__})"
        if problem:
            log.warning("project %s: its title %s, so no policy rule by title matches", project, problem)
            return ""
        self._titles[project] = (time.monotonic(), title)
        return title

    async def _title(self, project: str) -> str:
        access = self._label_studio
        if access is None or not project.isdigit():
            raise _RefusedError("is unknown - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN")
        place = urljoin(access.url.rstrip("/") + "/", f"api/projects/{project}/")
        async with asyncio.timeout(TITLE_TIMEOUT_S), httpx.AsyncClient(trust_env=False) as client:
            headers = {"Authorization": await self._authorization(client, access)}
            answer = await client.get(place, headers=headers)
        if not answer.is_success:
            raise _RefusedError(f"was refused ({answer.status_code})")
        return str(answer.json()["title"])

    async def _value(self, obj: ObjectTag, url: str, rule: Fetch) -> Any:
        problem: str | None = None
        try:
            async with self._slots, asyncio.timeout(rule.timeout_s):
                text = await self._text(url, rule)
            return json.loads(text) if obj.tag not in ("Text", "HyperText") else text
        except _RefusedError as error:
            problem = str(error)
        except TimeoutError:
            problem = f"was not there in {rule.timeout_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # their texts quote the address
            problem = f"cannot be reached ({type(error).__name__})"
        except ValueError:
            problem = "is no JSON, or no UTF-8"
        except Exception as error:
            raise InternalError(error) from None
        raise TaskError(obj.field, f"is an address: what is there {problem}", "see fetch in the policy's rule")

    async def _text(self, url: str, rule: Fetch) -> str:
        base = self._label_studio.url.rstrip("/") + "/" if self._label_studio else None
        if url.startswith("/") and base is None:
            raise _RefusedError("is Label Studio's own - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN")
        place = httpx.URL(urljoin(base, url.lstrip("/")) if base and url.startswith("/") else url)
        for _ in range(REDIRECTS + 1):
            status, moved, body, code = await self._get(place, rule)
            if moved is None:
                break
            place = httpx.URL(urljoin(str(place), moved))
        else:
            raise _RefusedError("is behind too many redirects")
        if status != 200:
            raise _RefusedError(f"was refused ({status})")
        return body.decode(code or "utf-8")

    async def _get(self, url: httpx.URL, rule: Fetch) -> tuple[int, str | None, bytes, str | None]:
        """Return the status, where it has moved to, the body and its encoding."""
        own = self._is_label_studio(url)
        if url.scheme not in ("http", "https") or not url.host:
            raise _RefusedError("is no http address")
        if url.userinfo:
            raise _RefusedError("has a password in its address")
        if not own and not any(fnmatchcase(url.host.lower(), pattern.lower()) for pattern in rule.hosts):
            raise _RefusedError("is at a host that the policy does not allow - add it to fetch.hosts")
        address = await self._resolve(url, own)
        pinned = url.copy_with(host=str(address))
        headers = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
        async with httpx.AsyncClient(trust_env=False, timeout=rule.timeout_s) as client:
            if own and self._label_studio:
                headers["Authorization"] = await self._authorization(client, self._label_studio)
            extensions = {"sni_hostname": url.host}
            async with client.stream("GET", pinned, headers=headers, extensions=extensions) as response:
                moved = response.headers.get("location") if response.is_redirect else None
                body = b"" if moved else await _read(response, rule.max_bytes)
                return response.status_code, moved, body, response.charset_encoding

    def _is_label_studio(self, url: httpx.URL) -> bool:
        if self._label_studio is None:
            return False
        own = httpx.URL(self._label_studio.url)
        return (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port)

    async def _resolve(self, url: httpx.URL, own: bool) -> Address:
        """Return the address to connect to: none of the host's may be one that is not permitted."""
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(info[4][0]) for info in infos]
        if not addresses or not (own or all(map(self._permit, addresses))):
            raise _RefusedError("is in a private network, where nothing is fetched")
        return addresses[0]

    async def _authorization(self, client: httpx.AsyncClient, access: LabelStudioAccess) -> str:
        if LEGACY_TOKEN.fullmatch(access.token):
            return f"Token {access.token}"
        place = urljoin(access.url.rstrip("/") + "/", "api/token/refresh")
        answer = await client.post(place, json={"refresh": access.token})
        if not answer.is_success:
            raise _RefusedError(f"needs a token that Label Studio takes ({answer.status_code})")
        return f"Bearer {answer.json()['access']}"


class _RefusedError(LabelguardError):
    """Ends a fetch; says why without the address."""


async def _read(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most:
            raise _RefusedError(f"is longer than {most} bytes")
    return bytes(body)
