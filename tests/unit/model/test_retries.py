"""Which failed attempts are made again, and how long is waited before."""

import asyncio
import random
import time
from typing import Any

import pytest

from backend.errors import (
    ConfigError,
    LabelguardError,
    ProviderBusyError,
    ProviderDownError,
    ProviderQuotaError,
    ProviderRefusalError,
)
from backend.model import retries
from backend.model.clients import ProviderConnections, WireAttempt
from backend.providers import Provider, Reach

BASE = "http://127.0.0.1:9/v1"
DOWN = ProviderDownError("own", "x")


def pause(failure: LabelguardError = DOWN, tries: int = 1, left_s: float | None = None, **seen: Any) -> float | None:
    """Ask how long to wait, so many seconds before the deadline."""
    sending = WireAttempt(
        ProviderConnections(Provider("own", "openai", "m", external=False), BASE), Reach(BASE), "key", **seen
    )

    async def run() -> float | None:
        deadline = None if left_s is None else asyncio.get_running_loop().time() + left_s
        return retries.pause(failure, sending, tries, deadline)

    return asyncio.run(run())


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_statuses_that_pass(status):
    assert pause(status=status) is not None
    assert pause(status=status, fault="large") is None


@pytest.mark.parametrize("status", [0, 200, 302, 400, 401, 403, 404, 408, 422, 501, 505, 599])
def test_statuses_that_stay(status):
    assert pause(status=status) is None


@pytest.mark.parametrize("fault", ["elsewhere", "unreachable", "slow", "proxy", "certificate", "redirect", "packed"])
def test_of_faults_only_a_cut_passes(fault):
    assert pause(fault=fault) is None
    assert pause(fault=fault, status=503) is None
    assert pause(fault="cut") is not None


def test_what_is_not_the_providers_or_will_not_pass_is_not_tried_again():
    assert pause(ProviderBusyError("own", "x"), status=429) is not None
    assert pause(ProviderBusyError("own", "x"), status=403) is not None
    assert pause(ProviderQuotaError("own", "x"), status=429) is None
    assert pause(ProviderRefusalError("own", "x"), status=500) is None
    assert pause(ConfigError("x"), status=429) is None
    assert retries.pause(DOWN, None, 1, None) is None


def test_tries_are_counted():
    assert pause(status=500, tries=retries.TRIES - 1) is not None
    assert pause(status=500, tries=retries.TRIES) is None


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_each_wait_is_twice_as_long_and_none_like_another(tries, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_S", 1.0)
    monkeypatch.setattr(retries, "_chance", random.Random(7))
    most = 2.0 ** (tries - 1)
    waits = [seconds for _ in range(40) if (seconds := pause(status=500, tries=tries)) is not None]
    assert len(waits) == len(set(waits)) == 40
    assert all(most / 2 <= seconds < most for seconds in waits)
    assert max(waits) > most * 0.9


def test_a_wait_that_is_asked_for_is_kept():
    assert pause(status=429, retry_after="60") == 60
    assert pause(status=429, retry_after="60.5") is None
    assert pause(status=429, retry_after="0") == 0


def test_nothing_begins_at_the_deadline_or_after_it():
    assert pause(status=429, retry_after="20", left_s=30) == 20
    assert pause(status=429, retry_after="20", left_s=20) is None
    assert pause(status=429, retry_after="20", left_s=10) is None


@pytest.mark.parametrize("date", ["Thu, 01 Jan 2099 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 -0000"])
def test_a_date_of_no_zone_is_universal(date, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        try:
            check_date(date)
        finally:
            patch.undo()
            time.tzset()


def check_date(date):
    assert retries._asked(date) == pytest.approx(retries._asked("Thu, 01 Jan 2099 00:00:00 +0000"), abs=10)
    assert pause(status=429, retry_after=date) is None


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 2099 00:00:00 +" + "9" * 30,
        "Thu, 01 Jan " + "9" * 30 + " 00:00:00 GMT",
        "Thu, 01 Jan 2099 00:00:" + "9" * 30 + " GMT",
        "Thu, 99 Jan 2099 00:00:00 GMT",
        "Thu, 01 Jan 2099",
        "9" * 5_000,
    ],
)
def test_a_date_that_cannot_be_is_none(date):
    assert retries._asked(date) is None


def test_a_dates_zone_counts():
    same = retries._asked("Thu, 01 Jan 2099 05:00:00 +0500")
    assert same == pytest.approx(retries._asked("Thu, 01 Jan 2099 00:00:00 GMT"), abs=10)
