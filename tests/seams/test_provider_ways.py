"""Providers as they are: each way of theirs is met by what is sent, or told by its own name; one test a way."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from backend.errors import (
    FilteredError,
    GatewayError,
    InvalidAnswerError,
    NoCompletionError,
    NoRoomError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
    UnknownModelError,
    WrongPathError,
)
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from backend.providers import Price, Provider
from tests import ways
from tests.parts import open_attempt_log, stood_in
from tests.seams.providers import ANSWER, KEY, KINDS, Kind, Vendor, ask, cleared, http, provider, vendor_answer
from tests.seams.test_attempts import outcomes

BY_NAME = {kind.name: kind for kind in KINDS}
OPENAI = BY_NAME["openai"]
OWN = Kind("own", "openai", "qwen")


class Counted(BaseModel):
    """An answer with bounds in its schema."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(ge=1, le=5)
    words: list[str] = Field(min_length=1)


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as running:
        yield running


def follows(vendor: Vendor, way: ways.Way, answered: Any = None) -> list[dict[str, Any]]:
    """Have a vendor follow a way; returns what it is asked, as it comes."""
    seen: list[dict[str, Any]] = []

    def respond(head: bytes, body: bytes) -> bytes | None:
        seen.append(json.loads(body))
        said = way(seen[-1])
        if said is not None:
            return http(*said)
        return answered and http(200, answered(head, seen[-1]))

    vendor.respond = respond
    return seen


def counted(head: bytes, request: dict[str, Any]) -> dict[str, Any]:
    """Answer with what is counted."""
    text = json.dumps(vendor_answer(head, request))
    wanted = {"n": 3, "words": ["x"]}
    return dict(json.loads(text.replace('{\\"mood\\": \\"Good\\"}', json.dumps(wanted).replace('"', '\\"'))))


def ask_in_turn(folder: Any, one: Provider, times: int, answer_type: Any = ANSWER) -> list[Any]:
    """Ask a provider several times by one gateway."""

    async def run() -> list[Any]:
        gateway = Gateway(open_attempt_log(folder), stood_in)
        try:
            return [await gateway.ask(cleared(), answer_type, [one], CallContext("1")) for _ in range(times)]
        finally:
            await gateway.aclose()

    return asyncio.run(run())


# ---- what is refused is not sent again


@pytest.mark.parametrize("mode", ["tools", "json_schema", "json", "md_json"])
def test_openais_thinking_models_and_what_they_refused_is_remembered(vendor, tmp_path, mode):
    seen = follows(vendor, ways.openai_reasons)
    first, second = ask_in_turn(tmp_path, provider(replace(OPENAI, mode=mode), vendor.address), 2)
    assert (first.answer.c0, first.attempts, second.attempts) == ("Good", 3, 1)
    assert [("max_tokens" in asked, "temperature" in asked) for asked in seen] == [
        (True, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert seen[-1]["max_completion_tokens"] == 1024


def test_a_policy_that_is_read_anew_keeps_it_for_providers_that_stay(vendor, tmp_path):
    follows(vendor, ways.openai_reasons)
    one = provider(OPENAI, vendor.address)

    async def run() -> list[int]:
        gateway = Gateway(open_attempt_log(tmp_path), stood_in)
        try:
            attempts = []
            for kept in (one, replace(one), replace(one, timeout_s=5.0), one):
                gateway.keep([kept])
                attempts.append((await gateway.ask(cleared(), ANSWER, [kept], CallContext("1"))).attempts)
            return attempts
        finally:
            await gateway.aclose()

    assert asyncio.run(run()) == [3, 1, 3, 3]


@pytest.mark.parametrize(
    "way",
    [
        ways.openai_tells_no_probabilities,
        ways.gemini_tells_no_probabilities,
        ways.vllm_gaudi,
        ways.mistral_knows_no_probabilities,
    ],
    ids=lambda way: way.__name__,
)
def test_who_tells_no_probabilities_answers_without_a_score(vendor, tmp_path, caplog, way):
    seen = follows(vendor, way)
    one = provider(replace(OWN, mode="json_schema"), vendor.address, scores="tokens")
    first, second = ask_in_turn(tmp_path, one, 2)
    assert (first.answer.c0, first.attempts, second.attempts) == ("Good", 2, 1)
    assert [("logprobs" in asked, "top_logprobs" in asked) for asked in seen] == [(True, True)] + [(False, False)] * 2
    assert caplog.text.count("provider own: refuses logprobs - its answers have no score from tokens") == 1


def test_who_tells_few_other_tokens_is_asked_for_none(vendor, tmp_path):
    seen = follows(vendor, ways.few_other_tokens)
    one = provider(replace(OWN, mode="json_schema"), vendor.address, scores="tokens")
    assert [reply.attempts for reply in ask_in_turn(tmp_path, one, 2)] == [2, 1]
    assert [("logprobs" in asked, "top_logprobs" in asked) for asked in seen] == [(True, True)] + [(True, False)] * 2


def test_who_is_not_to_tell_probabilities_is_not_asked(vendor, tmp_path):
    seen = follows(vendor, ways.openai_tells_no_probabilities)
    ask_in_turn(tmp_path, provider(OWN, vendor.address), 1)
    assert "logprobs" not in seen[0]


NO_SUCH = http(400, {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model."}})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whichever_library_writes_the_bound_of_an_answer_is_sent(vendor, kind):
    """Also where its name was refused: litellm drops parameters that it does not know of a provider."""

    def bounds(value: Any) -> list[Any]:
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [place for place, part in parts if part == 777] + [b for _, part in parts for b in bounds(part)]

    vendor.respond = lambda *_: NO_SUCH if len(vendor.requests) == 1 else None
    assert ask(provider(kind, vendor.address, max_tokens=777)).answer.c0 == "Good"
    first, second = (bounds(json.loads(body)) for _, body in vendor.requests)
    assert len(first) == len(second) == 1


def test_each_refusal_stands_in_the_record_and_costs_nothing(vendor, tmp_path):
    follows(vendor, ways.openai_reasons)
    _, ended = outcomes(tmp_path, provider(OPENAI, vendor.address, price=Price(1_000, 1_000)))
    assert [(one["outcome"], one["code"], one["cost_usd"] > 0) for one in ended] == [
        ("refused", "provider_refusal", False),
        ("refused", "provider_refusal", False),
        ("answered", "", True),
    ]


def test_openais_newest_take_tools_without_thinking(vendor, tmp_path):
    seen = follows(vendor, ways.openai_newest)
    assert ask(provider(OPENAI, vendor.address)).answer.c0 == "Good"
    assert seen[-1]["reasoning_effort"] == "none"
    seen.clear()
    assert ask(provider(replace(OPENAI, mode="json_schema"), vendor.address)).answer.c0 == "Good"
    assert "reasoning_effort" not in seen[-1]


def test_openais_that_always_think_take_no_tools(vendor):
    follows(vendor, ways.openai_always_thinks)
    with pytest.raises(ProviderRefusalError, match=r"does not take mode: tools \(400\) - write mode: json_schema"):
        ask(provider(OPENAI, vendor.address))
    assert ask(provider(replace(OPENAI, mode="json_schema"), vendor.address)).answer.c0 == "Good"


def test_openais_newer_models_by_litellm(vendor):
    seen = follows(vendor, ways.openai_reasons)
    assert ask(provider(BY_NAME["litellm-openai-newer"], vendor.address)).answer.c0 == "Good"
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["labels", "gpt-5-mini", "gpt-4o"])
def test_azures_deployments_of_thinking_models_have_any_name(vendor, name):
    seen = follows(vendor, ways.openai_reasons)
    kind = replace(BY_NAME["litellm-azure"], model=f"azure/{name}")
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"
    assert 1024 in (seen[-1].get("max_completion_tokens"), seen[-1].get("max_tokens"))


def test_an_older_azure(vendor):
    follows(vendor, ways.azure_older)
    assert ask(provider(BY_NAME["litellm-azure"], vendor.address)).answer.c0 == "Good"


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8", "claude-haiku-5-5", "claude-of-next-year"])
def test_anthropics_newer_models_take_no_temperature(vendor, model):
    seen = follows(vendor, ways.anthropic_newer)
    kind = replace(BY_NAME["litellm-anthropic"], model=f"anthropic/{model}")
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"
    assert seen[-1]["max_tokens"] == 1024


def test_mistral_by_its_openai_protocol(vendor):
    """Which a proxy in front of it may call by OpenAI's newer name."""
    follows(vendor, lambda request: ways.openai_reasons(request) if "max_tokens" in request else ways.mistral(request))
    with pytest.raises(ProviderRefusalError):
        ask(provider(OWN, vendor.address))
    seen = follows(vendor, ways.mistral)
    assert ask(provider(BY_NAME["litellm-mistral"], vendor.address)).answer.c0 == "Good"
    assert len(seen) == 1


def test_openrouter_hands_on_what_the_provider_behind_it_said(vendor):
    follows(vendor, ways.openrouter_behind)
    assert ask(provider(OWN, vendor.address)).answer.c0 == "Good"


@pytest.mark.parametrize("way", [ways.openrouter_choice, ways.lm_studio_choice])
def test_a_tool_that_cannot_be_chosen_by_name(vendor, way):
    seen = follows(vendor, way)
    assert ask(provider(OPENAI, vendor.address)).answer.c0 == "Good"
    assert seen[-1]["tool_choice"] == "required"
    assert len(seen) == 2


def test_bedrock_by_its_bearer_key(vendor):
    seen = follows(vendor, ways.bedrock)
    model = "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"
    kind = Kind("bedrock", "litellm", model, "tools", suffix="", external=True)
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"
    assert len(seen) == 2
    assert all(b"authorization: bearer " + KEY.encode() in head.lower() for head, _ in vendor.requests)


# ---- words of a schema


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (replace(OWN, mode="tools"), ways.anthropic_structured),
        (replace(OWN, mode="json_schema"), ways.groq),
        (replace(OWN, mode="tools"), ways.groq),
        (replace(OWN, mode="json_schema"), ways.gemini_in_a_list),
        (BY_NAME["litellm-anthropic"], ways.anthropic_structured),
    ],
    ids=["gateway", "groq", "groq-tools", "gemini", "anthropic"],
)
def test_a_word_of_the_schema_that_is_refused_is_left_out(vendor, tmp_path, kind, way):
    seen = follows(vendor, way, counted)
    if kind.name == "litellm-anthropic":
        use = {"type": "tool_use", "id": "t", "name": "Counted", "input": {"n": 3, "words": ["x"]}}
        seen = follows(vendor, way, lambda head, request: vendor_answer(head, request) | {"content": [use]})
    first, second = ask_in_turn(tmp_path, provider(kind, vendor.address), 2, Counted)
    assert (first.answer.n, second.attempts) == (3, 1)
    assert ways.schema_of(seen[-1])["properties"]


def test_without_it_an_answer_is_checked_all_the_same(vendor, tmp_path):
    def too_much(head: bytes, request: dict[str, Any]) -> Any:
        return json.loads(json.dumps(counted(head, request)).replace('\\"n\\": 3', '\\"n\\": 9'))

    follows(vendor, ways.anthropic_structured, too_much)
    with pytest.raises(InvalidAnswerError):
        ask_in_turn(tmp_path, provider(replace(OWN, mode="tools"), vendor.address), 1, Counted)


# ---- a mode that it does not know


@pytest.mark.parametrize(
    ("way", "mode", "words"),
    [
        (ways.ollama_tools, "tools", "does not take mode: tools (400) - write mode: json_schema, or md_json"),
        (ways.vllm_tools, "tools", "does not take mode: tools (400) - write mode: json_schema, or md_json"),
        (ways.openrouter_tools, "tools", "does not take mode: tools (404) - write mode: json_schema, or md_json"),
        (ways.llama_cpp_tools, "tools", "does not take mode: tools (500) - write mode: json_schema, or md_json"),
        (ways.deepseek, "json_schema", "does not take mode: json_schema (400) - write mode: tools, json, or md_json"),
    ],
)
def test_a_mode_that_is_not_known_names_those_that_may_be(vendor, way, mode, words):
    follows(vendor, way)
    with pytest.raises(ProviderRefusalError) as caught:
        ask(provider(replace(OWN, mode=mode), vendor.address, attempts=1))
    assert words in caught.value.reason
    assert len(vendor.requests) == 1
    assert ask(provider(replace(OWN, mode="md_json"), vendor.address)).answer.c0 == "Good"


def test_a_grammar_that_is_too_old(vendor, tmp_path):
    follows(vendor, ways.vllm_grammar)
    with pytest.raises(ProviderRefusalError, match=r"refused the schema \(400\) - write mode: tools, json, or md_json"):
        ask_in_turn(tmp_path, provider(OWN, vendor.address), 1, Counted)


# ---- errors by their own names


@pytest.mark.parametrize(
    ("way", "error"),
    [
        (ways.sglang, NoRoomError),
        (ways.llama_cpp_room, NoRoomError),
        (ways.ollama_model, UnknownModelError),
        (ways.lm_studio_path, WrongPathError),
        (ways.gemini_key, ProviderAuthError),
    ],
)
def test_an_error_has_its_own_name(vendor, way, error):
    seen = follows(vendor, way)
    with pytest.raises(error):
        ask(provider(OWN, vendor.address))
    assert len(seen) == 1


IN_200: list[tuple[Any, type[GatewayError], int]] = [
    ({"error": {"message": "x", "code": 502}}, ProviderDownError, 4),
    ({"error": {"message": "x", "code": "429"}}, ProviderBusyError, 4),
    ({"error": {"message": "x", "code": "insufficient_quota"}}, ProviderQuotaError, 1),
    (ways.anthropics("overloaded_error", "Overloaded"), ProviderBusyError, 4),
    ([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], ProviderBusyError, 4),
    ({"error": "model 'x' not found"}, UnknownModelError, 1),
    ({"detail": "Not authenticated"}, NoCompletionError, 1),
    ({"choices": [{"finish_reason": "error", "error": {"message": "Your input was flagged"}}]}, FilteredError, 1),
    ({"choices": None, "error": {"message": "canary-5501"}}, NoCompletionError, 1),
    (b"<!DOCTYPE html><html>canary-5501</html>", NoCompletionError, 1),
    (b'data: {"error": {"code": 402, "message": "x"}}\n\n', ProviderQuotaError, 1),
]


@pytest.mark.parametrize("kind", [OPENAI, BY_NAME["litellm-mistral"]], ids=lambda kind: kind.name)
@pytest.mark.parametrize(("body", "error", "tries"), IN_200, ids=lambda value: str(value)[:60])
def test_an_error_in_a_200_is_none_of_an_answer(vendor, tmp_path, kind, body, error, tries):
    vendor.respond = lambda *_: http(200, body)
    told, ended = outcomes(tmp_path, provider(kind, vendor.address))
    assert type(told) is error
    assert "canary" not in told.reason
    assert len(vendor.requests) == tries
    assert {one["outcome"] for one in ended} <= {"failed", "refused"}


def test_geminis_filter_gives_no_candidate(vendor):
    vendor.respond = lambda *_: http(200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
    with pytest.raises(FilteredError):
        ask(provider(BY_NAME["litellm-gemini"], vendor.address))


def test_bedrocks_codes_stand_in_a_header(vendor):
    vendor.respond = lambda *_: http(400, {"message": "x"}, "x-amzn-errortype: ResourceNotFoundException:http://x")
    with pytest.raises(UnknownModelError):
        ask(provider(OWN, vendor.address))


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("body", [{"detail": "Not Found"}, b"404 page not found", b"<html></html>", b""], ids=str)
def test_a_wrong_path_names_the_address(vendor, status, body):
    vendor.respond = lambda *_: http(status, body)
    with pytest.raises(WrongPathError, match="check address: it usually ends in /v1"):
        ask(provider(OPENAI, vendor.address))


# ---- bodies


STREAMED = [OWN, *(BY_NAME[name] for name in ("openai", "embedded", "litellm-openai", "litellm-mistral"))]


@pytest.mark.parametrize("kind", STREAMED, ids=lambda kind: kind.name)
@pytest.mark.parametrize("mime", ["text/event-stream", "application/json", "text/plain; charset=utf-8"])
def test_a_relay_that_always_streams(vendor, kind, mime):
    def respond(head: bytes, body: bytes) -> bytes:
        return http(200, ways.streamed(vendor_answer(head, json.loads(body))), f"content-type: {mime}")

    vendor.respond = respond
    reply = ask(provider(kind, vendor.address))
    assert (reply.answer.c0, reply.attempts) == ("Good", 1)
    assert (reply.tokens_in, reply.tokens_out) == (10, 5)


@pytest.mark.parametrize("before", [b": OPENROUTER PROCESSING\n\n" * 3, b"\n\n \n", b"\xef\xbb\xbf"], ids=str)
@pytest.mark.parametrize("mime", ["text/html", "application/json"])
def test_what_keeps_a_connection_alive_is_no_answer(vendor, before, mime):
    def respond(head: bytes, body: bytes) -> bytes:
        content = before + json.dumps(vendor_answer(head, json.loads(body))).encode()
        return http(200, content, f"content-type: {mime}")

    vendor.respond = respond
    assert ask(provider(OPENAI, vendor.address)).answer.c0 == "Good"
