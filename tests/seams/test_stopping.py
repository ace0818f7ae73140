"""A server that is told to end does so in time: calls under way are ended, the record knows how, answers are kept."""

import json
import os
import signal
import sqlite3
import threading
import time
from collections import Counter

import httpx

from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn


def test_it_ends_in_time_and_knows_how_each_call_ended(tmp_path):
    answers: list[httpx.Response] = []
    with StandIn() as own:
        own.gate = threading.Semaphore(3)
        rule = {"name": "all", "match": "everything", "providers": ["own"], "detection": {"profile": "fast"}}
        policy = write_policy(tmp_path, {"own": provider(own.address, external=False, concurrency=2)}, [rule])
        cache = str(tmp_path / "cache")
        with labelguard(policy.file, tmp_path, LABELGUARD_STOP_TIMEOUT="1", LABELGUARD_CACHE=cache) as (url, child):

            def click() -> None:
                body = predict_body(SENTIMENT, *(f"Ann came {number} times." for number in range(7)))
                answers.append(httpx.post(f"{url}/predict", json=body, timeout=HANGS_S, trust_env=False))

            clicking = threading.Thread(target=click)
            clicking.start()
            end = time.monotonic() + HANGS_S
            while len(own.requests) < 5:
                assert time.monotonic() < end
                time.sleep(0.01)
            os.killpg(child._process.pid, signal.SIGTERM)
            assert child._process.wait(HANGS_S) is not None
            clicking.join()
            log = child.output()
    assert (answers[0].status_code, answers[0].json()["error"]) == (503, "stopping")
    assert "Traceback" not in log
    assert "0 delivered, 3 of 7 tasks were done (own 3)" in log
    with sqlite3.connect(tmp_path / "state.db") as connection:
        entries = [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries")]
        assert connection.execute("SELECT count(*) FROM kept_answers").fetchone() == (3,)
    assert Counter(entry.get("code") for entry in entries) == {None: 5, "": 3, "cut_off": 2}
