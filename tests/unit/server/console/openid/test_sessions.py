"""Cookies of the console, told without a server: who can make one, and for how long it is good."""

import base64

import pytest
from starlette.requests import Request
from starlette.responses import Response

from backend.server.console.openid.provider import BegunSignIn
from backend.server.console.openid.sessions import BEGUN_S, SESSION_S, Sessions

SECRET = b"0123456789abcdef"
NOW = 1_800_000_000.0
BEGUN = BegunSignIn("state", "nonce", "verifier", "/console")


def sessions(secret=SECRET, known=None, now=NOW, is_secure=True):
    return Sessions(secret, known or {"secret": "one"}, is_secure=is_secure, now=lambda: now)


def request(name="", value=""):
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode())]})


def cookie(response):
    """Return the name and the value of the first cookie that is set."""
    return response.headers.getlist("set-cookie")[0].partition(";")[0].split("=", 1)


@pytest.fixture
def made():
    response = Response()
    sessions().sign_in(response, "admin")
    return cookie(response)


def test_a_session_is_good_for_its_time(made):
    user = sessions().user(request(*made))
    assert user is not None
    assert (user.role, len(user.session)) == ("admin", 32)
    assert user.session not in repr(user)
    assert sessions(now=NOW + SESSION_S).user(request(*made)) == user
    assert sessions(now=NOW + SESSION_S + 1).user(request(*made)) is None


def test_it_is_the_whole_hosts_and_tls_alone_where_there_is_tls(made):
    response = Response()
    sessions().sign_in(response, "viewer")
    told = response.headers.getlist("set-cookie")
    assert told[0].startswith("__Host-labelguard=")
    assert told[1].startswith('__Host-labelguard-begun=""')
    assert all({"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(one.split("; ")) for one in told)


def test_two_sessions_have_nothing_in_common(made):
    response = Response()
    sessions().sign_in(response, "admin")
    assert cookie(response)[1] != made[1]
    assert sessions().user(request(*cookie(response))) != sessions().user(request(*made))


def test_one_of_another_key_or_of_other_settings_is_none(made):
    assert sessions(secret=SECRET + b"0").user(request(*made)) is None
    assert sessions(known={"secret": "two"}).user(request(*made)) is None
    assert sessions(is_secure=False).user(request("labelguard", made[1])) is None


def test_one_that_was_changed_is_none(made):
    name, value = made
    sealed = bytearray(base64.urlsafe_b64decode(value))
    for at in range(len(sealed)):
        changed = bytes(byte ^ (1 if place == at else 0) for place, byte in enumerate(sealed))
        assert sessions().user(request(name, base64.urlsafe_b64encode(changed).decode())) is None
    for given in ("", "x", "é", "====", value[:-8], value + "AAAA", "A" * 9000, "A" * 40):
        assert sessions().user(request(name, given)) is None
    assert sessions().user(Request({"type": "http", "headers": []})) is None


def test_what_was_begun_is_no_session():
    response = Response()
    sessions().begin(response, BEGUN)
    name, value = cookie(response)
    assert name == "__Host-labelguard-begun"
    assert sessions().begun(request(name, value)) == BEGUN
    assert sessions(now=NOW + BEGUN_S + 1).begun(request(name, value)) is None
    assert sessions().user(request("__Host-labelguard", value)) is None
    assert sessions().begun(request("__Host-labelguard", value)) is None
    assert "verifier" not in repr(BEGUN)
