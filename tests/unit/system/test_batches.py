"""Many tasks side by side: nothing is begun once the time is over, though the loop has not said so yet."""

import asyncio

import pytest

from backend.system.batches import BEGUN_TOGETHER, Batches


def test_what_ends_as_the_time_is_over_begins_nothing_else():
    begun = []

    async def work(item: int) -> None:
        begun.append(item)

    async def run() -> None:
        await Batches().run(range(100), work, 2, until=asyncio.get_running_loop().time())

    asyncio.run(run())
    assert begun == [0, 1]


def test_all_is_done_where_there_is_time():
    begun = []

    async def work(item: int) -> None:
        begun.append(item)

    asyncio.run(Batches().run(range(100), work, 2))
    assert begun == list(range(100))


def test_the_first_do_not_wait_for_the_last_to_begin():
    """A task comes to its last step while few others have begun."""
    steps: list[int] = []

    async def work(item: int) -> None:
        for _ in range(3):
            steps.append(item)
            await asyncio.sleep(0)

    asyncio.run(Batches().run(range(100), work, 100))
    assert steps.count(99) == 3
    last_of_first = len(steps) - 1 - steps[::-1].index(0)
    assert max(steps[:last_of_first]) < 4 * BEGUN_TOGETHER


def test_who_is_told_to_end_while_all_begin_has_them_ended():
    ended = []

    async def work(item: int) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            ended.append(item)
            raise

    async def run() -> None:
        batches = Batches()
        running = asyncio.create_task(batches.run(range(100), work, 100))
        await asyncio.sleep(0)
        await batches.aclose()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(run())
    assert len(ended) < 100
