"""Addresses in tasks: what is fetched, from where, and all that is refused."""

import asyncio
import ipaddress
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from backend.errors import TaskError
from backend.fetch import Fetcher, LabelStudioAccess, is_public
from backend.types import Fetch, ObjectTag, Plan

CANARY = "canary-7731"
LEGACY = "0123456789abcdef0123456789abcdef01234567"


class Site(BaseHTTPRequestHandler):
    """A host with data; keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("Host"), self.headers.get("Authorization")))
        status, headers, body = {
            "/text": (200, {}, f"Ann {CANARY}".encode()),
            "/latin": (200, {"Content-Type": "text/plain; charset=latin-1"}, "Zoë".encode("latin-1")),
            "/json": (200, {}, json.dumps([{"author": "Ann", "text": "Hi"}]).encode()),
            "/moved": (302, {"Location": "/text"}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
            "/away": (302, {"Location": f"http://elsewhere.example/{CANARY}"}, b""),
            "/inside": (302, {"Location": "http://169.254.169.254/latest"}, b""),
            "/long": (200, {}, b"x" * 10_000),
            "/binary": (200, {}, b"\xff\xfe\x00"),
            "/data/upload/1/a.txt": (200, {}, b"Label Studio's own"),
        }.get(self.path, (404, {}, CANARY.encode()))
        if self.path == "/slow":
            time.sleep(3)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"access": f"fresh-{body['refresh']}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def fetch(url, tag="Text", hosts=("127.0.0.1",), access=None, permit=lambda address: True, **bounds):
    plan = Plan((ObjectTag(tag, "o", "$x", {"valuetype": "url"}),), (), (), "")
    fetcher = Fetcher(access, permit)
    return asyncio.run(fetcher.complete(plan, {"x": url, "y": 1}, Fetch(hosts=tuple(hosts), **bounds)))["x"]


@pytest.mark.parametrize(
    ("path", "tag", "value"),
    [
        ("/text", "Text", f"Ann {CANARY}"),
        ("/latin", "HyperText", "Zoë"),
        ("/json", "Paragraphs", [{"author": "Ann", "text": "Hi"}]),
        ("/moved", "Text", f"Ann {CANARY}"),
    ],
)
def test_what_is_there_stands_in_the_place_of_the_address(site, path, tag, value):
    assert fetch(site + path, tag) == value


def test_the_host_is_told_its_own_name(site):
    Site.asked.clear()
    fetch(site.replace("127.0.0.1", "localhost") + "/text", hosts=["local*"])
    assert Site.asked == [("/text", site.removeprefix("http://").replace("127.0.0.1", "localhost"), None)]


@pytest.mark.parametrize(
    ("path", "words", "bounds"),
    [
        ("/nothing", "was refused (404)", {}),
        ("/loop", "too many redirects", {}),
        ("/away", "host that the policy does not allow", {}),
        ("/inside", "host that the policy does not allow", {}),
        ("/long", "longer than 100 bytes", {"max_bytes": 100}),
        ("/slow", "was not there in 0.3 s", {"timeout_s": 0.3}),
        ("/binary", "no UTF-8", {}),
    ],
)
def test_what_cannot_be_had_says_why_without_the_address(site, path, words, bounds):
    with pytest.raises(TaskError) as caught:
        fetch(site + path, **bounds)
    assert words in str(caught.value)
    assert "field 'x'" in str(caught.value)
    for hidden in (CANARY, site, path):
        assert hidden not in str(caught.value)


def test_text_where_json_is_wanted(site):
    with pytest.raises(TaskError, match="no JSON"):
        fetch(site + "/text", "Paragraphs")


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/x", "file:///etc/passwd", "just words", "http://", "//127.0.0.1/x", "http://user:pw@127.0.0.1/"],
)
def test_other_addresses_are_refused(url):
    with pytest.raises(TaskError):
        fetch(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1"]
)
def test_a_private_address_is_never_reached_though_its_host_is_allowed(site, host):
    Site.asked.clear()
    with pytest.raises(TaskError):
        fetch(f"http://{host}:{site.rpartition(':')[2]}/text", hosts=["*"], permit=is_public)
    assert Site.asked == []


def test_no_host_is_allowed_by_default(site):
    with pytest.raises(TaskError, match="policy does not allow"):
        fetch(site + "/text", hosts=())


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(("token", "sent"), [(LEGACY, f"Token {LEGACY}"), ("personal", "Bearer fresh-personal")])
def test_label_studios_own_data_by_its_token(site, token, sent):
    Site.asked.clear()
    access = LabelStudioAccess(site, token)
    assert fetch("/data/upload/1/a.txt", hosts=(), access=access, permit=is_public) == "Label Studio's own"
    assert Site.asked[-1][2] == sent


def test_the_token_goes_to_label_studio_alone(site):
    Site.asked.clear()
    access = LabelStudioAccess("http://label-studio.example", LEGACY)
    fetch(site + "/text", access=access)
    assert Site.asked[-1][2] is None


def test_label_studios_own_data_without_settings_says_what_to_set():
    with pytest.raises(TaskError, match="LABELGUARD_LABEL_STUDIO_URL"):
        fetch("/data/upload/1/a.txt")


def test_no_repr_shows_the_token():
    assert LEGACY not in repr(LabelStudioAccess("http://x", LEGACY))
