"""What passes the one client that leads out: one request an attempt, to one origin, with one key, bounded."""

import asyncio
import datetime
import gzip
import json
import os
import socket
import ssl
import threading
import zlib
from http.cookiejar import Cookie
from typing import Any
from urllib.request import Request

import certifi
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.errors import ProviderSetupError
from backend.model import clients
from backend.model.clients import (
    ClosedWayError,
    ProviderConnections,
    WireAttempt,
    closed_client,
    new_client,
    timeouts,
    tls_context,
    under_way,
)
from backend.providers import Provider, Reach
from tests.patience import HANGS_S
from tests.seams.providers import KEY, Vendor, http


@pytest.fixture
def vendor():
    with Vendor.running() as running:
        running.respond = lambda *_: http(200, {"a": 1})
        yield running


def provider(**settings: Any) -> Provider:
    return Provider("own", "openai", "m", **{"external": False, **settings})


def sending(vendor: Vendor, **settings: Any) -> WireAttempt:
    base = f"{vendor.address}/v1"
    return WireAttempt(ProviderConnections(provider(), base), Reach(base), KEY, **settings)


def post(attempt: WireAttempt, url: str = "", **request: Any) -> httpx.Response | None:
    """Ask as a library would; returns None where the way was closed."""

    async def run() -> httpx.Response | None:
        async with new_client() as client:
            with under_way(attempt):
                try:
                    return await client.post(url or f"{attempt.reach.base_url}/chat", json={"q": 1}, **request)
                except ClosedWayError:
                    return None
                finally:
                    await attempt.wire.aclose()

    return asyncio.run(run())


def headers_of(vendor: Vendor) -> dict[str, str]:
    (head, _), *others = vendor.requests
    assert not others
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    assert len({name.lower() for name, _, _ in lines}) == len(lines)
    return {name.lower(): value for name, _, value in lines}


def test_a_request_has_nothing_but_what_it_needs(vendor):
    told = {"x-tells": "of the machine", "cookie": "a=b", "anthropic-version": "7", "Anthropic-Beta": "8"}
    told |= {"user-agent": "library/1.0", "accept": "*/*", "accept-encoding": "br", "content-type": "text/plain"}
    answer = post(sending(vendor), headers=told)
    assert answer
    assert answer.json() == {"a": 1}
    assert json.loads(vendor.requests[0][1]) == {"q": 1}
    assert headers_of(vendor) == {
        "host": f"127.0.0.1:{vendor.port}",
        "content-length": str(len(vendor.requests[0][1])),
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "user-agent": "labelguard",
        "authorization": f"Bearer {KEY}",
        "anthropic-version": "7",
        "anthropic-beta": "8",
    }


@pytest.mark.parametrize(
    ("key_header", "told", "sent"),
    [
        ("authorization", {}, {"authorization": f"Bearer {KEY}"}),
        ("x-api-key", {}, {"x-api-key": KEY}),
        ("x-api-key", {"authorization": "Bearer another"}, {"x-api-key": KEY}),
        ("authorization", {"authorization": "Bearer another"}, {"authorization": f"Bearer {KEY}"}),
        ("authorization", {"x-goog-api-key": KEY}, {"x-goog-api-key": KEY}),
        ("authorization", {"api-key": KEY, "x-api-key": "another"}, {"api-key": KEY}),
        ("x-api-key", {"X-Api-Key": KEY}, {"x-api-key": KEY}),
        ("x-api-key", {"Authorization": f"Bearer {KEY}"}, {"authorization": f"Bearer {KEY}"}),
        ("authorization", {"x-other-key": KEY}, {"authorization": f"Bearer {KEY}"}),
    ],
)
def test_no_other_key_is_sent(vendor, key_header, told, sent):
    assert post(sending(vendor, key_header=key_header), headers=told)
    names = ("authorization", "api-key", "x-api-key", "x-goog-api-key", "x-other-key")
    assert {name: value for name, value in headers_of(vendor).items() if name in names} == sent


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "https://127.0.0.1:{port}/v1", "http://localhost:{port}/v1"])
def test_another_origin_is_not_asked(vendor, url):
    attempt = sending(vendor)
    assert post(attempt, url.format(port=vendor.port)) is None
    assert (attempt.fault, attempt.is_sent, attempt.status) == ("elsewhere", False, 0)
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("base", "url", "takes"),
    [
        ("http://h/v1", "http://h:80/x", True),
        ("https://h/v1", "https://h:443/x", True),
        ("http://h:81/v1", "http://h/v1", False),
        ("http://h/v1", "http://h:443/v1", False),
        ("https://h/v1", "https://h:80/v1", False),
        ("http://h/v1", "https://h/v1", False),
        ("http://h/v1", "http://H/v1", True),
        ("http://h/v1", "http://h.evil/v1", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(base, url, takes):
    assert ProviderConnections(provider(), base).takes(httpx.Request("GET", url)) is takes


def test_an_attempt_is_one_request(vendor):
    attempt = sending(vendor)

    async def run():
        async with new_client() as client:
            with under_way(attempt):
                await client.post(f"{vendor.address}/v1")
                for url in (f"{vendor.address}/v1", "http://127.0.0.1:1"):
                    with pytest.raises(ClosedWayError):
                        await client.post(url)
            await attempt.wire.aclose()

    asyncio.run(run())
    assert len(vendor.requests) == 1
    assert (attempt.fault, attempt.is_open, attempt.status) == ("", False, 200)


def test_an_attempt_that_is_over_and_none_at_all_lead_nowhere(vendor):
    attempt = sending(vendor)

    async def run():
        async with new_client() as client:
            with pytest.raises(ClosedWayError):
                await client.get(vendor.address)
            with under_way(attempt):
                pass
            with pytest.raises(ClosedWayError):
                await client.get(vendor.address)
            with pytest.raises(ClosedWayError):
                await attempt.send(httpx.Request("GET", vendor.address))
            with under_way(sending(vendor)), under_way(attempt):
                assert attempt.is_open is False

    asyncio.run(run())
    with closed_client() as client, pytest.raises(ClosedWayError):
        client.get(vendor.address)
    assert vendor.requests == []
    assert attempt.fault == ""


def test_one_within_another_leaves_it_as_it_was(vendor):
    outer, inner = sending(vendor), sending(vendor)

    async def run():
        async with new_client() as client:
            with under_way(outer):
                with under_way(inner):
                    pass
                await client.post(f"{vendor.address}/v1")
            await outer.wire.aclose()

    asyncio.run(run())
    assert (outer.status, inner.status) == (200, 0)


@pytest.mark.parametrize("status", [300, 302, 308, 399])
def test_a_redirect_ends_it(vendor, status):
    vendor.respond = lambda *_: http(status, b"", f"location: {vendor.address}/v1", "retry-after: 7")
    attempt = sending(vendor)
    assert post(attempt) is None
    assert (attempt.fault, attempt.status, attempt.retry_after) == ("redirect", status, "7")
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [200, 299, 400, 503])
def test_an_answer_has_its_status_a_known_type_and_nothing_else(vendor, status):
    body: Any = {"error": {"code": "content_filter"}} if status >= 400 else {"choices": []}
    vendor.respond = lambda *_: http(status, body, "set-cookie: a=b", "x-more: 1", "content-type: text/x")
    attempt = sending(vendor)
    answer = post(attempt)
    assert answer
    assert answer.status_code == status
    assert set(answer.headers) == {"content-type", "content-length"}
    assert answer.headers["content-type"] == "application/json"
    assert (attempt.fault, attempt.status, attempt.retry_after, attempt.is_sent) == ("", status, "", True)
    assert attempt.answer.meaning == ("filtered" if status >= 400 else "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 502, "message": "x"}}, 502),
        ({"error": {"code": "429"}}, 429),
        ({"type": "error", "error": {"type": "overloaded_error"}}, 429),
        ([{"error": {"code": 503, "status": "UNAVAILABLE"}}], 503),
        ({"error": "model 'x' not found"}, 404),
    ],
    ids=str,
)
def test_an_error_that_comes_with_200_has_the_status_that_it_tells(vendor, body, status):
    vendor.respond = lambda *_: http(200, body)
    attempt = sending(vendor)
    answer = post(attempt)
    assert answer
    assert answer.status_code == attempt.status == status


@pytest.mark.parametrize(
    ("body", "fault"), [(b"<!DOCTYPE html><p>canary", "page"), ({"error": "canary"}, "error")], ids=str
)
def test_what_is_no_completion_ends_it(vendor, body, fault):
    vendor.respond = lambda *_: http(200, body)
    attempt = sending(vendor)
    assert post(attempt) is None
    assert (attempt.fault, attempt.status, attempt.is_sent) == (fault, 200, True)


def packed(body: bytes, how: str) -> bytes:
    return gzip.compress(body) if "gzip" in how else zlib.compress(body) if how == "deflate" else body


PACKINGS = ["identity", "", "gzip", "x-gzip", " GZIP ", "deflate", "Deflate"]


@pytest.mark.parametrize("how", PACKINGS)
def test_packed_answers_are_unpacked(vendor, how):
    body = json.dumps({"a": "b" * 200_000}).encode()
    vendor.respond = lambda *_: http(200, packed(body, how.strip().lower()), f"content-encoding: {how}")
    attempt = sending(vendor)
    answer = post(attempt)
    assert answer
    assert answer.content == body
    assert attempt.answer.size == len(body)


@pytest.mark.parametrize(
    ("how", "body"),
    [("br", b"x"), ("gzip, gzip", b"x"), ("zstd", b"x"), ("gzip", b"no gzip"), ("deflate", b"no zlib"), ("*", b"x")],
)
def test_others_are_not(vendor, how, body):
    vendor.respond = lambda *_: http(200, body, f"content-encoding: {how}")
    attempt = sending(vendor)
    assert post(attempt) is None
    assert attempt.fault == "packed"


@pytest.mark.parametrize("how", ["identity", "gzip"])
def test_an_answer_of_the_greatest_length_is_read_and_no_longer_one(vendor, how, monkeypatch):
    monkeypatch.setattr(clients, "MAX_ANSWER", 100_000)
    for length, fault in ((100_000, ""), (100_001, "large")):
        body = b'"' + b"x" * (length - 2) + b'"'
        vendor.respond = lambda *_, body=body: http(200, packed(body, how), f"content-encoding: {how}")
        attempt = sending(vendor)
        answer = post(attempt)
        assert attempt.fault == fault
        assert (answer is None) == bool(fault)


def test_a_small_part_that_unpacks_to_much_is_never_held_whole(vendor, monkeypatch):
    monkeypatch.setattr(clients, "MAX_ANSWER", 100_000)
    vendor.respond = lambda *_: http(200, gzip.compress(bytes(50_000_000)), "content-encoding: gzip")
    sizes = []
    real = WireAttempt._unpacked

    async def watched(self, response):
        async for part in real(self, response):
            sizes.append(len(part))
            yield part

    monkeypatch.setattr(WireAttempt, "_unpacked", watched)
    attempt = sending(vendor)
    assert post(attempt) is None
    assert attempt.fault == "large"
    assert max(sizes) <= 2**16
    assert sum(sizes) <= 100_000 + 2**16


def test_probabilities_stay_where_they_are_asked_for(vendor):
    body = {"choices": [{"logprobs": {"content": [{"token": "x", "logprob": -1.0}]}}]}
    vendor.respond = lambda *_: http(200, body)
    for asks in (True, False):
        answer = post(sending(vendor, asks_logprobs=asks))
        assert answer
        assert ("logprobs" in answer.text) is asks


# ---- files, of which the Batch API sends and takes back whole ones


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("is_upload", "told", "sent"),
    [
        (True, FORM, FORM),
        (False, FORM, "application/json"),
        (True, "text/csv", "application/json"),
        (True, None, "application/json"),
    ],
)
def test_a_file_goes_in_a_form_and_nothing_else_does(vendor, is_upload, told, sent):
    attempt = sending(vendor, is_upload=is_upload)

    async def run() -> httpx.Response:
        async with new_client() as client:
            with under_way(attempt):
                kind = {} if told is None else {"content-type": told}
                answer = await client.post(f"{vendor.address}/v1/files", content=b"--x--", headers=kind)
            await attempt.wire.aclose()
            return answer

    assert asyncio.run(run()).json() == {"a": 1}
    assert headers_of(vendor)["content-type"] == sent
    assert vendor.requests[0][1] == b"--x--"


@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b'{"error": "x"}', b"[1, ", b""])
def test_what_is_none_of_a_models_comes_as_it_is(vendor, body):
    vendor.respond = lambda *_: http(200, body)
    attempt = sending(vendor, is_raw=True)
    answer = post(attempt)
    assert answer is not None
    assert (answer.status_code, answer.content, attempt.fault) == (200, body, "")
    assert answer.request.url == f"{vendor.address}/v1/chat"


def test_an_error_is_one_whatever_was_asked_for(vendor):
    vendor.respond = lambda *_: http(400, {"error": {"code": "content_filter"}})
    attempt = sending(vendor, is_raw=True, take=lambda _: False)
    answer = post(attempt)
    assert answer is not None
    assert (answer.status_code, attempt.fault, attempt.answer.meaning) == (400, "", "filtered")


@pytest.mark.parametrize("how", ["identity", "gzip"])
def test_a_file_is_taken_part_by_part_for_as_long_as_it_is_wanted(vendor, how, monkeypatch):
    monkeypatch.setattr(clients, "MAX_ANSWER", 100)  # it is never held whole
    body = os.urandom(500_000)
    vendor.respond = lambda *_: http(200, packed(body, how), f"content-encoding: {how}")
    taken = bytearray()

    for most, fault in ((len(body) + 1, ""), (100_000, "large")):
        taken.clear()

        def take(part: bytes, most: int = most) -> bool:
            taken.extend(part)
            return len(taken) < most

        attempt = sending(vendor, is_raw=True, take=take)
        answer = post(attempt)
        assert (answer is None, attempt.fault) == (bool(fault), fault)
        assert taken == body if not fault else len(taken) < len(body)


def test_nobody_there_means_that_nothing_was_sent():
    attempt = sending(Vendor.gone())
    assert post(attempt) is None
    assert (attempt.fault, attempt.is_sent, attempt.status) == ("unreachable", False, 0)


def test_a_connection_that_is_cut(vendor):
    def cut(*_):
        raise ConnectionError

    vendor.respond = cut
    attempt = sending(vendor)
    assert post(attempt) is None
    assert (attempt.fault, attempt.is_sent) == ("cut", True)


def test_one_that_says_nothing(vendor):
    ends = threading.Event()
    vendor.respond = lambda *_: ends.wait(HANGS_S) and None
    base = f"{vendor.address}/v1"
    attempt = WireAttempt(ProviderConnections(provider(timeout_s=0.2), base), Reach(base), KEY)
    assert post(attempt, timeout=HANGS_S) is None  # how long it may take is the policy's to say
    ends.set()
    assert (attempt.fault, attempt.is_sent) == ("slow", True)


def test_a_socket_in_the_file_system(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(http(200, {"a": 1}))

        threading.Thread(target=serve, daemon=True).start()
        base = "http://nobody.invalid/v1"
        answer = post(WireAttempt(ProviderConnections(provider(), base, path), Reach(base), KEY))
        assert answer
        assert answer.json() == {"a": 1}


def test_connections_are_used_again_and_closed_when_they_are_old(vendor, monkeypatch):
    wire = ProviderConnections(provider(concurrency=2), f"{vendor.address}/v1")

    async def lend(at_once: int) -> set[Any]:
        """Lend connections at once; return them."""
        lent: set[Any] = set()
        all_lent = asyncio.Event()

        async def one() -> None:
            async with wire.connection() as connection:
                lent.add(connection)
                if len(lent) == at_once:
                    all_lent.set()
                await all_lent.wait()

        await asyncio.gather(*(one() for _ in range(at_once)))
        return lent

    async def run():
        three = await lend(3)
        assert len(three) == 3
        assert await lend(2) < three  # as many stay as may be asked at once
        assert len(wire._all) == 2
        last = await lend(1)
        assert await lend(1) == last
        monkeypatch.setattr(clients, "IDLE_S", -1.0)
        assert await lend(1) == last  # the older one went
        assert wire._all == last
        with pytest.raises(ZeroDivisionError):
            async with wire.connection():
                raise ZeroDivisionError
        assert wire._all == set()  # one that something went wrong with is not used again
        async with wire.connection():
            await wire.aclose()
        assert not wire._all
        assert not wire._idle

    asyncio.run(run())


def unreached(cause: Exception) -> httpx.ConnectError:
    """Return what httpx raises where nobody is reached, for a cause."""
    error = httpx.ConnectError("")
    error.__cause__ = cause
    return error


def tls(reason: str | None) -> ssl.SSLError:
    """Return what OpenSSL tells, by its name for it."""
    error = ssl.SSLError()
    error.reason = reason  # type: ignore[assignment]
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx.ConnectError(""), "unreachable"),
        (httpx.ConnectTimeout(""), "unreachable"),
        (httpx.ProxyError(""), "proxy"),
        (httpx.ReadTimeout(""), "slow"),
        (httpx.WriteTimeout(""), "slow"),
        (httpx.PoolTimeout(""), "slow"),
        (httpx.ReadError(""), "cut"),
        (httpx.RemoteProtocolError(""), "cut"),
        (httpx.RemoteProtocolError("illegal request line"), "scheme"),
        (httpx.ReadError("illegal request line"), "cut"),
        *[(unreached(tls(reason)), "scheme") for reason in sorted(clients._NO_TLS)],
        (unreached(tls("WRONG_VERSION_NUMBER")), "scheme"),
        (unreached(tls("TLSV1_ALERT_PROTOCOL_VERSION")), "handshake"),
        (unreached(tls(None)), "handshake"),
        (unreached(ssl.SSLCertVerificationError()), "certificate"),
        (unreached(socket.gaierror()), "unnamed"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_faults_by_the_types_of_what_was_raised(error, fault):
    assert clients._fault(error) == fault


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_a_certificate_may_be_why_nobody_is_reached(link):
    inner, middle, error = ssl.SSLCertVerificationError(), OSError(), httpx.ConnectError("")
    middle.__context__ = inner
    setattr(error, link, middle)
    assert clients._fault(error) == "certificate"
    middle.__context__ = None
    assert clients._fault(error) == "unreachable"
    read = httpx.ReadError("")
    read.__cause__ = inner
    assert clients._fault(read) == "cut"


@pytest.mark.parametrize(("given", "connect"), [(2.0, 2.0), (600.0, clients.CONNECT_S)])
def test_how_long_a_provider_may_take(given, connect):
    found = timeouts(provider(timeout_s=given))
    assert (found.connect, found.read, found.write, found.pool) == (connect, given, given, given)


def test_clients_for_libraries_keep_and_believe_nothing(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    for client in (new_client(), closed_client()):
        assert client.trust_env is False
        assert client.follow_redirects is False
        assert not client._mounts
        client.cookies.jar.set_cookie_if_ok(cookie(), Request("http://h.example/"))
        assert len(client.cookies.jar) == 0


def cookie() -> Cookie:
    return Cookie(0, "a", "b", None, False, "h.example", True, False, "/", True, False, None, False, None, None, {})


# ---- certificates


@pytest.fixture
def authorities(monkeypatch):
    """Return a way to count those that a context trusts by name."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return lambda **settings: len(tls_context(provider(**settings)).get_ca_certs())


def own_authority() -> str:
    """Return a certificate that is not among certifi's."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_each_place_of_authorities_adds_to_the_others(authorities, tmp_path, monkeypatch):
    usual = authorities()
    assert usual >= certifi.contents().count("BEGIN CERTIFICATE")
    assert authorities(ca=own_authority()) == usual + 1
    (tmp_path / "one.pem").write_text(own_authority())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "one.pem"))
    assert authorities() >= certifi.contents().count("BEGIN CERTIFICATE") + 1
    assert authorities(ca=own_authority()) == authorities() + 1


@pytest.mark.parametrize(("variable", "place"), [("SSL_CERT_FILE", "SSL_CERT_FILE"), (None, "ca in the policy")])
def test_a_place_without_certificates_is_named(authorities, tmp_path, monkeypatch, variable, place):
    (tmp_path / "none.pem").write_text("canary")
    settings = {} if variable else {"ca": "canary"}
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "none.pem"))
    with pytest.raises(ProviderSetupError) as caught:
        authorities(**settings)
    assert f"{place}: holds no certificates that can be read - name a PEM file" in caught.value.reason
    assert caught.value.__context__ is None


def test_a_context_checks_names_and_writes_no_secrets(authorities, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "secrets"))
    context = tls_context(provider())
    assert context.keylog_filename is None
    assert context.check_hostname is True
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert "secrets" in os.environ["SSLKEYLOGFILE"]


@pytest.mark.parametrize(
    ("base", "proxy", "trusts"),
    [
        ("https://h.example/v1", None, True),
        ("https://h.example/v1", "http://p.example:1", True),
        ("http://h.example/v1", "https://p.example:1", True),
        ("http://h.example/v1", "http://p.example:1", False),
        ("http://h.example/v1", None, False),
    ],
)
def test_authorities_are_read_where_tls_is_spoken(base, proxy, trusts):
    pool: Any = ProviderConnections(provider(external=True, proxy=proxy), base)._new()._pool
    assert bool(pool._ssl_context.get_ca_certs()) is trusts
    assert pool._ssl_context.check_hostname is True
    if proxy and proxy.startswith("https"):
        assert pool._proxy_ssl_context.get_ca_certs()


@pytest.mark.parametrize(
    ("external", "proxy", "key", "headers"),
    [
        (True, "http://127.0.0.1:{port}", "clinic:a:b", b"proxy-authorization: basic y2xpbmljome6yg=="),
        (True, "http://127.0.0.1:{port}", "", b""),
        (False, "http://127.0.0.1:{port}", "clinic:a:b", None),
        (True, None, "clinic:a:b", None),
    ],
)
def test_a_proxy_is_the_policys_and_for_external_providers_alone(vendor, external, proxy, key, headers):
    own = provider(external=external, proxy=proxy and proxy.format(port=vendor.port))
    base = "http://127.0.0.1:1/v1"
    attempt = WireAttempt(ProviderConnections(own, base, None, key), Reach(base), KEY)
    answer = post(attempt)
    if headers is None:
        assert (answer, attempt.fault, vendor.requests) == (None, "unreachable", [])
        return
    assert answer
    head = vendor.requests[0][0].lower()
    assert head.startswith(b"post http://127.0.0.1:1/v1/chat ")
    assert (b"proxy-authorization" in head) is bool(headers)
    assert headers in head


def test_what_a_proxy_hears_before_its_tunnel_is_not_the_request(vendor):
    vendor.respond = lambda *_: http(502, b"")
    base = "https://nobody.invalid/v1"
    attempt = WireAttempt(ProviderConnections(provider(external=True, proxy=vendor.address), base), Reach(base), KEY)
    assert post(attempt) is None
    assert vendor.requests[0][0].startswith(b"CONNECT ")
    assert (attempt.fault, attempt.is_sent) == ("proxy", False)


def test_an_attempt_begins_with_nothing(vendor):
    attempt = sending(vendor)
    assert (attempt.asks_logprobs, attempt.is_open, attempt.is_sent) == (False, True, False)
    assert (attempt.fault, attempt.status, attempt.retry_after) == ("", 0, "")
    assert KEY not in repr(attempt)


def test_an_error_may_be_named_by_a_header(vendor):
    vendor.respond = lambda *_: http(400, {"message": "canary"}, "x-amzn-errortype: ThrottlingException:http://x/")
    attempt = sending(vendor)
    assert post(attempt)
    assert attempt.answer.meaning == "busy"
