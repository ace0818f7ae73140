"""P12: `/health` answers in milliseconds and `/setup` well under a second, also while a big `/predict` runs.

No clock is asked here: what is answered while every task of the batch waits has not waited for it. A large body is
tried in tests/seams/test_server_limits.py; `make fuzz-server` prints the longest wait for `/health`.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.parts import ALL, SENTIMENT, predict_body, setup_body
from tests.patience import HANGS_S


def test_p12_health_and_setup_are_answered_while_every_task_of_a_big_batch_waits(serve, vendor):
    client = serve(outside={"concurrency": 64})
    client.post("/predict", json=predict_body(SENTIMENT, "warm"))
    vendor.gate = threading.Semaphore(0)  # no task is answered before the others were
    body = predict_body(SENTIMENT, *(f"Ann {index}" for index in range(200)))
    with (
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=client.base_url, timeout=HANGS_S, trust_env=False) as other,
    ):
        batch = pool.submit(client.post, "/predict", json=body)
        try:
            for _ in range(20):
                assert other.get("/health").status_code == 200
                assert other.post("/setup", json=setup_body(ALL)).status_code == 200
            assert not batch.done()
        finally:
            vendor.gate.release(200)
        assert all(batch.result().json()["results"])
