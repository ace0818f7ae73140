"""What a failed attempt was and what it cost, by what the wire saw; no word of an answer is repeated."""

from typing import Any

import pytest

from backend.clients import Sending, Wire
from backend.errors import (
    InvalidAnswerError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
)
from backend.failures import failure, key_place, used
from backend.foreign import Answer
from backend.types import Provider, Reach

BASE = "http://127.0.0.1:9/v1"


def provider(**settings: Any) -> Provider:
    return Provider("own", "openai", "m", external=False, address=BASE, **settings)


def sending(**seen: Any) -> Sending:
    return Sending(Wire(provider(), BASE), Reach(BASE), "key", **seen)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("elsewhere", ProviderSetupError, "would be asked at another address than the policy's"),
        ("unreachable", ProviderDownError, "cannot be reached - check address, and that the server runs"),
        ("proxy", ProviderSetupError, "cannot be reached by its proxy"),
        ("certificate", ProviderSetupError, "that no authority known here signed for this name - write ca: PATH"),
        ("redirect", ProviderRefusalError, "redirects elsewhere, which is never followed"),
        ("large", InvalidAnswerError, "answers with more than 8 MiB"),
        ("packed", ProviderDownError, "packs its answer in a way that was not asked for"),
        ("cut", ProviderDownError, "cut the connection"),
    ],
)
def test_a_fault_on_the_way_is_told_before_all_else(fault, kind, words):
    error = failure(provider(), sending(fault=fault, status=401, is_sent=True), TimeoutError())
    assert type(error) is kind
    assert words in error.reason
    assert "own" in error.reason


@pytest.mark.parametrize(
    ("external", "proxy", "says_proxy"),
    [(True, "http://proxy.example:3128", True), (True, None, False), (False, "http://proxy.example:3128", False)],
)
def test_a_proxy_may_be_why_nobody_is_reached(external, proxy, says_proxy):
    asked = Provider("own", "openai", "m", external=external, address=BASE, proxy=proxy)
    reason = failure(asked, sending(fault="unreachable"), ValueError()).reason
    assert ("check address and proxy" in reason) is says_proxy
    assert ("that the server runs" in reason) is not says_proxy
    assert "check address and proxy" not in failure(asked, sending(fault="cut"), ValueError()).reason


@pytest.mark.parametrize("seen", [None, {"fault": "slow"}, {"status": 200, "is_sent": True}])
def test_no_answer_in_time(seen):
    error: Exception = ValueError() if seen and "fault" in seen else TimeoutError()
    told = failure(provider(timeout_s=2.5), seen and sending(**seen), error)
    assert type(told) is ProviderTimeoutError
    assert "no answer in 2.5 s - raise timeout_s" in told.reason


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (200, "", ProviderDownError, "gave no answer that can be read (ValueError)"),
        (399, "content_filter", ProviderDownError, "gave no answer that can be read (ValueError)"),
        (400, "", ProviderRefusalError, "refused the request (400)"),
        (401, "", ProviderAuthError, "refused the key (401) - check the environment variable OWN_KEY"),
        (403, "", ProviderAuthError, "refused the key (403) - check the environment variable OWN_KEY"),
        (403, "insufficient_quota", ProviderQuotaError, "its quota is used up (403)"),
        (404, "model_not_found", ProviderRefusalError, "does not know the model"),
        (404, "DeploymentNotFound", ProviderRefusalError, "does not know the deployment"),
        (407, "", ProviderSetupError, "its proxy asks for a user and a password (407)"),
        (400, "content_filter", ProviderRefusalError, "refused the text by its content filter"),
        (400, "content_policy_violation", ProviderRefusalError, "refused the text by its content filter"),
        (400, "context_length_exceeded", ProviderRefusalError, "has no room for the text and its answer"),
        (429, "", ProviderBusyError, "is busy or its quota is used up (429)"),
        (429, "content_filter", ProviderBusyError, "is busy or its quota is used up (429)"),
        *[
            (429, code, ProviderQuotaError, "its quota is used up (429)")
            for code in ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded")
        ],
        (499, "", ProviderRefusalError, "refused the request (499)"),
        (500, "", ProviderDownError, "failed (500)"),
        (503, "", ProviderDownError, "failed (503)"),
    ],
)
def test_a_status(status, code, kind, words):
    seen = sending(status=status, is_sent=True, answer=Answer(code=code))
    error = failure(provider(key_env="OWN_KEY"), seen, ValueError("canary"))
    assert type(error) is kind
    assert words in error.reason
    assert "canary" not in error.reason


def test_without_a_status_it_was_cut_or_never_sent():
    class Od_d1Error(Exception):  # noqa: N801 - a name of words
        pass

    Od_d1Error.__name__ = "Odd Error\n- canary?"
    cut = failure(provider(), sending(is_sent=True), Od_d1Error())
    assert type(cut) is ProviderDownError
    assert "cut the connection" in cut.reason
    for seen in (None, sending()):
        error = failure(provider(), seen, Od_d1Error("text"))
        assert type(error) is ProviderSetupError
        assert "cannot be asked (OddErrorcanary) - check kind, model and mode" in error.reason
    unread = failure(provider(), sending(is_sent=True, status=200), Od_d1Error("text"))
    assert "(OddErrorcanary)" in unread.reason


@pytest.mark.parametrize(
    ("seen", "cost"),
    [
        (None, (0, 0)),
        ({}, (0, 0)),
        ({"status": 500}, (0, 0)),
        ({"is_sent": True}, None),
        *[({"is_sent": True, "status": status}, None) for status in (200, 201, 299, 500, 502, 504, 599)],
        *[({"is_sent": True, "status": status}, (0, 0)) for status in (300, 302, 400, 401, 429, 499, 503, 529)],
    ],
    ids=str,
)
def test_what_was_certainly_used(seen, cost):
    assert used(seen if seen is None else sending(**seen)) == cost


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"key_env": "A", "key_file": "/b"}, "the environment variable A"),
        ({"key_file": "/b"}, "the file /b"),
        ({}, "key in the policy"),
    ],
)
def test_where_a_key_stands(settings, place):
    assert key_place(provider(**settings)) == place
