"""Entries for tests of the record."""

from typing import Any

from backend.record.entries import Attempt, Outcome, Refusal, values

DIGEST = "0123456789abcdef" * 4


def attempt(task: int = 1, **other: Any) -> Attempt:
    """Return an attempt to ask an external provider."""
    given: dict[str, Any] = {
        "project": "12",
        "task": str(task),
        "rule": "Cardiology: names go out as surrogates",
        "policy": DIGEST,
        "prompt": DIGEST,
        "schema": DIGEST,
        "model_version": "labelguard-5f2c91ab",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "region": "eu",
        "external": True,
        "entities": {"PERSON": 2, "DATE_TIME": 1},
        "bytes_out": 1843,
        "keep_days": None,
    }
    return Attempt(**(given | other))


def refusal(task: int = 1, code: str = "blocked", **other: Any) -> Refusal:
    """Return a refusal before any call."""
    given = attempt(task)
    return Refusal(**(values(given) | {"bytes_out": 0, "code": code} | other))


def outcome(number: int, **other: Any) -> Outcome:
    """Return how an attempt ended: well."""
    given: dict[str, Any] = {
        "attempt": number,
        "outcome": "answered",
        "code": "",
        "bytes_in": 512,
        "tokens_in": 420,
        "tokens_out": 37,
        "cost_usd": 0.0000852,
    }
    return Outcome(**(given | other))
