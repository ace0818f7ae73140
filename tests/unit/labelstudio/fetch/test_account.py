"""The token by which Label Studio is asked: sent as it is, or exchanged and used for as long as it holds."""

import asyncio
import base64
import json
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from backend.labelstudio.fetch import account
from backend.labelstudio.fetch.account import SPARE_S, UNTOLD_LIFE_S, Account, LabelStudioAccess
from backend.labelstudio.fetch.places import NoAccessError
from tests.seams.providers import Vendor, http

LEGACY = "0123456789abcdef0123456789abcdef01234567"


def token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{body}.signed"


@pytest.fixture
def studio():
    with Vendor.running() as running:
        yield running


@pytest.fixture
def clock(monkeypatch):
    """Time, which stands."""
    now = SimpleNamespace(s=0.5)
    monkeypatch.setattr(account, "time", SimpleNamespace(monotonic=lambda: now.s))
    return now


def giving(studio: Vendor, *answers: Any) -> None:
    """Have Label Studio give these access tokens."""
    left = [http(200, {"access": answer}) for answer in answers]
    studio.respond = lambda *_: left.pop(0)


def asked(one: Account, times: int = 1) -> list[str]:
    async def run() -> list[str]:
        async with httpx.AsyncClient(trust_env=False) as client:
            return list(await asyncio.gather(*(one.authorization(client) for _ in range(times))))

    return asyncio.run(run())


def account_at(studio: Vendor, said: str = "personal", path: str = "") -> Account:
    return Account(LabelStudioAccess(studio.address + path, said))


@pytest.mark.parametrize("path", ["", "/", "/label-studio", "/label-studio/", "/box/"])
def test_where_a_path_is(path):
    access = LabelStudioAccess(f"http://ls.example{path}", LEGACY)
    assert access.place("api/x/") == f"http://ls.example{path.rstrip('/')}/api/x/"
    assert LEGACY not in repr(access)


def test_a_legacy_token_is_sent_as_it_is(studio):
    assert asked(account_at(studio, LEGACY)) == [f"Token {LEGACY}"]
    assert studio.requests == []


@pytest.mark.parametrize("said", [LEGACY[1:], LEGACY + "0", LEGACY.upper(), f"g{LEGACY[1:]}", f"{LEGACY}\n"])
def test_any_other_is_exchanged(studio, said):
    giving(studio, "fresh")
    assert asked(account_at(studio, said, "/label-studio/")) == ["Bearer fresh"]
    ((head, body),) = studio.requests
    assert head.startswith(b"POST /label-studio/api/token/refresh HTTP/1.1\r\n")
    assert json.loads(body) == {"refresh": said}


def test_all_who_ask_at_once_share_one_exchange(studio):
    giving(studio, token(iat=0, exp=300))
    assert len(set(asked(account_at(studio), 5))) == 1
    assert len(studio.requests) == 1


@pytest.mark.parametrize(
    ("claims", "life_s"),
    [
        ({"iat": 10_000, "exp": 10_300}, 300),
        ({"iat": 10_000.5, "exp": 10_301}, 300.5),
        ({"exp": 10_300}, UNTOLD_LIFE_S + SPARE_S),
        ({"iat": 10_000, "exp": "x"}, UNTOLD_LIFE_S + SPARE_S),
        ({"iat": 10_000, "exp": None}, UNTOLD_LIFE_S + SPARE_S),
        ({"iat": 0, "exp": 10**400}, UNTOLD_LIFE_S + SPARE_S),
        ({"iat": 10_000, "exp": 10_300, "n": 1}, 300),  # of other lengths, so that all paddings occur
        ({"iat": 10_000, "exp": 10_300, "n": 12}, 300),
        ({"iat": 10_000, "exp": 10_300, "n": 123, "é": "ÿþ?>"}, 300),
    ],
)
def test_an_access_token_is_used_until_shortly_before_its_end(studio, clock, claims, life_s):
    giving(studio, token(**claims), "second")
    one = account_at(studio)
    first = asked(one)
    clock.s += life_s - SPARE_S - 0.25
    assert asked(one) == first == [f"Bearer {token(**claims)}"]
    assert len(studio.requests) == 1
    clock.s += 0.25
    assert asked(one) == ["Bearer second"]


@pytest.mark.parametrize(
    "said", ["opaque", "a.b", "a.!!!.c", "a.W10.c", "a.NQ.c", f"a.{base64.b64encode(b'[' * 3000).decode()}.c", ".."]
)
def test_one_that_tells_nothing_is_used_for_a_while(studio, clock, said):
    giving(studio, said, "second")
    one = account_at(studio)
    asked(one)
    clock.s += UNTOLD_LIFE_S - 0.25
    assert asked(one) == [f"Bearer {said}"]
    clock.s += 0.25
    assert asked(one) == ["Bearer second"]


@pytest.mark.parametrize("claims", [{"iat": 10, "exp": 10}, {"iat": 10, "exp": 0}, {"iat": 0, "exp": SPARE_S}])
def test_one_that_has_ended_is_used_once(studio, clock, claims):
    giving(studio, token(**claims), "second", "third")
    one = account_at(studio)
    assert asked(one) == [f"Bearer {token(**claims)}"]
    assert asked(one) == ["Bearer second"]
    assert asked(one) == ["Bearer second"]


def test_one_that_was_refused_is_exchanged(studio, clock):
    giving(studio, "first", "second")
    one = account_at(studio)
    asked(one)
    assert one.drop("Bearer first") is True
    assert asked(one) == ["Bearer second"]
    assert one.drop("Bearer first") is True  # another task had it still: the new one stays
    assert asked(one) == ["Bearer second"]
    assert account_at(studio, LEGACY).drop(f"Token {LEGACY}") is False


@pytest.mark.parametrize(
    "answer",
    [
        http(401, {"access": "a"}),
        http(403, {}),
        http(302, b"", "location: /user/login"),
        http(500, {"access": "a"}),
        http(200, b"<html>canary"),
        http(200, b"\xff"),
        http(200, {}),
        http(200, ["access"]),
        http(200, "access"),
        http(200, {"access": ""}),
        http(200, {"access": "a\r\nX-Injected: 1"}),
        http(200, {"access": "Zoë"}),
        http(200, b"[" * 100_000),
    ],
    ids=lambda answer: answer[9:12].decode() + answer[-12:].decode("latin-1").strip(),
)
def test_a_token_that_is_not_taken(studio, answer):
    studio.respond = lambda *_: answer
    with pytest.raises(NoAccessError) as caught:
        asked(account_at(studio))
    assert caught.value.reason == f"needs a token that Label Studio takes ({answer[9:12].decode()})"
    assert caught.value.__context__ is None


def test_an_answer_without_end_is_not_read(studio, monkeypatch):
    monkeypatch.setattr(account, "ANSWER_BYTES", 100)
    giving(studio, "a" * 1000)
    with pytest.raises(NoAccessError, match="is longer than 100 bytes"):
        asked(account_at(studio))
