"""A thousand webhooks while a batch runs: each that was answered counts, once, in the database of either kind."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from backend.review.tables import REVIEWS, TOTALS
from tests.parts import (
    SENTIMENT,
    build_engine,
    finds,
    open_webhooks,
    predict_body,
    provider,
    serving_webhooks,
    webhooks_wait,
    write_policy,
)
from tests.patience import until
from tests.stores import looking
from tests.unit.review.conftest import annotated, choice, predicted, webhook

COUNT = 1000
SENDERS = 8
KEY = "a-secret-of-the-webhook-7"


def body_of(number):
    body = webhook("ANNOTATION_CREATED", [annotated(number, [choice("Bad")], predicted(choice("Good")))])
    body["project"]["label_config"] = SENTIMENT
    return json.dumps(body)


def counted(url, table):
    with looking(url) as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("annotations", ["keep", pytest.param("off", marks=pytest.mark.thorough)])
def test_none_of_a_thousand_is_lost_while_a_batch_runs(own, tmp_path, store_url, annotations):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "learn": {"annotations": annotations}}
    engine = build_engine(write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule]), finds())
    own.gate = threading.Semaphore(0)
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        serving_webhooks(engine, open_webhooks(engine, KEY, url=store_url)) as client,
        ThreadPoolExecutor(SENDERS + 1) as senders,
    ):
        texts = [f"Nice weather, {number}." for number in range(100)]
        batch = senders.submit(client.post, "/predict", json=predict_body(SENTIMENT, *texts))
        until(lambda: own.requests)
        sent = senders.map(
            lambda number: client.post("/webhook", content=body_of(number), headers=headers).status_code,
            range(1, COUNT + 1),
        )
        assert list(sent) == [200] * COUNT
        assert not batch.done()
        own.gate = None
        until(lambda: not webhooks_wait(store_url))
        assert {} not in batch.result().json()["results"]
    assert counted(store_url, REVIEWS) == COUNT
    with looking(store_url) as connection:
        told = connection.execute(select(TOTALS.c.verdict, TOTALS.c.count)).all()
    assert [tuple(row) for row in told] == [("changed", COUNT)]
