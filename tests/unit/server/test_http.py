"""HTTP matters of our own: who is let in, and what an error's reason may do to the answer's head."""

import base64

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.errors import ConfigError, UnauthorizedError
from backend.server.app import serving
from backend.server.connections import ConnectionLimits
from backend.server.http import BasicAuth, ReasonProtocol, error_response, options, protocol

AUTH = BasicAuth("clinic", "pass:word")


def request_with(header):
    headers = [] if header is None else [(b"authorization", header)]
    return Request({"type": "http", "headers": headers})


def basic(text, scheme="Basic"):
    return f"{scheme} ".encode() + base64.b64encode(text.encode())


@pytest.mark.parametrize("header", [basic("clinic:pass:word"), basic("clinic:pass:word", "bAsIc")])
def test_the_right_user_and_password_pass(header):
    AUTH.check(request_with(header))


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"Basic",
        b"Basic ",
        basic(""),
        basic(":"),
        basic("clinic"),
        basic("clinic:"),
        basic(":pass:word"),
        basic("other:pass:word"),
        basic("Clinic:pass:word"),
        basic("clini:pass:word"),
        basic("clinicc:pass:word"),
        basic("clinic:pass"),
        basic("clinic:pass:wor"),
        basic("clinic:pass:wordx"),
        basic("clinic:Pass:word"),
        basic("clinic:pass:word\n"),
        basic("pass:word"),
        basic("clinic:pass:word", "Bearer"),
        b"clinic:pass:word",
        b"Basic clinic:pass:word",
        b"Basic " + b"=" * 8,
        basic("clinic:pass:word")[:9] + b"!" + basic("clinic:pass:word")[9:],
        b"Basic \xff\xfe",
    ],
)
def test_all_others_do_not(header):
    with pytest.raises(UnauthorizedError):
        AUTH.check(request_with(header))


def test_an_empty_password_is_not_every_password():
    with pytest.raises(UnauthorizedError):
        BasicAuth("clinic", "").check(request_with(basic("clinic:x")))


def test_no_repr_shows_the_password():
    assert repr(AUTH) == "BasicAuth(…)"


def test_a_reason_is_one_printable_line_of_bounded_length_in_the_head_and_in_the_body():
    answer = error_response(ConfigError("a\r\nX-Injected: 1\x1b[31m\u2028é" + "x" * 100_000))
    phrase = answer.headers["x-labelguard-reason"]
    assert len(phrase) <= 300
    assert phrase.isascii()
    assert phrase.isprintable()
    assert len(answer.body) < 5_000
    assert answer.status_code == 422


def test_only_who_is_not_let_in_is_asked_for_a_password():
    answer = error_response(UnauthorizedError())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="labelguard"'
    assert "www-authenticate" not in error_response(ConfigError("x")).headers


def test_a_reason_stands_in_the_status_line():
    async def refuse(request):
        return error_response(ConfigError("the config is odd"))

    async def answer(request):
        return PlainTextResponse("ok", 201, {"x-more": "1"})

    app = Starlette(routes=[Route("/refuse", refuse), Route("/answer", answer)])
    with serving(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        for _ in range(2):  # on one connection
            refused = client.get("/refuse")
            assert (refused.status_code, refused.reason_phrase) == (422, "the config is odd")
            assert refused.json() == {"error": "config", "detail": "the config is odd"}
            answered = client.get("/answer", headers={"x-labelguard-reason": "mine"})
            assert (answered.status_code, answered.reason_phrase, answered.text) == (201, "Created", "ok")
            assert answered.headers["x-more"] == "1"


def test_limits_are_a_protocols_own():
    few, many = ConnectionLimits(connections=2), ConnectionLimits(connections=3)
    assert (protocol(few).limits, protocol(many).limits, ReasonProtocol.limits) == (few, many, ConnectionLimits())
    assert issubclass(protocol(few), ReasonProtocol)


def test_what_a_caller_says_of_itself_counts_for_nothing_and_nothing_is_told_of_it(caplog):
    async def answer(request):
        return PlainTextResponse(f"{request.url.scheme} {request.client.host}")

    forwarded = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
    app = Starlette(routes=[Route("/answer", answer)])
    with caplog.at_level("DEBUG"), serving(app) as address:
        answered = httpx.get(f"{address}/answer?name=Zimmermann", headers=forwarded, trust_env=False)
    assert answered.text == "http 127.0.0.1"
    assert "server" not in answered.headers
    assert not [record for record in caplog.records if record.name == "uvicorn.access"]


def test_waits_are_whole_seconds_and_none_is_shorter_than_it_was_to_be():
    def served(**given):
        return uvicorn.Config("no.app", **options(ConnectionLimits(idle_s=1.2), **given))

    config = served(stop_s=0.1)
    assert (config.timeout_keep_alive, config.timeout_graceful_shutdown) == (2, 1)
    assert served().timeout_graceful_shutdown == 5
