"""The gateway against a stand-in provider: answers, failures without text, fallback, the last look."""

import asyncio
import logging
import threading
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from backend.errors import (
    GatewayError,
    InvalidAnswerError,
    LastLookError,
    PrivacyError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
)
from backend.labelstudio.config import build_plan
from backend.model import retries
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from backend.privacy.redact import Message, Redactor
from backend.privacy.types import Detection
from backend.prompting.answer_form import Question, compose_answer
from backend.providers import Provider
from handlers import load_handlers
from tests.parts import open_attempt_log, stood_in
from tests.patience import HANGS_S
from tests.standin import StandIn

CONFIG = '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices></View>'  # noqa: E501
HANDLERS = load_handlers()
PLAN = build_plan(CONFIG, HANDLERS)
ANSWER = compose_answer(Question(PLAN, PLAN.asked, {}, {}), HANDLERS)
CANARY = "canary-7731"
KEY = "sk-test-key-5512"
KINDS = ["openai", "litellm", "embedded"]


@pytest.fixture
def standin():
    with StandIn() as server:
        yield server


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)


def provider(standin, kind="openai", **settings):
    model = "openai/stand-in" if kind == "litellm" else "stand-in"
    mode = "tools" if kind == "openai" else "json_schema"
    given: dict[str, Any] = {"external": True, "mode": mode, "timeout_s": HANGS_S, "key_env": "TEST_KEY"} | settings
    return Provider(name=given.pop("name", kind), kind=kind, model=model, address=standin.address, **given)


def cleared(text=f"{CANARY} Ann smiled.", *, redact=True):
    redactor = Redactor(lambda text: [Detection(len(CANARY) + 1, len(CANARY) + 4, "PERSON", 1.0)])
    task = redactor.redact({"text": text}) if redact else redactor.pass_through({"text": text})
    return task.clear([Message("system", "Label."), Message("user", task.fields["text"].text)])


def ask(prompt, *providers):
    async def run(folder):
        gateway = Gateway(open_attempt_log(Path(folder)), stood_in)
        try:
            return await gateway.ask(prompt, ANSWER, providers, CallContext("1"))
        finally:
            await gateway.aclose()

    with TemporaryDirectory() as folder:
        return asyncio.run(run(folder))


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_of_the_wanted_form(standin, kind):
    reply = ask(cleared(), provider(standin, kind, scores="tokens" if kind == "embedded" else ""))
    assert reply.answer.c0 == "Good"
    assert reply.provider == kind
    assert reply.content == '{"mood": "Good"}'
    assert reply.attempts == 1
    assert reply.tokens_out == 5
    assert (f"Bearer {KEY}".encode() in standin.received) is True
    assert b"[PERSON_1] smiled" in standin.received
    assert bool(reply.logprobs) == (kind == "embedded")


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_does_not_fit_is_asked_for_again(standin, kind):
    answers = iter([{"mood": "Fine"}, {"mood": "Bad"}])
    standin.answer = lambda request, schema: next(answers)
    reply = ask(cleared(), provider(standin, kind, attempts=2))
    assert reply.answer.c0 == "Bad"
    assert reply.attempts == len(standin.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "answer", [{"mood": f"{CANARY}"}, f"{CANARY} is no JSON", {}, {"more": CANARY}, {"mood": ["Good", CANARY]}]
)
def test_asking_again_is_bounded(standin, kind, answer):
    standin.answer = lambda request, schema: answer
    with pytest.raises(InvalidAnswerError) as caught:
        ask(cleared(), provider(standin, kind, attempts=3))
    assert len(standin.requests) == 3
    holds_nothing(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ProviderRefusalError),
        (401, ProviderAuthError),
        (403, ProviderAuthError),
        (404, ProviderRefusalError),
        (429, ProviderBusyError),
        (500, ProviderDownError),
        (503, ProviderDownError),
    ],
)
def test_p05_a_failed_call_is_told_without_text(standin, kind, status, error, monkeypatch):
    monkeypatch.setattr(retries, "TRIES", 1)
    standin.status = status
    with pytest.raises(error) as caught:
        ask(cleared(), provider(standin, kind))
    assert len(standin.requests) == 1
    holds_nothing(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "error"), [("hang", ProviderTimeoutError), ("cut", ProviderDownError), ("nonsense", GatewayError)]
)
def test_p05_a_broken_connection_is_told_without_text(standin, kind, fault, error):
    standin.fault = fault
    with pytest.raises(error) as caught:
        ask(cleared(), provider(standin, kind, timeout_s=0.6, attempts=1))
    holds_nothing(caught.value)


def holds_nothing(error):
    chain = [error, error.__cause__, error.__context__]
    assert chain[1] is None
    assert chain[2] is None
    shown = repr(error) + str(error) + error.reason + "".join(traceback.format_exception(error))
    for secret in (CANARY, KEY, "smiled"):
        assert secret not in shown


def test_a_server_that_is_not_there():
    gone = Provider("gone", "litellm", "openai/x", external=False, address="http://127.0.0.1:9/v1", timeout_s=5)
    with pytest.raises(ProviderDownError, match="cannot be reached"):
        ask(cleared(), gone)


def test_a_missing_key_is_named(standin, monkeypatch):
    monkeypatch.delenv("TEST_KEY")
    with pytest.raises(ProviderSetupError, match="environment variable TEST_KEY"):
        ask(cleared(), provider(standin))
    assert not standin.received


def test_a_key_by_file(standin, tmp_path):
    (tmp_path / "key").write_text("from-a-file\n")
    ask(cleared(), provider(standin, key_env=None, key_file=str(tmp_path / "key")))
    assert b"Bearer from-a-file\r" in standin.received


def test_p02_only_what_was_cleared_is_taken(standin):
    with pytest.raises(TypeError):
        ask("text", provider(standin))
    assert not standin.received


def test_p02_text_that_was_not_redacted_goes_to_no_external_provider(standin):
    with pytest.raises(PrivacyError):
        ask(cleared(redact=False), provider(standin))
    assert not standin.received
    ask(cleared(redact=False), provider(standin, external=False))
    assert b"Ann smiled" in standin.received


@pytest.mark.parametrize("kind", KINDS)
def test_p04_a_value_in_the_request_stops_it(standin, kind):
    task = Redactor(lambda text: [Detection(0, 4, "PERSON", 1.0)]).redact({"text": "Good"})
    with pytest.raises(LastLookError):
        ask(task.clear([Message("user", "Label.")]), provider(standin, kind))
    assert not standin.received


@pytest.mark.parametrize("kind", KINDS)
def test_p04_the_last_look_sees_what_is_asked_again(standin, kind):
    standin.answer = lambda request, schema: {"mood": "it is Ann"}
    with pytest.raises(LastLookError):
        ask(cleared(), provider(standin, kind, attempts=3))
    assert len(standin.requests) == 1


def test_p06_fallback_keeps_to_the_list_and_its_order(standin):
    standin.status = 500
    with StandIn() as own:
        reply = ask(cleared(), provider(standin, name="first"), provider(own, "litellm", external=False))
        assert reply.provider == "litellm"
        assert len(standin.requests) == retries.TRIES
        assert len(own.requests) == 1


def test_p06_all_failures_are_told(standin):
    standin.status = 429
    with pytest.raises(ProviderBusyError, match=r"provider a: .*; then provider b: "):
        ask(cleared(), provider(standin, name="a"), provider(standin, name="b"))


def test_calls_at_once_are_bounded(standin, tmp_path):
    standin.gate = threading.Semaphore(0)

    async def run():
        gateway = Gateway(open_attempt_log(tmp_path))
        one = provider(standin, concurrency=2)
        asked = [asyncio.create_task(gateway.ask(cleared(), ANSWER, [one], CallContext("1"))) for _ in range(8)]
        for answered in range(7):
            wanted = (2, 6 - answered)
            while len(standin.requests) < 2 + answered or _crowd(gateway, one) != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            standin.gate.release()
        standin.gate.release()
        await asyncio.gather(*asked)
        await gateway.aclose()

    asyncio.run(run())
    assert len(standin.requests) == 8


def _crowd(gateway, one):
    """Return how many calls a provider is at, and how many wait for a place."""
    throttle = gateway._ways[one][0].throttle if one in gateway._ways else None
    return (throttle.inside, throttle.waiting) if throttle else None


def test_p05_nothing_is_logged_even_at_debug(standin, caplog):
    caplog.set_level(logging.DEBUG)
    for kind in KINDS:
        ask(cleared(), provider(standin, kind))
        standin.status = 500
        with pytest.raises(GatewayError):
            ask(cleared(), provider(standin, kind))
        standin.status = 200
    for secret in (CANARY, KEY, "smiled"):
        assert secret not in caplog.text
