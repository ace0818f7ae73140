"""A proxy is used where the policy names one, at external providers alone; its password is written nowhere."""

import base64
import re

import pytest

from backend.errors import PolicyFileError, ProviderDownError, ProviderSetupError
from tests.parts import provider as written
from tests.parts import write_policy
from tests.seams.providers import CANARY, KEY, KINDS, Vendor, ask, http, provider

IDS = [kind.name for kind in KINDS if kind.kind != "embedded"]
EXTERNAL = [kind for kind in KINDS if kind.kind != "embedded"]
LOGIN = "clinic:secret-of-the-proxy"


@pytest.fixture
def proxy(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    monkeypatch.setenv("PROXY_LOGIN", LOGIN)
    with Vendor.running() as running:
        yield running


@pytest.mark.parametrize("kind", EXTERNAL, ids=IDS)
def test_the_policys_proxy_leads_to_an_external_provider(proxy, kind):
    away = "http://nobody.invalid"
    asked = provider(kind, away, external=True, proxy=proxy.address, proxy_key_env="PROXY_LOGIN")
    assert ask(asked).answer.c0 == "Good"
    assert len(proxy.requests) == 1
    head, body = proxy.requests[0]
    assert head.startswith(b"POST http://nobody.invalid/")
    assert base64.b64encode(LOGIN.encode()) in head
    assert CANARY.encode() in body


def test_a_proxy_of_an_https_address_sees_host_and_port_alone(proxy):
    proxy.respond = lambda *_: http(403, b"")
    asked = provider(KINDS[0], "https://nobody.invalid", external=True, proxy=proxy.address)
    with pytest.raises(ProviderSetupError, match="cannot be reached by its proxy"):
        ask(asked)
    assert proxy.requests[0][0].startswith(b"CONNECT nobody.invalid:443 ")
    assert CANARY.encode() not in proxy.received
    assert KEY.encode() not in proxy.received


def test_without_its_key_a_proxy_is_not_asked(proxy, monkeypatch):
    monkeypatch.delenv("PROXY_LOGIN")
    asked = provider(KINDS[0], "http://nobody.invalid", external=True, proxy=proxy.address, proxy_key_env="PROXY_LOGIN")
    with pytest.raises(ProviderSetupError, match="has no key - set proxy_key"):
        ask(asked)
    assert proxy.requests == []


def test_a_proxy_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as gone:
        address = gone.address
    with pytest.raises(ProviderDownError, match="check address and proxy"):
        ask(provider(KINDS[0], "http://nobody.invalid", external=True, proxy=address))


def test_a_policy_says_which(tmp_path):
    settings = written("http://h/v1", "openai", proxy="http://proxy:3128", proxy_key={"file": "login"})
    found = write_policy(tmp_path, {"one": settings}).providers[0]
    assert (found.proxy, found.proxy_key_file) == ("http://proxy:3128", str(tmp_path / "login"))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"proxy": "socks5://proxy:1080"}, "proxy: is no http or https URL"),
        ({"proxy": "proxy:3128"}, "proxy: is no http or https URL"),
        ({"proxy": "http://clinic@proxy:3128"}, "proxy: has a user name"),
        ({"proxy": "http://clinic:secret99@proxy:3128"}, "holds what looks like a key"),
        ({"proxy": "http://proxy:3128", "external": False}, "proxy: cannot lead to a provider that is not external"),
        ({"proxy_key": {"env": "A"}}, "proxy_key: has no proxy that it is for"),
        ({"proxy": "http://proxy:3128", "proxy_key": {}}, "proxy_key: must name one place"),
    ],
)
def test_what_a_policy_may_not_say_of_a_proxy(tmp_path, settings, problem):
    with pytest.raises(PolicyFileError, match=re.escape(problem)) as caught:
        write_policy(tmp_path, {"one": written("http://h/v1", "openai") | settings})
    assert "secret99" not in str(caught.value)


@pytest.mark.parametrize(
    "prefix", ["vertex_ai", "sagemaker", "huggingface", "replicate", "aiohttp_openai", "watsonx", "x"]
)
def test_names_of_litellms_that_cannot_be_held_to_one_address_are_refused(tmp_path, prefix):
    settings = written("https://h/v1", "litellm") | {"model": f"{prefix}/model"}
    with pytest.raises(PolicyFileError, match=f"cannot be held to one address as {prefix}/"):
        write_policy(tmp_path, {"one": settings})


def test_an_address_that_only_the_environment_could_name_is_asked_for(tmp_path):
    settings = written("https://h/v1", "litellm") | {"model": "azure/labels"}
    del settings["address"]
    with pytest.raises(PolicyFileError, match="address: is missing - write the base URL of its API"):
        write_policy(tmp_path, {"one": settings})
