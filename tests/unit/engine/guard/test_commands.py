"""The commands that show what would leave ask the guard as the server does."""

import json

import pytest

from tests import command
from tests.parts import SENTIMENT, provider, write_policy
from tests.standin import StandIn
from tests.unit.engine.guard.test_guarding import FINDS, GERMAN, NAME, TOWN


@pytest.fixture
def guard():
    with StandIn(FINDS) as running:
        yield running


@pytest.fixture
def files(tmp_path, guard, monkeypatch):
    """Write a policy with a guard, a config and a task; returns the arguments that name them."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    own = provider(guard.address, external=False, attempts=1, mode="json_schema")
    providers = {"own": own, "outside": provider("http://127.0.0.1:9/v1")}
    rule = {"name": "all", "match": "everything", "providers": ["outside"]}
    policy = write_policy(tmp_path, providers, [{**rule, "detection": {"model": "own", "profile": "fast"}}])
    (tmp_path / "config.xml").write_text(SENTIMENT)
    (tmp_path / "task.json").write_text(json.dumps([{"data": {"text": GERMAN}}]))
    return {"policy": str(policy.file), "config": str(tmp_path / "config.xml"), "task": str(tmp_path / "task.json")}


def test_redact_asks_it(files, guard):
    done = command.run("redact", "--policy", files["policy"], "--explain", GERMAN)
    assert done.returncode == 0, done.stderr
    assert "[PERSON_1] aus [LOCATION_1]" in done.stdout
    assert "Guard" in done.stderr
    assert len(guard.requests) == 1


def test_redact_refuses_where_it_fails(files, guard):
    guard.status = 500
    done = command.run("redact", "--policy", files["policy"], GERMAN)
    assert done.returncode != 0
    assert NAME not in done.stdout


def test_explain_asks_it(files, guard):
    said = ["--policy", files["policy"], "--config", files["config"], "--task", files["task"], "--json"]
    done = command.run("policy", "explain", *said)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["providers"] == ["outside"]
    assert told["replaced"]["PERSON"] == told["found"]["PERSON"] == 1
    assert NAME not in json.dumps(told, ensure_ascii=False)
    assert TOWN not in json.dumps(told, ensure_ascii=False)
    assert len(guard.requests) == 1


def test_explain_says_what_would_be_refused(files, guard):
    guard.status = 500
    said = ["--policy", files["policy"], "--config", files["config"], "--task", files["task"], "--json"]
    done = command.run("policy", "explain", *said)
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "language"
