"""Places go round: urgent ones first, then each key in turn by weight, batches last; none is lost by who leaves."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.system.lines import TURN, Turn
from backend.system.turns import Turns

WHO = st.tuples(st.sampled_from("abc"), st.booleans())
WEIGHTS = st.fixed_dictionaries({key: st.integers(1, 4) for key in "abc"})


async def settle() -> None:
    """Let all tasks come to where they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that want into `turns`, and stay there until they are told to leave."""

    def __init__(self, turns: Turns, weights: Mapping[str, int] | None = None) -> None:
        self.turns = turns
        self.weights = weights or {}
        self.objection: Exception | None = None
        self.served: list[Turn] = []
        self.inside: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, turn: Turn) -> None:
        self.tasks.append(asyncio.create_task(self._come(turn), name=turn.key))
        await settle()

    async def _come(self, turn: Turn) -> None:
        TURN.set(turn)
        await self.turns.acquire(self.weights.get(turn.key, 1), lambda: self.objection)
        leave = asyncio.Event()
        self.served.append(turn)
        self.inside.append(leave)
        try:
            await leave.wait()
        finally:
            self.inside.remove(leave)
            self.turns.release()

    @property
    def keys(self) -> set[str]:
        return {task.get_name() for task in self.tasks if not task.done()}

    async def take(self, step: str | int) -> None:
        """Have one come by its key, leave if one is inside, or be cancelled by its number."""
        if step == "leave":
            if self.inside:
                await self.leave()
        elif isinstance(step, str):
            await self.come(Turn(step))
        elif self.tasks:
            self.tasks[step % len(self.tasks)].cancel()
            await settle()

    async def leave(self) -> None:
        self.inside[0].set()
        await settle()


def test_a_single_task_waits_for_no_batch_and_projects_go_in_turn():
    async def run() -> list[Turn]:
        crowd = Crowd(Turns(1))
        for turn in [Turn("a")] * 4 + [Turn("b")] * 2 + [Turn("c", True)]:
            await crowd.come(turn)
        while crowd.inside:
            await crowd.leave()
        return crowd.served

    assert "".join(turn.key for turn in asyncio.run(run())) == "acababa"


@given(places=st.integers(1, 3), came=st.lists(WHO, max_size=12))
def test_each_key_gets_its_turn_before_any_gets_two(places, came):
    async def run() -> list[Turn]:
        crowd = Crowd(Turns(places))
        for key, is_urgent in came:
            await crowd.come(Turn(key, is_urgent))
        first = len(crowd.served)
        while crowd.inside:
            await crowd.leave()
        return crowd.served[first:]

    served = asyncio.run(run())
    assert len(served) == max(len(came) - places, 0)
    assert [turn.is_urgent for turn in served] == sorted((turn.is_urgent for turn in served), reverse=True)
    for _, group in groupby(served, lambda turn: turn.is_urgent):
        keys = [turn.key for turn in group]
        for key in set(keys):
            between = "".join(keys).split(key)[1:-1]
            assert all(len(set(others)) == len(others) for others in between)


def test_what_nobody_waits_for_comes_last():
    async def run() -> list[Turn]:
        crowd = Crowd(Turns(1))
        for turn in [Turn("a")] + [Turn("batch", is_batch=True)] * 2 + [Turn("b"), Turn("c", True)]:
            await crowd.come(turn)
        while crowd.inside:
            await crowd.leave()
        return crowd.served

    assert [turn.key for turn in asyncio.run(run())] == ["a", "c", "b", "batch", "batch"]


def rounds(came: str, weights: Mapping[str, int]) -> Iterator[str]:
    """Yield who is served, by the rule: the keys in turn, each as often in a row as its weight says."""
    left = {key: key * came.count(key) for key in dict.fromkeys(came)}
    while any(left.values()):
        for key, rest in left.items():
            yield from rest[: weights[key]]
            left[key] = rest[weights[key] :]


@given(came=st.text("abc", max_size=20), weights=WEIGHTS)
def test_keys_are_served_in_turn_each_as_often_in_a_row_as_its_weight_says(came, weights):
    async def run() -> str:
        crowd = Crowd(Turns(1), weights)
        await crowd.come(Turn("first"))
        for key in came:
            await crowd.come(Turn(key))
        while crowd.inside:
            await crowd.leave()
        return "".join(turn.key for turn in crowd.served[1:])

    assert asyncio.run(run()) == "".join(rounds(came, weights))


@given(
    weights=WEIGHTS,
    steps=st.lists(st.one_of(st.sampled_from("abc"), st.just("leave"), st.integers(0, 20)), max_size=40),
)
def test_nobody_waits_for_longer_than_the_weights_of_the_others(weights, steps):
    """Whoever comes and goes meanwhile: between two of a key that waits, no other is served more than its weight."""

    async def run() -> None:
        crowd = Crowd(Turns(1), weights)
        since = dict.fromkeys("abc", "")
        for step in steps:
            before = len(crowd.served)
            await crowd.take(step)
            for turn in crowd.served[before:]:
                since = {
                    k: others + turn.key if k != turn.key and k in crowd.keys else "" for k, others in since.items()
                }
            assert all(others.count(key) <= weights[key] for others in since.values() for key in "abc")
        for task in crowd.tasks:
            task.cancel()
        await settle()

    asyncio.run(run())


@given(
    places=st.integers(1, 3),
    steps=st.lists(st.one_of(WHO, st.integers(0, 20), st.just("leave"), st.just("at once")), max_size=30),
)
def test_no_place_is_lost_or_given_twice(places, steps):
    """Any order of coming, leaving, and being cancelled: before, while and after one is called in."""

    async def run() -> None:
        turns = Turns(places)
        crowd = Crowd(turns)
        for step in steps:
            if isinstance(step, tuple):
                await crowd.come(Turn(*step))
            elif step == "leave" and crowd.inside:
                await crowd.leave()
            elif step == "at once" and crowd.inside and crowd.tasks:
                crowd.inside[0].set()
                await asyncio.sleep(0)
                crowd.tasks[-1].cancel()
                await settle()
            elif isinstance(step, int) and crowd.tasks:
                crowd.tasks[step % len(crowd.tasks)].cancel()
                await settle()
            waiting = sum(not task.done() for task in crowd.tasks) - len(crowd.inside)
            assert turns.inside == len(crowd.inside) <= places
            assert not waiting or turns.inside == places
        for task in crowd.tasks:
            task.cancel()
        await settle()
        assert turns.inside == 0

    asyncio.run(run())


@pytest.mark.parametrize(("places", "inside"), [(3, 3), (1, 2)])
def test_its_size_may_change(places, inside):
    async def run() -> tuple[int, int]:
        crowd = Crowd(Turns(2))
        for _ in range(4):
            await crowd.come(Turn("a"))
        crowd.turns.resize(places)
        await settle()
        now = len(crowd.inside)
        for _ in range(2):
            await crowd.leave()
        return now, len(crowd.inside)

    assert asyncio.run(run()) == (inside, min(places, 2))


def test_who_waits_for_what_is_of_no_use_is_told_at_once():
    async def run() -> None:
        crowd = Crowd(Turns(1))
        for turn in [Turn("a"), Turn("b"), Turn("c", True), Turn("d", is_batch=True)]:
            await crowd.come(turn)
        crowd.turns.look_again()
        await settle()
        assert [task.done() for task in crowd.tasks] == [False] * 4
        crowd.objection = ValueError("of no use")
        crowd.turns.look_again()
        await settle()
        assert [task.done() for task in crowd.tasks] == [False, True, True, True]
        assert {str(task.exception()) for task in crowd.tasks[1:]} == {"of no use"}
        assert (crowd.turns.inside, crowd.turns.waiting) == (1, 0)
        await crowd.leave()
        assert crowd.turns.inside == 0

    asyncio.run(run())


def test_who_is_told_and_cancelled_at_once_holds_no_place():
    async def run() -> None:
        crowd = Crowd(Turns(1))
        for key in "ab":
            await crowd.come(Turn(key))
        crowd.objection = ValueError("of no use")
        crowd.turns.look_again()
        crowd.tasks[1].cancel()
        await settle()
        await crowd.leave()
        assert (crowd.turns.inside, crowd.turns.waiting) == (0, 0)

    asyncio.run(run())
