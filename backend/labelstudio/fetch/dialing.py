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
from typing_extensions import override

from backend.labelstudio.fetch.places import NoAccessError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that are given out to hosts anywhere; Python's idea of a global one is wider."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Addresses by which a network without IPv4 (NAT64) reaches those of IPv4."""
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")


def is_public(address: Address) -> bool:
    """Say whether an address lies in no private, local or reserved network, by itself and by what it stands for."""
    meant = _carried(address) or address
    if meant.version == 6 and meant not in _UNICAST:
        return False
    return meant.is_global and not meant.is_multicast and meant not in _PROTOCOLS


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address is another way to; None if it is to none."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


class Dialing(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that are permitted.

    Args:
        permit: which addresses may be connected to.
        known: hosts and ports that may be connected to at any address.
    """

    def __init__(self, permit: Callable[[Address], bool], known: Collection[tuple[str, int]] = ()) -> None:
        self._permit, self._known = permit, known
        self._backend = httpcore.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
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
