"""What is short is done by the loop itself, what is not by its threads; errors come as from a thread."""

import asyncio
import threading

import pytest

from backend.system.at_once import at_once


async def where() -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: threading.current_thread().name)


def test_within_it_the_loop_does_it_and_outside_a_thread():
    async def run() -> list[str]:
        own, found = threading.current_thread().name, [await where()]
        with at_once():
            found.append(await where())
            with at_once(False):
                found.append(await where())
            found.append(await asyncio.create_task(where()))
        found.append(await asyncio.to_thread(lambda: threading.current_thread().name))
        return ["loop" if name == own else name.partition("_")[0] for name in found]

    assert asyncio.run(run()) == ["asyncio", "loop", "asyncio", "loop", "asyncio"]


def test_other_tasks_have_their_threads_meanwhile():
    async def run() -> bool:
        other = asyncio.create_task(where())
        with at_once():
            return await other != threading.current_thread().name

    assert asyncio.run(run())


def test_an_error_is_heard_where_it_is_waited_for():
    def fail() -> None:
        raise ValueError("x")

    async def run() -> None:
        with at_once():
            waiting = asyncio.get_running_loop().run_in_executor(None, fail)
            with pytest.raises(ValueError, match="x"):
                await waiting

    asyncio.run(run())
