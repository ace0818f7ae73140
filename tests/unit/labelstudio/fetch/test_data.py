"""Addresses in tasks: what is fetched, from where, and all that is refused."""

import asyncio
import base64
import gzip
import ipaddress
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from backend.errors import TaskError
from backend.labelstudio.fetch.data import Fetched, Fetcher, LabelStudioAccess, is_public
from backend.labelstudio.types import Fetch, ObjectTag, Plan
from tests.patience import HANGS_S

CANARY = "canary-7731"
LEGACY = "0123456789abcdef0123456789abcdef01234567"


class Site(BaseHTTPRequestHandler):
    """A host with data; keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []
    over: ClassVar = threading.Event()

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
            self.over.wait(HANGS_S)
            return
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


@contextmanager
def served(handler):
    """Serve on loopback; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def site():
    with served(Site) as address:
        yield address


def fetch(url, tag="Text", hosts=("127.0.0.1",), access=None, permit=lambda address: True, **bounds):
    plan = Plan((ObjectTag(tag, "o", "$x", {"valuetype": "url"}),), (), (), "")

    async def run():
        fetcher = Fetcher(access, permit)
        try:
            return await fetcher.complete(
                plan, {"x": url, "y": 1}, Fetch(hosts=tuple(hosts), **{"timeout_s": 120} | bounds)
            )
        finally:
            await fetcher.aclose()

    return asyncio.run(run())["x"]


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
    Site.over.clear()
    with pytest.raises(TaskError) as caught:
        fetch(site + path, **bounds)
    Site.over.set()
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
    assert (
        fetch("/data/upload/1/a.txt", hosts=(), access=access, permit=is_public, label_studio=True)
        == "Label Studio's own"
    )
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


# ---- with Label Studio's token


class LabelStudio(BaseHTTPRequestHandler):
    """What Label Studio does with a token, and what a wicked storage answers."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []
    issued: ClassVar[list[str]] = []
    life_s: ClassVar[int] = 300
    valid: ClassVar[set[str]] = set()

    def do_GET(self):
        said = self.headers.get("Authorization")
        self.asked.append((self.path, said, self.headers.get("Cookie")))
        status, headers, body = self.answer()
        if said and said.startswith("Bearer ") and said.removeprefix("Bearer ") not in self.valid:
            status, body = 401, b""
        self.reply(status, headers, body)

    def answer(self):  # noqa: C901, PLR0911 - a table of answers
        there = self.path.partition("?")
        match there[0]:
            case "/data/upload/1/api":
                return 302, {"Location": "/api/current-user/token"}, b""
            case "/data/upload/1/away" | "/tasks/7/resolve/":
                return 303, {"Location": f"http://localhost:{self.headers['Host'].rpartition(':')[2]}/signed"}, b""
            case "/data/upload/1/login":
                return 302, {"Location": "/user/login/?next=/data/upload/1/login"}, b""
            case "/data/upload/1/packed":
                return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"packed text")
            case "/data/upload/1/bomb":
                return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 5_000_000)
            case "/data/upload/1/cut":
                return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"packed text")[:-9]
            case "/data/upload/1/odd":
                return 200, {"Content-Encoding": "br"}, b"\x0b\x02\x80"
            case "/data/upload/1/marked":
                return 200, {}, "\ufeffZoë".encode()
            case "/data/upload/1/deep":
                return 200, {}, b"[" * 100_000
            case path if path.startswith("/data/upload/1/as-"):
                return 200, {"Content-Type": f"text/plain; charset={path.rpartition('as-')[2]}"}, b"abc"
            case path if path.startswith("/api/projects/"):
                return 200, {}, b'{"title": "Ward 3"}'
            case _:
                return 200, {"Set-Cookie": "sessionid=canary"}, b"kept here"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        claims = {"exp": 10_000 + self.life_s, "iat": 10_000, "n": len(self.issued)}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        self.issued.append(f"head.{body}.signed")
        self.valid.add(self.issued[-1])
        self.reply(200, {}, json.dumps({"access": self.issued[-1]}).encode())

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def keeper():
    with served(LabelStudio) as address:
        yield address


@pytest.fixture
def own(keeper):
    """Fetch with the token."""
    LabelStudio.asked.clear()
    LabelStudio.issued.clear()
    LabelStudio.valid.clear()
    LabelStudio.life_s = 300

    def run(url, token=LEGACY, **rule):
        return fetch(url, access=LabelStudioAccess(keeper, token), **{"hosts": (), "label_studio": True, **rule})

    return run


API = ["/api/current-user/token", "/data/../api/users", "/data/%2e%2e/api/users", "//127.0.0.1/api/users", "/"]


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("hosts", [(), ("*",)])
def test_nothing_but_files_is_asked_of_label_studio(own, keeper, path, hosts):
    for url in (path, keeper + path, keeper.upper() + path):
        with pytest.raises(TaskError):
            own(url, hosts=hosts)
    assert LabelStudio.asked == []


@pytest.mark.parametrize("url", ["/data/upload/1/a.txt", "{base}/data/upload/1/a.txt"])
@pytest.mark.parametrize("hosts", [(), ("*",)])
def test_files_of_label_studio_need_the_rules_leave(own, keeper, url, hosts):
    with pytest.raises(TaskError, match="label_studio: true"):
        own(url.format(base=keeper), label_studio=False, hosts=hosts)
    assert LabelStudio.asked == []


@pytest.mark.parametrize("name", ["api", "login"])
def test_no_redirect_leads_from_a_file_to_what_is_none(own, name):
    with pytest.raises(TaskError, match="no file"):
        own(f"/data/upload/1/{name}")
    assert [path for path, _, _ in LabelStudio.asked] == [f"/data/upload/1/{name}"]


def test_a_storage_is_asked_without_the_token_and_only_if_it_is_allowed(own):
    with pytest.raises(TaskError, match=r"fetch\.hosts"):
        own("/tasks/7/resolve/?fileuri=x")
    assert own("/tasks/7/resolve/?fileuri=x", hosts=["localhost"]) == "kept here"
    assert LabelStudio.asked[-2][:2] == ("/tasks/7/resolve/?fileuri=x", f"Token {LEGACY}")
    assert LabelStudio.asked[-1] == ("/signed", None, None)


@pytest.mark.parametrize(
    ("name", "what"), [("packed", "packed text"), ("marked", "Zoë"), ("as-koi8-r", "abc"), ("as-latin-1", "abc")]
)
def test_texts_however_they_come(own, name, what):
    assert own(f"/data/upload/1/{name}") == what


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bomb", "longer than 1000 bytes"),
        ("cut", "packed, and broken"),
        ("odd", "packed in a way"),
        *[(f"as-{code}", "encoding") for code in ("base64", "rot13", "punycode", "idna", "utf-7", "nonsense")],
    ],
)
def test_what_is_no_text(own, name, why):
    with pytest.raises(TaskError, match=why):
        own(f"/data/upload/1/{name}", max_bytes=1000)


def test_json_that_is_too_deep(own):
    with pytest.raises(TaskError, match="no JSON"):
        own("/data/upload/1/deep", tag="Paragraphs")


def two_fields(*addresses: str) -> tuple[Plan, dict[str, str]]:
    objects = tuple(ObjectTag("Text", f"o{n}", f"$x{n}", {"valuetype": "url"}) for n in range(len(addresses)))
    return Plan(objects, (), (), ""), {f"x{n}": address for n, address in enumerate(addresses)}


async def fetch_fields(fetcher: Fetcher, rule: Fetch, *addresses: str) -> None:
    plan, data = two_fields(*addresses)
    await fetcher.complete(plan, data, rule)


def test_a_personal_token_is_exchanged_once_and_again_when_it_ends(own, keeper):
    async def run():
        fetcher = Fetcher(LabelStudioAccess(keeper, "personal"))
        rule = Fetch(label_studio=True, timeout_s=120)
        for n in range(3):
            await fetch_fields(fetcher, rule, f"/data/upload/{n}/a.txt", f"/data/upload/{n}/b.txt")
        assert await fetcher.title("3") == "Ward 3"
        first = len(LabelStudio.issued)
        LabelStudio.valid.clear()  # ended before its time
        await fetch_fields(fetcher, rule, "/data/upload/9/a.txt")
        second = len(LabelStudio.issued)
        LabelStudio.life_s = 0
        LabelStudio.valid.clear()
        for n in range(2):
            await fetch_fields(fetcher, rule, f"/data/upload/{n}/z.txt")
        await fetcher.aclose()
        return first, second, len(LabelStudio.issued)

    assert asyncio.run(run()) == (1, 2, 4)
    assert {cookie for _, _, cookie in LabelStudio.asked} == {None}


def test_a_token_that_is_never_taken_is_exchanged_no_third_time(own):
    LabelStudio.valid = type("Nothing", (set,), {"add": lambda self, item: None})()
    try:
        with pytest.raises(TaskError, match=r"refused \(401\)"):
            own("/data/upload/1/a.txt", "personal")
    finally:
        LabelStudio.valid = set()
    assert len(LabelStudio.issued) == 2


def test_an_address_is_fetched_once_for_a_task(own, keeper):
    plan, data = two_fields("/data/upload/1/a.txt", "/data/upload/1/a.txt", "/tasks/7/resolve/?fileuri=x")

    async def run():
        fetcher = Fetcher(LabelStudioAccess(keeper, LEGACY), lambda _: True)
        known: dict[str, Fetched] = {}
        wide = Fetch(hosts=("localhost",), label_studio=True)
        for _ in range(2):
            await fetcher.complete(plan, data, wide, known)
        asked = len(LabelStudio.asked)
        for narrow in (Fetch(label_studio=True), Fetch(hosts=("localhost",)), Fetch(("localhost",), 3, 1, True)):
            with pytest.raises(TaskError):
                await fetcher.complete(plan, data, narrow, known)
        await fetcher.aclose()
        return asked, len(LabelStudio.asked)

    assert asyncio.run(run()) == (3, 3)


def test_titles_are_bounded_and_failures_remembered(own, keeper, caplog, monkeypatch):
    monkeypatch.setattr("backend.labelstudio.fetch.data.TITLES", 4)

    async def run():
        fetcher = Fetcher(LabelStudioAccess(keeper, LEGACY))
        for n in range(8):
            assert await fetcher.title(str(n)) == "Ward 3"
        kept = len(fetcher._titles)
        await fetcher.aclose()
        lost = Fetcher(LabelStudioAccess("http://127.0.0.1:1", LEGACY))
        assert [await lost.title("3") for _ in range(5)] == [""] * 5
        assert await lost.title("٣") == ""
        await lost.aclose()
        return kept

    assert asyncio.run(run()) == 4
    assert sum("project 3:" in message for message in caplog.messages) == 1


# ---- where a connection goes


def answers(monkeypatch, *given):
    """Answer look-ups of names in turn; returns what was asked."""
    asked, real = [], socket.getaddrinfo

    def look_up(host, port, *others, **named):
        if not host.endswith(".example"):  # another thread's
            return real(host, port, *others, **named)
        asked.append(host)
        kind = socket.AF_INET6 if ":" in given[0][0] else socket.AF_INET
        found = given[min(len(asked), len(given)) - 1]
        return [(kind, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]])
def test_one_private_address_among_public_ones_is_one_too_many(site, monkeypatch, found):
    Site.asked.clear()
    answers(monkeypatch, found)
    with pytest.raises(TaskError, match="private network"):
        fetch(f"http://rebind.example:{site.rpartition(':')[2]}/text", hosts=["*"], permit=is_public)
    assert Site.asked == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(site, monkeypatch):
    """A name that stands for another address the second time it is asked."""
    Site.asked.clear()
    asked = answers(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    permit = lambda address: str(address) == "127.0.0.1"  # noqa: E731
    port = site.rpartition(":")[2]
    assert fetch(f"http://rebind.example:{port}/text", hosts=["rebind.example"], permit=permit) == f"Ann {CANARY}"
    assert asked == ["rebind.example"]
    assert Site.asked == [("/text", f"rebind.example:{port}", None)]


def test_the_next_of_several_addresses_is_tried(site, monkeypatch):
    answers(monkeypatch, ["127.0.0.9", "127.0.0.1"])  # nobody listens at the first
    assert fetch(f"http://two.example:{site.rpartition(':')[2]}/text", hosts=["*"]) == f"Ann {CANARY}"


@pytest.mark.parametrize("found", [[], ["127.0.0.9"]])
def test_a_host_without_an_address_that_answers(site, monkeypatch, found):
    answers(monkeypatch, found or [""]) if found else monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(TaskError, match=r"cannot be reached \(ConnectError\)"):
        fetch(f"http://none.example:{site.rpartition(':')[2]}/text", hosts=["*"])


@pytest.mark.parametrize("url", ["http://u@{there}/text", "http://:p@{there}/text", "http://u:p@{there}/text"])
def test_no_password_in_an_address(site, url):
    Site.asked.clear()
    with pytest.raises(TaskError, match="password"):
        fetch(url.format(there=site.removeprefix("http://")))
    assert Site.asked == []


def test_three_redirects_and_no_more(site):
    Site.asked.clear()
    with pytest.raises(TaskError, match="too many"):
        fetch(site + "/loop")
    assert len(Site.asked) == 4
