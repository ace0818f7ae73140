"""Calls of Label Studio's API, byte by byte: what is sent, what is told of each failure, and what is tried again."""

import asyncio
import socket
import traceback

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import calls
from backend.labelstudio.api.calls import ApiCall, Calls
from backend.labelstudio.fetch.account import LabelStudioAccess
from tests.seams.providers import Vendor, http

LEGACY = "0123456789abcdef0123456789abcdef01234567"
PERSONAL = "head.body.personal-secret"
CANARY = "canary-6604"
CUT = b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n"


@pytest.fixture
def studio():
    with Vendor.running() as running:
        running.respond = lambda *_: http(200, {"is": "here"})
        yield running


def ask(studio, method="GET", token=LEGACY, times=1, **call):
    async def run():
        asking = Calls(LabelStudioAccess(f"{studio.address}/ls", token))
        try:
            return [await asking.ask(ApiCall(method, "api/things/", "thing 7", **call)) for _ in range(times)][-1]
        finally:
            await asking.aclose()

    return asyncio.run(run())


def why_not(studio, method="GET", token=LEGACY, **call):
    with pytest.raises(LabelStudioError) as caught:
        ask(studio, method, token, **call)
    told = "".join(traceback.format_exception(caught.value))
    for secret in (CANARY, token, studio.address, str(studio.port)):
        assert secret not in told
    return caught.value


def answering(studio, *answers):
    """Answer so, in turn."""
    left = list(answers)
    studio.respond = lambda *_: left.pop(0)


def test_all_that_is_sent(studio):
    assert ask(studio, "POST", query={"a": 1, "b": "x y"}, body=[{"é": 1}]) == {"is": "here"}
    ((head, body),) = studio.requests
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /ls/api/things/?a=1&b=x+y HTTP/1.1"
    ours = "host accept accept-encoding authorization connection content-length content-type user-agent"
    assert {line.partition(":")[0].lower() for line in lines[1:]} == set(ours.split())
    assert f"authorization: token {LEGACY}" in head.decode().lower()
    assert body == '[{"é":1}]'.encode()


def test_an_answer_without_content(studio):
    studio.respond = lambda *_: http(204, b"")
    assert ask(studio, "DELETE") is None


def test_a_personal_token_is_exchanged_once_and_again_where_it_ended(studio):
    answering(
        studio,
        http(200, {"access": "first"}),
        http(200, {}),
        http(401, {}),
        http(200, {"access": "second"}),
        http(200, {"is": "there"}),
    )
    assert ask(studio, token=PERSONAL, times=2) == {"is": "there"}
    asked = [head.decode().lower() for head, _ in studio.requests]
    assert ["/token/refresh" in head for head in asked] == [True, False, False, True, False]
    assert ["bearer first" in head for head in asked] == [False, True, True, False, False]
    assert "bearer second" in asked[-1]
    assert not any(PERSONAL in head for head in asked)


@pytest.mark.parametrize(
    ("status", "words", "passes"),
    [
        (
            301,
            "answers for thing 7 by a redirect, which is not followed (301) - set LABELGUARD_LABEL_STUDIO_URL",
            False,
        ),
        (400, "does not take thing 7 (400)", False),
        (401, "does not take the token (401) - set LABELGUARD_LABEL_STUDIO_TOKEN", False),
        (403, "does not let the token's user at thing 7 (403) - let that user into the project", False),
        (404, "has no thing 7 that the token's user may see (404)", False),
        (429, "has too much to do for thing 7 (429)", True),
        (500, "failed for thing 7 (500) - see its log", True),
        (503, "failed for thing 7 (503)", True),
    ],
)
def test_what_a_status_means(studio, status, words, passes):
    studio.respond = lambda *_: http(status, {"detail": CANARY}, f"location: {studio.address}/{CANARY}")
    error = why_not(studio)
    assert error.reason.startswith(f"Label Studio {words}")
    assert error.passes is passes
    assert len(studio.requests) == (4 if passes else 1)


def test_a_redirect_leads_nowhere(studio):
    with Vendor.running() as other:
        studio.respond = lambda *_: http(302, b"", f"location: {other.address}/api/things/")
        why_not(studio)
        assert other.requests == []


def test_what_passes_is_tried_again(studio):
    answering(studio, http(500, {}), http(429, {}, "retry-after: 0"), CUT, http(200, [1]))
    assert ask(studio) == [1]


def test_what_may_not_be_done_twice_is_tried_once(studio):
    studio.respond = lambda *_: http(503, {})
    assert why_not(studio, "POST").passes
    assert len(studio.requests) == 1


def test_as_long_as_it_asks_for(studio, monkeypatch):
    waited = []

    async def note(seconds):
        waited.append(seconds)

    answering(studio, http(429, {}, "retry-after: 7"), http(503, {}, "retry-after: soon"), http(200, {}))
    monkeypatch.setattr(asyncio, "sleep", note)
    ask(studio)
    assert waited == [7.0, 0.0]


def test_one_that_asks_for_long_is_given_up(studio):
    studio.respond = lambda *_: http(429, {}, "retry-after: 3600")
    error = why_not(studio)
    assert (error.passes, error.rest_s, len(studio.requests)) == (True, 3600.0, 1)


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = Vendor(taken.getsockname()[1])
    error = why_not(gone)
    assert error.reason.startswith("Label Studio cannot be reached for thing 7 (ConnectError) - see LABELGUARD_LABEL_")
    assert error.passes


def test_too_slow(studio, monkeypatch):
    monkeypatch.setattr(calls, "TIMEOUT_S", 0.0)
    error = why_not(studio)
    assert error.reason.startswith("Label Studio cannot be reached for thing 7 (TimeoutError)")


def test_a_token_that_is_not_taken(studio):
    studio.respond = lambda *_: http(401, {"detail": CANARY})
    error = why_not(studio, token=PERSONAL)
    assert error.reason.startswith("Label Studio does not take the token (401)")
    assert len(studio.requests) == 1


def test_a_token_that_cannot_be_exchanged_now(studio):
    answering(studio, http(503, {}), http(200, {"access": "a"}), http(200, [2]))
    assert ask(studio, token=PERSONAL) == [2]


@pytest.mark.parametrize("body", [f"<html>{CANARY}".encode(), b"[" * 100_000, b"\xff"], ids=["page", "deep", "bytes"])
def test_what_is_no_answer_of_an_api(studio, body):
    studio.respond = lambda *_: http(200, body)
    error = why_not(studio)
    assert error.reason.startswith("Label Studio gave no answer of its API for thing 7 - see that LABELGUARD_")
    assert not error.passes


def test_a_huge_answer_is_not_read_whole(studio, monkeypatch):
    monkeypatch.setattr(calls, "MOST_BYTES", 1000)
    studio.respond = lambda *_: http(200, CANARY.encode() * 1000)
    error = why_not(studio)
    assert error.reason.startswith("Label Studio answers at too great length for thing 7")


def test_the_environment_is_not_asked(studio, monkeypatch):
    with Vendor.running() as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", CANARY)
        assert ask(studio) == {"is": "here"}
        assert proxy.requests == []
    assert CANARY.encode() not in studio.received
