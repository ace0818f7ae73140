"""P1, default deny: no matching rule, an unknown project, an unreadable policy: no model is called.

How rules match stands in tests/unit/policy/test_match.py and test_policy.py, what becomes of a policy file that is
broken while a server runs in tests/unit/engine/test_reload.py.
"""

import json

import pytest

from tests.command import run
from tests.parts import SENTIMENT, predict_body, provider, setup_body, write_policy

TASK = {"data": {"text": "It rains."}}


@pytest.mark.parametrize(("projects", "asked"), [("7", "1.1795417599"), ("*", ""), ("*", "{}")])
def test_p01_a_project_that_no_rule_matches_reaches_no_model(serve, vendor, projects, asked):
    client = serve(match={"project": projects})
    bodies = {"/setup": setup_body(SENTIMENT, asked), "/predict": predict_body(SENTIMENT, "x", project=asked)}
    for path, body in bodies.items():
        answer = client.post(path, json=body)
        assert answer.status_code == 403
        assert "no policy rule matches project" in answer.reason_phrase
    assert vendor.received == b""
    assert client.post("/predict", json=predict_body(SENTIMENT, "x", project="7.1")).json()["results"] != [{}]
    assert vendor.requests


def test_p01_a_task_that_no_rule_matches_reaches_no_model(serve, vendor):
    client = serve(match={"fields": {"unit": "open"}})
    texts = ({"text": "It rains.", "unit": unit} for unit in ("open", "closed"))
    first, second = client.post("/predict", json=predict_body(SENTIMENT, *texts)).json()["results"]
    assert first["result"]
    assert second == {}
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("broken", ["more: [", "surprise: true\n"])
def test_p01_a_policy_that_cannot_be_read_lets_nothing_be_asked(tmp_path, vendor, broken):
    policy = write_policy(tmp_path, {"vendor": provider(vendor.address, "openai")})
    with policy.file.open("a") as file:
        file.write(broken)
    (tmp_path / "config.xml").write_text(SENTIMENT)
    (tmp_path / "tasks.json").write_text(json.dumps([TASK]))
    files = (tmp_path / "tasks.json", "--config", tmp_path / "config.xml", "--policy", policy.file)
    done = run("predict", *files, "--out", tmp_path / "predictions.json")
    assert done.returncode == 2
    assert "policy.yaml" in done.stderr
    assert vendor.received == b""
    assert not (tmp_path / "predictions.json").exists()
