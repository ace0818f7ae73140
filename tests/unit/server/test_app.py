"""The HTTP contract, by a real server on loopback and a stand-in provider."""

import io
import json
import logging
import re
from typing import Any

import pytest

from backend.logs import JsonLine
from backend.privacy.types import Detection
from backend.server.http import BasicAuth
from tests.parts import (
    ALL,
    ENTITIES,
    SENTIMENT,
    build_engine,
    predict_body,
    provider,
    serving,
    setup_body,
    write_policy,
)
from tests.standin import StandIn

CANARY = "canary-7731"


def names(text):
    """Detect Ann, Bob and the canary: quick, so that these tests are about the server."""
    found = [(text.find(name), name) for name in ("Ann", "Bob", CANARY)]
    return [Detection(at, at + len(name), "PERSON", 0.9) for at, name in found if at >= 0]


@pytest.fixture
def standin():
    with StandIn() as server:
        yield server


@pytest.fixture
def client(standin, tmp_path):
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}), names)) as client:
        yield client


def predict(client, config, *texts, path="/predict"):
    return client.post(path, json=predict_body(config, *texts))


def test_all_controls_of_a_config_by_one_call_a_task(client, standin):
    results = predict(client, ALL, "Ann likes Bob. Ann!").json()["results"]
    assert len(standin.requests) == 1
    by_name: dict[str, list[Any]] = {}
    for result in results[0]["result"]:
        by_name.setdefault(result["from_name"], []).append(result["value"])
    assert by_name["mood"] == [{"choices": ["Good"]}]
    assert [(v["start"], v["end"], v["text"]) for v in by_name["ner"]] == [
        (0, 3, "Ann"),
        (10, 13, "Bob"),
        (15, 18, "Ann"),
    ]
    assert by_name["summary"] == [{"text": ["About Ann and Bob."]}]


def test_an_empty_batch(client):
    assert predict(client, SENTIMENT).json() == {"results": []}


def test_the_lines_of_a_request_have_its_number_and_project(client, caplog):
    caplog.set_level(logging.INFO)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLine())
    pipeline = logging.getLogger("labelguard.pipeline")
    pipeline.addHandler(handler)
    try:
        for _ in range(2):
            predict(client, SENTIMENT, "Ann")
    finally:
        pipeline.removeHandler(handler)
    assert "Ann" not in handler.stream.getvalue()
    said = [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    assert [line["message"].split(": ", 1)[1][:5] for line in said] == ["asked", "deliv"] * 2
    assert said[0]["request"] == said[1]["request"] != said[2]["request"] == said[3]["request"]
    assert len({line["project"] for line in said}) == 1


def test_the_score_is_the_probability_of_the_labels(standin, tmp_path):
    policy = write_policy(tmp_path, {"own": provider(standin.address, "embedded", external=False)})
    with serving(build_engine(policy, names)) as client:
        (result,) = predict(client, SENTIMENT, "Ann").json()["results"]
    assert 0.91 < result["score"] < 0.92


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("<View>", "label config is not valid XML at line 1"),
        ("<View/>", "label config has no object tag"),
        (
            '<View><Text name="t" value="$t"/><Magic name="m" toName="t"/></View>',
            "Config not supported: Magic (no handler) - add Choices, Labels or TextArea on a Text",
        ),
    ],
)
def test_setup_tells_why_by_its_reason_phrase(client, config, words):
    for path, body in (("/setup", setup_body(config)), ("/predict", predict_body(config, "x"))):
        answer = client.post(path, json=body)
        assert answer.status_code == 422
        assert words in answer.reason_phrase
        assert words in answer.json()["detail"]


def test_an_unknown_tag_is_said_once_and_the_others_are_served(client, caplog):
    caplog.set_level(logging.WARNING)
    config = SENTIMENT.replace("</View>", '<Magic name="m" toName="text"/></View>')
    for _ in range(3):
        assert predict(client, config, "Ann").json()["results"][0]["result"]
    assert caplog.text.count("Magic gets no predictions") == 1
    answer = client.post("/setup", json=setup_body(config)).json()
    assert answer["left_out"] == ["Magic gets no predictions: no handler"]
    assert client.post("/setup", json=setup_body(SENTIMENT)).json()["left_out"] == []


def test_p01_paths_are_told_apart(standin, tmp_path):
    rules = [{"name": "one", "match": {"path": ["team-a"]}, "providers": ["own"]}]
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}, rules), names)) as client:
        assert client.post("/setup", json=setup_body(SENTIMENT)).status_code == 403
        assert client.post("/team-b/setup", json=setup_body(SENTIMENT)).status_code == 403
        assert client.post("/team-a/setup", json=setup_body(SENTIMENT)).status_code == 200


def test_withheld_fields_are_never_sent(standin, tmp_path):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": ["patient"]}
    policy = write_policy(tmp_path, {"own": provider(standin.address)}, [rule])
    with serving(build_engine(policy, names)) as client:
        task = {"text": "Seen: Zed Quux today.", "patient": "Zed Quux"}
        assert client.post("/predict", json=predict_body(ENTITIES, task)).json()["results"][0]["result"]
        config = ENTITIES.replace("$text", "$patient")
        answer = client.post("/setup", json=setup_body(config))
    assert b"Zed" not in standin.received
    assert "field 'patient' is withheld" in answer.reason_phrase


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"tasks": 1}', b"[" * 100_000])
def test_a_body_that_is_no_request(client, body):
    for path in ("/setup", "/predict"):
        answer = client.post(path, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"] == "bad_request"


def test_a_body_has_a_bound(standin, tmp_path):
    engine = build_engine(write_policy(tmp_path, {"own": provider(standin.address)}), names)
    with serving(engine, max_body_bytes=2000) as client:
        assert predict(client, SENTIMENT, "x" * 3000).status_code == 413
        chunks = (b"x" * 100 for _ in range(30))
        assert client.post("/predict", content=chunks).status_code == 413
        assert predict(client, SENTIMENT, "Ann").status_code == 200


def test_basic_auth(standin, tmp_path):
    engine = build_engine(write_policy(tmp_path, {"own": provider(standin.address)}), names)
    with serving(engine, BasicAuth("user", "pass:wörd")) as client:
        for path in ("/health", "/versions", "/team/health"):
            assert client.get(path).status_code == 401
            assert client.get(path, auth=("user", "wrong")).status_code == 401
            assert client.get(path, headers={"authorization": "Basic %%%"}).status_code == 401
            assert client.get(path, auth=("user", "pass:wörd")).status_code == 200
        for path, body in (("/setup", setup_body(SENTIMENT)), ("/predict", predict_body(SENTIMENT, "Ann"))):
            assert client.post(path, json=body).status_code == 401
        assert client.get("/health").headers["www-authenticate"].startswith("Basic")
        assert client.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 401
        event = {"action": "START_TRAINING"}  # the one event that Label Studio sends with the backend's password
        assert client.post("/webhook", json=event, auth=("user", "pass:wörd")).status_code == 200
    assert not standin.received


def test_unknown_paths_and_methods(client):
    assert client.get("/nothing").status_code == 404
    assert client.get("/a/b/predict").status_code == 404
    assert client.get("/predict").status_code == 405


@pytest.mark.parametrize("action", ["ANNOTATION_CREATED", "START_TRAINING", "anything"])
def test_webhooks_are_answered_at_once(client, action):
    assert client.post("/webhook", json={"action": action, "annotation": {}}).status_code == 200


def test_a_long_text_is_asked_in_pieces_of_the_policys_size(standin, tmp_path):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "limits": {"piece_characters": 200}}
    policy = write_policy(tmp_path, {"own": provider(standin.address)}, [rule])
    text = "Ann likes Bob. Nobody knows why. " * 20
    with serving(build_engine(policy, names)) as client:
        (result,) = predict(client, ALL, text).json()["results"]
    assert len(standin.requests) > 4
    shown = [request["messages"][-1]["content"] for request in standin.requests]
    assert len(shown[0]) > 500
    assert all(len(content) <= 200 + len("<text>\n\n</text>") for content in shown[1:])
    spans = [r["value"] for r in result["result"] if r["type"] == "labels"]
    assert (
        len(spans) == len({(value["start"], value["end"]) for value in spans}) == text.count("Ann") + text.count("Bob")
    )


def test_what_is_left_out_is_logged_as_a_count(client, standin, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    standin.answer = lambda *_: {"ner": [{"text": CANARY + "x", "label": "ORG"}]}
    assert predict(client, ENTITIES, "Ann sat.", "Bob sat.").json()["results"] != [{}, {}]
    assert "project 1: 2 answers left out: it does not stand in the text" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize("operator", ["placeholder", "surrogate"])
def test_p09_a_name_that_the_model_gives_once_is_marked_in_all_its_forms(standin, tmp_path, operator):
    def full_name(request, schema):
        words = request["messages"][-1]["content"].splitlines()[1].split(" came")[0]
        return {"ner": [{"label": "PER", "text": words}]}

    def detect(text):
        return [Detection(*match.span(), "PERSON", 0.9) for match in re.finditer("Ann Lee|Lee", text)]

    standin.answer = full_name
    rule = {"name": "all", "match": "everything", "providers": ["own"], "operators": {"*": operator}}
    rule["known_labels"] = "off"
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}, [rule]), detect)) as client:
        (result,) = predict(client, ENTITIES, "Ann Lee came. Then Lee left.").json()["results"]
    assert sorted((r["value"]["start"], r["value"]["text"]) for r in result["result"]) == [(0, "Ann Lee"), (19, "Lee")]
    assert b"Lee" not in standin.received


def test_where_nothing_is_queued_there_are_no_jobs(client):
    assert client.get("/jobs").json() == {"jobs": []}
