"""One provider and all who ask it: as many at once as it bears, nobody while it is to be left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import ProviderPausedError
from backend.model import retries
from backend.model.breaker import FAILURES, OPEN_S, State
from backend.model.retries import LONGEST_S, Trouble
from backend.model.throttle import FEW, MOST_PAUSE_S, CallSlot, CallWindow, Throttle
from backend.providers import Provider
from backend.system.lines import TURN, Turn
from backend.system.part import ProcessPart
from tests.unit.budget.virtual import run

BUSY = Trouble("provider own: is busy", is_overload=True, is_outage=False)
DOWN = Trouble("provider own: failed (500)", is_overload=False, is_outage=True)
SLOW = Trouble("provider own: no answer in 60 s", is_overload=True, is_outage=True, is_slow=True)


def asks(seconds: float) -> Trouble:
    """Return what ails a provider that asks to be left alone for so long."""
    return Trouble("provider own: is busy", is_overload=True, is_outage=False, retry_after=seconds)


def throttle(concurrency: int = 8) -> Throttle:
    return Throttle(Provider("own", "openai", "m", external=False, concurrency=concurrency))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Calls:
    """Calls that are under way until they are told how they end."""

    def __init__(self, asked: Throttle) -> None:
        self.throttle = asked
        self.inside: list[tuple[CallSlot, asyncio.Future[Trouble | None]]] = []
        self.names: list[str] = []
        self.tasks: list[asyncio.Task[float]] = []
        self._came = asyncio.Event()

    async def until_inside(self, count: int = 1) -> None:
        """Wait until so many are under way."""
        while len(self.inside) < count:
            self._came.clear()
            await self._came.wait()

    async def begin(self, count: int = 1, deadline: float | None = None, turn: Turn | None = None) -> None:
        """Have so many calls come; they begin as far as they are let."""
        self.tasks += [asyncio.create_task(self._call(deadline, turn or Turn("p"))) for _ in range(count)]
        await settle()

    async def _call(self, deadline: float | None, turn: Turn) -> float:
        TURN.set(turn)
        end: asyncio.Future[Trouble | None] = asyncio.get_running_loop().create_future()
        place = self.throttle.place(deadline)
        async with place:
            began = asyncio.get_running_loop().time()
            self.names.append(turn.key)
            self.inside.append((place, end))
            self._came.set()
            self.throttle.hear(place, await end)
        return began

    async def end(self, found: Trouble | None = None, count: int = 1) -> None:
        """End the oldest calls."""
        for _ in range(count):
            self.inside.pop(0)[1].set_result(found)
        await settle()

    def told(self) -> list[str]:
        """Return what those were told who were not let in."""
        errors = [task.exception() for task in self.tasks if task.done() and not task.cancelled()]
        return [error.reason for error in errors if isinstance(error, ProviderPausedError)]


def test_a_window_is_halved_and_grows_by_one_a_round_trip():
    window = CallWindow(16)
    for size in (8, 4, 2, 1, 1):
        window.halve()
        assert window.size == size
    for size in (2, 3, 4):
        for _ in range(size):
            window.widen()
        assert window.size == size
    for _ in range(1_000):
        window.widen()
    assert window.size == 16


@given(most=st.integers(1, 64), ends=st.lists(st.booleans(), max_size=200))
def test_a_window_stays_within_one_and_the_policys_bound(most, ends):
    window = CallWindow(most)
    for is_well in ends:
        before = window.size
        if is_well:
            window.widen()
            assert before <= window.size <= before + 1
        else:
            window.halve()
            assert window.size in (max(before // 2, 1), max((before + 1) // 2, 1))
        assert 1 <= window.size <= most


@pytest.mark.parametrize("found", [BUSY, SLOW], ids=["busy", "slow"])
def test_a_round_trip_of_failures_halves_it_once(found):
    async def scene() -> list[int]:
        calls, sizes = Calls(throttle(64)), []
        await calls.begin(64)
        await calls.end(found, 64)
        sizes.append(calls.throttle.size)
        await calls.begin(32)
        assert calls.throttle.inside == 32
        await calls.end(found, 32)
        sizes.append(calls.throttle.size)
        return sizes

    assert run(scene()) == [32, 16]


def test_after_the_first_failure_no_more_are_let_in_than_the_half():
    async def scene() -> list[int]:
        calls, inside = Calls(throttle(8)), []
        await calls.begin(20)
        for _ in range(8):
            await calls.end(BUSY)
            inside.append(len(calls.inside))
        return inside

    assert run(scene()) == [7, 6, 5, 4, 4, 4, 4, 4]


def test_what_is_no_overload_halves_nothing():
    async def scene() -> int:
        calls = Calls(throttle(8))
        await calls.begin(8)
        await calls.end(DOWN, 8)
        return calls.throttle.size

    assert run(scene()) == 8


def test_who_asks_to_be_left_alone_is_by_all():
    async def scene() -> list[float]:
        calls = Calls(throttle(4))
        await calls.begin(6)
        await calls.end(asks(5))
        assert len(calls.inside) == 3
        await calls.begin(2)
        await asyncio.sleep(4.5)
        assert len(calls.inside) == 3
        await calls.end(None, 3)  # their places stay empty
        assert calls.inside == []
        while any(not task.done() for task in calls.tasks):
            await asyncio.sleep(0.5)
            await calls.end(None, len(calls.inside))
        return [task.result() for task in calls.tasks]

    assert run(scene()) == pytest.approx([0, 0, 0, 0, 5, 5, 5, 5], abs=0.01)


def test_those_who_cannot_wait_so_long_are_told_at_once():
    async def scene() -> list[str]:
        calls = Calls(throttle(1))
        await calls.begin()
        await calls.begin(1, deadline=31)
        await calls.begin(1, deadline=30)
        await calls.begin(1)
        await calls.end(asks(30))
        await calls.begin(1, deadline=20)
        assert asyncio.get_running_loop().time() == 0
        told = calls.told()
        await asyncio.sleep(30)
        await settle()
        assert len(calls.inside) == 1
        await calls.end()
        await calls.end()
        return told

    assert run(scene()) == ["provider own: is left alone for a while: is busy"] * 2


def test_nobody_waits_for_one_who_wants_too_long_and_it_is_asked_again_all_the_same():
    async def scene() -> None:
        calls = Calls(throttle(1))
        await calls.begin(2)
        await calls.end(asks(1e9))
        assert calls.told() == ["provider own: is left alone for a while: is busy"]
        with pytest.raises(ProviderPausedError):
            calls.throttle.check(None)
        await asyncio.sleep(MOST_PAUSE_S - LONGEST_S)
        await calls.begin()
        await asyncio.sleep(LONGEST_S)
        assert len(calls.inside) == 1
        await calls.end()

    run(scene())


def test_a_shorter_wish_ends_no_longer_one():
    async def scene() -> list[int]:
        calls, inside = Calls(throttle(2)), []
        await calls.begin(2)
        await calls.end(asks(20))
        await calls.end(asks(5))
        await calls.begin()
        for _ in range(2):
            await asyncio.sleep(10)
            await settle()
            inside.append(len(calls.inside))
        await calls.end()
        return inside

    assert run(scene()) == [0, 1]


def test_after_a_pause_who_opened_one_task_goes_first():
    async def scene() -> list[str]:
        calls = Calls(throttle(1))
        await calls.begin()
        await calls.end(asks(5))
        await calls.begin(2, turn=Turn("batch"))
        await calls.begin(turn=Turn("opened", is_urgent=True))
        for _ in range(3):
            await asyncio.sleep(5)
            await settle()
            await calls.end()
        return calls.names[1:]

    assert run(scene()) == ["opened", "batch", "batch"]


async def fail(calls: Calls, times: int = FAILURES) -> None:
    """Have calls fail, one after the other."""
    for _ in range(times):
        await calls.begin()
        await calls.until_inside()
        await calls.end(DOWN)


def test_who_fails_twice_in_a_row_is_left_alone_for_a_moment_and_longer_each_time(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_S", 8.0)

    async def scene() -> list[float]:
        calls = Calls(throttle())
        await fail(calls, FAILURES - 1)
        await calls.begin()
        await calls.until_inside()
        await calls.end()
        return [task.result() for task in calls.tasks]

    first, second, *later = run(scene())
    assert (first, second) == (0, 0)
    assert 4 <= later[0] <= 8.2
    assert 8 <= later[1] - later[0] <= 16.2
    assert 16 <= later[2] - later[1] <= 32.2


def test_it_opens_after_failures_in_a_row_says_so_once_and_all_who_wait_are_told(caplog):
    async def scene() -> tuple[list[str], str]:
        calls = Calls(throttle(1))
        await fail(calls, FAILURES - 1)
        await calls.begin(3)
        await calls.until_inside()
        await calls.end(DOWN)
        with pytest.raises(ProviderPausedError):
            calls.throttle.check(None)
        return calls.told(), calls.throttle.state

    with caplog.at_level("INFO"):
        told, state = run(scene())
    why = "it failed again and again, the last time: failed (500)"
    assert (told, state) == ([f"provider own: is left alone for a while: {why}"] * 2, "open")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.records[0].message == f"provider own: left alone for 10 s: {why}"


def test_calls_that_were_under_way_together_count_as_one():
    async def scene() -> str:
        calls = Calls(throttle(64))
        await calls.begin(64)
        await calls.end(DOWN, 64)
        await calls.begin()
        await calls.end()
        return calls.throttle.state

    assert run(scene()) == "closed"


def test_it_is_tried_by_one_and_by_how_that_ends_closes_or_stays_open(caplog):
    async def scene() -> list[State]:
        calls, states = Calls(throttle(4)), []
        await fail(calls)
        for found, seconds in ((DOWN, OPEN_S), (DOWN, 2 * OPEN_S), (None, 4 * OPEN_S)):
            await asyncio.sleep(seconds - 0.5)
            with pytest.raises(ProviderPausedError):
                calls.throttle.check(None)
            await asyncio.sleep(0.6)
            await calls.begin(3)
            assert len(calls.inside) == 1
            states.append(calls.throttle.state)
            assert len(calls.told()) == 2 * (1 + len(states) // 2)
            await calls.end(found)
            states.append(calls.throttle.state)
        await calls.begin(4)
        assert len(calls.inside) == 4
        await calls.end(None, 4)
        return states

    with caplog.at_level("INFO"):
        assert run(scene()) == ["half_open", "open", "half_open", "open", "half_open", "closed"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.records[1].message == "provider own: answers again"


def test_its_trial_waits_for_no_call_that_still_hangs():
    async def scene() -> None:
        calls = Calls(throttle(2))
        await calls.begin()
        hung = calls.inside.pop()
        await fail(calls)
        await asyncio.sleep(OPEN_S)
        await calls.begin()
        assert calls.throttle.state == "half_open"
        await calls.end()
        hung[1].set_result(None)
        await settle()
        assert calls.throttle.inside == 0

    run(scene())


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_a_call_of_before_that_ends_meanwhile_ends_no_trial(how):
    async def scene() -> State:
        calls = Calls(throttle(2))
        await calls.begin()
        (_, end), task = calls.inside.pop(), calls.tasks[-1]
        await fail(calls)
        await asyncio.sleep(OPEN_S)
        await calls.begin()
        assert calls.throttle.state == "half_open"
        if how == "cancelled":
            task.cancel()
        else:
            end.set_result(DOWN)
        await settle()
        assert calls.throttle.inside == 1
        return calls.throttle.state

    assert run(scene()) == "half_open"


def test_nor_does_a_trial_of_before_whose_place_is_left_late():
    async def scene() -> State:
        calls = Calls(throttle(2))
        await fail(calls)
        await asyncio.sleep(OPEN_S)
        first = calls.throttle.place()
        await first.__aenter__()
        calls.throttle.hear(first, DOWN)
        await asyncio.sleep(2 * OPEN_S)
        async with calls.throttle.place():
            calls.throttle.leave(first)
            return calls.throttle.state

    assert run(scene()) == "half_open"


def test_who_is_busy_again_and_again_is_not_down():
    async def scene() -> State:
        calls = Calls(throttle(2))
        for _ in range(2 * FAILURES):
            await calls.begin()
            await calls.end(BUSY)
        calls.throttle.check(None)
        return calls.throttle.state

    assert run(scene()) == "closed"


def test_a_trial_that_is_ended_lets_another_one_try():
    async def scene() -> list[State]:
        calls, states = Calls(throttle()), []
        await fail(calls)
        await asyncio.sleep(OPEN_S)
        await calls.begin()
        calls.tasks[-1].cancel()
        await settle()
        states.append(calls.throttle.state)
        calls.inside.clear()
        await calls.begin()
        states.append(calls.throttle.state)
        await calls.end()
        states.append(calls.throttle.state)
        return states

    assert run(scene()) == ["open", "half_open", "closed"]


def test_one_who_was_called_in_as_it_opened_does_not_ask():
    async def scene() -> list[str]:
        calls = Calls(throttle(2))
        await fail(calls, FAILURES - 1)
        await calls.begin(3)
        await calls.until_inside(2)
        calls.inside[0][1].set_result(None)  # its place is the third one's
        calls.inside[1][1].set_result(DOWN)
        for _ in range(FAILURES):
            later = calls.throttle.place()
            later.number = 1_000
            calls.throttle.hear(later, DOWN)
        await settle()
        assert calls.throttle.inside == 0
        return calls.told()

    assert len(run(scene())) == 1


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["come", "come", "urgent", "hurried"]),
        st.tuples(st.integers(0, 5), st.sampled_from([None, None, BUSY, DOWN, SLOW, asks(3), asks(100)])),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.floats(0.1, 40),
    ),
    max_size=50,
)


@given(most=st.integers(1, 5), steps=STEPS)
def test_no_place_is_lost_whatever_happens_and_in_the_end_all_are_served(most, steps):
    async def scene() -> None:
        calls = Calls(throttle(most))
        for step in steps:
            await _take(calls, step)
            assert calls.throttle.inside == len(calls.inside) <= most + 1
        await asyncio.sleep(2 * MOST_PAUSE_S)
        while calls.inside:
            await calls.end()
            await asyncio.sleep(0.1)
        assert (calls.throttle.inside, calls.throttle.waiting) == (0, 0)
        assert all(task.done() for task in calls.tasks)
        await calls.begin()
        await calls.end()
        assert calls.throttle.state == "closed"

    run(scene())


async def _take(calls: Calls, step: Any) -> None:
    now = asyncio.get_running_loop().time()
    doing: dict[str, Callable[[], Awaitable[None]]] = {
        "come": calls.begin,
        "urgent": lambda: calls.begin(turn=Turn("u", is_urgent=True)),
        "hurried": lambda: calls.begin(deadline=now + 2),
    }
    match step:
        case str():
            await doing[step]()
        case ("cancel", number) if calls.tasks:
            task = calls.tasks[number % len(calls.tasks)]
            if not task.done():
                task.cancel()
                await settle()
                calls.inside = [(place, end) for place, end in calls.inside if not end.cancelled()]
        case (int(number), found) if calls.inside:
            end = calls.inside.pop(number % len(calls.inside))[1]
            end.set_result(found)
            await settle()
        case float():
            await asyncio.sleep(step)
            await settle()


def test_half_as_many_again_are_made_ready_while_the_provider_answers():
    async def scene() -> list[int]:
        asked, near = throttle(8), []

        async def call(found: Trouble | None, may_end: asyncio.Event) -> None:
            place = asked.place()
            async with place.near():
                near.append(place)
                async with place:
                    await may_end.wait()
                    asked.hear(place, found)

        seen, calls = [], []
        for found in (None, BUSY):
            may_end = asyncio.Event()
            calls += [asyncio.create_task(call(found, may_end)) for _ in range(40)]
            await settle()
            seen += [len(near), asked.inside]
            may_end.set()
            await asyncio.gather(*calls)
            near.clear()
        return seen

    assert run(scene()) == [8, 8, 12, 8]


def test_who_was_made_ready_and_meets_a_pause_is_told_so_or_waits_for_its_end():
    async def scene() -> tuple[list[str], float]:
        asked = throttle(FEW)
        first, told = asked.place(), []
        async with first:
            asked.hear(first, None)
        inside = [asked.place() for _ in range(FEW)]
        for place in inside:
            await asked.enter(place)

        async def wait(deadline: float | None) -> float:
            place = asked.place(deadline)
            try:
                async with place.near(), place:
                    return asyncio.get_running_loop().time()
            except ProviderPausedError as error:
                told.append(error.reason)
                return -1.0

        waiting = [asyncio.create_task(wait(deadline)) for deadline in (3.0, None)]
        await settle()
        asked.hear(inside[0], asks(5))
        for place in inside:
            asked.leave(place)
        times = await asyncio.gather(*waiting)
        return told, times[1]

    told, began = run(scene())
    assert told == ["provider own: is left alone for a while: is busy"]
    assert began == pytest.approx(5, abs=0.01)


def test_who_waits_for_this_very_task_is_ready_before_all_others_and_few_are_made_ready_where_few_are_asked():
    async def scene(most: int) -> list[str]:
        asked, entered = throttle(most), []
        first = asked.place()
        async with first:
            asked.hear(first, None)
        ends = [asyncio.Event() for _ in range(2 * most + 1)]

        async def call(name: str, may_end: asyncio.Event) -> None:
            TURN.set(Turn(name, is_urgent=name == "opened", is_batch=name == "batch"))
            place = asked.place()
            async with place.near(), place:
                entered.append(name)
                await may_end.wait()

        calls = [asyncio.create_task(call("batch", end)) for end in ends[:-1]]
        await settle()
        calls.append(asyncio.create_task(call("opened", ends[-1])))
        await settle()
        ends[0].set()
        await settle()
        for end in ends:
            end.set()
        await asyncio.gather(*calls)
        return entered

    for most in (2, FEW):
        assert run(scene(most)).index("opened") == most


def test_a_trial_that_is_given_up_before_its_place_lets_another_try():
    async def scene() -> list[State]:
        calls = Calls(throttle(4))
        while calls.throttle.state == "closed":
            await calls.begin()
            await calls.end(DOWN)
            await asyncio.sleep(LONGEST_S)
        await asyncio.sleep(OPEN_S)
        place = calls.throttle.place()
        states = []
        async with place.near():
            states.append(calls.throttle.state)
            with pytest.raises(ProviderPausedError):
                calls.throttle.check(None)
        states.append(calls.throttle.state)
        async with (again := calls.throttle.place()).near(), again:
            calls.throttle.hear(again, None)
        return [*states, calls.throttle.state]

    assert run(scene()) == ["half_open", "open", "closed"]


def test_processes_share_the_calls_at_once_of_a_provider(tmp_path):
    async def scene() -> list[list[int]]:
        own = Provider("own", "openai", "m", external=False, concurrency=8)
        both = [Calls(Throttle(own, ProcessPart(number, 2, tmp_path))) for number in range(2)]

        async def inside() -> list[int]:
            await asyncio.sleep(1)
            return [calls.throttle.inside for calls in both]

        await both[0].begin(40)
        seen = [await inside()]
        await both[1].begin(40)
        seen.append(await inside())
        for _ in range(8):
            for calls in both:
                if calls.inside:
                    await calls.end()
            await inside()
        seen.append(await inside())
        while both[1].inside:
            await both[1].end()
        for task in both[1].tasks:
            task.cancel()
        seen.append(await inside())
        return seen

    assert run(scene()) == [[8, 0], [8, 0], [4, 4], [8, 0]]


def test_overload_halves_what_a_process_had_of_the_calls_at_once(tmp_path):
    async def scene() -> list[int]:
        own = Provider("own", "openai", "m", external=False, concurrency=8)
        first, second = (Calls(Throttle(own, ProcessPart(number, 2, tmp_path))) for number in range(2))
        await second.begin(4)
        await first.begin(4)
        await first.end(BUSY)
        return [first.throttle.size, second.throttle.size]

    assert run(scene()) == [2, 8]
