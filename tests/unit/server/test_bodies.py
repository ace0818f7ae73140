"""Bodies of requests: how much of one, and of all together, is held."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.requests import Request

from backend.errors import BodyTooLargeError, BusyError, LabelguardError, RequestError
from backend.server.bodies import AT_ONCE, Bodies

GONE = None


def request(chunks: Sequence[bytes | None], declared: str | None = None) -> Request:
    """Return a request whose body comes in chunks; `GONE` for a caller that goes away."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        chunk = left.pop(0)
        if chunk is GONE:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    headers = [] if declared is None else [(b"content-length", declared.encode())]
    return Request({"type": "http", "headers": headers}, receive)


def read(bodies: Bodies, chunks: Sequence[bytes | None], declared: str | None = None) -> bytes:
    async def run() -> bytes:
        async with bodies.body(request(chunks, declared)) as body:
            return bytes(body)

    return asyncio.run(run())


@pytest.mark.parametrize("declared", [None, "10", "0", "x", "٣", "-1", ""])
def test_a_body_of_the_greatest_length(declared):
    assert read(Bodies(10), [b"01234", b"56789"], declared) == b"0123456789"


@pytest.mark.parametrize("declared", ["11", "9" * 18, "9" * 19, "9" * 10_000, "0" * 18 + "1"])
def test_one_that_says_it_is_longer_is_not_read(declared):
    with pytest.raises(BodyTooLargeError):
        read(Bodies(10), [], declared)  # to ask for more would fail


def test_what_is_declared_is_a_number_of_18_digits_at_most():
    assert read(Bodies(10), [b"1"], "0" * 17 + "1") == b"1"


@pytest.mark.parametrize("chunks", [[b"0" * 11], [b"0" * 10, b"0"], [b"0"] * 11])
def test_one_that_is_longer_is_ended(chunks):
    with pytest.raises(BodyTooLargeError):
        read(Bodies(10), [*chunks, b"never read"])


def test_a_caller_that_goes_away():
    with pytest.raises(RequestError, match="the caller went away") as caught:
        read(Bodies(10), [b"0", GONE])
    assert caught.value.__suppress_context__


def test_all_that_are_held_share_what_there_is():
    bodies = Bodies(10)

    async def hold(chunks: Sequence[bytes | None], ends: asyncio.Event) -> None:
        async with bodies.body(request(chunks)):
            await ends.wait()

    async def run() -> None:
        ends, turn = asyncio.Event(), asyncio.sleep
        first = [asyncio.create_task(hold([b"01234", b"56789"], ends)) for _ in range(AT_ONCE)]
        await turn(0.01)
        assert await told([b""]) == b""
        for _ in range(3):  # who is refused holds nothing
            assert isinstance(await told([b"0"]), BusyError)
            assert isinstance(await told([b"", b"0" * 11]), BodyTooLargeError)
        ends.set()
        await asyncio.gather(*first)
        again = [asyncio.create_task(hold([b"0123456789"], asyncio.Event())) for _ in range(AT_ONCE - 1)]
        await turn(0.01)
        for _ in range(3):
            assert await told([b"01234", b"56789"]) == b"0123456789"  # free as soon as it is read
            assert isinstance(await told([b"01234", GONE]), RequestError)
            assert isinstance(await told([b"01234", b"0" * 11]), BodyTooLargeError)
        for task in again:
            task.cancel()

    async def told(chunks: Sequence[bytes | None]) -> bytes | LabelguardError:
        try:
            async with bodies.body(request(chunks)) as body:
                return bytes(body)
        except LabelguardError as error:
            return error

    asyncio.run(run())


def test_what_runs_over_in_the_middle_is_given_back():
    bodies, ten, five = Bodies(10), b"0" * 10, b"0" * 5

    async def run() -> None:
        async with AsyncExitStack() as held:
            for chunk in (ten, ten, ten, five):
                await held.enter_async_context(bodies.body(request([chunk])))
            for _ in range(3):
                with pytest.raises(BusyError, match="too many large requests at a time"):
                    await bodies.body(request([five, b"0"])).__aenter__()
            async with bodies.body(request([five])) as body:
                assert body == five

    asyncio.run(run())


@pytest.mark.parametrize(
    ("chunks", "kept", "is_whole"),
    [
        ([b""], b"", True),
        ([b"01", b"23"], b"0123", True),
        ([b"0123", b"4"], b"0123", False),
        ([b"01234"], b"0123", False),
        ([b"012", b"345", b"6"], b"0123", False),
    ],
)
def test_the_head_of_a_body(chunks, kept, is_whole):
    assert asyncio.run(Bodies(10).head(request(chunks), 4)) == (kept, is_whole)


def test_a_head_is_read_within_the_same_bounds():
    with pytest.raises(BodyTooLargeError):
        asyncio.run(Bodies(10).head(request([b"0" * 11]), 4))
    with pytest.raises(BodyTooLargeError):
        asyncio.run(Bodies(10).head(request([], "11"), 4))


def test_what_is_worked_on_counts_until_it_is_answered():
    bodies = Bodies(10)

    async def run() -> None:
        async with AsyncExitStack() as open_ones:
            for _ in range(AT_ONCE):
                body = await open_ones.enter_async_context(bodies.body(request([b"0" * 10])))
                body.clear()
            with pytest.raises(BusyError, match="too many large requests at a time"):
                await open_ones.enter_async_context(bodies.body(request([b"0"])))
        async with bodies.body(request([b"0" * 10])) as body:
            assert body == b"0" * 10

    asyncio.run(run())
