"""What a call uses: money without rounding errors, tokens from above."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from backend.budget.amounts import NANO, Use, cost, in_dollars, likely_tokens, nanodollars, request_size
from backend.providers import Price


def test_money_is_counted_exactly():
    assert cost(Price(0.15, 0.6), 1_000_000, 0) == NANO * 15 // 100
    assert cost(Price(0.15, 0.6), 1, 1) == 750
    assert cost(Price(0.0001, 0), 1, 0) == 1  # rounded up
    assert nanodollars(0.1) + nanodollars(0.2) == nanodollars(0.3)


@given(tokens=st.integers(0, 10**7), price=st.floats(0, 1000).map(lambda usd: round(usd, 4)))
def test_a_cost_is_never_less_than_it_was(tokens, price):
    exact = tokens * price / 1_000_000 * NANO
    assert exact - 1 <= cost(Price(price, 0), tokens, 0) <= exact + 2


def test_amounts_are_written_in_dollars():
    assert [in_dollars(n) for n in (0, NANO, 1_500_000_000, 10_000, 4_980_123_456)] == [
        "0.00",
        "1.00",
        "1.50",
        "0.00001",
        "4.980123",
    ]


class Form(BaseModel):
    """An answer's form."""

    mood: str


def test_a_request_is_measured_whole():
    messages = [{"role": "user", "content": "Ça va ?"}]
    plain = request_size({"messages": messages})
    assert plain == len(json.dumps({"messages": messages}, ensure_ascii=False).encode())
    assert request_size({"messages": messages, "response_format": Form}) > plain + len(
        json.dumps(Form.model_json_schema())
    )


def test_tokens_are_estimated():
    assert [likely_tokens(size) for size in (0, 1, 3, 4)] == [0, 1, 1, 2]


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base"])
def test_a_request_has_no_more_tokens_than_bytes(monkeypatch, name):
    """By the tokenizers that litellm brings: what is held is never less than what is spent."""
    spec = find_spec("litellm")
    assert spec
    assert spec.origin
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"))
    tokenizer = tiktoken.get_encoding(name)
    for text in (
        "1,2,3\n" * 50,
        "2026-11-25 12:44:03, " * 20,
        "[PERSON_1] saw [DATE_TIME_2]. " * 20,
        "患者 पीड़ा боль 👩🏽‍⚕️ a b c",
        "%$#",
    ):
        size = request_size([{"role": "user", "content": text}])
        assert len(tokenizer.encode(text)) <= Use("r", "1", "p", "m", None, size, 0).most_tokens_in
