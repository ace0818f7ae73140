"""Data that a task names by an address (`valueType="url"`): fetched from where the policy allows, and nowhere else.

An address of a private network is never reached, except Label Studio's own, which the settings name. With its token
nothing is fetched but the files that it keeps, and only where a rule says so.
"""

import asyncio
import codecs
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import httpx

from backend.errors import InternalError, TaskError
from backend.labelstudio.fetch.account import Account, LabelStudioAccess
from backend.labelstudio.fetch.bodies import check_body_length, read_body
from backend.labelstudio.fetch.dialing import Address, Dialing, is_public, make_client
from backend.labelstudio.fetch.places import NoAccessError, Place, host_of, origin, place_of
from backend.labelstudio.paths import lookup
from backend.labelstudio.types import Fetch, ObjectTag, Plan

__all__ = ["Fetched", "Fetcher", "LabelStudioAccess", "is_public"]

log = logging.getLogger("labelguard.fetch")

AT_ONCE = 16
REDIRECTS = 3
TITLES = 1024
"""Projects whose titles are remembered."""
TITLE_KEPT_S = 60.0
NO_TITLE_KEPT_S = 10.0
TITLE_TIMEOUT_S = 5.0
PROJECT_BYTES = 16_000_000
"""Longest answer about a project: its label config stands in it."""
_NO_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Python's own names of encodings that no text comes in, in which letters stand for other ones."""
_UNREACHED = (httpx.HTTPError, httpx.InvalidURL, OSError)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched.

    Attributes:
        places: all that were asked for it: the first, and where it was sent on to.
    """

    places: tuple[Place, ...] = field(repr=False)
    body: bytes = field(repr=False)
    code: str


class Fetcher:
    """Fetches what tasks name by an address. Belongs to one event loop.

    Args:
        label_studio: whose own data may be fetched, or None.
        permit: which addresses may be connected to.
    """

    def __init__(
        self, label_studio: LabelStudioAccess | None = None, permit: Callable[[Address], bool] = is_public
    ) -> None:
        self._base = label_studio.url if label_studio else None
        self._account = Account(label_studio) if label_studio else None
        self._access = label_studio
        known = [origin(httpx.URL(self._base))[1:]] if self._base else []
        self._dialing = Dialing(permit, known)
        self._made: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._titles: dict[str, tuple[float, str]] = {}

    async def complete(
        self, plan: Plan, data: Mapping[str, Any], rule: Fetch, known: dict[str, Fetched] | None = None
    ) -> Mapping[str, Any]:
        """Return a task's data with what its addresses stand for in their place.

        Args:
            plan: whose objects are looked at.
            data: the task's.
            rule: the policy's.
            known: by address, what was fetched for this task already, for another rule or field; it is added to.

        Raises:
            TaskError: names the field, never the address.
        """
        known = {} if known is None else known
        found: dict[str, Any] = {}
        for obj in plan.objects:
            value = lookup(data, obj.field) if obj.is_url and obj.field else None
            if isinstance(value, str) and value.strip() and obj.field not in found:
                found[obj.field] = await self._value(obj, value.strip(), rule, known)
        return {**data, **found} if found else data

    async def title(self, project: str) -> str:
        """Return a project's title, as Label Studio said within the last minute; "" if it cannot be asked.

        Args:
            project: the project's id.
        """
        until, title = self._titles.get(project, (0.0, ""))
        if time.monotonic() < until:
            return title
        problem, title = "", ""
        try:
            title = await self._title(project)
        except NoAccessError as error:
            problem = error.reason
        except (*_UNREACHED, TimeoutError, ValueError, KeyError, TypeError, RecursionError) as error:
            problem = f"cannot be asked for ({type(error).__name__})"
        if problem:
            log.warning("project %s: its title %s, so no policy rule by title matches", project, problem)
        while len(self._titles) >= TITLES:
            del self._titles[next(iter(self._titles))]
        self._titles.pop(project, None)
        self._titles[project] = (time.monotonic() + (NO_TITLE_KEPT_S if problem else TITLE_KEPT_S), title)
        return title

    async def aclose(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    async def _title(self, project: str) -> str:
        if self._access is None or not (project.isascii() and project.isdecimal()):
            raise NoAccessError("is unknown - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN")
        place = Place(httpx.URL(self._access.place(f"api/projects/{project}/")), is_own=True)
        async with asyncio.timeout(TITLE_TIMEOUT_S):
            status, _, body, _ = await self._get(place, TITLE_TIMEOUT_S, PROJECT_BYTES)
        if status != 200:
            raise NoAccessError(f"was refused ({status})")
        return str(json.loads(body)["title"])

    async def _value(self, obj: ObjectTag, url: str, rule: Fetch, known: dict[str, Fetched]) -> Any:
        problem: str | None = None
        try:
            async with self._slots, asyncio.timeout(rule.timeout_s):
                text = await self._text(url, rule, known)
            return json.loads(text) if obj.tag not in ("Text", "HyperText") else text
        except NoAccessError as error:
            problem = error.reason
        except TimeoutError:
            problem = f"was not there in {rule.timeout_s:g} s"
        except _UNREACHED as error:  # their texts quote the address
            problem = f"cannot be reached ({type(error).__name__})"
        except (ValueError, RecursionError):
            problem = "is no JSON, or no UTF-8"
        except Exception as error:
            raise InternalError(error) from None
        raise TaskError(obj.field, f"is an address: what is there {problem}", "see fetch in the policy's rule")

    async def _text(self, url: str, rule: Fetch, known: dict[str, Fetched]) -> str:
        if url not in known:
            known[url] = await self._follow(place_of(url, self._base), rule)
        else:  # another rule may have fetched it that allows more
            for place in known[url].places:
                _check(place, rule)
            check_body_length(len(known[url].body), rule.max_bytes)
        return known[url].body.decode(known[url].code)

    async def _follow(self, place: Place, rule: Fetch) -> Fetched:
        """Fetch what is at a place, or at that to which it is moved; each is judged anew."""
        places = [place]
        while len(places) <= REDIRECTS + 1:
            _check(places[-1], rule)
            status, moved, body, code = await self._get(places[-1], rule.timeout_s, rule.max_bytes)
            if moved is None:
                if status != 200:
                    raise NoAccessError(f"was refused ({status})")
                return Fetched(tuple(places), body, code)
            places.append(place_of(moved, self._base, places[-1].url))
        raise NoAccessError("is behind too many redirects")

    async def _get(self, place: Place, timeout_s: float, most: int) -> tuple[int, str | None, bytes, str]:
        """Return the status, where it has moved to, the body and its encoding; with the token if Label Studio's own."""
        if not place.is_own or self._account is None:
            return await self._ask(place, {}, timeout_s, most)
        said = await self._account.authorization(self._client())
        answer = await self._ask(place, {"Authorization": said}, timeout_s, most)
        if answer[0] == 401 and self._account.drop(said):  # ended before its time
            said = await self._account.authorization(self._client())
            answer = await self._ask(place, {"Authorization": said}, timeout_s, most)
        return answer

    async def _ask(
        self, place: Place, headers: Mapping[str, str], timeout_s: float, most: int
    ) -> tuple[int, str | None, bytes, str]:
        headers = {"Accept-Encoding": "identity", **headers}
        async with self._client().stream("GET", place.url, headers=headers, timeout=timeout_s) as response:
            if response.status_code == 200:
                body = await read_body(response, most)
                return 200, None, body, _encoding(response.charset_encoding)
            moved = response.headers.get("location") if response.has_redirect_location else None
            return response.status_code, moved, b"", ""

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            self._made = make_client(self._dialing)
        return self._made


def _check(place: Place, rule: Fetch) -> None:
    """Pass a place that a rule allows.

    Raises:
        NoAccessError: it does not.
    """
    if place.is_own:
        if not rule.label_studio:
            raise NoAccessError("is kept by Label Studio, which the policy does not allow - write label_studio: true")
        return
    names = {host_of(place.url), place.url.host.lower().rstrip(".")}  # as it is sent, and as it is read
    if not any(fnmatchcase(name, pattern.lower()) for name in names for pattern in rule.hosts):
        raise NoAccessError("is at a host that the policy does not allow - add it to fetch.hosts")


def _encoding(named: str | None) -> str:
    """Return the name of an encoding of text; a mark before UTF-8 is none of the text.

    Raises:
        NoAccessError: there is none of that name.
    """
    try:
        name = codecs.lookup(named or "utf-8").name
        "a".encode(name).decode(name)  # what is no encoding of text, such as base64, is known too
    except (LookupError, ValueError):
        name = ""
    if not name or name in _NO_TEXT:
        raise NoAccessError("is in an encoding that is not known")
    return "utf-8-sig" if name == "utf-8" else name
