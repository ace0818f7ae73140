"""Webhooks: let in by a secret alone, on the disk before they are answered, and worked on behind."""

import base64
import json
import threading

import pytest
from sqlalchemy import select

from backend.review.entries import ReviewEntries
from backend.review.inbox import Inbox
from backend.review.reviews import Reviews
from backend.review.spool import Spool
from backend.review.tables import REVIEWS
from backend.server import webhooks as module
from backend.server.http import BasicAuth
from backend.store import open_store, reading
from tests.parts import (
    SECRET,
    SENTIMENT,
    build_engine,
    finds,
    open_webhooks,
    provider,
    serving_webhooks,
    webhooks_wait,
    write_policy,
)
from tests.patience import until
from tests.unit.review.conftest import CANARY, annotated, choice, predicted, webhook

KEY = "a-secret-of-the-webhook-7"
AUTH = BasicAuth("user", "pass:wörd")
EVENT = webhook("ANNOTATION_CREATED", [annotated(1, [choice("Bad")], predicted(choice("Good")))])
EVENT["project"]["label_config"] = SENTIMENT


@pytest.fixture
def engine(own, tmp_path):
    def made(**rule):
        rule = {"name": "all", "match": "everything", "providers": ["own"], **rule}
        return build_engine(write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule]), finds())

    return made


def known(tmp_path):
    """Return what is known of reviews."""
    return list(Reviews(open_store(f"sqlite:///{tmp_path / 'state.db'}"), ReviewEntries(SECRET)).all())


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/webhook", {"authorization": f"Bearer {KEY}"}, 200),
        ("/webhook", {"x-labelguard-secret": KEY}, 200),
        ("/webhook", basic("webhook", KEY), 200),
        ("/webhook", basic("user", "pass:wörd"), 200),
        (f"/webhook/{KEY}", {}, 200),
        (f"/team-a/webhook/{KEY}", {}, 200),
        ("/webhook", {}, 401),
        ("/webhook", {"authorization": "Bearer"}, 401),
        ("/webhook", {"authorization": f"Bearer {KEY}x"}, 401),
        ("/webhook", {"authorization": f"Token {KEY}"}, 401),
        ("/webhook", {"authorization": "Basic %%%"}, 401),
        ("/webhook", {"authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()}, 401),
        ("/webhook", {"x-labelguard-secret": "ключ".encode()}, 401),
        ("/webhook", basic(KEY, ""), 401),
        ("/webhook", basic("user", KEY[:-1]), 401),
        ("/webhook/wrong", {}, 401),
        ("/webhook/", {}, 404),
    ],
)
def test_the_secret_may_come_in_each_of_the_ways_that_label_studio_has(engine, path, headers, status):
    engine = engine()
    with serving_webhooks(engine, open_webhooks(engine, KEY, AUTH), AUTH) as client:
        answer = client.post(path, json={"action": "ANNOTATION_CREATED"}, headers=headers)
    assert answer.status_code == status
    assert KEY not in answer.text


def test_a_stranger_is_not_read(engine):
    engine = engine()
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        assert client.post("/webhook", content=b"[" * 100).status_code == 401
        assert client.post("/webhook", content=b"[" * 100, headers={"x-labelguard-secret": KEY}).status_code == 400


def test_what_reviewers_did_is_known_and_counted(engine, tmp_path, caplog):
    engine = engine()
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        headers = {"authorization": f"Bearer {KEY}"}
        assert client.post("/webhook", json=EVENT, headers=headers).json() == {"status": "ok"}
        until(lambda: known(tmp_path))
        (review,) = known(tmp_path)
        assert (review.verdict, review.kept) == ("changed", None)
        assert [(change.was, change.became) for change in review.changes] == [("Good", "Bad")]
        metrics = client.get("/metrics").text
    assert 'labelguard_reviews_total{project="12",verdict="changed"} 1.0' in metrics
    assert "labelguard_webhooks_waiting 0.0" in metrics
    for word in ("Good", "Bad", "mood", CANARY):
        assert word not in metrics + caplog.text


@pytest.mark.parametrize(
    ("rule", "is_kept"),
    [
        ({}, False),
        ({"learn": {"annotations": "keep"}}, True),
        ({"learn": {"annotations": "off"}}, False),
        ({"learn": {"annotations": "keep"}, "operators": {"CREDIT_CARD": "block"}}, False),
        ({"learn": {"annotations": "keep", "days": 3}, "withhold": ["ward"]}, True),
    ],
)
def test_annotations_are_kept_if_the_policy_says_so(engine, tmp_path, rule, is_kept):
    engine = engine(**rule)
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        client.post("/webhook", json=EVENT, headers={"authorization": f"Bearer {KEY}"}).raise_for_status()
        until(lambda: known(tmp_path))
    (review,) = known(tmp_path)
    assert (review.kept is not None) is is_kept
    if review.kept:
        assert ("ward" in review.kept.data) is ("withhold" not in rule)


def test_a_project_without_a_rule_leaves_nothing(engine, tmp_path):
    engine = engine(match={"project": ["99"]})
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        client.post("/webhook", json=EVENT, headers={"authorization": f"Bearer {KEY}"}).raise_for_status()
        until(lambda: not webhooks_wait(str(store.url)))
    assert known(tmp_path) == []


def list_of(store, table):
    with reading(store) as connection:
        return connection.execute(select(table)).all()


def test_nothing_that_was_answered_is_lost(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(Inbox, "take", lambda self, most: [])  # nobody works on them
    engine = engine()
    bodies = [json.dumps(EVENT | {"annotation": {**EVENT["annotation"], "id": number}}) for number in range(1, 301)]
    statuses = []
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:

        def send(part):
            for body in part:
                statuses.append(client.post("/webhook", content=body, headers={"x-labelguard-secret": KEY}).status_code)

        threads = [threading.Thread(target=send, args=[bodies[place::6]]) for place in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 300
    monkeypatch.undo()
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    assert len(Spool(tmp_path / "state.db.inbox").waiting()) == 300
    with serving_webhooks(engine, open_webhooks(engine, KEY)):
        until(lambda: not webhooks_wait(str(store.url)))
    assert sorted(row.annotation for row in list_of(store, REVIEWS)) == list(range(1, 301))


def test_one_that_is_too_long_is_refused_and_told(engine, monkeypatch, caplog):
    monkeypatch.setattr(module, "WEBHOOK_BYTES", 2000)
    engine = engine()
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        headers = {"x-labelguard-secret": KEY}
        assert client.post("/webhook", content=b"x" * 3000, headers=headers).status_code == 413
    assert "annotations sync" in caplog.text


def test_one_that_cannot_be_written_down_is_not_taken(engine, monkeypatch):
    engine = engine()
    monkeypatch.setattr("backend.review.spool.MOST_BYTES", 0)
    with serving_webhooks(engine, open_webhooks(engine, KEY)) as client:
        answer = client.post("/webhook", json=EVENT, headers={"x-labelguard-secret": KEY})
    assert answer.status_code == 503
