"""The HTTP contract, by a real server on loopback and a stand-in provider."""

import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from backend.privacy.types import Detection
from backend.server.http import BasicAuth
from tests.parts import (
    ALL,
    ENTITIES,
    SENTIMENT,
    SUMMARY,
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


@pytest.mark.parametrize("prefix", ["", "/team-a"])
def test_p10_setup_and_predict_agree_on_the_version(client, prefix):
    version = client.post(f"{prefix}/setup", json=setup_body(ALL)).json()["model_version"]
    assert version.startswith("labelguard-")
    assert predict(client, ALL, "Ann", path=f"{prefix}/predict").json()["results"][0]["model_version"] == version
    assert client.get(f"{prefix}/versions").json()["versions"][0] == version
    assert client.post(f"{prefix}/setup", json=setup_body(SENTIMENT)).json()["model_version"] != version


def test_p10_the_version_follows_config_policy_prompt_and_model(standin, tmp_path):
    def version(**changes):
        rule = {"name": "all", "match": "everything", "providers": ["own"], **changes.pop("rule", {})}
        policy = write_policy(tmp_path, {"own": provider(standin.address, **changes)}, [rule])
        return build_engine(policy, names).job(SENTIMENT, "1", "").model_version

    (tmp_path / "p.txt").write_text("{text}")
    variants = [
        version(),
        version(rule={"keep": ["DATE_TIME"]}),
        version(rule={"prompt": "p.txt"}),
        version(max_tokens=77),
        version(kind="openai"),
    ]
    assert len(set(variants)) == len(variants)
    assert version() == variants[0]


def test_p07_one_result_a_task_in_order_and_nothing_for_one_that_failed(client, standin):
    texts = ["Ann 0", {"other": "x"}, "", "x\ud800", {"text": {"a": 1}}, "y" * 2**20, "Bob 6"]
    body = json.dumps(predict_body(ENTITIES, *texts))
    results = client.post("/predict", content=body).json()["results"]
    assert [bool(result) for result in results] == [True, False, False, False, False, False, True]
    assert [result["result"][0]["value"]["text"] for result in (results[0], results[6])] == ["Ann", "Bob"]


def test_p07_tasks_without_data_or_of_a_wrong_shape(client):
    body = predict_body(SENTIMENT, "Ann") | {"tasks": [{"id": 1}, {"data": 3}, {"data": {"text": "Ann"}}]}
    assert [bool(r) for r in client.post("/predict", json=body).json()["results"]] == [False, False, True]


def test_p07_a_provider_that_fails_on_one_task_costs_no_other(client, standin):
    def answer(request, schema):
        return "nonsense" if "three" in request["messages"][1]["content"] else {"mood": "Bad"}

    standin.answer = answer
    results = predict(client, SENTIMENT, "one", "two", "three", "four").json()["results"]
    assert [bool(result) for result in results] == [True, True, False, True]


def test_an_empty_batch(client):
    assert predict(client, SENTIMENT).json() == {"results": []}


def test_p08_an_invented_placeholder_is_a_failure(client, standin):
    standin.answer = lambda request, schema: {"summary": "[PERSON_9] left."}
    assert predict(client, SUMMARY, "Ann").json()["results"] == [{}]


def test_the_score_is_the_probability_of_the_labels(standin, tmp_path):
    policy = write_policy(tmp_path, {"own": provider(standin.address, "embedded", external=False)})
    with serving(build_engine(policy, names)) as client:
        (result,) = predict(client, SENTIMENT, "Ann").json()["results"]
    assert 0.9 < result["score"] < 0.91


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


def test_p01_no_rule_no_model(standin, tmp_path):
    rules = [{"name": "one", "match": {"project": ["7"]}, "providers": ["own"]}]
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}, rules), names)) as client:
        for path, body in (("/setup", setup_body(SENTIMENT)), ("/predict", predict_body(SENTIMENT, "Ann"))):
            answer = client.post(path, json=body)
            assert answer.status_code == 403
            assert "no policy rule matches project 1" in answer.reason_phrase
        assert not standin.received
        assert client.post("/predict", json=predict_body(SENTIMENT, "Ann", project="7.1")).json()["results"][0]


def test_p01_paths_are_told_apart(standin, tmp_path):
    rules = [{"name": "one", "match": {"path": ["team-a"]}, "providers": ["own"]}]
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}, rules), names)) as client:
        assert client.post("/setup", json=setup_body(SENTIMENT)).status_code == 403
        assert client.post("/team-b/setup", json=setup_body(SENTIMENT)).status_code == 403
        assert client.post("/team-a/setup", json=setup_body(SENTIMENT)).status_code == 200


def test_p06_a_policy_that_forbids_openai_uses_the_own_model_and_openai_gets_not_one_byte(standin, tmp_path):
    with StandIn() as openai:
        both = {
            "openai": provider(openai.address, "openai"),
            "own": provider(standin.address, external=False),
        }
        for providers, got in ((["openai", "own"], openai), (["own"], standin)):
            openai.received.clear()
            standin.received.clear()
            rules = [{"name": "all", "match": "everything", "providers": providers}]
            with serving(build_engine(write_policy(tmp_path, both, rules), names)) as client:
                assert predict(client, SENTIMENT, "Ann").json()["results"][0]["result"]
            assert bool(openai.received) == (got is openai)
            assert bool(standin.received) == (got is standin)


def test_p03_nothing_is_sent_where_detection_fails_or_takes_too_long(standin, tmp_path):
    def detect(text):
        if "slow" in text:
            time.sleep(0.5)
        if "broken" in text:
            raise RuntimeError(text)
        return names(text)

    rule = {"name": "all", "match": "everything", "providers": ["own"], "limits": {"detection_timeout_s": 0.2}}
    policy = write_policy(tmp_path, {"own": provider(standin.address)}, [rule])
    with serving(build_engine(policy, detect)) as client:
        results = predict(client, SENTIMENT, "broken", "slow", "Ann").json()["results"]
    assert [bool(result) for result in results] == [False, False, True]
    assert len(standin.requests) == 1


def test_p04_a_value_in_labels_that_cannot_be_told_apart_without_it_stops_the_call(client, standin):
    config = SENTIMENT.replace('"Good"', '"Ann"').replace('"Bad"', '"ANN"')
    assert [bool(r) for r in predict(client, config, "Ann left", "It left").json()["results"]] == [False, True]
    assert b"Ann left" not in standin.received


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


def test_p05_p11_nothing_personal_in_logs_errors_or_elsewhere(client, standin, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "secret-8842"
    body = predict_body(ALL, f"{CANARY} met Ann", {"text": [CANARY]}, {"nothing": CANARY})
    for task in body["tasks"]:
        task["annotations"] = [{"completed_by": {"email": f"{secret}@example.com"}, "result": [secret]}]
        task["drafts"] = [{"user": secret}]
        task["predictions"] = [{"result": [{"value": {"text": secret}}]}]
    body["params"] = {"login": secret, "password": secret, "context": {"result": [secret]}}
    answers = [client.post("/predict", json=body)]
    assert standin.requests
    standin.status = 500
    answers.append(client.post("/predict", json=body))
    answers.append(client.post("/setup", json=setup_body(f"<View>{CANARY}") | {"access_token": secret}))
    answers.append(client.post("/predict", content=f'{{"tasks": "{CANARY}'))
    answers.append(client.post("/predict", json={"tasks": CANARY, "label_config": ALL}))
    answers.append(client.post("/webhook", json={"action": CANARY, "annotation": {"result": [secret]}}))
    answers.append(client.post(f"/{secret}/setup", json=setup_body("<View>")))
    for text in (caplog.text, standin.received.decode(), *(a.text + a.reason_phrase for a in answers[1:])):
        assert secret not in text
        assert CANARY not in text
    assert secret not in answers[0].text


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
        assert client.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 200
    assert not standin.received


def test_unknown_paths_and_methods(client):
    assert client.get("/nothing").status_code == 404
    assert client.get("/a/b/predict").status_code == 404
    assert client.get("/predict").status_code == 405


@pytest.mark.parametrize("action", ["ANNOTATION_CREATED", "START_TRAINING", "anything"])
def test_webhooks_are_answered_at_once(client, action):
    assert client.post("/webhook", json={"action": action, "annotation": {}}).status_code == 200


def test_p12_health_and_setup_are_answered_while_every_task_of_a_big_batch_waits(standin, tmp_path):
    policy = write_policy(tmp_path, {"own": provider(standin.address, concurrency=64)})
    with serving(build_engine(policy, names)) as client:
        predict(client, SENTIMENT, "warm")
        standin.gate = threading.Semaphore(0)  # no task is answered before the others were
        body = predict_body(SENTIMENT, *(f"Ann {index}" for index in range(200)))
        with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=client.base_url, trust_env=False) as other:
            batch = pool.submit(client.post, "/predict", json=body)
            for _ in range(20):
                assert other.get("/health").status_code == 200
                assert other.post("/setup", json=setup_body(ALL)).status_code == 200
            assert not batch.done()
            standin.gate.release(200)
            assert all(batch.result().json()["results"])


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
    standin.answer = lambda *_: {"ner": [{"text": CANARY + "x", "label": "PER"}]}
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
    with serving(build_engine(write_policy(tmp_path, {"own": provider(standin.address)}, [rule]), detect)) as client:
        (result,) = predict(client, ENTITIES, "Ann Lee came. Then Lee left.").json()["results"]
    assert sorted((r["value"]["start"], r["value"]["text"]) for r in result["result"]) == [(0, "Ann Lee"), (19, "Lee")]
    assert b"Lee" not in standin.received
