"""Whom a host's name leads to: its addresses are looked up once, judged all, and connected to in their order."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from typing import Any

import httpcore
import pytest

from backend.labelstudio.fetch.dialing import Address, Dialing, is_public, make_client
from backend.labelstudio.fetch.places import NoAccessError
from tests.patience import HANGS_S
from tests.seams.providers import Vendor, http

PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fc00::1", "fe80::1", "0.0.0.0", "100.64.0.1", "::"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(ipaddress.ip_address(address)) is True


@pytest.mark.parametrize(
    "address",
    [
        *PRIVATE,
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "192.0.0.170",
        "198.18.0.1",
        "ff02::1",
        "ff0e::1",
        "fec0::1",
        "4000::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:224.0.0.1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2001:0:a00:1::",
    ],
)
def test_not_public(address):
    assert is_public(ipaddress.ip_address(address)) is False


class Names:
    """Answers look-ups; keeps what was asked for."""

    def __init__(self, patch: pytest.MonkeyPatch, *answers: Sequence[str]) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._answers = list(answers)
        patch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: Any, port: Any, *others: Any, **named: Any) -> list[Any]:
        if str(host)[0].isdigit():  # an address, on its way to be connected to
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        self.asked.append((host, port, *others))
        found = self._answers.pop(0)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, found, strict=True)
        ]


def dial(
    port: int,
    host: str = "h.example",
    permit: Callable[[Address], bool] = is_public,
    known: Collection[tuple[str, int]] = (),
) -> str:
    """Connect; returns the address that was reached."""

    async def run() -> str:
        stream = await Dialing(permit, known).connect_tcp(host, port, 5)
        try:
            peer = stream.get_extra_info("server_addr")
            return str(peer[0])
        finally:
            await stream.aclose()

    return asyncio.run(run())


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_name_is_looked_up_once_and_what_was_found_is_connected_to(port, monkeypatch):
    names = Names(monkeypatch, ["127.0.0.1"])
    permit = lambda address: str(address) == "127.0.0.1"  # noqa: E731
    assert dial(port, permit=permit) == "127.0.0.1"
    assert [(host, port_) for host, port_, *_ in names.asked] == [("h.example", port)]


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "8.8.4.4", "::1"]]
)
def test_one_private_address_is_one_too_many(port, monkeypatch, found):
    Names(monkeypatch, found)
    with pytest.raises(NoAccessError, match="is in a private network, where nothing is fetched"):
        dial(port)


def test_each_address_is_judged(port, monkeypatch):
    Names(monkeypatch, ["127.0.0.1", "127.0.0.2", "127.0.0.1"])
    judged: list[str] = []

    def permit(address: Address) -> bool:
        judged.append(str(address))
        return True

    assert dial(port, permit=permit) == "127.0.0.1"
    assert judged == ["127.0.0.1", "127.0.0.2"]


@pytest.mark.parametrize("host", ["h.example", "H.Example", "h.example."])
def test_a_known_host_may_be_anywhere(port, monkeypatch, host):
    Names(monkeypatch, ["127.0.0.1"])
    assert dial(port, host, known=[("h.example", port)]) == "127.0.0.1"


@pytest.mark.parametrize(("host", "more"), [("h.example.evil", 0), ("evil", 0), ("h.example", 1)])
def test_another_host_or_port_is_not_known(port, monkeypatch, host, more):
    Names(monkeypatch, ["127.0.0.1"])
    with pytest.raises(NoAccessError):
        dial(port, host, known=[("h.example", port + more)])


def test_the_first_that_answers_is_taken(port, monkeypatch):
    Names(monkeypatch, ["127.0.0.9", "127.0.0.1", "127.0.0.8"])
    assert dial(port, permit=lambda _: True) == "127.0.0.1"


@pytest.mark.parametrize("found", [[], ["127.0.0.9"]])
def test_none_that_answers(port, monkeypatch, found):
    Names(monkeypatch, found)
    with pytest.raises(httpcore.ConnectError) as caught:
        dial(port, permit=lambda _: True)
    assert (str(caught.value) == "no address") is not bool(found)


def test_what_cannot_be_a_name(port):
    with pytest.raises(httpcore.ConnectError, match="no name of a host") as caught:
        dial(port, "a" * 64 + "ä.example")
    assert caught.value.__suppress_context__


def test_a_host_that_says_nothing_is_given_up_in_time():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        fill = [socket.socket() for _ in range(3)]
        for one in fill:
            one.setblocking(False)
            one.connect_ex(server.getsockname())

        async def run():
            dialing = Dialing(lambda _: True)
            with pytest.raises(httpcore.ConnectTimeout):
                await dialing.connect_tcp("127.0.0.1", server.getsockname()[1], 0.1)

        asyncio.run(asyncio.wait_for(run(), HANGS_S))
        for one in fill:
            one.close()


def test_the_client_keeps_nothing_follows_nothing_and_asks_no_proxy(monkeypatch):
    with Vendor.running() as vendor, Vendor.running() as other:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, other.address)
        monkeypatch.setenv("NETRC", "/nowhere")
        vendor.respond = lambda *_: http(302, b"", f"location: {other.address}/", "set-cookie: a=b; path=/")

        async def run():
            async with make_client(Dialing(lambda _: True)) as client:
                assert client.trust_env is False
                return [await client.get(vendor.address) for _ in range(2)]

        answers = asyncio.run(run())
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(vendor.requests) == 2
    assert b"cookie" not in vendor.received.lower()
    assert other.requests == []


def test_the_clients_connections_are_judged():
    with Vendor.running() as vendor:

        async def run():
            async with make_client(Dialing(is_public)) as client:
                with pytest.raises(NoAccessError):
                    await client.get(vendor.address)
                with pytest.raises(NoAccessError):
                    await client.get(vendor.address.replace("http:", "https:"))

        asyncio.run(run())
    assert vendor.requests == []


def test_certificates_are_checked():
    transport: Any = make_client(Dialing(is_public))._transport
    context = transport._pool._ssl_context
    assert context.check_hostname is True
    assert context.get_ca_certs()
