"""A server that ends, politely or not: the record knows how calls ended, and what is not done goes on."""

import json
import os
import signal
import sqlite3
import threading
from collections import Counter
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S, until

CANARY = "canary-2218"
TASKS = 7


@pytest.fixture
def start(tmp_path, own):
    """Start a server, again and again on one state; its model answers two at once."""
    detection = {"profile": "fast", "languages": ["en"]}  # quick to load
    rule = {"name": "all", "match": "everything", "providers": ["own"], "detection": detection}
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False, concurrency=2)}, [rule])
    with ExitStack() as running:

        def started(**settings: str) -> Any:
            said: Any = {"LABELGUARD_STOP_TIMEOUT": "1", "LABELGUARD_CACHE": str(tmp_path / "cache")} | settings
            return running.enter_context(labelguard(policy.file, tmp_path, **said))

        yield started


def clicking(url: str, answers: list[httpx.Response]) -> threading.Thread:
    def click() -> None:
        texts = (f"Ann came {number} times. {CANARY}" for number in range(TASKS))
        answers.append(
            httpx.post(f"{url}/predict", json=predict_body(SENTIMENT, *texts), timeout=HANGS_S, trust_env=False)
        )

    thread = threading.Thread(target=click)
    thread.start()
    return thread


def ask(folder: Any, query: str) -> Any:
    with sqlite3.connect(folder / "state.db") as connection:
        return connection.execute(query).fetchall()


def states(folder: Any) -> Counter[str]:
    return Counter(state for (state,) in ask(folder, "SELECT state FROM queue_tasks"))


def test_it_ends_in_time_and_the_rest_goes_on_when_it_is_back(start, own, tmp_path):
    own.gate = threading.Semaphore(3)
    answers: list[httpx.Response] = []
    url, child = start()
    click = clicking(url, answers)
    until(lambda: len(own.requests) == 5)
    os.killpg(child._process.pid, signal.SIGTERM)
    assert child._process.wait(HANGS_S) is not None
    click.join()
    log = child.output()
    assert Counter(result != {} for result in answers[0].json()["results"]) == {True: 3, False: 4}
    assert "Traceback" not in log
    assert "answered early, since the server ends, after" in log
    assert "3 of 7 tasks predicted (own 3), 4 go on behind" in log
    entries = [json.loads(body) for (body,) in ask(tmp_path, "SELECT body FROM record_entries")]
    assert Counter(entry.get("code") for entry in entries) == {None: 5, "": 3, "cut_off": 2}
    assert states(tmp_path) == {"waiting": 4}
    own.gate = None
    start()
    until(lambda: states(tmp_path) == {"done": 4})
    assert len(own.requests) == 5 + 4


def test_what_a_server_was_at_when_it_was_killed_is_done_by_the_next(start, own, tmp_path):
    own.gate = threading.Semaphore(0)
    answers: list[httpx.Response] = []
    url, child = start(LABELGUARD_PREDICT_TIMEOUT="2")
    clicking(url, answers).join()
    assert answers[0].json()["results"] == [{}] * TASKS
    held = "SELECT count(*) FROM queue_tasks WHERE holder LIKE 'worker-%' AND state = 'waiting'"
    until(lambda: ask(tmp_path, held) == [(4,)])
    child.kill()
    assert states(tmp_path) == {"waiting": TASKS}
    for file in tmp_path.glob("state.db*"):
        assert CANARY.encode() not in file.read_bytes()
    own.gate = None
    start()
    with sqlite3.connect(tmp_path / "state.db", timeout=60) as connection:
        connection.execute("UPDATE queue_tasks SET free_at = 0")  # the time that the one who was killed held them
    until(lambda: states(tmp_path) == {"done": TASKS})
    assert own.requests
    url, _ = start()
    asked = len(own.requests)
    clicking(url, answers).join()
    assert {} not in answers[-1].json()["results"]
    assert len(own.requests) == asked
