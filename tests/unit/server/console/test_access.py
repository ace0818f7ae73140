"""Who may use the console, and which forms come from its pages: told without a server."""

import base64

import pytest
from starlette.requests import Request

from backend.errors import ForeignFormError, UnauthorizedError
from backend.server.console.access import FORM_S, ConsoleAccess, ConsoleRole, ConsoleUser

SECRET = b"0123456789abcdef"
BOTH: dict[ConsoleRole, str] = {"viewer": "one-password-1", "admin": "пароль-администратора"}
NOW = 1_800_000_000.0
VIEWER, ADMIN = ConsoleUser("viewer"), ConsoleUser("admin")


def request(**headers):
    """Return a request with these headers."""
    given = {"host": "guard.example:9090", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "path": "/console", "headers": raw})


def basic(words):
    return {"authorization": "Basic " + base64.b64encode(words.encode()).decode()}


def access(passwords=None, secret=SECRET, now=NOW):
    return ConsoleAccess(passwords or BOTH, secret, lambda: now)


def test_each_user_has_a_password():
    assert access().user(request(**basic(f"viewer:{BOTH['viewer']}"))) == VIEWER
    assert access().user(request(**basic(f"admin:{BOTH['admin']}"))) == ADMIN


@pytest.mark.parametrize("words", ["", ":", "viewer:", "viewer", "admin:one-password-1", "viewer:one-password-1 "])
def test_nobody_else_is_let_in(words):
    with pytest.raises(UnauthorizedError):
        access().user(request(**basic(words)))


def test_its_passwords_are_not_written():
    assert BOTH["viewer"] not in repr(access()) + str(access())


def test_a_form_is_good_for_its_user_its_action_and_its_time():
    token = access().token(ADMIN, "retry 12")
    access().check_form(request(), ADMIN, "retry 12", token)
    access(now=NOW + FORM_S).check_form(request(), ADMIN, "retry 12", token)
    for user, action, late, secret in (
        (VIEWER, "retry 12", 0, SECRET),
        (ConsoleUser("admin", "a session"), "retry 12", 0, SECRET),
        (ADMIN, "retry 13", 0, SECRET),
        (ADMIN, "retry 12", FORM_S + 1, SECRET),
        (ADMIN, "retry 12", -1, SECRET),
        (ADMIN, "retry 12", 0, SECRET + b"0"),
    ):
        with pytest.raises(ForeignFormError):
            access(secret=secret, now=NOW + late).check_form(request(), user, action, token)


@pytest.mark.parametrize("token", ["", ".", "1800000000", "1800000000.", "٣.x", "x" * 9999, "-1.0", "é.é"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(ForeignFormError):
        access().check_form(request(), ADMIN, "retry 12", token)


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://guard.example:9090"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "null"}, True),
        ({"origin": "http://guard.example"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://guard.example:9090.evil.example"}, False),
        ({"origin": "http://["}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "http://guard.example:9090"}, False),
    ],
)
def test_a_form_of_another_site_is_refused_whatever_its_token(headers, is_ours):
    token = access().token(ADMIN, "check")
    if is_ours:
        access().check_form(request(**headers), ADMIN, "check", token)
        return
    with pytest.raises(ForeignFormError):
        access().check_form(request(**headers), ADMIN, "check", token)
