"""Where a provider answers, by which key, and by which library it is asked."""

import asyncio
import copy
import json
import os
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest

from backend.errors import ProviderSetupError
from backend.model.clients import ClosedWayError, WireAttempt, under_way
from backend.model.senders import (
    AZURE_VERSION,
    HTTP_HANDLER,
    NO_KEY,
    Sender,
    import_litellm,
    needs_litellm,
    openai_client,
    read_api_key,
)
from backend.policy.vendors import ADDRESSED
from backend.providers import Provider, Reach
from tests.seams.providers import Vendor, http

ASKED = [{"role": "user", "content": "Hi"}]


def provider(kind: Any = "openai", model: str = "m", **settings: Any) -> Provider:
    return Provider("own", kind, model, **{"external": False, "address": "http://h.example/v1", **settings})


@pytest.mark.parametrize(
    ("kind", "model", "settings", "by_litellm"),
    [
        ("openai", "gpt-x", {}, False),
        ("openai", "anthropic/claude", {}, False),
        ("embedded", "qwen", {}, False),
        ("litellm", "anthropic/claude", {}, True),
        ("litellm", "ollama_chat/qwen", {}, True),
        ("litellm", "hosted_vllm/qwen", {}, False),
        ("litellm", "hosted_vllm/qwen", {"mode": "tools"}, True),
        ("litellm", "llamafile/qwen", {"mode": "tools"}, False),
        *[
            ("litellm", f"{name}/qwen", {}, False)
            for name in ("custom_openai", "litellm_proxy", "llamafile", "lm_studio")
        ],
        ("openai", "hosted_vllm/qwen", {"mode": "tools"}, False),
        ("litellm", "openai/qwen", {}, False),
        ("litellm", "openai/qwen", {"address": None}, True),
        ("litellm", "openai/gpt-5", {}, True),
        ("litellm", "openai/team/gpt-5", {}, True),
        ("litellm", "openai/o3-mini", {}, True),
        ("litellm", "openai/ft:x", {}, True),
        ("litellm", "openai/chatgpt-4o", {}, True),
        ("litellm", "openai/codex-mini", {}, True),
        ("litellm", "openai/computer-use", {}, True),
        ("litellm", "openai/olmo", {}, False),
        ("litellm", "openai/my-gpt", {}, False),
        ("litellm", "xai/qwen", {}, True),
    ],
)
def test_which_library_writes_the_protocol(kind, model, settings, by_litellm):
    assert needs_litellm(provider(kind, model, **settings)) is by_litellm


# ---- keys


def test_without_a_place_for_a_key_none_is_sent():
    assert read_api_key(provider()) == NO_KEY == "none"


def test_a_key_is_read_at_every_call(tmp_path, monkeypatch):
    (tmp_path / "key").write_text(" first\n")
    by_file = provider(key_file=str(tmp_path / "key"))
    assert read_api_key(by_file) == "first"
    (tmp_path / "key").write_text("zweiter-ß")
    assert read_api_key(by_file) == "zweiter-ß"
    monkeypatch.setenv("OWN_KEY", "\tthird ")
    assert read_api_key(provider(key_env="OWN_KEY")) == "third"
    assert read_api_key(provider(key_env="OWN_KEY", key_file=str(tmp_path / "missing"))) == "third"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_no_key_says_where_it_should_be(tmp_path, monkeypatch, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ProviderSetupError) as caught:
        read_api_key(provider(key_file=str(file)))
    assert f"has no key - set the file {file}" in caught.value.reason
    assert "own" in caught.value.reason
    assert caught.value.__context__ is None
    for value in (None, "", "  "):
        monkeypatch.delenv("OWN_KEY", raising=False)
        if value is not None:
            monkeypatch.setenv("OWN_KEY", value)
        with pytest.raises(ProviderSetupError, match="has no key - set the environment variable OWN_KEY"):
            read_api_key(provider(key_env="OWN_KEY"))


# ---- attempts


def opened(one: Provider, *reaches: Reach) -> list[Any]:
    """Open attempts, of which the embedded model answers in turn where it says."""
    left = list(reaches)

    async def embedded(_: Provider) -> Reach:
        return left.pop(0)

    async def run() -> list[Any]:
        sender = Sender(one, embedded if reaches else None)
        return [await sender.open() for _ in range(max(len(left), 1))]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "model", "settings", "address"),
    [
        ("openai", "m", {}, "http://h.example/v1"),
        ("openai", "m", {"address": None}, "https://api.openai.com/v1"),
        ("litellm", "gemini/m", {"address": None}, "https://generativelanguage.googleapis.com/v1beta"),
        ("litellm", "gemini/m", {}, "http://h.example/v1"),
    ],
)
def test_where_a_provider_answers(kind, model, settings, address):
    (attempt,) = opened(provider(kind, model, **settings))
    assert attempt.reach == Reach(address)
    assert attempt.key == NO_KEY
    assert attempt.asks_logprobs is False
    assert (attempt.fault, attempt.is_open, attempt.is_sent) == ("", True, False)


@pytest.mark.parametrize(("kind", "model"), [("litellm", "azure/m"), ("embedded", "qwen")])
def test_who_has_no_address_is_not_asked(kind, model):
    with pytest.raises(ProviderSetupError) as caught:
        opened(provider(kind, model, address=None))
    words = "has no address - write the base URL" if kind == "litellm" else "is embedded, and no embedded model runs"
    assert words in caught.value.reason


def test_the_embedded_model_is_ours_though_an_address_is_written():
    with pytest.raises(ProviderSetupError, match="no embedded model runs here"):
        opened(provider("embedded", "qwen"))
    (attempt,) = opened(provider("embedded", "qwen", scores="tokens"), Reach("http://ours/v1", "/s", "its-key"))
    assert attempt.reach == Reach("http://ours/v1", "/s", "its-key")
    assert attempt.key == "its-key"
    assert attempt.asks_logprobs is True
    assert attempt.wire._new()._pool._uds == "/s"


@pytest.mark.parametrize(
    ("model", "header"),
    [
        ("anthropic/m", "x-api-key"),
        ("azure/m", "api-key"),
        ("azure_text/m", "api-key"),
        ("gemini/m", "x-goog-api-key"),
        ("mistral/m", "authorization"),
        ("anthropics/m", "authorization"),
    ],
)
def test_the_header_that_a_vendor_looks_for_its_key_in(model, header):
    assert opened(provider("litellm", model))[0].key_header == header


def test_connections_are_kept_until_the_model_answers_elsewhere():
    first, second = Reach("http://a/v1", "/a", "k"), Reach("http://a/v1", "/b", "k")
    one, same, other, back = opened(provider("embedded", "qwen"), first, first, second, first)
    assert one.wire is same.wire
    assert len({one.wire, other.wire, back.wire}) == 3


def test_closing_closes_all_and_users_are_counted(monkeypatch):
    closed = []

    async def run():
        sender = Sender(provider())
        attempt = await sender.open()

        async def aclose():
            closed.append(attempt.wire)

        monkeypatch.setattr(attempt.wire, "aclose", aclose)
        with sender.used(), sender.used():
            assert sender.users == 2
        assert sender.users == 0
        with pytest.raises(KeyError), sender.used():
            raise KeyError
        assert sender.users == 0
        await sender.aclose()
        await sender.aclose()
        return attempt, await sender.open()

    attempt, fresh = asyncio.run(run())
    assert closed == [attempt.wire]
    assert fresh.wire is not attempt.wire


@pytest.mark.parametrize("settings", [{"proxy_key_env": "LOGIN"}, {"proxy_key_file": "/nowhere"}])
def test_a_proxys_key_is_read_where_the_policy_says(settings, monkeypatch):
    own = provider(external=True, proxy="http://proxy.example:3128", **settings)
    monkeypatch.delenv("LOGIN", raising=False)
    with pytest.raises(ProviderSetupError, match="has no key - set proxy_key"):
        opened(own)
    monkeypatch.setenv("LOGIN", "clinic:word")
    if "proxy_key_env" in settings:
        (attempt,) = opened(own)
        assert attempt.wire._new()._pool._proxy_headers
    plain = opened(provider(external=True, proxy="http://proxy.example:3128"))
    assert not plain[0].wire._new()._pool._proxy_headers


def test_a_distilled_model_is_asked_in_this_process(tmp_path):
    one = provider("distilled", "m", address=None, path=str(tmp_path / "none"))

    async def run():
        sender = Sender(one)
        attempt = await sender.open()
        with pytest.raises(ProviderSetupError, match="lies in a folder of which"):
            await sender.send(attempt, messages=ASKED)
        return attempt

    attempt = asyncio.run(run())
    assert (attempt.key, attempt.is_sent, attempt.is_open) == (NO_KEY, False, False)


# ---- what is sent


def sent(vendor: Vendor, one: Provider, **asked: Any) -> tuple[bytes, dict[str, Any]]:
    async def embedded(_: Provider) -> Reach:
        return Reach(f"{vendor.address}/v1", key="its-key")

    async def run() -> None:
        sender = Sender(one, embedded)
        attempt = await sender.open()
        await sender.send(attempt, **{"messages": ASKED} | asked)
        assert attempt.is_open is False
        assert (attempt.status, attempt.fault) == (200, "")
        await sender.aclose()

    asyncio.run(run())
    ((head, body),) = vendor.requests
    return head, json.loads(body)


@pytest.fixture
def vendor():
    with Vendor.running() as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "model", "named"),
    [
        ("openai", "team/m", "team/m"),
        ("litellm", "openai/team/m", "team/m"),
        ("litellm", "lm_studio/m", "m"),
        ("embedded", "qwen", "qwen"),
    ],
)
def test_openais_protocol(vendor, monkeypatch, kind, model, named):
    monkeypatch.setenv("OWN_KEY", "its-key")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "canary")
    one = provider(kind, model, address=f"{vendor.address}/v1", key_env="OWN_KEY")
    head, body = sent(vendor, one, temperature=0)
    assert head.startswith(b"POST /v1/chat/completions ")
    assert b"Bearer its-key" in head
    assert b"canary" not in head
    assert body == {"messages": ASKED, "model": named, "temperature": 0}


def test_openais_client_has_nothing_of_the_environment(monkeypatch):
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://canary/")
    client = openai_client(provider())
    assert client.api_key == NO_KEY
    assert (client.admin_api_key, client.organization, client.project, client.webhook_secret) == ("", "", "", "")
    assert client.base_url == "http://localhost/"
    assert client.max_retries == 0


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("", "/chat/completions"),
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("//", "//chat/completions"),
    ],
)
def test_where_openais_protocol_is_spoken(vendor, base, path):
    head, _ = sent(vendor, provider(address=f"{vendor.address}{base}"))
    assert head.split()[1].decode() == path


@pytest.mark.parametrize(
    ("version", "sent_version"), [(None, AZURE_VERSION), ("", AZURE_VERSION), ("2099-1", "2099-1")]
)
def test_azures_version(vendor, monkeypatch, version, sent_version):
    monkeypatch.delenv("AZURE_API_VERSION", raising=False)
    if version is not None:
        monkeypatch.setenv("AZURE_API_VERSION", version)
    one = provider("litellm", "azure/labels", address=vendor.address)
    head, _ = sent(vendor, one, model="azure/labels")
    assert f"api-version={sent_version}".encode() in head.split(b"\r\n")[0]


def test_others_get_no_version_of_azures(vendor):
    one = provider("litellm", "mistral/m", address=f"{vendor.address}/v1")
    head, _ = sent(vendor, one, model="mistral/m")
    assert b"api-version" not in head


@pytest.mark.parametrize(("kind", "model"), [("openai", "m"), ("litellm", "mistral/m")])
def test_what_a_provider_says_of_its_trouble_is_told_and_it_is_not_asked_again(vendor, kind, model):
    vendor.respond = lambda *_: http(503, {"error": {"message": "x"}})
    one = provider(kind, model, address=f"{vendor.address}/v1")

    async def run():
        sender = Sender(one)
        attempt = await sender.open()
        with pytest.raises(Exception, match="x") as caught:
            await sender.send(attempt, messages=ASKED, **({} if kind == "openai" else {"model": model}))
        await sender.aclose()
        return getattr(caught.value, "status_code", 0), attempt.status

    assert asyncio.run(run()) == (503, 503)
    assert len(vendor.requests) == 1


# ---- litellm


def test_litellm_tells_nobody_and_has_no_network_of_its_own(vendor, monkeypatch):
    told = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true", "LITELLM_TELEMETRY": "False"}
    told[HTTP_HANDLER] = "True"
    for name in told:
        monkeypatch.setenv(name, "canary")
    litellm = import_litellm()  # before which nobody may import it: it would fetch a list of prices
    from litellm.llms.custom_httpx import http_handler

    assert {name: os.environ.get(name) for name in told} == told
    assert litellm.telemetry is False
    assert litellm.suppress_debug_info is True
    assert litellm.turn_off_message_logging is True
    assert litellm.drop_params is True
    assert litellm.disable_hf_tokenizer_download is True

    async def run():
        for client in (
            litellm.aclient_session,
            litellm.module_level_aclient.client,
            http_handler.AsyncHTTPHandler().client,
            http_handler.AsyncHTTPHandler(timeout=3).client,
        ):
            with pytest.raises(ClosedWayError):
                await client.get(vendor.address)

    asyncio.run(run())
    for client in (
        litellm.client_session,
        litellm.module_level_client.client,
        http_handler.HTTPHandler().client,
        http_handler.HTTPHandler(timeout=3).client,
    ):
        assert isinstance(client, httpx.Client)
        with pytest.raises(ClosedWayError):
            client.get(vendor.address)
    assert vendor.requests == []


def test_litellm_keeps_no_accounts_of_its_own(vendor, monkeypatch):
    import_litellm()
    from litellm.litellm_core_utils.litellm_logging import Logging

    called: list[str] = []
    for name in ("pre_call", "post_call", "response_cost_calculator", "success_handler", "async_success_handler"):
        assert callable(getattr(Logging, name))
        monkeypatch.setattr(Logging, name, lambda *_, name=name, **__: called.append(name))
    sent(vendor, provider("litellm", "openai/gpt-x", address=f"{vendor.address}/v1"), model="openai/gpt-x")
    assert called == []


def test_each_vendor_is_sent_what_litellm_itself_would_send(vendor, monkeypatch):
    litellm = import_litellm()
    schema = {
        "type": "object",
        "properties": {"mood": {"enum": ["Good", "Bad"], "type": "string"}},
        "required": ["mood"],
    }
    tool = {"type": "function", "function": {"name": "Answer", "parameters": schema}}
    forms: list[dict[str, Any]] = [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "Answer", "schema": schema}}},
        {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": "Answer"}}},
    ]

    async def both(one: Provider, **asked: Any) -> list[tuple[Any, ...]]:
        sender = Sender(one)
        vendor.requests.clear()
        for ask in (sender.send, by_litellm):
            attempt = await sender.open()
            with suppress(Exception):  # it cannot read the answer of another vendor
                await ask(attempt, model=one.model, messages=ASKED, max_tokens=9, temperature=0, **copy.deepcopy(asked))
        await sender.aclose()
        return [
            ([line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")], json.loads(body))
            for head, body in vendor.requests
        ]

    async def by_litellm(attempt: WireAttempt, **asked: Any) -> None:
        version = {"api_version": AZURE_VERSION} if asked["model"].startswith("azure") else {}
        with monkeypatch.context() as patched, under_way(attempt):
            patched.setenv(HTTP_HANDLER, "False")
            reach = {"api_key": attempt.key, "api_base": attempt.reach.base_url}
            await litellm.acompletion(**reach, max_retries=0, num_retries=0, **version, **asked)

    own = [provider("litellm", f"{name}/gpt-x", external=True, address=f"{vendor.address}/v1") for name in ADDRESSED]
    for one in filter(needs_litellm, own):
        for form in [{}] if "text" in one.model else forms:
            ours, theirs = asyncio.run(both(one, **form))
            assert ours == theirs, one.model


def test_what_completes_texts_answers_as_all_others(vendor):
    vendor.respond = lambda *_: http(200, {"object": "text_completion", "choices": [{"index": 0, "text": "{}"}]})
    one = provider("litellm", "text-completion-openai/gpt-x", external=True, address=f"{vendor.address}/v1")

    async def run() -> Any:
        sender = Sender(one)
        answer = await sender.send(await sender.open(), model=one.model, messages=ASKED)
        await sender.aclose()
        return answer

    assert asyncio.run(run()).choices[0].message.content == "{}"


@pytest.mark.parametrize(
    ("content", "by_thread"),
    [("x", False), ("x" * 20_000, True), ([{"type": "text", "text": "x" * 20_000}], True)],
)
def test_a_long_request_is_written_on_a_thread(vendor, monkeypatch, content, by_thread):
    written = []
    main = import_litellm().main
    write = main.completion

    def completion(**asked: Any) -> Any:
        written.append(threading.current_thread() is not threading.main_thread())
        return write(**asked)

    monkeypatch.setattr(main, "completion", completion)
    one = provider("litellm", "openai/gpt-x", address=f"{vendor.address}/v1")
    asked = [{"role": "assistant", "content": content}, *ASKED]
    _, body = sent(vendor, one, model="openai/gpt-x", messages=asked)
    assert body["messages"] == asked
    assert written == [by_thread]


def test_litellm_is_given_a_copy(vendor):
    form = {"type": "json_schema", "json_schema": {"name": "Answer", "schema": {"type": "object", "properties": {}}}}
    before = copy.deepcopy(form)
    one = provider("litellm", "openai/gpt-x", address=f"{vendor.address}/v1")
    sent(vendor, one, model="openai/gpt-x", response_format=form)
    assert form == before


def test_it_is_prepared_once():
    first = import_litellm().client_session
    assert import_litellm().client_session is first


def test_what_it_would_have_kept_from_before_is_forgotten(monkeypatch):
    litellm = import_litellm()
    litellm.in_memory_llm_clients_cache.set_cache("one", httpx.AsyncClient())
    monkeypatch.delattr(litellm, "labelguard")
    import_litellm()
    assert litellm.in_memory_llm_clients_cache.get_cache("one") is None
