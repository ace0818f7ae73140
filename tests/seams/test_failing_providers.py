"""A provider that fails in any order: what is tried again and recorded, what it cost, and who is asked next."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.budget.limits import Limits
from backend.errors import GatewayError, ProviderBusyError, ProviderPausedError
from backend.labelstudio.types import Prediction, Task
from backend.model import breaker, retries
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway, Reply
from backend.providers import Price, Provider
from backend.system.lines import TURN, Turn
from tests.parts import SENTIMENT, build_engine, open_attempt_log, stood_in, write_policy
from tests.parts import provider as settings_of
from tests.patience import HANGS_S
from tests.seams.providers import ANSWER, KEY, KINDS, Vendor, cleared, http, provider
from tests.standin import StandIn

OPENAI, LITELLM = (next(kind for kind in KINDS if kind.name == name) for name in ("openai", "litellm-openai"))
PRICE = Price(1_000.0, 1_000.0)
FOR_EVER_S = 3_000.0
"""A provider's time, which is over when the test says so."""


@dataclass(frozen=True, slots=True)
class Mood:
    """A way to fail.

    Attributes:
        answer: what is sent; b"" cuts the connection, None hangs.
        code: what the record says.
        is_free: whether it certainly cost nothing.
        passes: whether it is tried again.
    """

    answer: bytes | None
    code: str
    is_free: bool = True
    passes: bool = True


MOODS = {
    "429": Mood(http(429, {}), "provider_busy"),
    "429 for 0 s": Mood(http(429, {}, "retry-after: 0"), "provider_busy"),
    "429 for 2 ms": Mood(http(429, {}, "retry-after: 0.002"), "provider_busy"),
    "429 until 2022": Mood(http(429, {}, "retry-after: Sat, 01 Jan 2022 00:00:00 GMT"), "provider_busy"),
    "503": Mood(http(503, b"<html>"), "provider_down"),
    "503 for 2 ms": Mood(http(503, {}, "retry-after: 0.002"), "provider_down"),
    "529": Mood(http(529, {"error": {"type": "overloaded_error"}}), "provider_busy"),
    "500": Mood(http(500, {}), "provider_down", is_free=False),
    "504": Mood(http(504, b"<html>"), "provider_down", is_free=False),
    "408": Mood(http(408, {}), "provider_timeout", is_free=False),
    "cut": Mood(b"", "provider_down", is_free=False),
    "hang": Mood(None, "provider_timeout", is_free=False),
    "400": Mood(http(400, {}), "provider_refusal", passes=False),
    "401": Mood(http(401, {}), "provider_auth", passes=False),
}


@pytest.fixture(scope="module", autouse=True)
def key():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLICYS_KEY", KEY)
        yield


@pytest.fixture(scope="module")
def vendor():
    with Vendor.running() as running:
        yield running


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(open_attempt_log(folder), stood_in)
    try:
        yield gateway
    finally:
        await gateway.aclose()


async def asked(gateway: Gateway, *providers: Provider, **context: Any) -> Reply[Any] | GatewayError:
    try:
        return await gateway.ask(cleared(), ANSWER, providers, CallContext("1", **context))
    except GatewayError as error:
        return error


async def settle() -> None:
    await asyncio.sleep(0)


def entries(folder: Path, kind: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "state.db")) as state:
        found = [json.loads(row[0]) for row in state.execute("SELECT body FROM record_entries ORDER BY seq")]
    return [entry for entry in found if entry["kind"] == kind]


class Script:
    """What a vendor does, request by request; a call that hangs runs out of time as soon as it hangs."""

    def __init__(self, vendor: Vendor, moods: Sequence[Mood], patch: pytest.MonkeyPatch) -> None:
        self._left, self._over = list(moods), threading.Event()
        self._timeout: asyncio.Timeout | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._real = asyncio.timeout
        patch.setattr("backend.model.gateway.asyncio.timeout", self._made)
        vendor.requests.clear()
        vendor.respond = self._respond

    def _made(self, seconds: float | None) -> asyncio.Timeout:
        made = self._real(seconds)
        if seconds == FOR_EVER_S:
            self._timeout, self._loop = made, asyncio.get_running_loop()
        return made

    def _respond(self, head: bytes, body: bytes) -> bytes | None:
        if not self._left:
            return None
        answer = self._left.pop(0).answer
        if answer is None:
            assert self._loop
            assert self._timeout
            self._loop.call_soon_threadsafe(self._timeout.reschedule, 0.0)
            self._over.wait(HANGS_S)
        if not answer:
            raise ConnectionError
        return answer

    def end(self) -> None:
        """Let go of what hangs."""
        self._over.set()


def expected(moods: Sequence[Mood]) -> list[Mood]:
    """Return the attempts that fail, by the rules."""
    made = []
    for mood in moods:
        made.append(mood)
        most = retries.SLOW_TRIES if mood.code == "provider_timeout" else retries.TRIES
        if not mood.passes or len(made) >= most:
            break
    return made


@pytest.mark.parametrize("kind", [OPENAI, LITELLM], ids=["openai", "litellm"])
@given(names=st.lists(st.sampled_from(list(MOODS)), max_size=5))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_attempt_stands_in_the_record_with_what_it_cost(vendor, kind, names):
    moods = [MOODS[name] for name in names]
    fails = expected(moods)
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        script = Script(vendor, moods, patch)

        async def run() -> Reply[Any] | GatewayError:
            async with asking(Path(name)) as gateway:
                return await asked(gateway, provider(kind, vendor.address, price=PRICE, timeout_s=FOR_EVER_S))

        told = asyncio.run(run())
        script.end()
        outcomes = entries(Path(name), "outcome")
        attempts = entries(Path(name), "attempt")
    is_answered = len(fails) == len(moods) and (not fails or (fails[-1].passes and _may_go_on(fails)))
    assert isinstance(told, Reply) == is_answered
    assert [outcome["code"] for outcome in outcomes] == [mood.code for mood in fails] + [""] * is_answered
    assert [outcome["cost_usd"] == 0 for outcome in outcomes[: len(fails)]] == [mood.is_free for mood in fails]
    assert len(vendor.requests) == len(attempts) == len(outcomes)


def _may_go_on(fails: Sequence[Mood]) -> bool:
    return len(fails) < (retries.SLOW_TRIES if fails[-1].code == "provider_timeout" else retries.TRIES)


@pytest.mark.parametrize("mood", ["429", "503", "529", "400", "401", "500", "504", "408", "cut"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_certainly_cost_nothing_is_booked_at_nothing(vendor, kind, mood, tmp_path, monkeypatch):
    monkeypatch.setattr(retries, "TRIES", 1)
    Script(vendor, [MOODS[mood]], monkeypatch)

    async def run() -> None:
        async with asking(tmp_path) as gateway:
            await asked(gateway, provider(kind, vendor.address, price=PRICE, attempts=1))

    asyncio.run(run())
    (outcome,) = entries(tmp_path, "outcome")
    assert (outcome["cost_usd"] == 0) == MOODS[mood].is_free
    assert len(vendor.requests) == 1


def test_after_a_time_out_the_next_provider_has_the_time_that_is_left(vendor, tmp_path, monkeypatch):
    script = Script(vendor, [MOODS["hang"]], monkeypatch)

    async def run() -> Reply[Any] | GatewayError:
        with Vendor.running() as own:
            deadline = asyncio.get_running_loop().time() + FOR_EVER_S
            providers = [
                provider(OPENAI, vendor.address, timeout_s=FOR_EVER_S),
                provider(LITELLM, own.address, timeout_s=FOR_EVER_S),
            ]
            async with asking(tmp_path) as gateway:
                return await asked(gateway, *providers, deadline=deadline)

    told = asyncio.run(run())
    script.end()
    assert isinstance(told, Reply)
    assert told.provider == LITELLM.name
    assert len(vendor.requests) == 1


def failing(vendor: Vendor, *answers: bytes) -> None:
    """Have a vendor give these answers, the last one for ever."""
    left = list(answers)
    vendor.requests.clear()
    vendor.respond = lambda *_: left.pop(0) if len(left) > 1 else left[0]


DOWN = http(500, {})


async def until_open(gateway: Gateway, one: Provider) -> None:
    """Ask until the breaker is open."""
    while gateway.attempt_log.tally.health([one.name])[one.name].get("breaker") != "open":
        assert isinstance(await asked(gateway, one), GatewayError)


@pytest.mark.parametrize("kind", [OPENAI, LITELLM], ids=["openai", "litellm"])
def test_p06_who_fails_again_and_again_is_left_alone_and_only_the_policys_next_is_asked(vendor, kind, tmp_path, caplog):
    failing(vendor, DOWN)
    one = provider(kind, vendor.address)

    async def run() -> None:
        with Vendor.running() as own:
            other = provider(KINDS[1], own.address)
            async with asking(tmp_path) as gateway:
                await until_open(gateway, one)
                requests, attempts = len(vendor.requests), len(entries(tmp_path, "attempt"))
                assert requests == attempts == breaker.FAILURES
                alone = await asked(gateway, one, rule="another")
                assert isinstance(alone, ProviderPausedError)
                assert "it failed again and again, the last time: failed (500) - look into" in alone.reason
                assert own.received == b""
                reply = await asked(gateway, one, other)
                assert isinstance(reply, Reply)
                assert (reply.provider, reply.passed) == (other.name, (alone.reason,))
                assert len(vendor.requests) == requests
                assert len(entries(tmp_path, "attempt")) == attempts + 1
                metrics = gateway.attempt_log.tally.metrics().decode()
                assert f'labelguard_provider_paused{{provider="{one.name}"}} 1.0' in metrics
                assert f'labelguard_provider_paused{{provider="{other.name}"}} 0.0' in metrics

    asyncio.run(run())
    lines = [record for record in caplog.records if record.name == "labelguard.providers"]
    assert [line.levelname for line in lines] == ["WARNING"]
    assert lines[0].message.startswith(f"provider {one.name}: left alone for 10 s: it failed again and again")


def test_who_answers_when_it_is_tried_is_asked_again_by_all(vendor, tmp_path, monkeypatch):
    monkeypatch.setattr(breaker, "OPEN_S", 0.0)
    failing(vendor, DOWN)
    one = provider(OPENAI, vendor.address)
    seen: list[str] = []

    async def run() -> list[object]:
        async with asking(tmp_path) as gateway:
            await until_open(gateway, one)

            def respond(head: bytes, body: bytes) -> None:
                seen.append(gateway.attempt_log.tally.health([one.name])[one.name]["breaker"])
                vendor.respond = lambda *_: None

            vendor.respond = respond
            replies = [await asked(gateway, one)]
            replies += await asyncio.gather(*(asked(gateway, one) for _ in range(3)))
            assert gateway.attempt_log.tally.health([one.name])[one.name].get("breaker") is None
            return [type(reply) for reply in replies]

    assert asyncio.run(run()) == [Reply] * 4
    assert seen == ["half_open"]


def test_retry_after_holds_for_all(vendor, tmp_path):
    """An hour is longer than anybody waits: all others are told at once, and nothing is sent."""
    failing(vendor, http(429, {}, "retry-after: 3600"))
    one = provider(OPENAI, vendor.address)

    async def run() -> None:
        async with asking(tmp_path) as gateway:
            told = [await asked(gateway, one, rule=rule) for rule in ("a", "a", "b")]
        assert [type(error) for error in told] == [ProviderBusyError, ProviderPausedError, ProviderPausedError]

    asyncio.run(run())
    assert len(vendor.requests) == len(entries(tmp_path, "attempt")) == 1


def test_busy_halves_the_calls_at_once_and_answers_bring_them_back(vendor, tmp_path):
    failing(vendor, http(429, {}))
    one = provider(OPENAI, vendor.address, concurrency=2)

    async def run() -> list[float]:
        async with asking(tmp_path) as gateway:

            def bears() -> float:
                name = f'labelguard_provider_concurrency{{provider="{one.name}"}} '
                return float(gateway.attempt_log.tally.metrics().decode().partition(name)[2].split("\n")[0])

            seen = []
            for respond in (vendor.respond, lambda *_: None):
                vendor.respond = respond
                await asked(gateway, one)
                seen.append(bears())
            return seen

    assert asyncio.run(run()) == [1.0, 2.0]


def test_projects_go_in_turn_by_the_weight_of_their_rules(vendor, tmp_path):
    first, goes_on = threading.Event(), threading.Event()
    one = provider(OPENAI, vendor.address, concurrency=1)
    vendor.requests.clear()

    def respond(head: bytes, body: bytes) -> None:
        first.set()
        goes_on.wait(HANGS_S)

    vendor.respond = respond

    async def run() -> None:
        async with asking(tmp_path) as gateway:

            async def call(project: str, weight: int) -> None:
                TURN.set(Turn(project))
                context = CallContext(project, limits=Limits(weight=weight))
                await gateway.ask(cleared(), ANSWER, [one], context)

            calls = [asyncio.create_task(call("0", 1))]
            await asyncio.to_thread(first.wait, HANGS_S)
            calls += [asyncio.create_task(call("1", 2)) for _ in range(5)]
            calls += [asyncio.create_task(call("2", 1)) for _ in range(3)]
            throttle = gateway._way(one)[0].throttle
            while throttle.waiting < 8:
                await settle()
            goes_on.set()
            await asyncio.gather(*calls)

    asyncio.run(run())
    assert "".join(entry["project"] for entry in entries(tmp_path, "attempt")) == "011211212"


def test_a_batch_whose_first_provider_is_down_costs_it_no_request_a_task(vendor, tmp_path):
    failing(vendor, DOWN)
    at_once = 8
    with StandIn() as own:
        providers = {
            "vendor": settings_of(f"{vendor.address}/v1", "openai", concurrency=at_once),
            "own": settings_of(own.address, external=False, concurrency=at_once),
        }
        engine = build_engine(write_policy(tmp_path, providers), lambda text: [])

        async def run() -> list[Any]:
            try:
                tasks = [Task({"text": f"It rains, {number}."}, id=str(number)) for number in range(100)]
                return await engine.predict(engine.job(SENTIMENT, "12.7"), tasks)
            finally:
                await engine.aclose()

        outcomes = asyncio.run(run())
        assert [type(outcome) for outcome in outcomes] == [Prediction] * 100
        assert len(own.requests) == 100
    assert len(vendor.requests) <= breaker.FAILURES * at_once
