"""Many tasks side by side: nothing is begun once the time is over, though the loop has not said so yet."""

import asyncio

from backend.system.batches import Batches


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
