"""Each kind of provider is held to the policy's address: no proxy, redirect, environment or look-up leads elsewhere."""

import json
import socket
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from backend.errors import GatewayError, ProviderRefusalError
from tests.seams.providers import CANARY, KEY, KINDS, Vendor, ask, http, provider, vendor_answer

IDS = [kind.name for kind in KINDS]
BASES = (
    "OPENAI_BASE_URL OPENAI_API_BASE OLLAMA_API_BASE AZURE_API_BASE ANTHROPIC_API_BASE ANTHROPIC_BASE_URL"
    " GEMINI_API_BASE MISTRAL_API_BASE MISTRAL_AZURE_API_BASE HOSTED_VLLM_API_BASE LITELLM_PROXY_API_BASE"
).split()
KEYS = (
    "OPENAI_API_KEY OPENAI_ADMIN_KEY OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROJECT_ID OLLAMA_API_KEY AZURE_API_KEY"
    " AZURE_OPENAI_API_KEY AZURE_AD_TOKEN AZURE_OPENAI_AD_TOKEN ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN GEMINI_API_KEY"
    " GOOGLE_API_KEY MISTRAL_API_KEY HOSTED_VLLM_API_KEY LITELLM_API_KEY LITELLM_USER_AGENT"
).split()
OTHERS_KEY = "key-of-the-environment-88"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)


@pytest.fixture
def vendor():
    with Vendor.running() as running:
        yield running


@pytest.fixture
def other():
    with Vendor.running() as running:
        yield running


@pytest.fixture
def asked_for(monkeypatch):
    """Record whom this process connects to and which names it looks up, whatever library does so."""
    seen: list[str] = []
    _WATCHERS.append(seen)
    yield seen
    _WATCHERS.remove(seen)


_WATCHERS: list[list[str]] = []


def _watch(event, details):
    if _WATCHERS and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        address = details[1] if event == "socket.connect" else details[0]
        if event == "socket.connect" and not isinstance(address, tuple):
            return  # a Unix socket, which leads nowhere else: that of the tests' own model
        if isinstance(address, tuple):
            address = f"{address[0]}:{address[1]}"
        for seen in _WATCHERS:
            seen.append(str(address))


sys.addaudithook(_watch)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_no_proxy_of_the_environment_gets_a_word(vendor, other, kind, monkeypatch, asked_for):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, other.address)
        monkeypatch.setenv(name.lower(), other.address)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"
    assert other.requests == []
    assert CANARY.encode() in vendor.received
    assert len(vendor.requests) == 1
    assert set(asked_for) <= {f"127.0.0.1:{vendor.port}", "127.0.0.1"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_no_redirect_is_followed(vendor, other, kind, status):
    vendor.respond = lambda head, body: http(status, b"", f"location: {other.address}{head.split(b' ')[1].decode()}")
    with pytest.raises(ProviderRefusalError, match="redirects elsewhere"):
        ask(provider(kind, vendor.address))
    assert other.requests == []
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_the_environment_decides_neither_address_nor_key_nor_organisation(vendor, other, kind, monkeypatch, asked_for):
    for name in BASES:
        monkeypatch.setenv(name, other.address)
    for name in KEYS:
        monkeypatch.setenv(name, OTHERS_KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"authorization: Bearer {OTHERS_KEY}\nx-more: {OTHERS_KEY}")
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"
    assert other.requests == []
    assert OTHERS_KEY.encode() not in vendor.received
    assert KEY.encode() in vendor.received
    assert set(asked_for) <= {f"127.0.0.1:{vendor.port}", "127.0.0.1"}


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_nothing_is_looked_up_to_count_tokens_that_the_answer_does_not(vendor, kind, asked_for):
    def respond(head, body):
        answer = vendor_answer(head, json.loads(body))
        for name in ("usage", "usageMetadata", "eval_count", "prompt_eval_count"):
            answer.pop(name, None)
        return http(200, answer)

    vendor.respond = respond
    model = kind.model.replace("qwen", "llama-3-70b-instruct")
    with suppress(GatewayError):  # Anthropic's answers have counts
        ask(provider(replace(kind, model=model), vendor.address, attempts=1))
    assert len(vendor.requests) == 1
    assert set(asked_for) <= {f"127.0.0.1:{vendor.port}", "127.0.0.1"}


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_without_a_key_none_of_the_environment_is_sent(vendor, kind, monkeypatch):
    for name in KEYS:
        monkeypatch.setenv(name, OTHERS_KEY)
    ask(provider(kind, vendor.address, key_env=None))
    assert OTHERS_KEY.encode() not in vendor.received


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.kind != "embedded"], ids=lambda kind: kind.name)
def test_without_an_address_a_vendor_is_asked_at_its_own(kind, other, monkeypatch):
    asked = []
    for name in BASES:
        monkeypatch.setenv(name, other.address)

    def look_up(host, *_, **__):
        asked.append(host.decode() if isinstance(host, bytes) else host)
        raise socket.gaierror(socket.EAI_NONAME, "not here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Exception, match=r"cannot be reached|has no address"):
        ask(provider(kind, "", external=True))
    assert other.requests == []
    vendors = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "api.mistral.ai")
    assert set(asked) <= set(vendors)
    assert bool(asked) == any(word in kind.model for word in ("gpt", "openai", "claude", "gemini", "mistral"))
