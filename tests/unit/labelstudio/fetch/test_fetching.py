"""What is read of an address, byte by byte, and what is remembered; whom it leads to: test_data.py."""

import asyncio
import gzip
import logging
import threading
import zlib
from types import SimpleNamespace
from typing import Any

import pytest

from backend.errors import InternalError, TaskError
from backend.labelstudio.fetch import data as fetch
from backend.labelstudio.fetch.account import LabelStudioAccess
from backend.labelstudio.fetch.data import Fetched, Fetcher
from backend.labelstudio.fetch.places import NoAccessError, place_of
from backend.labelstudio.types import Fetch, ObjectTag, Plan
from tests.patience import HANGS_S
from tests.seams.providers import Vendor, http

LEGACY = "0123456789abcdef0123456789abcdef01234567"
ANYWHERE = Fetch(hosts=("*",), timeout_s=120)
BY_URL = {"valuetype": "url"}


@pytest.fixture
def site():
    with Vendor.running() as running:
        running.respond = lambda *_: http(200, b"here")
        yield running


def plan_of(*objects: tuple[str, str, dict[str, str]]) -> Plan:
    return Plan(
        tuple(ObjectTag(tag, f"o{n}", value, attrs) for n, (tag, value, attrs) in enumerate(objects)), (), (), ""
    )


def completed(plan: Plan, data: dict[str, Any], rule: Fetch = ANYWHERE, known: dict[str, Fetched] | None = None) -> Any:
    async def run() -> Any:
        fetcher = Fetcher(None, lambda _: True)
        try:
            return await fetcher.complete(plan, data, rule, known)
        finally:
            await fetcher.aclose()
            await fetcher.aclose()

    return asyncio.run(run())


def text_at(site: Vendor, rule: Fetch = ANYWHERE, tag: str = "Text", path: str = "/a") -> Any:
    return completed(plan_of((tag, "$x", BY_URL)), {"x": site.address + path}, rule)["x"]


def why_not(site: Vendor, rule: Fetch = ANYWHERE, tag: str = "Text") -> str:
    with pytest.raises(TaskError) as caught:
        text_at(site, rule, tag)
    assert caught.value.__context__ is None
    return caught.value.reason.removeprefix("field 'x' is an address: what is there ").removesuffix(
        " - see fetch in the policy's rule"
    )


# ---- which fields


def test_only_addresses_are_fetched_once_a_field(site):
    plan = plan_of(
        ("Text", "$a", BY_URL),
        ("Text", "$a", BY_URL),
        ("Text", "$b", {}),
        ("Text", "$c", BY_URL),
        ("Text", "$d", BY_URL),
        ("Text", "$missing", BY_URL),
        ("Text", "see $a", BY_URL),
    )
    data = {"a": f" {site.address}/a\n", "b": f"{site.address}/b", "c": 7, "d": " ", "e": "more"}
    assert completed(plan, data) == {**data, "a": "here"}
    assert len(site.requests) == 1
    assert data["a"] == f" {site.address}/a\n"


def test_a_task_without_addresses_is_returned_as_it_is(site):
    data = {"b": "x"}
    assert completed(plan_of(("Text", "$b", {}), ("Text", "$a", BY_URL)), data) is data


@pytest.mark.parametrize("tag", ["Text", "HyperText"])
def test_texts_are_texts_and_all_else_is_json(site, tag):
    site.respond = lambda *_: http(200, b'["a"]')
    assert text_at(site, tag=tag) == '["a"]'
    assert text_at(site, tag="Table") == ["a"]


# ---- what is asked


def test_what_is_asked(site):
    assert text_at(site, path="/a%20b?c=d") == "here"
    ((head, body),) = site.requests
    lines = head.decode().split("\r\n")
    assert lines[0] == "GET /a%20b?c=d HTTP/1.1"
    assert "accept-encoding: identity" in [line.lower() for line in lines]
    assert not any(line.lower().startswith(("authorization", "cookie")) for line in lines)
    assert body == b""


@pytest.mark.parametrize(("times", "is_there"), [(0, True), (3, True), (4, False)])
def test_redirects(site, times, is_there):
    moves = [http(302, b"", f"location: /{n}") for n in range(times)]
    site.respond = lambda *_: moves.pop() if moves else http(200, b"here")
    if is_there:
        assert text_at(site) == "here"
    else:
        assert why_not(site) == "is behind too many redirects"
    assert len(site.requests) == min(times + 1, 4)


@pytest.mark.parametrize("status", [201, 204, 206, 304, 401, 404, 500])
def test_only_200_is_an_answer(site, status):
    site.respond = lambda *_: http(status, b"" if status in (204, 304) else b"canary", "location: /b")
    assert why_not(site) == f"was refused ({status})"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_nowhere_is_none(site, status):
    site.respond = lambda *_: http(status, b"")
    assert why_not(site) == f"was refused ({status})"


# ---- hosts


@pytest.mark.parametrize(
    ("hosts", "host", "allowed"),
    [
        (("127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.*",), "127.0.0.1", True),
        (("a", "LOCAL*"), "localhost", True),
        (("localhost",), "LOCALHOST", True),
        (("localhost",), "localhost.", True),
        (("localhost.",), "localhost", False),
        (("local",), "localhost", False),
        (("s.example",), "s.examplex", False),
        (("*.localhost",), "localhost", False),
        ((), "127.0.0.1", False),
    ],
)
def test_hosts_that_a_rule_names(hosts, host, allowed):
    place = place_of(f"http://{host}/", None)
    if allowed:
        fetch._check(place, Fetch(hosts=hosts))
    else:
        with pytest.raises(NoAccessError) as caught:
            fetch._check(place, Fetch(hosts=hosts))
        assert caught.value.reason == "is at a host that the policy does not allow - add it to fetch.hosts"


@pytest.mark.parametrize("pattern", ["bücher.example", "xn--bcher-kva.example", "b*.example", "x*.example"])
def test_a_host_is_named_as_it_is_sent_or_as_it_is_read(pattern):
    for host in ("bücher.example", "xn--bcher-kva.example", "BÜCHER.example", "bücher.example."):
        fetch._check(place_of(f"http://{host}/", None), Fetch(hosts=(pattern,)))


# ---- bodies


def packed(body: bytes, how: str) -> bytes:
    return gzip.compress(body) if "gzip" in how else zlib.compress(body)


@pytest.mark.parametrize("how", ["gzip", "x-gzip", "deflate", " GZip "])
def test_packed_bodies_that_nobody_asked_for_are_read(site, how):
    site.respond = lambda *_: http(200, packed(b"a" * 5_000, how.lower()), f"content-encoding: {how}")
    assert text_at(site) == "a" * 5_000


@pytest.mark.parametrize("how", ["identity", "", " Identity"])
def test_bodies_that_are_not_packed(site, how):
    site.respond = lambda *_: http(200, b"here", f"content-encoding: {how}")
    assert text_at(site) == "here"


@pytest.mark.parametrize(
    ("how", "body", "why"),
    [
        ("br", b"x", "is packed in a way that is not read"),
        ("gzip, gzip", b"x", "is packed in a way that is not read"),
        ("gzip", b"canary", "is packed, and broken"),
        ("gzip", gzip.compress(b"canary", mtime=0)[:-1], "is packed, and broken"),
        ("deflate", zlib.compress(b"canary")[:-1], "is packed, and broken"),
        ("gzip", b"", "is packed, and broken"),
    ],
)
def test_others_are_not(site, how, body, why):
    site.respond = lambda *_: http(200, body, f"content-encoding: {how}")
    assert why_not(site) == why


@pytest.mark.parametrize("how", ["identity", "gzip", "deflate"])
def test_a_body_of_the_greatest_length_and_one_longer(site, how):
    for length, is_read in ((1000, True), (1001, False), (3_000_000, False)):
        body = b"x" * length
        site.respond = lambda *_, body=body: http(
            200, body if how == "identity" else packed(body, how), f"content-encoding: {how}"
        )
        rule = Fetch(hosts=("*",), max_bytes=1000, timeout_s=120)
        if is_read:
            assert text_at(site, rule) == "x" * length
        else:
            assert why_not(site, rule) == "is longer than 1000 bytes"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "Zoë".encode(), "Zoë"),
        ("text/plain", "\ufeffZoë".encode(), "Zoë"),
        ("text/plain; charset=UTF8", "\ufeffZoë".encode(), "Zoë"),
        ("text/plain; charset=latin-1", "Zoë".encode("latin-1"), "Zoë"),
        ("text/plain; charset=utf-16", "Zoë".encode("utf-16"), "Zoë"),
        ("text/plain; charset=utf-32-be", "Zoë".encode("utf-32-be"), "Zoë"),
        ("text/plain; charset=shift_jis", "ト".encode("shift_jis"), "ト"),
        ("text/plain; charset=", "Zoë".encode(), "Zoë"),
    ],
)
def test_encodings(site, kind, body, text):
    site.respond = lambda *_: http(200, body, f"content-type: {kind}")
    assert text_at(site) == text


CODES = [
    "idna",
    "punycode",
    "raw_unicode_escape",
    "undefined",
    "unicode_escape",
    "utf-7",
    "hex",
    "zip",
    "nonsense",
    "a b",
]


@pytest.mark.parametrize("code", CODES)
def test_what_is_no_encoding_of_texts(site, code):
    site.respond = lambda *_: http(200, b"abc", f"content-type: text/plain; charset={code}")
    assert why_not(site) == "is in an encoding that is not known"


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b"{'a': 1}", b""])
def test_what_is_no_json(site, body):
    site.respond = lambda *_: http(200, body)
    assert why_not(site, tag="Table") == "is no JSON, or no UTF-8"


# ---- failures


def test_who_is_not_there_and_who_breaks_off(site):
    def cut(*_):
        raise ConnectionError

    site.respond = cut
    assert why_not(site) == "cannot be reached (RemoteProtocolError)"
    assert why_not(Vendor.gone()) == "cannot be reached (ConnectError)"


@pytest.mark.parametrize("seconds", [0.25, 0.5])
def test_time_is_up(site, seconds):
    over = threading.Event()
    site.respond = lambda *_: over.wait(HANGS_S) and None
    told = why_not(site, Fetch(hosts=("*",), timeout_s=seconds))
    over.set()
    assert told in (f"was not there in {seconds} s", "cannot be reached (ReadTimeout)")


def test_a_bug_shows_nothing_of_the_task(site, monkeypatch):
    def fails(*_):
        raise AssertionError("canary")

    monkeypatch.setattr(fetch, "place_of", fails)
    with pytest.raises(InternalError) as caught:
        text_at(site)
    assert "AssertionError" in caught.value.reason
    assert "canary" not in caught.value.reason
    assert caught.value.__suppress_context__


def test_what_another_rule_fetched_is_judged_by_this_one(site):
    known: dict[str, Fetched] = {}
    plan, data = plan_of(("Text", "$x", BY_URL)), {"x": f"{site.address}/a"}
    assert completed(plan, data, known=known) == {"x": "here"}
    assert list(known) == [f"{site.address}/a"]
    assert completed(plan, data, Fetch(hosts=("*",), max_bytes=4, timeout_s=120), known) == {"x": "here"}
    for narrow in (Fetch(hosts=("*",), max_bytes=3), Fetch(hosts=("other",))):
        with pytest.raises(TaskError):
            completed(plan, data, narrow, known)
    assert len(site.requests) == 1
    assert "here" not in repr(known)
    assert site.address not in repr(list(known.values()))


def test_connections_are_closed_with_who_made_them(site):
    async def run() -> bool:
        fetcher = Fetcher(None, lambda _: True)
        client = fetcher._client()
        assert fetcher._client() is client
        await fetcher.aclose()
        return client.is_closed and fetcher._client() is not client

    assert asyncio.run(run())


# ---- titles


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(s=5_000.0)
    monkeypatch.setattr(fetch, "time", SimpleNamespace(monotonic=lambda: now.s))
    return now


def told(site: Vendor, *steps: Any, path: str = "", access: bool = True) -> list[str]:
    """Ask for titles; a step that is no name of a project is called in between."""

    async def run() -> list[str]:
        fetcher = Fetcher(LabelStudioAccess(site.address + path, LEGACY) if access else None, lambda _: False)
        found = []
        for step in steps:
            if callable(step):
                step()
            else:
                found.append(await fetcher.title(step))
        await fetcher.aclose()
        return found

    return asyncio.run(run())


def titled(site: Vendor, *titles: Any) -> None:
    left = [title if isinstance(title, bytes) else http(200, {"title": title}) for title in titles]
    site.respond = lambda *_: left.pop(0)


def test_a_title_is_asked_for_with_the_token_and_remembered_for_a_minute(site, clock):
    titled(site, "Ward 3", "Ward 4")

    def later(seconds):
        return lambda: setattr(clock, "s", clock.s + seconds)

    steps = ("17", later(59.5), "17", later(0.5), "17", later(59.5), "17")
    assert told(site, *steps, path="/label-studio/") == ["Ward 3", "Ward 3", "Ward 4", "Ward 4"]
    head = site.requests[0][0].decode()
    assert head.startswith("GET /label-studio/api/projects/17/ HTTP/1.1\r\n")
    assert f"authorization: token {LEGACY}" in head.lower()
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (http(404, b""), "was refused (404)"),
        (http(302, b"", "location: /user/login"), "was refused (302)"),
        (http(200, b"<html>"), "cannot be asked for (JSONDecodeError)"),
        (http(200, {}), "cannot be asked for (KeyError)"),
        (http(200, [1]), "cannot be asked for (TypeError)"),
        (http(200, b"[" * 100_000), "cannot be asked for (RecursionError)"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_title_that_cannot_be_had_is_told_and_asked_for_again_soon(site, clock, caplog, answer, problem):
    titled(site, answer, "Ward 3")

    def later(seconds):
        return lambda: setattr(clock, "s", clock.s + seconds)

    assert told(site, "17", later(9.5), "17", later(1), "17") == ["", "", "Ward 3"]
    assert caplog.messages == [f"project 17: its title {problem}, so no policy rule by title matches"]
    assert len(site.requests) == 2


@pytest.mark.parametrize(("project", "access"), [("x", True), ("", True), ("1/../2", True), ("٣", True), ("3", False)])
def test_what_is_no_project_is_not_asked_for(site, caplog, project, access):
    assert told(site, project, access=access) == [""]
    assert "is unknown - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING
    assert site.requests == []


def test_of_many_titles_the_oldest_is_forgotten(site, clock, monkeypatch):
    monkeypatch.setattr(fetch, "TITLES", 2)
    titled(site, "1", "2", "3", "1", "9", "9")
    clock_on = lambda: setattr(clock, "s", clock.s + 61)  # noqa: E731
    assert told(site, "1", "2", "3", "3", "2", "1") == ["1", "2", "3", "3", "2", "1"]
    assert [head.split(b"/")[3] for head, _ in site.requests] == [b"1", b"2", b"3", b"1"]
    assert told(site, "7", clock_on, "7") == ["9", "9"]


def test_titles_are_words_whatever_they_are(site, clock):
    titled(site, 7)
    assert told(site, "1") == ["7"]
