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
    ProviderTimeoutError,
)
from backend.model import retries
from backend.model.clients import ProviderConnections, WireAttempt
from backend.providers import Provider, Reach

BASE = "http://127.0.0.1:9/v1"
DOWN = ProviderDownError("own", "x")


SLOW = ProviderTimeoutError("own", "x")


def trouble(failure: LabelguardError = DOWN, **seen: Any) -> retries.Trouble | None:
    """Say what ails a provider, by what the wire saw."""
    wire = ProviderConnections(Provider("own", "openai", "m", external=False), BASE)
    return retries.trouble(failure, WireAttempt(wire, Reach(BASE), "key", **seen))


def pause(
    failure: LabelguardError = DOWN, tries: int = 1, left_s: float | None = None, reserve_s: float = 0.0, **seen: Any
) -> float | None:
    """Ask how long to wait, so many seconds before the deadline."""
    found = trouble(failure, **seen)

    async def run() -> float | None:
        deadline = None if left_s is None else asyncio.get_running_loop().time() + left_s
        return retries.pause(found, tries, deadline, reserve_s)

    return asyncio.run(run())


class Chance(random.Random):
    """Chance that says the same each time."""

    def __init__(self, said: float) -> None:
        self.said = said

    def random(self) -> float:
        return self.said


@pytest.fixture
def no_chance(monkeypatch):
    monkeypatch.setattr(retries, "_chance", Chance(0.0))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529])
def test_statuses_that_pass(status):
    assert pause(status=status) is not None
    assert pause(status=status, fault="large") is None


@pytest.mark.parametrize("status", [0, 200, 302, 400, 401, 403, 404, 422, 501, 505, 599])
def test_statuses_that_stay(status):
    assert pause(status=status) is None


@pytest.mark.parametrize("fault", ["elsewhere", "proxy", "certificate", "redirect", "packed", "page", "scheme"])
def test_faults_that_stay(fault):
    assert pause(fault=fault) is None
    assert pause(fault=fault, status=503) is None


@pytest.mark.parametrize("fault", ["cut", "slow", "unreachable", "unnamed"])
def test_faults_that_pass(fault):
    assert pause(fault=fault) is not None


def test_without_a_status_it_was_cut():
    assert pause(is_sent=True) is not None
    assert pause(is_sent=False) is None


def test_what_is_not_the_providers_or_will_not_pass_is_not_tried_again():
    assert pause(ProviderBusyError("own", "x"), status=429) is not None
    assert pause(ProviderBusyError("own", "x"), status=403) is not None
    assert pause(ProviderQuotaError("own", "x"), status=429) is None
    assert pause(ProviderRefusalError("own", "x"), status=500) is None
    assert pause(ConfigError("x"), status=429) is None
    assert retries.trouble(DOWN, None) is None
    assert retries.pause(None, 1, None) is None


@pytest.mark.parametrize(
    ("seen", "is_overload", "is_outage"),
    [
        ({"status": 429}, True, False),
        ({"status": 529}, True, False),
        ({"status": 503}, True, True),
        ({"status": 503, "retry_after": "5"}, True, False),
        ({"status": 503, "failure": ProviderBusyError("own", "x")}, True, False),
        ({"status": 504}, True, True),
        ({"status": 500}, False, True),
        ({"status": 500, "retry_after": "0"}, False, False),
        ({"fault": "cut"}, False, True),
        ({"fault": "unreachable"}, False, True),
        ({"fault": "slow"}, True, True),
        ({"status": 200, "failure": SLOW}, True, True),
    ],
)
def test_overload_and_outage_are_told_apart(seen, is_overload, is_outage):
    found = trouble(**seen)
    assert found is not None
    assert (found.is_overload, found.is_outage) == (is_overload, is_outage)


def test_tries_are_counted():
    assert pause(status=500, tries=retries.TRIES - 1) is not None
    assert pause(status=500, tries=retries.TRIES) is None


def test_what_ran_out_of_time_is_tried_once_more():
    assert pause(SLOW, status=200) is not None
    assert pause(SLOW, status=200, tries=2) is None


def test_what_ran_out_of_time_leaves_the_next_provider_its_time(no_chance):
    assert pause(SLOW, left_s=61, reserve_s=60) is not None
    assert pause(SLOW, left_s=60, reserve_s=60) is None
    assert pause(SLOW, left_s=60) is not None
    assert pause(DOWN, status=500, left_s=60, reserve_s=60) is not None
    assert pause(SLOW, reserve_s=60) is not None


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_each_wait_is_twice_as_long_and_none_like_another(tries, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_S", 1.0)
    monkeypatch.setattr(retries, "_chance", random.Random(7))
    most = 2.0 ** (tries - 1)
    waits = [seconds for _ in range(40) if (seconds := pause(status=500, tries=tries)) is not None]
    assert len(waits) == len(set(waits)) == 40
    assert all(most / 2 <= seconds < most for seconds in waits)
    assert max(waits) > most * 0.9


def test_a_wait_that_is_asked_for_is_kept(no_chance):
    assert pause(status=429, retry_after="60") == 60
    assert pause(status=429, retry_after="60.5") is None
    assert pause(status=429, retry_after="0") == 0


def test_those_who_were_asked_to_wait_do_not_all_come_back_at_once(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_S", 1.0)
    monkeypatch.setattr(retries, "_chance", Chance(0.25))
    assert pause(status=429, retry_after="60") == 60.25
    assert pause(status=429, retry_after="0") == 0.25


def test_nothing_begins_at_the_deadline_or_after_it(no_chance):
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
