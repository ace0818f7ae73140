"""A changed policy comes into force whole or not at all; what is under way ends under the one that it began with."""

import asyncio
import threading
from itertools import count

import httpx
import pytest
import yaml
from watchfiles import Change

from backend.engine import reload
from backend.engine.reload import Reloader, _matters
from backend.engine.thread import EngineThread
from backend.labelstudio.types import Prediction, Task
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.privacy.hashed import hashed_entry
from tests.bench.reload import measure
from tests.child import labelguard
from tests.parts import SENTIMENT, build_engine, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn


@pytest.fixture
def models():
    with StandIn() as first, StandIn() as second:
        yield first, second


def rule(name: str, used: str, **more: object) -> dict[str, object]:
    return {"name": name, "match": "everything", "providers": [used], **more}


def write(folder, models, used: str, **more: object) -> Policy:
    providers = {f"model{n}": provider(model.address) for n, model in enumerate(models)}
    return write_policy(folder, providers, [rule("all", used, **more)])


@pytest.fixture
def engine(tmp_path, models):
    return build_engine(write(tmp_path, models, "model0"), lambda text: [])


def look(engine, reloader: Reloader) -> str:
    asyncio.run(reloader.look())
    return str(engine.policy.rules[0].decision.providers[0].name)


def test_a_changed_file_comes_into_force(engine, tmp_path, models):
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        before = engine.job(SENTIMENT, "1").model_version
        policy = write(tmp_path, models, "model1")
        assert look(engine, reloader) == "model1"
        assert reloader.policy_status.health()["sha256"] == policy.digest
        assert engine.job(SENTIMENT, "1").model_version != before


def test_a_file_that_does_not_change_is_not_read_again(engine, tmp_path, models):
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        held = engine.policy
        write(tmp_path, models, "model0")
        look(engine, reloader)
        assert engine.policy is held


@pytest.mark.parametrize("content", ["rules: [", "", "version: 1\nproviders: {}\nrules: []\n", "version: 2\n"])
def test_p01_a_broken_file_keeps_the_last_good_one(engine, tmp_path, models, content, caplog):
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        digest, good = engine.policy.digest, engine.policy.file.read_text()
        engine.policy.file.write_text(content)
        assert look(engine, reloader) == "model0"
        health = reloader.policy_status.health()
        assert health["sha256"] == digest
        assert str(engine.policy.file) in health["problem"]
        assert "the last good one stays" in caplog.text
        assert b"labelguard_policy_current 0.0" in reloader.policy_status.metrics()
        assert b'labelguard_policy_reloads_total{outcome="refused"} 1.0' in reloader.policy_status.metrics()
        engine.policy.file.write_text(good)
        look(engine, reloader)
        assert "problem" not in reloader.policy_status.health()
        assert b"labelguard_policy_current 1.0" in reloader.policy_status.metrics()


def test_p01_a_file_that_is_gone_keeps_the_last_good_one(engine, tmp_path, models):
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        engine.policy.file.unlink()
        assert look(engine, reloader) == "model0"
        assert "cannot be read" in reloader.policy_status.health()["problem"]


@pytest.mark.parametrize(
    "more",
    [
        {"prompt": "my.txt"},
        {"detection": {"recognizers": "ours.yaml"}},
        {"never_redact": "my.txt"},
        {"always_redact": "my.txt"},
    ],
)
def test_a_file_that_the_policy_names_counts_too(tmp_path, models, more):
    (tmp_path / "my.txt").write_text("Sort: {text}")
    (tmp_path / "ours.yaml").write_text("recognizers: []")
    engine = build_engine(write(tmp_path, models, "model0", **more), lambda text: [])
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        before = engine.policy.digest
        (tmp_path / "my.txt").write_text("Sort well: {text}")
        (tmp_path / "ours.yaml").write_text("recognizers: [] # none")
        look(engine, reloader)
        assert engine.policy.digest != before
        assert reloader.policy_status.digest == engine.policy.digest


def test_the_keys_of_hashed_values_count_too(tmp_path, models, monkeypatch):
    old, new = "o" * 32, "n" * 32
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "list.key"))
    (tmp_path / "list.key").write_text(old)
    (tmp_path / "my.txt").write_text(f"{hashed_entry('grey heron', old.encode())}\n")
    engine = build_engine(write(tmp_path, models, "model0", always_redact="my.txt"), lambda text: [])
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        held, digest = engine.policy, engine.policy.digest
        (tmp_path / "list.key").write_text(new)
        look(engine, reloader)
        assert engine.policy is held
        assert "which is not here" in reloader.policy_status.health()["problem"]
        (tmp_path / "list.key").write_text(f"{new}\n{old}")
        look(engine, reloader)
        assert "problem" not in reloader.policy_status.health()
        assert engine.policy.rules[0].decision.scan.list_keys == (new.encode(), old.encode())
        assert engine.policy.digest == digest


def test_a_prompt_that_cannot_be_parsed_keeps_the_last_good_one(tmp_path, models):
    (tmp_path / "my.txt").write_text("Sort: {text}")
    engine = build_engine(write(tmp_path, models, "model0", prompt="my.txt"), lambda text: [])
    with EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        before = engine.policy.digest
        (tmp_path / "my.txt").write_text("Sort: {text")
        look(engine, reloader)
        assert engine.policy.digest == before
        assert "my.txt is no valid template" in reloader.policy_status.health()["problem"]


@pytest.mark.parametrize(
    ("name", "wakes"),
    [("policy.yaml", True), ("..data", True), ("state.db", True), ("state.db-wal", False), ("state.db-shm", False)],
)
def test_a_database_beside_the_policy_wakes_nobody_with_each_entry(name, wakes):
    assert _matters(Change.modified, f"/somewhere/{name}") is wakes


def test_a_policy_is_watched_wherever_it_lies(tmp_path, models, monkeypatch):
    """The watcher's own filter passes over all that stands below such folders."""
    monkeypatch.setattr(reload, "LOOK_EVERY_MS", 3_600_000)
    folder = tmp_path / ".venv" / "share"
    folder.mkdir(parents=True)
    engine = build_engine(write(folder, models, "model0"), lambda text: [])

    async def watch():
        with EmbeddedModels() as embedded:
            watching = asyncio.create_task(Reloader(engine, embedded).watch())
            for number in count():
                write(folder, models, "model1", retention={"record_days": number + 1})
                await asyncio.sleep(0.2)
                if engine.policy.rules[0].decision.providers[0].name == "model1":
                    break
            watching.cancel()

    asyncio.run(watch())


def test_what_is_under_way_ends_under_the_policy_that_it_began_with(engine, tmp_path, models):
    first, second = models
    first.gate = threading.Semaphore(0)
    with EngineThread(engine) as runner, EmbeddedModels() as embedded:
        reloader = Reloader(engine, embedded)
        job = engine.job(SENTIMENT, "1")
        running = runner.submit(engine.predict(job, [Task({"text": f"Nice {n}"}) for n in range(3)]))
        until(lambda: len(first.requests) == 3)
        write(tmp_path, models, "model1")
        look(engine, reloader)
        later = runner.submit(engine.predict(engine.job(SENTIMENT, "1"), [Task({"text": "Nice"})])).result()
        first.gate = None
        assert all(isinstance(outcome, Prediction) for outcome in [*running.result(), *later])
    assert (len(first.requests), len(second.requests)) == (3, 1)


def test_a_running_server_takes_a_changed_policy_and_tells_of_a_broken_one(tmp_path, models):
    policy = write(tmp_path, models, "model0", redact=True, answers="keep", detection={"profile": "fast"})
    good = yaml.safe_load(policy.file.read_text())
    with labelguard(policy.file, tmp_path) as (url, child), httpx.Client(base_url=url, trust_env=False) as client:
        versions = {client.post("/setup", json=setup_body(SENTIMENT)).json()["model_version"]}
        good["rules"][0]["providers"] = ["model1"]
        policy.file.write_text(yaml.safe_dump(good))
        wait(client, lambda health: health["policy"]["sha256"] != policy.digest)
        versions.add(client.post("/setup", json=setup_body(SENTIMENT)).json()["model_version"])
        policy.file.write_text("version: 1\nrules: [")
        wait(client, lambda health: "problem" in health["policy"])
        assert "labelguard_policy_current 0.0" in client.get("/metrics").text
        assert client.post("/predict", json=predict_body(SENTIMENT, "Nice."), timeout=HANGS_S).json()["results"][0]
        policy.file.write_text(yaml.safe_dump(good))
        wait(client, lambda health: "problem" not in health["policy"])
        told = f"the changed policy is not in force, the last good one stays: {policy.file}:"
        assert told in child.output()
    assert len(versions) == 2
    assert [len(model.requests) for model in models] == [0, 1]


def test_no_request_is_lost_or_misrouted_while_the_policy_changes():
    run, routed, _ = measure(seconds=5, rate=20)
    assert (len(run.seconds), run.lost) == (100, {})
    assert set(routed) == {"right"}


def wait(client, holds) -> None:
    until(lambda: holds(client.get("/health").json()))
