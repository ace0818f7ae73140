"""Every attempt stands in the record before it is made, with how it ended; what cannot be recorded is not sent."""

import asyncio
import json
import sqlite3
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from backend.budget.limits import Limits
from backend.budget.tables import HELD
from backend.engine.engine import Engine
from backend.engine.thread import EngineThread
from backend.errors import DeadlineError
from backend.labelstudio.types import Prediction, Task
from backend.model import attempts, retries
from backend.model.attempts import CallContext
from backend.privacy.types import Detection
from backend.system.lines import TURN, Turn
from tests.moved_clock import AWAY_S, MovedClock
from tests.parts import SENTIMENT, build_engine, predict_body, provider, serving, write_policy
from tests.patience import until
from tests.standin import StandIn, fitting_answer

CANARY = "canary-4417"
PRICE = {"input": 1000.0, "output": 1000.0}


def detect(text: str) -> list[Detection]:
    return [Detection(at, at + 3, "PERSON", 0.9) for at in [text.find("Ann")] if at >= 0]


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory):
    """Ask once: the first call of a process imports for seconds, and the tests below are short of time."""
    with StandIn() as first:
        folder = tmp_path_factory.mktemp("warm")
        predict(build_engine(write_policy(folder, {"own": provider(first.address, external=False)}), detect), "Nice.")


@pytest.fixture
def build(tmp_path, vendor, own):
    def make(timeout_s=60.0, **settings):
        providers = {
            "vendor": provider(vendor.address, region="eu", attempts=1, timeout_s=timeout_s, price=PRICE),
            "own": provider(own.address, external=False),
        }
        rule = {"name": "all", "match": "everything", "providers": ["vendor"]} | settings
        return build_engine(write_policy(tmp_path, providers, [rule]), detect)

    return make


def predict(engine: Engine, *texts: str) -> list[str]:
    """Return why each task has no prediction; "" if it has one."""

    async def run():
        try:
            tasks = [Task({"text": text}, id=str(number)) for number, text in enumerate(texts, 1)]
            return await engine.predict(engine.job(SENTIMENT, "12.7"), tasks)
        finally:
            await engine.aclose()

    return ["" if isinstance(outcome, Prediction) else outcome.code for outcome in asyncio.run(run())]


def entries(folder) -> list[dict[str, Any]]:
    with sqlite3.connect(folder / "state.db") as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries ORDER BY seq")]


def test_an_attempt_and_its_outcome(build, tmp_path):
    engine = build(retention={"record_days": 30})
    job = engine.job(SENTIMENT, "12.7")
    assert predict(engine, f"Ann smiled. {CANARY}") == [""]
    attempt, outcome = entries(tmp_path)
    assert (attempt["kind"], attempt["project"], attempt["task"], attempt["rule"]) == ("attempt", "12", "1", "all")
    assert (attempt["provider"], attempt["region"], attempt["external"]) == ("vendor", "eu", True)
    assert (attempt["policy"], attempt["model_version"]) == (engine.policy.digest, job.model_version)
    assert (attempt["prompt"], attempt["schema"]) == (job.ways[0].prompt, job.ways[0].schema)
    assert (attempt["entities"], attempt["keep_days"]) == ({"PERSON": 1}, 30)
    assert attempt["bytes_out"] > 200
    assert (outcome["kind"], outcome["attempt"], outcome["outcome"]) == ("outcome", attempt["seq"], "answered")
    assert (outcome["tokens_in"], outcome["tokens_out"], outcome["cost_usd"]) == (10, 5, 0.015)
    assert outcome["bytes_in"] > 100
    assert 'labelguard_spend_usd_total{provider="vendor"} 0.015' in engine.tally.metrics().decode()


def test_p05_no_text_stands_in_the_state(build, tmp_path, vendor):
    vendor.status = 500
    predict(build(), f"Ann smiled. {CANARY}")
    vendor.status = 200
    predict(build(), f"Ann smiled. {CANARY}")
    for file in tmp_path.glob("state.db*"):
        content = file.read_bytes()
        assert CANARY.encode() not in content
        assert b"smiled" not in content


@pytest.mark.parametrize(
    ("mood", "outcome", "code"),
    [
        ((401, ""), "refused", "provider_auth"),
        ((400, ""), "refused", "provider_refusal"),
        ((429, ""), "failed", "provider_busy"),
        ((500, ""), "failed", "provider_down"),
        ((200, "cut"), "failed", "provider_down"),
        ((200, "hang"), "failed", "provider_timeout"),
    ],
)
def test_how_an_attempt_fails(build, tmp_path, vendor, mood, outcome, code):
    vendor.moods = lambda: mood
    assert predict(build(timeout_s=1.0 if code == "provider_timeout" else 60.0), "Nice.") == [code]
    found = [(entry["outcome"], entry["code"]) for entry in entries(tmp_path) if entry["kind"] == "outcome"]
    tries = {"provider_busy": retries.TRIES, "provider_down": retries.TRIES, "provider_timeout": retries.SLOW_TRIES}
    assert found == [(outcome, code)] * tries.get(code, 1)


def test_each_provider_that_is_tried_has_an_attempt_of_its_own(build, tmp_path, vendor):
    vendor.status = 500
    assert predict(build(providers=["vendor", "own"]), "Nice.") == [""]
    tried = [(e["provider"], e["external"]) for e in entries(tmp_path) if e["kind"] == "attempt"]
    assert tried == [("vendor", True)] * retries.TRIES + [("own", False)]


def test_the_attempt_is_on_the_disk_before_the_provider_gets_a_byte(build, tmp_path, vendor):
    seen = []

    def answer(request, schema):
        seen.append([entry["kind"] for entry in entries(tmp_path)])
        return fitting_answer(request, schema)

    vendor.answer = answer
    assert predict(build(), "Nice.") == [""]
    assert seen == [["attempt"]]


def test_a_task_that_is_cut_off_has_an_outcome(build, tmp_path, vendor):
    vendor.fault = "hang"
    engine = build(timeout_s=3600, limits={"task_timeout_s": AWAY_S})
    clock = MovedClock(engine)
    with clock.runner as runner:
        working = runner.submit(engine.predict(engine.job(SENTIMENT, "12.7"), [Task({"text": "Nice."}, id="1")]))
        until(lambda: vendor.requests)
        clock.move()
        assert [outcome.code for outcome in working.result()] == ["task_timeout"]
    assert [(e["kind"], e.get("code")) for e in entries(tmp_path)] == [("attempt", None), ("outcome", "cut_off")]


@pytest.mark.parametrize(
    ("settings", "text", "code"),
    [
        ({"match": {"fields": {"unit": "x"}}}, "Nice.", "no_rule"),
        ({"operators": {"PERSON": "block"}}, "Ann.", "blocked"),
        ({"limits": {"spend_per_day": 0.001}}, "Nice.", "budget_day"),
        ({"limits": {"spend_per_month": 0.001}}, "Nice.", "budget_month"),
    ],
)
def test_what_is_refused_stands_in_the_record_and_is_not_sent(build, tmp_path, vendor, settings, text, code):
    assert predict(build(**settings), text) == [code]
    (refusal,) = entries(tmp_path)
    assert (refusal["kind"], refusal["code"], refusal["project"], refusal["task"]) == ("refusal", code, "12", "1")
    assert not vendor.received


def test_p04_a_stopped_call_stands_in_the_record(tmp_path, vendor):
    config = SENTIMENT.replace('name="mood"', 'name="Ann"')
    engine = build_engine(write_policy(tmp_path, {"vendor": provider(vendor.address)}), detect)
    with serving(engine) as client:
        assert client.post("/predict", json=predict_body(config, "Ann smiled.")).json()["results"] == [{}]
    (refusal,) = entries(tmp_path)
    assert (refusal["kind"], refusal["code"], refusal["provider"]) == ("refusal", "last_look", "vendor")
    assert not vendor.received


def test_p01_a_project_that_no_rule_matches_stands_in_the_record(build, tmp_path, vendor):
    with serving(build(match={"project": ["7"]})) as client:
        assert client.post("/predict", json=predict_body(SENTIMENT, "Nice.")).status_code == 403
    (refusal,) = entries(tmp_path)
    assert (refusal["kind"], refusal["code"], refusal["rule"]) == ("refusal", "no_rule", "")
    assert refusal["policy"]


@contextmanager
def locked(file):
    """Hold the database as another writer would."""
    with sqlite3.connect(file, isolation_level=None) as connection:
        connection.execute("DROP TABLE record_entries")
        yield


def test_p03_what_cannot_be_recorded_is_not_sent(build, tmp_path, vendor):
    engine = build()
    with locked(tmp_path / "state.db"):
        assert predict(engine, "Nice.") == ["record"]
        assert "labelguard_record_failures_total 1.0" in engine.tally.metrics().decode()
    assert not vendor.received


def test_a_budget_outlives_the_server(build, vendor):
    budget = {"limits": {"spend_per_day": 3.0}}  # a call may cost some 2 dollars and costs 0.015
    most = 0
    for _ in range(2):
        engine = build(**budget)
        outcomes = predict(engine, *["Nice."] * 3)
        most += outcomes.count("")
    assert most >= 2
    tight = {"limits": {"spend_per_day": 0.02 * most}}
    assert predict(build(**tight), "Nice.") == ["budget_day"]


def test_a_rule_keeps_to_its_pace(build, vendor):
    vendor.delay = 0.2
    engine = build(limits={"concurrency": 1})
    most = 0

    def answer(request, schema):
        nonlocal most
        most = max(most, len(vendor.requests) - len(done))
        done.append(1)
        return fitting_answer(request, schema)

    done: list[int] = []
    vendor.answer = answer
    assert predict(engine, *["Nice."] * 4) == [""] * 4
    assert most == 1


@pytest.mark.parametrize("steps", [*range(12), 20, 30, 50])
@pytest.mark.parametrize("again", [False, True])
def test_whenever_a_caller_goes_every_attempt_has_an_outcome(build, tmp_path, vendor, steps, again):
    """It goes after some steps of the loop, or some while later: before, while and after its attempt is written."""
    vendor.fault = "hang"
    engine = build()

    async def run():
        call_context = CallContext("12", limits=Limits())
        provider = engine.policy.providers[0]

        async def attempt():
            async with engine.gateway.attempt_log.attempt(call_context, provider, 10):
                await asyncio.sleep(60)

        task = asyncio.create_task(attempt())
        for step in range(steps):
            await asyncio.sleep(0.001 if step > 10 else 0)
        task.cancel()
        if again:
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await engine.aclose()

    asyncio.run(run())
    written = entries(tmp_path)
    attempts = [entry["seq"] for entry in written if entry["kind"] == "attempt"]
    assert [entry["attempt"] for entry in written if entry["kind"] == "outcome"] == attempts
    assert {entry["code"] for entry in written if entry["kind"] == "outcome"} <= {"cut_off", "not_sent"}


def test_entries_wait_for_others_only_while_other_calls_are_under_way_and_nobody_at_a_screen_for_them(build):
    engine = build()
    log, vendor = engine.gateway.attempt_log, engine.policy.providers[-1]
    record, _ = log._opened()
    submit, told = record.submit, []

    def watched(entry, beside=None, patience_s=0.0):
        told.append((entry.kind, patience_s > 0))
        return submit(entry, beside, patience_s)

    async def attempt(begun, may_end, is_urgent):
        TURN.set(Turn("12", is_urgent))
        async with log.attempt(CallContext("12"), vendor, 10):
            begun.set()
            await may_end.wait()

    async def run():
        calls = []
        for is_urgent in (False, True, False, False):
            begun, may_end = asyncio.Event(), asyncio.Event()
            calls.append((asyncio.create_task(attempt(begun, may_end, is_urgent)), may_end))
            await begun.wait()
        for call, may_end in calls:
            may_end.set()
            await call
        await engine.aclose()

    record.submit = watched
    asyncio.run(run())
    attempts, outcomes = (False, False, True, True), (True, False, True, False)
    assert told == [("attempt", waits) for waits in attempts] + [("outcome", waits) for waits in outcomes]


class Door(nullcontext[None]):
    """A place at a provider that is free for whoever is near."""

    is_awaited = False

    def __init__(self, places: asyncio.Semaphore) -> None:
        super().__init__()
        self._places = places

    def near(self) -> asyncio.Semaphore:
        return self._places


def test_no_attempt_waits_for_others_with_a_place_that_is_waited_for(build):
    engine = build()
    log, vendor = engine.gateway.attempt_log, engine.policy.providers[-1]
    record, _ = log._opened()
    submit, waits = record.submit, []

    def watched(entry, beside=None, patience_s=0.0):
        if entry.kind == "attempt":
            waits.append(patience_s > 0)
        return submit(entry, beside, patience_s)

    async def attempt(places, begun, may_end):
        async with log.attempt(CallContext("12"), vendor, 10, Door(places)):
            begun.set()
            await may_end.wait()

    async def run():
        places, calls = asyncio.Semaphore(2), []
        for number in range(4):
            begun, may_end = asyncio.Event(), asyncio.Event()
            calls.append((asyncio.create_task(attempt(places, begun, may_end)), begun, may_end))
            if number < 2:
                await begun.wait()
        for number, (call, _, may_end) in enumerate(calls):
            may_end.set()
            if number < 2:
                await calls[number + 2][1].wait()
            await call
        await engine.aclose()

    record.submit = watched
    asyncio.run(run())
    assert waits == [False, True, False, True]


class Gate:
    """A place at a provider, for whoever is let in."""

    is_awaited = True

    def __init__(self, is_asked: asyncio.Event) -> None:
        self.is_asked, self.opens = is_asked, asyncio.Event()

    def near(self) -> nullcontext[None]:
        return nullcontext()

    async def __aenter__(self) -> None:
        self.is_asked.set()
        await self.opens.wait()

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("how", ["made", "cancelled", "late"])
def test_an_attempt_is_written_while_its_place_is_taken_by_another_and_one_that_gets_none_says_so(
    build, tmp_path, monkeypatch, how
):
    engine = build()
    log, vendor = engine.gateway.attempt_log, engine.policy.providers[-1]
    made, check_time, written = [], attempts._check_time, asyncio.Event()

    def check(call_context):
        check_time(replace(call_context, deadline=0.0) if how == "late" and entries(tmp_path) else call_context)

    async def attempt(place):
        async with log.attempt(CallContext("12"), vendor, 10, place) as entry:
            made.append(entries(tmp_path)[0]["kind"])
            entry.is_answered = True

    async def run():
        place = Gate(written)
        task = asyncio.create_task(attempt(place))
        await written.wait()
        assert made == []
        task.cancel() if how == "cancelled" else place.opens.set()
        ended = await asyncio.gather(task, return_exceptions=True)
        await engine.aclose()
        return ended[0]

    monkeypatch.setattr(attempts, "_check_time", check)
    error = asyncio.run(run())
    ended = [entry["code"] for entry in entries(tmp_path) if entry["kind"] == "outcome"]
    assert (made, ended) == ((["attempt"], [""]) if how == "made" else ([], ["not_sent"]))
    assert isinstance(error, {"made": type(None), "cancelled": asyncio.CancelledError, "late": DeadlineError}[how])


def test_a_caller_that_goes_is_gone_though_its_money_cannot_be_given_back(build, tmp_path):
    engine = build()
    log = engine.gateway.attempt_log
    record, _ = log._opened()
    submit = record.submit
    call_context = CallContext("12", limits=Limits(spend_per_day=900.0))
    vendor = engine.policy.providers[-1]

    async def run():
        async def attempt():
            async with log.attempt(call_context, vendor, 10):
                pytest.fail("it was made")

        def submit_and_go(entry, **_):
            record.submit = submit
            written = submit(entry)
            with closing(sqlite3.connect(tmp_path / "state.db")) as state:
                state.execute(f"DROP TABLE {HELD.name}")
            task.cancel()
            return written

        record.submit = submit_and_go
        task = asyncio.create_task(attempt())
        with pytest.raises(asyncio.CancelledError):
            await task
        await engine.aclose()

    asyncio.run(run())
    written = entries(tmp_path)
    assert [entry["code"] for entry in written if entry["kind"] == "outcome"] == ["not_sent"] * sum(
        entry["kind"] == "attempt" for entry in written
    )


def test_a_server_that_ends_first_ends_its_calls_and_writes_down_how(build, tmp_path, vendor):
    vendor.fault = "hang"
    engine = build()
    with EngineThread(engine) as runner:
        working = runner.submit(engine.predict(engine.job(SENTIMENT, "12.7"), [Task({"text": "Ann."}, id="1")] * 3))
        until(lambda: len(vendor.requests) == 3)
    with pytest.raises(CancelledError):
        working.result()
    outcomes = [entry["code"] for entry in entries(tmp_path) if entry["kind"] == "outcome"]
    assert outcomes == ["cut_off"] * 3


def test_nothing_new_is_begun_once_who_asked_is_answered(build, tmp_path, vendor):
    engine = build()

    async def run():
        call_context = CallContext("12", deadline=asyncio.get_running_loop().time())
        with pytest.raises(DeadlineError):
            async with engine.gateway.attempt_log.attempt(call_context, engine.policy.providers[0], 10):
                pass
        await engine.aclose()

    asyncio.run(run())
    assert entries(tmp_path) == []
