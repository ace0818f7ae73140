"""What a failed attempt was and what it cost, by what the wire saw; no word of an answer is repeated."""

from typing import Any

import pytest

from backend.errors import (
    FilteredError,
    InvalidAnswerError,
    NoCompletionError,
    NoRoomError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
    UnknownModelError,
    WrongPathError,
)
from backend.model.answer.foreign import AnswerBody
from backend.model.clients import ProviderConnections, WireAttempt
from backend.model.failures import failure, key_place, used
from backend.providers import Provider, Reach

BASE = "http://127.0.0.1:9/v1"


def provider(**settings: Any) -> Provider:
    return Provider("own", "openai", "m", external=False, address=BASE, **settings)


def sending(**seen: Any) -> WireAttempt:
    return WireAttempt(ProviderConnections(provider(), BASE), Reach(BASE), "key", **seen)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("elsewhere", ProviderSetupError, "would be asked at another address than the policy's"),
        ("unreachable", ProviderDownError, "cannot be reached - check address, and that the server runs"),
        ("proxy", ProviderSetupError, "cannot be reached by its proxy"),
        ("certificate", ProviderSetupError, "that no authority known here signed for this name - write ca: PATH"),
        ("unnamed", ProviderDownError, "cannot be reached: its name is not known here (DNS)"),
        ("handshake", ProviderSetupError, "agrees on no connection (TLS)"),
        ("page", NoCompletionError, "gave no answer but a page (HTML) - check address: it usually ends in /v1"),
        ("error", NoCompletionError, "gave no answer but an error that it does not explain"),
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
    assert ("write https:// in address if its port speaks TLS" in error.reason) is (fault == "cut")


def test_one_that_speaks_tls_already_is_not_told_to():
    base = "https://127.0.0.1:9/v1"
    seen = WireAttempt(ProviderConnections(provider(), base), Reach(base), "key", fault="cut")
    assert failure(provider(), seen, ValueError()).reason.endswith("cut the connection - look into the server's log")


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
    ("status", "meaning", "kind", "words"),
    [
        (200, "", NoCompletionError, "gave no answer that can be read (ValueError)"),
        (399, "filtered", NoCompletionError, "gave no answer that can be read (ValueError)"),
        (400, "", ProviderRefusalError, "refused the request (400)"),
        (401, "", ProviderAuthError, "refused the key (401) - check the environment variable OWN_KEY"),
        (403, "", ProviderAuthError, "refused the key (403) - check the environment variable OWN_KEY"),
        (400, "key", ProviderAuthError, "refused the key (400) - check the environment variable OWN_KEY"),
        (402, "", ProviderQuotaError, "its quota is used up (402)"),
        (403, "quota", ProviderQuotaError, "its quota is used up (403)"),
        (429, "quota", ProviderQuotaError, "its quota is used up (429)"),
        (404, "", WrongPathError, "has nothing at this path (404) - check address: it usually ends in /v1; and model"),
        (405, "", WrongPathError, "has nothing at this path (405) - check address: it usually ends in /v1; and model"),
        (400, "path", WrongPathError, "has nothing at this path (400) - check address"),
        (404, "model", UnknownModelError, "does not know the model, or does not serve it (404) - check model"),
        (403, "model", UnknownModelError, "does not know the model"),
        (407, "", ProviderSetupError, "its proxy asks for a user and a password (407)"),
        (407, "key", ProviderSetupError, "its proxy asks for a user and a password (407)"),
        (400, "filtered", FilteredError, "refused the text by its content filter (400)"),
        (403, "filtered", FilteredError, "refused the text by its content filter (403)"),
        (400, "room", NoRoomError, "too long for the model's context (400) - lower limits.piece_characters"),
        (413, "", NoRoomError, "too long for the model's context (413)"),
        (429, "", ProviderBusyError, "is busy or its quota is used up (429)"),
        (429, "filtered", ProviderBusyError, "is busy or its quota is used up (429)"),
        (503, "busy", ProviderBusyError, "is busy or its quota is used up (503)"),
        (499, "", ProviderRefusalError, "refused the request (499)"),
        (408, "", ProviderTimeoutError, "gave up the request itself, for want of time (408)"),
        (400, "down", ProviderRefusalError, "refused the request (400)"),
        (500, "", ProviderDownError, "failed (500)"),
        (503, "down", ProviderDownError, "failed (503)"),
    ],
)
def test_a_status(status, meaning, kind, words):
    seen = sending(status=status, is_sent=True, answer=AnswerBody(meaning=meaning))
    error = failure(provider(key_env="OWN_KEY"), seen, ValueError("canary"))
    assert type(error) is kind
    assert words in error.reason
    assert "canary" not in error.reason


@pytest.mark.parametrize(
    ("mode", "refused", "status", "words"),
    [
        ("tools", "tools", 400, "does not take mode: tools (400) - write mode: json_schema, or md_json"),
        ("tools", "tools", 404, "does not take mode: tools (404) - write mode: json_schema, or md_json"),
        ("tools", "tools", 500, "does not take mode: tools (500) - write mode: json_schema, or md_json"),
        ("json_schema", "json_schema", 400, "does not take mode: json_schema (400) - write mode: tools, json, or"),
        ("json", "json_object", 400, "does not take mode: json (400) - write mode: json_schema, or md_json"),
        ("json_schema", "schema", 400, "refused the schema (400) - write mode: tools, json, or md_json"),
        ("tools", "minItems", 400, "refused the schema (400) - write mode: json_schema, or md_json"),
        ("tools", "schema", 400, "or labels: {offer: 40} in the rule if a control has hundreds"),
        ("tools", "reasoning_effort", 400, "does not take mode: tools (400) - write mode: json_schema, or md_json"),
        ("tools", "max_tokens", 400, "refused the request (400) by parameters that it does not take"),
        ("json_schema", "reasoning_effort", 400, "refused the request (400) by parameters that it does not take"),
    ],
)
def test_a_form_that_is_refused_names_the_modes_that_may_work(mode, refused, status, words):
    seen = sending(status=status, is_sent=True, answer=AnswerBody(refused=frozenset({refused})))
    error = failure(provider(mode=mode), seen, ValueError())
    assert type(error) is ProviderRefusalError
    assert words in error.reason


@pytest.mark.parametrize(
    ("address", "seen", "words"),
    [
        (BASE, {"fault": "scheme"}, "speaks TLS at this port - write https:// in address"),
        (BASE, {"status": 400, "answer": AnswerBody(meaning="scheme")}, "speaks TLS at this port - write https://"),
        ("https://127.0.0.1:9/v1", {"fault": "scheme"}, "speaks no TLS at this port - write http:// in address"),
    ],
)
def test_the_wrong_scheme_is_told(address, seen, words):
    seen = WireAttempt(ProviderConnections(provider(), address), Reach(address), "key", is_sent=True, **seen)
    error = failure(provider(), seen, ValueError())
    assert type(error) is ProviderSetupError
    assert words in error.reason


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
        *[({"is_sent": True, "status": s, "answer": AnswerBody(has_begun=True)}, None) for s in (400, 429, 503)],
        *[({"is_sent": True, "status": status}, None) for status in (200, 201, 299, 408, 500, 502, 504, 599)],
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
