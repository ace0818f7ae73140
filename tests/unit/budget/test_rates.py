"""Requests and tokens in any minute, calls at once: the laws of the minute, and of the line before it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from backend.budget.limits import Limits
from backend.budget.permits import COUNTS_S, MINUTE, PERMITS, Permits
from backend.budget.rates import Rates, Slot
from backend.errors import RateLimitError
from backend.store import make_tables, open_store, writing
from backend.system.lines import TURN, Turn
from backend.system.part import ProcessPart
from tests.unit.budget.virtual import run


def seconds(most: int) -> st.SearchStrategy[float]:
    """Seconds whose sums are exact."""
    return st.integers(0, most * 8).map(lambda eighths: eighths / 8)


@pytest.fixture(scope="module")
def permits(tmp_path_factory):
    """Give what is taken of the minute by the clock of the loop, in a real store, without a thread that writes."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('pace') / 'state.db'}")
    make_tables(store, PERMITS)

    def submit(work: Callable[[Connection], Any]) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(work(connection))
        return done

    with writing(store) as connection:

        def made() -> Permits:
            connection.execute(PERMITS.delete())
            return Permits(submit, lambda _: asyncio.get_running_loop().time())

        yield made


async def entered(rates: Rates, limits: Limits, count: int, tokens: int = 10) -> list[tuple[int, float]]:
    """Have many enter at once; return who came when."""
    came: list[tuple[int, float]] = []

    async def one(number: int) -> None:
        slot = await rates.enter("rule", limits, tokens)
        came.append((number, asyncio.get_running_loop().time()))
        slot.free(tokens)

    await asyncio.gather(*(one(number) for number in range(count)))
    return came


def test_requests_come_in_order_and_as_the_minute_allows(permits):
    came = run(entered(Rates(permits(), wait_s=None), Limits(requests_per_minute=3), 8))
    assert [number for number, _ in came] == list(range(8))
    assert [round(at) for _, at in came] == [0, 0, 0, 61, 61, 61, 122, 122]


def test_tokens_come_as_the_minute_allows(permits):
    came = run(entered(Rates(permits(), wait_s=None), Limits(tokens_per_minute=25), 5))
    assert [round(at) for _, at in came] == [0, 0, 61, 61, 122]


def test_tokens_that_were_not_used_are_free_at_once(permits):
    async def scene() -> float:
        rates, limits = Rates(permits()), Limits(tokens_per_minute=100)
        first = await rates.enter("rule", limits, 90)
        waiting = asyncio.create_task(rates.enter("rule", limits, 90))
        await asyncio.sleep(5)
        first.free(10)
        await waiting
        return asyncio.get_running_loop().time()

    assert run(scene()) == pytest.approx(5, abs=0.1)


def test_tokens_of_a_call_whose_end_nobody_knows_stay_taken(permits):
    async def scene() -> float:
        rates, limits = Rates(permits()), Limits(tokens_per_minute=100)
        (await rates.enter("rule", limits, 90)).free(None)
        await rates.enter("rule", limits, 90)
        return asyncio.get_running_loop().time()

    assert run(scene()) == pytest.approx(COUNTS_S, abs=0.1)


def test_a_small_call_does_not_overtake_a_big_one(permits):
    async def scene() -> list[str]:
        rates, limits, came = Rates(permits()), Limits(tokens_per_minute=100), []

        async def one(name: str, tokens: int) -> None:
            await rates.enter("rule", limits, tokens)
            came.append(name)

        await asyncio.gather(one("first", 60), one("big", 80), one("small", 5))
        return came

    assert run(scene()) == ["first", "big", "small"]


def test_who_waits_too_long_is_told_which_limit_and_when_it_is_free(permits):
    async def scene() -> list[object]:
        rates, limits = Rates(permits(), wait_s=30), Limits(requests_per_minute=2, tokens_per_minute=1000)
        (await rates.enter("nurses", limits, 10)).free(10)
        await asyncio.sleep(20)
        (await rates.enter("nurses", limits, 10)).free(10)
        waiting = (rates.enter("nurses", limits, 10) for _ in range(2))
        return await asyncio.gather(*waiting, return_exceptions=True)

    for error in run(scene()):
        assert isinstance(error, RateLimitError)
        assert (error.code, error.status, error.limit) == ("rate_limit", 429, "requests_per_minute")
        assert error.reason == (
            "rule 'nurses': requests_per_minute is 2: none became free in 30 s, the next one does in 11 s"
            " - try later, or raise limits.requests_per_minute"
        )


def test_a_call_that_can_never_fit_is_refused_at_once(permits):
    async def scene() -> float:
        with pytest.raises(RateLimitError, match="this call alone may take 101") as caught:
            await Rates(permits()).enter("rule", Limits(tokens_per_minute=100), 101)
        assert caught.value.limit == "tokens_per_minute"
        return asyncio.get_running_loop().time()

    assert run(scene()) == 0


def test_calls_at_once_wait_for_each_other_as_long_as_it_takes(permits):
    async def scene() -> tuple[int, float, list[int]]:
        rates, running, most, order = Rates(permits(), wait_s=1), 0, 0, []

        async def one(number: int) -> None:
            nonlocal running, most
            slot = await rates.enter("rule", Limits(concurrency=2), 10)
            order.append(number)
            running += 1
            most = max(most, running)
            await asyncio.sleep(50)
            running -= 1
            slot.free(10)

        await asyncio.gather(*(one(number) for number in range(6)))
        return most, asyncio.get_running_loop().time(), order

    most, seconds, order = run(scene())
    assert (most, round(seconds), order) == (2, 150, list(range(6)))


def test_a_call_that_was_never_made_takes_nothing(permits):
    async def scene() -> float:
        rates, limits = Rates(permits()), Limits(requests_per_minute=1, tokens_per_minute=10, concurrency=1)
        (await rates.enter("rule", limits, 10)).give_back()
        await rates.enter("rule", limits, 10)
        return asyncio.get_running_loop().time()

    assert run(scene()) == 0


def test_who_gives_up_leaves_its_place_to_others(permits):
    async def scene() -> Slot:
        rates, limits = Rates(permits()), Limits(concurrency=1, requests_per_minute=1)
        slot = await rates.enter("rule", limits, 1)
        at_the_door = asyncio.create_task(rates.enter("rule", limits, 1))
        await asyncio.sleep(1)
        at_the_door.cancel()
        slot.free(1)
        in_the_line = asyncio.create_task(rates.enter("rule", limits, 1))
        await asyncio.sleep(1)
        in_the_line.cancel()
        await asyncio.sleep(60)
        return await asyncio.wait_for(rates.enter("rule", limits, 1), 1)

    assert run(scene()).pace.places.inside == 1


def test_rules_do_not_wait_for_each_other(permits):
    async def scene() -> float:
        rates, limits = Rates(permits()), Limits(requests_per_minute=1)
        for rule in ("one", "two"):
            await rates.enter(rule, limits, 1)
        return asyncio.get_running_loop().time()

    assert run(scene()) == 0


@settings(max_examples=50)
@given(
    calls=st.lists(st.tuples(seconds(30), st.integers(1, 50), seconds(20)), min_size=1, max_size=25),
    requests=st.integers(1, 5),
    concurrency=st.integers(1, 4),
)
def test_all_limits_hold_together(permits, calls, requests, concurrency):
    limits = Limits(requests_per_minute=requests, tokens_per_minute=60, concurrency=concurrency)

    async def scene() -> list[tuple[float, int, float]]:
        rates, made = Rates(permits(), wait_s=None), []

        async def one(arrives: float, tokens: int, seconds: float) -> None:
            await asyncio.sleep(arrives)
            slot = await rates.enter("rule", limits, tokens)
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(seconds)
            slot.free(tokens)
            made.append((began, tokens, asyncio.get_running_loop().time()))

        await asyncio.gather(*(one(*call) for call in calls))
        return made

    made = run(scene())
    assert len(made) == len(calls)
    for now, _, _ in made:
        minute = [tokens for began, tokens, _ in made if now - MINUTE < began <= now]
        assert len(minute) <= requests
        assert sum(minute) <= 60
        assert sum(began <= now < ended for began, _, ended in made) <= concurrency


def test_without_a_limit_by_minute_nobody_is_asked():
    def submit(_: object) -> "Future[Any]":
        raise AssertionError

    async def scene() -> None:
        (await Rates(Permits(submit)).enter("rule", Limits(concurrency=1), 10)).free(10)

    run(scene())


def test_a_fast_rule_asks_a_few_times_a_second_and_gives_back_the_rest(permits):
    async def scene() -> int:
        asked: list[str] = []

        class Counted(Permits):
            def take(self, *given: Any) -> Any:
                asked.append(given[0])
                return super().take(*given)

        rates, limits = Rates(Counted((made := permits())._submit, made._now)), Limits(requests_per_minute=6_000)
        for _ in range(1000):
            (await rates.enter("rule", limits, 10)).free(10)
            await asyncio.sleep(0.005)
        await asyncio.sleep(1)
        other = Rates(made, wait_s=1)
        for _ in range(5_000):  # of another process
            await other.enter("rule", limits, 10)
        with pytest.raises(RateLimitError):
            await other.enter("rule", limits, 10)
        return len(asked)

    assert run(scene()) <= 12


@pytest.mark.parametrize("limits", [Limits(concurrency=1), Limits(requests_per_minute=1)])
def test_one_opened_task_waits_for_no_batch_of_its_rule(permits, limits):
    served: list[str] = []

    async def call(rates: Rates, turn: Turn) -> None:
        TURN.set(turn)
        slot = await rates.enter("all", limits, 1)
        served.append(turn.key)
        await asyncio.sleep(1)
        slot.free(1)

    async def all_of_them() -> None:
        rates = Rates(permits(), wait_s=None)
        calls = [asyncio.create_task(call(rates, Turn("batch"))) for _ in range(5)]
        await asyncio.sleep(0.5)
        await asyncio.gather(*calls, call(rates, Turn("opened", is_urgent=True)))

    run(all_of_them())
    assert served.index("opened") <= 2  # one is served, one holds the door


def test_a_limit_that_changes_counts_the_calls_that_are_under_way(permits):
    async def scene() -> list[bool]:
        rates = Rates(permits())
        slots = [await rates.enter("rule", Limits(), 10) for _ in range(3)]
        waiting = asyncio.create_task(rates.enter("rule", Limits(concurrency=3), 10))
        await asyncio.sleep(1)
        found = [waiting.done()]
        slots[0].free(10)
        await asyncio.sleep(1)
        return [*found, waiting.done()]

    assert run(scene()) == [False, True]


def test_processes_share_a_rules_calls_at_once(permits, tmp_path):
    async def scene() -> list[int]:
        both = [Rates(permits(), part=ProcessPart(number, 2, tmp_path)) for number in range(2)]
        limits = Limits(concurrency=4)
        slots = [await both[0].enter("rule", limits, 10) for _ in range(4)]
        waiting = [asyncio.create_task(both[1].enter("rule", limits, 10)) for _ in range(4)]
        found = []
        for slot in slots:
            await asyncio.sleep(1)
            found.append(sum(task.done() for task in waiting))
            slot.free(10)
        await asyncio.sleep(1)
        return [*found, sum(task.done() for task in waiting)]

    assert run(scene()) == [0, 1, 2, 3, 4]
