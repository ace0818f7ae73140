"""Connections to what tasks name: a host's name is looked up once, its addresses are judged, and connected to.

So none can change between the look and the call, and TLS still asks for the certificate of the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from backend.places import NoAccessError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Say whether an address lies in no private, local or reserved network."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not address.is_multicast


class Dialing(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that are permitted.

    Args:
        permit: which addresses may be connected to.
        known: hosts and ports that may be connected to at any address.
    """

    def __init__(self, permit: Callable[[Address], bool], known: Collection[tuple[str, int]] = ()) -> None:
        self._permit, self._known = permit, known
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of a host's addresses that answers.

        Raises:
            NoAccessError: one of them is not permitted.
            httpcore.ConnectError: there is none, or none answers.
        """
        problem: Exception = httpcore.ConnectError("no address")
        for address in await self._resolve(host, port):
            try:
                return await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                problem = error
        raise problem

    async def _resolve(self, host: str, port: int) -> list[Address]:
        """Return a host's addresses: none of them may be one that is not permitted."""
        loop = asyncio.get_running_loop()
        try:
            infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise httpcore.ConnectError("no name of a host") from None
        addresses = list(dict.fromkeys(ipaddress.ip_address(info[4][0]) for info in infos))
        known = (host.lower().rstrip("."), port) in self._known
        if not known and not all(map(self._permit, addresses)):
            raise NoAccessError("is in a private network, where nothing is fetched")
        return addresses


class _Transport(httpx.AsyncHTTPTransport):
    def __init__(self, dialing: Dialing) -> None:
        super().__init__(trust_env=False)
        # The environment may name certificates; proxies are asked for nowhere here.
        self._pool = httpcore.AsyncConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=dialing)


def make_client(dialing: Dialing) -> httpx.AsyncClient:
    """Return a client that keeps no cookies, follows no redirect and asks no proxy."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    transport = _Transport(dialing)
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, cookies=jar)
