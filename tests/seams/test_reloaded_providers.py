"""A provider whose settings change is another one: its new concurrency holds at once, and the old client is closed."""

import asyncio
import threading
from dataclasses import replace

import pytest

from backend.budget.limits import Limits
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from tests.parts import open_attempt_log
from tests.patience import HANGS_S
from tests.seams.providers import ANSWER, KEY, KINDS, Vendor, cleared, provider


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as running:
        yield running


def run(folder, work):
    async def whole():
        gateway = Gateway(open_attempt_log(folder))
        try:
            return await work(gateway)
        finally:
            await gateway.aclose()

    return asyncio.run(whole())


def test_a_changed_concurrency_holds_at_once(vendor, tmp_path):
    """Eight calls wait for one another: with fewer places none would end."""
    one = provider(KINDS[0], vendor.address, concurrency=1)

    async def work(gateway):
        await gateway.ask(cleared(), ANSWER, [one], CallContext("1"))
        more = replace(one, concurrency=8)
        gateway.keep([more])
        together = threading.Barrier(8)

        def respond(head, body):
            together.wait(HANGS_S)

        vendor.respond = respond
        asked = (gateway.ask(cleared(), ANSWER, [more], CallContext("1")) for _ in range(8))
        return await asyncio.gather(*asked)

    assert len(run(tmp_path, work)) == 8


def test_clients_of_no_policy_are_closed(vendor, tmp_path):
    """Connections are kept open, so that each client holds a descriptor."""
    one = provider(KINDS[0], vendor.address)

    async def work(gateway):
        counts = []
        for number in range(6):
            changed = replace(one, model=f"m{number}")
            gateway.keep([changed])
            await gateway.ask(cleared(), ANSWER, [changed], CallContext("1"))
            counts.append(len(gateway._ways))
        return counts

    assert run(tmp_path, work) == [1] * 6


def test_what_is_under_way_ends_under_the_old_settings(vendor, tmp_path):
    goes_on, came = threading.Event(), threading.Event()
    old = provider(KINDS[0], vendor.address)

    def respond(head, body):
        if b'"old"' in body:
            came.set()
            goes_on.wait(HANGS_S)

    vendor.respond = respond

    async def work(gateway):
        slow = asyncio.create_task(gateway.ask(cleared(), ANSWER, [replace(old, model="old")], CallContext("1")))
        await asyncio.to_thread(came.wait, HANGS_S)
        gateway.keep([old])
        assert (await gateway.ask(cleared(), ANSWER, [old], CallContext("1"))).answer.c0 == "Good"
        goes_on.set()
        return await slow

    assert run(tmp_path, work).answer.c0 == "Good"


def test_a_rule_that_waits_for_its_minute_holds_no_place(vendor, tmp_path):
    """One place: another rule's call gets it while the first rule waits."""
    one = provider(KINDS[0], vendor.address, concurrency=1)
    slow = CallContext("1", rule="slow", limits=Limits(requests_per_minute=1))

    async def work(gateway):
        await gateway.ask(cleared(), ANSWER, [one], slow)
        waits = asyncio.create_task(gateway.ask(cleared(), ANSWER, [one], slow))
        await asyncio.sleep(0)
        reply = await gateway.ask(cleared(), ANSWER, [one], CallContext("2", rule="quick"))
        assert not waits.done()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        return reply

    assert run(tmp_path, work).answer.c0 == "Good"
