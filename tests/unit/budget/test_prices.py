"""What a model costs: the policy goes first, then litellm's table, and nobody guesses."""

import json
import os
import subprocess
import sys

import pytest

from backend.budget.prices import batch_price_of, price_of
from backend.providers import Price, Provider


def outside(model: str, kind="litellm", address=None, price=None) -> Provider:
    return Provider("p", kind, model, external=True, address=address, price=price)


def test_what_the_policy_says_goes_first():
    assert price_of(outside("gpt-4o-mini", "openai", price=Price(7, 8))) == Price(7, 8)
    assert price_of(Provider("p", "litellm", "ollama/q", external=False, price=Price(1, 2))) == Price(1, 2)


def test_a_model_of_ones_own_costs_nothing():
    assert price_of(Provider("p", "embedded", "whatever", external=False)) == Price(0, 0)
    assert price_of(Provider("p", "openai", "gpt-4o-mini", external=False, address="http://10.0.0.1/v1")) == Price(0, 0)


@pytest.mark.parametrize(
    ("kind", "model", "address"),
    [
        ("openai", "gpt-4o-mini", None),
        ("openai", "gpt-4o-mini", "https://api.openai.com/v1"),
        ("openai", "gpt-4o-mini-2024-07-18", None),
        ("openai", "gpt-4o-mini-2031-01-01", None),
        ("litellm", "openai/gpt-4o-mini", None),
        ("litellm", "gpt-4o-mini", None),
    ],
)
def test_a_model_of_openai_has_its_price_under_all_its_names(kind, model, address):
    assert price_of(outside(model, kind, address)) == Price(0.15, 0.6)


@pytest.mark.parametrize(
    ("kind", "model", "address"),
    [
        ("openai", "gpt-4o-mini", "https://elsewhere.example/v1"),
        ("openai", "gpt-4o-mini", "https://api.openai.com.elsewhere.example/v1"),
        ("litellm", "gpt-4o-mini", "https://elsewhere.example/v1"),
        ("litellm", "openai/gpt-4o-mini", "https://elsewhere.example/v1"),
        ("openai", "mistral/mistral-small-latest", None),
        ("litellm", "groq/gpt-4o-mini", None),
        ("litellm", "nobody/nothing", None),
        ("litellm", "dashscope/qwen-flash", None),  # by steps, which is no price a token
        ("litellm", "text-embedding-nothing", None),
    ],
)
def test_what_nobody_knows_is_not_guessed(kind, model, address):
    assert price_of(outside(model, kind, address)) is None


ASK = """
import contextlib, json, sys
import litellm

def price(model):
    with contextlib.suppress(Exception), contextlib.redirect_stdout(None):
        info = litellm.get_model_info(model)
        return info["input_cost_per_token"] * 1e6, info["output_cost_per_token"] * 1e6

chats = sorted(name for name, entry in litellm.model_cost.items() if entry.get("mode") == "chat")
json.dump({name: price(name) for name in chats[::7]}, sys.stdout)
"""


def test_the_price_is_the_one_that_litellm_finds():
    offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true"}
    asked = subprocess.run([sys.executable, "-c", ASK], env=os.environ | offline, capture_output=True, check=True)
    # litellm takes what it does not know for free
    theirs = {name: tuple(price) for name, price in json.loads(asked.stdout).items() if price and any(price)}
    ours = {name: price_of(outside(name)) for name in theirs}
    assert len(theirs) > 200
    known = {name: (price.input, price.output) for name, price in ours.items() if price}
    assert len(known) > 0.97 * len(theirs)
    assert known == {name: pytest.approx(theirs[name]) for name in known}


def test_litellm_is_not_imported_for_its_table():
    code = (
        "import sys; from backend.budget.prices import price_of; from backend.providers import Provider\n"
        "assert price_of(Provider('p', 'openai', 'gpt-4o', True)); assert 'litellm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("provider", "price"),
    [
        (outside("gpt-4o-mini", "openai"), Price(0.075, 0.3)),
        (outside("gpt-4o-mini", "openai", price=Price(7, 8)), Price(3.5, 4)),
        (outside("m", "openai", "https://other.example/v1", Price(7, 8)), Price(7, 8)),
        (outside("m", "openai", "https://other.example/v1", Price(8, 8, 0.25)), Price(2, 2)),
        (outside("m", "openai", "https://other.example/v1"), None),
        (Provider("p", "openai", "m", external=False, address="http://10.0.0.1/v1"), Price(0, 0)),
    ],
)
def test_a_line_of_a_batch_costs_half_at_openai_and_elsewhere_what_the_policy_says(provider, price):
    assert batch_price_of(provider) == price
