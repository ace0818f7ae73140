"""The meter around a call: what is waited for, held, booked and given back, also where something is cut short."""

import asyncio
from contextlib import suppress

import pytest

from backend.budget.amounts import NANO, Use
from backend.budget.clerk import PART
from backend.budget.limits import Limits
from backend.budget.meter import Admission, Meter
from backend.budget.tables import Spent
from backend.errors import BudgetError, DayBudgetError, RateLimitError
from backend.providers import Price
from backend.store import writing
from tests.patience import HANGS_S

CENT = NANO // 100
USE = Use("nurses", "12", "openai", "gpt-4o-mini", Price(1, 1), 6_000, 4_000)
LIMITS = Limits(spend_per_day=0.05, concurrency=3, requests_per_minute=100, tokens_per_minute=200_000)


def settle(meter: Meter, admission: Admission, tokens_in: int, tokens_out: int, *, failed: bool) -> float | None:
    """End a call and book what it took; returns its cost."""
    settled = meter.settle(admission, tokens_in, tokens_out, failed=failed)
    if settled is None:
        return None
    with writing(meter.ledger.engine, PART) as connection:
        settled.book(connection)
    return settled.cost


def test_a_call_is_admitted_and_settled(ledger):
    async def scene() -> float | None:
        meter = Meter(ledger)
        admission = await meter.admit(USE, LIMITS)
        assert ledger.spent("nurses").day_held == CENT
        return settle(meter, admission, 3_000, 2_000, failed=False)

    assert asyncio.run(scene()) == 0.005
    assert ledger.spent("nurses") == Spent(CENT // 2, CENT // 2, 0, 0)


def test_an_answer_without_a_count_is_booked_at_its_worst(ledger):
    async def scene() -> float | None:
        meter = Meter(ledger)
        return settle(meter, await meter.admit(USE, LIMITS), 0, 0, failed=False)

    assert asyncio.run(scene()) == 0.01


def test_an_unknown_price_gives_no_cost(ledger):
    async def scene() -> float | None:
        meter = Meter(ledger)
        use = Use("nurses", "12", "openai", "new", None, 6_000, 4_000)
        return settle(meter, await meter.admit(use, Limits()), 10, 10, failed=False)

    assert asyncio.run(scene()) is None


def test_a_call_is_settled_once(ledger):
    async def scene() -> None:
        meter = Meter(ledger)
        admission = await meter.admit(USE, LIMITS)
        settle(meter, admission, 3_000, 2_000, failed=False)
        assert settle(meter, admission, 3_000, 2_000, failed=False) is None
        await meter.give_back(admission)

    asyncio.run(scene())
    assert ledger.spent("nurses").day == CENT // 2


def test_a_call_that_was_never_made_leaves_nothing(ledger):
    async def scene() -> None:
        meter = Meter(ledger)
        limits = Limits(spend_per_day=0.01, concurrency=1, requests_per_minute=1, tokens_per_minute=10_000)
        for _ in range(3):
            await meter.give_back(await meter.admit(USE, limits))

    asyncio.run(asyncio.wait_for(scene(), HANGS_S))
    assert ledger.spent("nurses") == Spent(0, 0, 0, 0)


def test_a_call_refused_for_money_takes_none_of_the_minute(ledger):
    async def scene() -> None:
        meter = Meter(ledger, wait_s=30)  # less than a minute, after which it would be free again
        limits = Limits(spend_per_day=0.001, concurrency=1, requests_per_minute=1, tokens_per_minute=10_000)
        for _ in range(3):
            with pytest.raises(DayBudgetError):
                await meter.admit(USE, limits)

    asyncio.run(asyncio.wait_for(scene(), HANGS_S))


def test_a_call_refused_for_its_minute_holds_no_money(ledger):
    async def scene() -> None:
        limits = Limits(spend_per_day=1, requests_per_minute=1)
        await Meter(ledger).admit(USE, limits)
        with pytest.raises(RateLimitError):
            await Meter(ledger, wait_s=0.1).admit(USE, limits)

    asyncio.run(scene())
    assert ledger.spent("nurses").day_held == CENT


def test_many_calls_at_once_stay_within_all_limits(ledger):
    async def scene() -> tuple[int, int]:
        meter, running, most, refused = Meter(ledger), 0, 0, 0

        async def one(number: int) -> None:
            nonlocal running, most, refused
            try:
                admission = await meter.admit(USE, LIMITS)
            except BudgetError:
                refused += 1
                return
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            settle(meter, admission, 3_000, 2_000, failed=bool(number % 2))

        await asyncio.gather(*(one(number) for number in range(40)))
        return most, refused

    most, refused = asyncio.run(scene())
    spent = ledger.spent("nurses")
    assert most <= 3
    assert spent.day == (40 - refused) * CENT // 2 <= 5 * CENT
    assert spent.day > 5 * CENT - 3 * CENT
    assert spent.day_held == 0


@pytest.mark.parametrize("begun", [True, False])
def test_what_is_cancelled_while_it_is_held_is_given_back(ledger, begun):
    """Whether or not the ledger has begun to write it."""

    async def scene() -> Admission:
        meter, limits = Meter(ledger), Limits(spend_per_day=0.01, concurrency=1)
        with writing(ledger.engine, PART):  # so that the ledger must wait
            waiting = asyncio.create_task(meter.admit(USE, limits))
            await asyncio.sleep(0.1 if begun else 0)
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting
        while True:
            try:
                return await meter.admit(USE, limits)
            except DayBudgetError:  # it is not given back yet
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scene(), HANGS_S))
    assert ledger.spent("nurses").day_held == CENT
