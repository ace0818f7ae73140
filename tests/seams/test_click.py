"""A click is never wasted: it is answered in time, goes on where the last one ended, and pays nothing twice."""

import json
import logging
import socket
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from backend.engine.engine import AT_ONCE as BEGUN
from backend.privacy.types import Detection
from tests.moved_clock import AWAY_S, MovedClock
from tests.parts import ENTITIES, SENTIMENT, build_engine, finds, predict_body, provider, serving, write_policy
from tests.patience import until
from tests.standin import StandIn

CANARY = "canary-9902"
NAMES = finds("Ann", CANARY)
AT_ONCE = 2


@pytest.fixture
def start(tmp_path, own):
    """Give a server whose model answers two at once; it is warm."""

    def started(slots: int = AT_ONCE, detect: Any = NAMES, **rule: Any) -> Any:
        asked = {"name": "all", "match": "everything", "providers": ["own"]} | rule
        model = provider(own.address, external=False, concurrency=slots, timeout_s=3600)
        engine = build_engine(write_policy(tmp_path, {"own": model}, [asked]), detect, keeps=True)
        clock = MovedClock(engine)
        return engine, clock, serving(clock.runner, predict_timeout=AWAY_S)

    return started


def warm(client: httpx.Client, standin: StandIn) -> None:
    """Ask once: the first call of a process imports for seconds."""
    until(lambda: client.post("/predict", json=predict_body(SENTIMENT, "warm", project="9")).json()["results"][0] != {})
    standin.requests.clear()


def texts(count: int) -> list[str]:
    return [f"Ann came {number} times. {CANARY}" for number in range(count)]


def click(client: httpx.Client, count: int, project: str = "1") -> list[dict[str, Any]]:
    body = predict_body(SENTIMENT, *texts(count), project=project)
    return list(client.post("/predict", json=body).json()["results"])


def click_on(client: httpx.Client, count: int) -> None:
    """Click until all tasks are predicted."""
    until(lambda: {} not in click(client, count))


def hung_up(client: httpx.Client, count: int) -> socket.socket:
    """Click on a connection that can be cut."""
    body = json.dumps(predict_body(SENTIMENT, *texts(count))).encode()
    cut = socket.create_connection((client.base_url.host, client.base_url.port or 80))
    cut.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    return cut


def entries(folder: Any) -> list[dict[str, Any]]:
    with sqlite3.connect(folder / "state.db") as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries ORDER BY seq")]


def answers_kept(folder: Any) -> int:
    with sqlite3.connect(folder / "state.db") as connection:
        return int(connection.execute("SELECT count(*) FROM kept_answers").fetchone()[0])


def open_attempts(folder: Any) -> int:
    kinds = Counter(entry["kind"] for entry in entries(folder))
    return kinds["attempt"] - kinds["outcome"]


def test_it_is_answered_in_time_and_each_click_goes_on(start, own, tmp_path, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    _, clock, server = start()
    with server as client, ThreadPoolExecutor(1) as clicking:
        warm(client, own)
        own.gate = threading.Semaphore(AT_ONCE)
        clicked = clicking.submit(click, client, 7)
        until(lambda: len(own.requests) == 2 * AT_ONCE and answers_kept(tmp_path) == AT_ONCE + 1)
        clock.move()
        first = clicked.result()
        assert len(first) == 7
        assert sum(result != {} for result in first) == AT_ONCE  # whichever were redacted first
        assert len(own.requests) == 2 * AT_ONCE
        assert "answered at the deadline" in caplog.text
        assert f"{AT_ONCE} of 7 tasks predicted (own {AT_ONCE}), 5 not done" in caplog.text
        own.gate = None
        until(lambda: open_attempts(tmp_path) == 0)  # what was being answered goes on behind, and is kept
        assert len(own.requests) == 2 * AT_ONCE
        before = len(entries(tmp_path))
        click_on(client, 7)
    assert len(own.requests) == 7
    assert len(entries(tmp_path)) - before == 2 * (7 - 2 * AT_ONCE)
    assert f"{2 * AT_ONCE} answers were there already" in caplog.text
    assert CANARY not in caplog.text


def test_a_caller_that_is_gone_ends_its_calls_and_what_was_answered_is_kept(start, own, tmp_path, caplog):
    _, _, server = start()
    with server as client:
        warm(client, own)
        own.gate = threading.Semaphore(3)
        cut = hung_up(client, 7)
        until(lambda: len(own.requests) == 3 + AT_ONCE and answers_kept(tmp_path) == 3 + 1)
        cut.close()
        until(lambda: own.abandoned == AT_ONCE)
        until(lambda: "given up after" in caplog.text)
        until(lambda: open_attempts(tmp_path) == 0)
        assert "0 delivered, 3 of 7 tasks were done (own 3)" in caplog.text
        assert "tasks predicted" not in caplog.text
        assert Counter(entry["code"] for entry in entries(tmp_path) if entry["kind"] == "outcome")["cut_off"] == AT_ONCE
        assert len(own.requests) == 3 + AT_ONCE
        own.gate = None
        assert {} not in click(client, 7)
    assert len(own.requests) == 3 + AT_ONCE + 4


def test_an_impatient_second_click_waits_for_the_calls_of_the_first(start, own):
    """What is under way for one click is not asked for again by the next."""
    engine, clock, server = start()
    with server as client, ThreadPoolExecutor(1) as clicking:
        warm(client, own)
        own.gate = threading.Semaphore(0)
        first = clicking.submit(click, client, AT_ONCE)
        until(lambda: len(own.requests) == AT_ONCE)
        clock.move()
        assert first.result() == [{}] * AT_ONCE
        second = clicking.submit(click, client, AT_ONCE)
        until(lambda: all(flight.waiting for flight in engine._asking._flights.values()))
        own.gate = None
        assert {} not in second.result()
    assert len(own.requests) == AT_ONCE


def test_one_opened_task_of_another_project_waits_for_no_batch(start, own):
    engine, _, server = start(slots=8)
    with server as client:
        warm(client, own)
        own.gate = threading.Semaphore(0)
        batch = hung_up(client, 300)
        (slots,) = (sender.throttle for sender, _ in engine.gateway._ways.values())
        until(lambda: len(own.requests) == 8 and slots.waiting == BEGUN - 8)
        body = predict_body(SENTIMENT, "The opened one.", project="2")
        opened = threading.Thread(target=client.post, args=("/predict",), kwargs={"json": body})
        opened.start()
        until(lambda: slots.waiting == BEGUN - 8 + 1)
        own.gate.release()
        until(lambda: len(own.requests) == 9)
        assert "The opened one." in own.requests[-1]["messages"][-1]["content"]
        batch.close()
        own.gate = None
        opened.join()


def test_one_opened_task_is_looked_at_while_a_batch_is(start):
    looked: list[str] = []
    gate = threading.Semaphore(0)

    def slow(text: str) -> list[Detection]:
        looked.append(text)
        gate.acquire()
        return []

    engine, _, server = start(detect=slow)
    with server as client:
        batch = hung_up(client, 300)
        until(lambda: len(looked) == 4 and engine._preparer._redacting.waiting == BEGUN - 4)
        body = predict_body(SENTIMENT, "The opened one.", project="2")
        opened = threading.Thread(target=client.post, args=("/predict",), kwargs={"json": body})
        opened.start()
        until(lambda: len(looked) == 5)
        assert looked[-1] == "The opened one."
        assert engine._preparer._redacting.waiting == BEGUN - 4
        batch.close()
        gate.release(1_000)
        opened.join()


def test_a_batch_is_begun_little_by_little(start, own):
    """However many tasks come at once, only so many are looked at: memory stays bounded."""
    looked = Counter[str]()

    def counting(text: str) -> list[Detection]:
        looked[text] += 1
        return NAMES(text)

    engine, clock, server = start(detect=counting)
    with server as client, ThreadPoolExecutor(1) as clicking:
        warm(client, own)
        own.gate = threading.Semaphore(0)
        clicked = clicking.submit(click, client, 3_000)
        (slots,) = (sender.throttle for sender, _ in engine.gateway._ways.values())
        until(lambda: slots.waiting == BEGUN - AT_ONCE)
        assert client.get("/health").status_code == 200
        clock.move()
        assert clicked.result() == [{}] * 3_000
        assert len(looked) == BEGUN + 1
        assert len(own.requests) == AT_ONCE
        own.gate = None


@pytest.mark.parametrize(("rule", "calls"), [({}, 1), ({"retention": {"answers_hours": 0}}, 2), ({"redact": False}, 2)])
def test_p05_answers_are_kept_as_the_policy_says_and_never_in_the_open(start, own, tmp_path, rule, calls):
    own.answer = lambda *_: {"ner": [{"text": CANARY, "label": "ORG"}]}
    rule = rule | ({"operators": {"*": "keep"}} if "redact" not in rule else {})
    _, _, server = start(**rule)
    with server as client:
        body = predict_body(ENTITIES, f"Ann came. {CANARY}")
        first, second = (client.post("/predict", json=body).json()["results"] for _ in range(2))
        assert first[0]["result"] == second[0]["result"]
        assert any(one["value"]["text"] == CANARY for one in first[0]["result"])
        assert len(own.requests) == calls
        for file in tmp_path.glob("state.db*"):
            assert CANARY.encode() not in file.read_bytes()


def test_an_answer_that_does_not_fit_its_task_is_not_kept(start, own):
    own.answer = lambda *_: {"ner": [{"text": "nowhere", "label": "PER"}]}
    config = ENTITIES.replace('<Labels name="ner"', '<Labels name="ner" required="true"')
    _, _, server = start(known_labels="off")
    with server as client:
        body = predict_body(config, "Ann came.")
        assert client.post("/predict", json=body).json()["results"] == [{}]
        asked = len(own.requests)
        assert asked
        assert client.post("/predict", json=body).json()["results"] == [{}]
        assert len(own.requests) == 2 * asked


def test_a_dead_key_is_seen_in_the_log_in_health_and_in_the_metrics(tmp_path, own, vendor, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    vendor.status = 401
    providers = {"vendor": provider(vendor.address), "own": provider(own.address, external=False)}
    with serving(build_engine(write_policy(tmp_path, providers), NAMES, keeps=True)) as client:
        assert client.get("/health").json()["providers"] == {"vendor": {}, "own": {}}
        assert {} not in click(client, 2)
        assert {} not in click(client, 2)
        health = client.get("/health").json()["providers"]
        metrics = client.get("/metrics").text
    assert "refused the key (401)" in health["vendor"]["problem"]
    assert (health["vendor"]["last"], health["own"]["last"]) == ("provider_auth", "answered")
    assert "2 answers by own, since provider vendor: refused the key (401)" in caplog.text
    assert caplog.text.count("2 of 2 tasks predicted (own 2)") == 2
    assert "project 1: asked for 2 tasks" in caplog.text
    for line in (
        'labelguard_attempts_total{outcome="provider_auth",provider="vendor"} 2.0',
        'labelguard_attempts_total{outcome="answered",provider="own"} 2.0',
        'labelguard_tokens_total{direction="in",provider="own"} 20.0',
        'labelguard_fallbacks_total{provider="own"} 2.0',
        'labelguard_tasks_total{outcome="predicted",project="1"} 4.0',
        'labelguard_predict_requests_total{ended="delivered"} 2.0',
        "labelguard_kept_answers_used_total 2.0",
    ):
        assert line in metrics
    assert CANARY not in metrics + caplog.text


def test_empty_results_never_count_as_predicted(tmp_path, own, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    own.status = 400
    with serving(build_engine(write_policy(tmp_path, {"own": provider(own.address)}), NAMES)) as client:
        assert click(client, 3) == [{}] * 3
        metrics = client.get("/metrics").text
    assert "0 of 3 tasks predicted" in caplog.text
    assert 'outcome="predicted"' not in metrics
    assert 'labelguard_tasks_total{outcome="provider_refusal",project="1"} 3.0' in metrics
