"""A sample of what was sent: drawn by a key, as it was sent, unreadable without it, gone in time, never in the way."""

import asyncio
import json
import logging
import sqlite3
from contextlib import closing

import pytest

from backend.errors import PolicyFileError
from backend.labelstudio.types import Prediction, Task
from backend.model import sent_samples as module
from backend.model.sent_samples import SAMPLES, SampledSend, SentSamples, is_drawn, sampled_attempts, stored_samples
from backend.policy.types import SentKeeping
from backend.store import open_store
from backend.system.sealing import Sealer
from tests.parts import SECRET, SENTIMENT, build_engine, finds, provider, write_policy
from tests.stores import looking

CANARY = "canary-8812"
ALL = SentKeeping(1.0, 7)
DAY_S = 86_400


@pytest.fixture
def clock():
    return [1_000_000.0]


@pytest.fixture
def opened(store_url, clock):
    """Open what is kept: again and again, as another process would."""
    made: list[SentSamples] = []

    def open_again() -> SentSamples:
        made.append(SentSamples(open_store(store_url), SECRET, lambda: clock[0]))
        return made[-1]

    yield open_again
    for one in made:
        one.close()


def keep(samples, *attempts, keeping=ALL, text=CANARY, keep_days=None):
    for attempt in attempts:
        said = {"messages": [{"role": "user", "content": text}], "model": "gpt"}
        samples.keep(SampledSend(attempt, "12", str(attempt), keep_days, keeping), said)


def rows(store_url):
    with looking(store_url) as connection:
        return [row.attempt for row in connection.execute(SAMPLES.select().order_by(SAMPLES.c.attempt))]


def test_what_is_drawn_hangs_on_the_key_and_is_the_share():
    seal, other = Sealer(SECRET, "sent samples"), Sealer(b"f" * 32, "sent samples")
    drawn = {number for number in range(20_000) if is_drawn(seal, number, 0.01)}
    assert 150 < len(drawn) < 250
    assert drawn == {number for number in range(20_000) if is_drawn(seal, number, 0.01)}
    assert drawn < {number for number in range(20_000) if is_drawn(seal, number, 0.02)}
    assert drawn != {number for number in range(20_000) if is_drawn(other, number, 0.01)}
    assert all(is_drawn(seal, number, 1.0) for number in range(1000))


def test_it_is_read_by_who_has_the_key_alone(opened, store_url, clock):
    samples = opened()
    keep(samples, 5, 7, keep_days=30)
    samples.close()
    store = open_store(store_url)
    (found,) = stored_samples(store, SECRET, attempt=7, now=lambda: clock[0])
    assert (found.project, found.task, found.keep_days) == ("12", "7", 30)
    assert found.request == {"messages": [{"role": "user", "content": CANARY}], "model": "gpt"}
    assert [one.attempt for one in stored_samples(store, SECRET, "12", now=lambda: clock[0])] == [7, 5]
    assert stored_samples(store, SECRET, "13", now=lambda: clock[0]) == []
    assert [one.request for one in stored_samples(store, b"f" * 32, task="5", now=lambda: clock[0])] == [None]
    assert sampled_attempts(store, [4, 5, 6], lambda: clock[0]) == {5}


def test_it_is_gone_when_its_days_are_over(opened, store_url, clock):
    samples = opened()
    keep(samples, 1)
    keep(samples, 2, keeping=SentKeeping(1.0, 9))
    samples.close()
    clock[0] += 7 * DAY_S
    store = open_store(store_url)
    assert [one.attempt for one in stored_samples(store, SECRET, now=lambda: clock[0])] == [2]
    assert sampled_attempts(store, [1, 2], lambda: clock[0]) == {2}
    assert rows(store_url) == [1, 2]
    opened().close()
    keep(again := opened(), 3)
    again.close()
    assert rows(store_url) == [2, 3]


def test_no_more_is_kept_than_there_is_room_for(opened, store_url, clock, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr(module, "LONGEST", 1000)
    samples = opened()
    keep(samples, *range(1, 6))
    keep(samples, 6, text="x" * 1000)
    samples.close()
    keep(again := opened(), 7)
    again.close()
    assert rows(store_url) == [4, 5, 7]


def test_a_database_that_fails_stops_nobody_and_is_told_once_without_text(tmp_path, caplog):
    samples = SentSamples(open_store(f"sqlite:///{tmp_path / 'state.db'}"), SECRET)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("DROP TABLE sent_samples")
    keep(samples, *range(1, 200))
    samples.close()
    keep(samples, 300)
    told = [one.getMessage() for one in caplog.records if one.name == "labelguard.samples"]
    assert len(told) == 1
    assert "no sample of what is sent is kept: " in told[0]
    assert CANARY not in caplog.text


def test_while_nobody_writes_memory_does_not_fill(opened, monkeypatch, caplog):
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    monkeypatch.setattr(SentSamples, "_write", lambda self, waiting: None)
    keep(opened(), *range(10))
    assert "too many wait" in caplog.text


# --- by the engine


def predict(folder, vendor, own, *texts, providers=("vendor",), **rule):
    named = {"vendor": provider(vendor.address), "own": provider(own.address, external=False)}
    said = {"name": "all", "match": "everything", "providers": list(providers)} | rule
    engine = build_engine(write_policy(folder, named, [said]), finds("Ann"), keeps=True)

    async def run():
        try:
            tasks = [Task({"text": text}, id=str(number)) for number, text in enumerate(texts, 1)]
            return await engine.predict(engine.job(SENTIMENT, "12.7"), tasks)
        finally:
            await engine.aclose()

    assert all(isinstance(one, Prediction) for one in asyncio.run(run()))
    return stored_samples(open_store(f"sqlite:///{folder / 'state.db'}"), SECRET)


def test_it_is_what_the_provider_got(tmp_path, vendor, own, caplog):
    caplog.set_level(logging.DEBUG)
    found = predict(tmp_path, vendor, own, f"Ann smiled. {CANARY}", "Nice.", retention={"keep_sent": "100%"})
    assert len(found) == 2
    received = [json.dumps(one["messages"]) for one in vendor.requests]
    assert sorted(json.dumps(one.request["messages"]) for one in found) == sorted(received)
    assert {one.project for one in found} == {"12"}
    assert CANARY in str(found[0].request) + str(found[1].request)
    assert "Ann" not in str([one.request for one in found])
    with sqlite3.connect(tmp_path / "state.db") as connection:
        kinds = dict(connection.execute("SELECT seq, json_extract(body, '$.kind') FROM record_entries"))
    assert {kinds[one.attempt] for one in found} == {"attempt"}
    for file in tmp_path.glob("state.db*"):
        assert CANARY.encode() not in file.read_bytes()
    assert CANARY not in caplog.text


def test_nothing_is_kept_where_the_policy_does_not_say_so(tmp_path, vendor, own):
    assert predict(tmp_path, vendor, own, "Ann smiled.") == []
    assert predict(tmp_path, vendor, own, "Ann cried.", retention={"keep_sent": "0%"}) == []
    assert predict(tmp_path, vendor, own, "Ann slept.", redact=False, providers=["own"]) == []


def test_a_text_that_is_not_redacted_cannot_be_kept(tmp_path, vendor, own):
    with pytest.raises(PolicyFileError, match="keep_sent: with redact: false the text would be kept as it is"):
        predict(tmp_path, vendor, own, "Ann", redact=False, providers=["own"], retention={"keep_sent": "1%"})


def test_a_text_that_is_not_redacted_is_not_kept_whatever_a_policy_says(tmp_path, vendor, own, monkeypatch):
    monkeypatch.setattr("backend.policy.rules._kept_sent", lambda form: ALL)
    assert predict(tmp_path, vendor, own, "Ann smiled.", redact=False, providers=["own"]) == []
    assert len(predict(tmp_path, vendor, own, "Ann cried.", providers=["own"])) == 1


@pytest.mark.parametrize("share", ["1", "101%", "-1%", "1.0001%", "a%", 1])
def test_a_share_is_a_percentage(tmp_path, vendor, own, share):
    with pytest.raises(PolicyFileError, match="keep_sent"):
        predict(tmp_path, vendor, own, "Ann", retention={"keep_sent": share})


def test_a_sample_that_cannot_be_kept_costs_no_prediction(tmp_path, vendor, own, monkeypatch, caplog):
    def fail(*_):
        raise OSError(CANARY)

    monkeypatch.setattr(SentSamples, "_row", fail)
    assert predict(tmp_path, vendor, own, f"Ann smiled. {CANARY}", retention={"keep_sent": "100%"}) == []
    assert "no sample of what is sent is kept" in caplog.text
    assert CANARY not in caplog.text
