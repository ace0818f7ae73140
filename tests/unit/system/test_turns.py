"""Places go round: urgent ones first, then each key in turn; none is lost, whoever is cancelled."""

import asyncio
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.system.turns import TURN, Turn, Turns

WHO = st.tuples(st.sampled_from("abc"), st.booleans())


async def settle() -> None:
    """Let all tasks come to where they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that want into `turns`, and stay there until they are told to leave."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.served: list[Turn] = []
        self.inside: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, turn: Turn) -> None:
        self.tasks.append(asyncio.create_task(self._come(turn)))
        await settle()

    async def _come(self, turn: Turn) -> None:
        TURN.set(turn)
        async with self.turns:
            leave = asyncio.Event()
            self.served.append(turn)
            self.inside.append(leave)
            try:
                await leave.wait()
            finally:
                self.inside.remove(leave)

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
