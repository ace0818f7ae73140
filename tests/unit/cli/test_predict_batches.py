"""`labelguard predict --batch` and `labelguard batches`, against stand-ins for the Batch API and Label Studio."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from backend.labelstudio.api import calls
from backend.model.batch import lines
from tests import command
from tests.batches import BatchStandIn
from tests.child import ROOT
from tests.parts import SENTIMENT, provider, write_policy
from tests.seams.providers import Vendor
from tests.studio import Studio

SECRET = "John Smith"
RULE = {"name": "all", "match": "everything", "providers": ["own"], "batch": True, "redact": False, "answers": "keep"}
"""Of a model of one's own, for which nothing needs to be loaded."""
TEXTS = [f"{SECRET} came {number} times." for number in range(3)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(lines, "POLL_S", 0.01)
    monkeypatch.setattr(calls, "FIRST_S", 0.0)


@pytest.fixture
def openai():
    with BatchStandIn() as running:
        yield running


@pytest.fixture
def policy(tmp_path, openai, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path / "cache"))
    write_policy(tmp_path, {"own": provider(openai.address, "openai", external=False, batch=True)}, [RULE])
    return tmp_path / "policy.yaml"


@pytest.fixture
def files(tmp_path, policy):
    (tmp_path / "config.xml").write_text(SENTIMENT)
    tasks = [{"id": number, "data": {"text": text}} for number, text in enumerate(TEXTS)]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    names = {"config": "config.xml", "policy": "policy.yaml", "out": "out.json"}
    options = [part for name, file in names.items() for part in (f"--{name}", tmp_path / file)]
    return ["predict", tmp_path / "tasks.json", *options, "--batch"]


def predictions(tmp_path):
    return [task["predictions"] for task in json.loads((tmp_path / "out.json").read_text())]


def seen(done):
    """Return what a command said, in which no text stands."""
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_it_leaves_once_it_is_sent_and_goes_on_later(files, openai, tmp_path):
    done = command.run(*files, "--no-wait")
    said = seen(done)
    assert done.returncode == 75
    assert "batch batch_1 goes on by itself; labelguard batches --cancel batch_1 ends it" in said
    assert "the same command goes on" in said
    assert "got no prediction" not in said
    assert not (tmp_path / "out.json").exists()
    assert re.search(r"batch_1 +own .* validating +3", command.run("batches").stdout)
    (told,) = json.loads(command.run("batches", "--json").stdout)["batches"]
    assert told.pop("since").endswith("+00:00")
    assert told == {"batch": "batch_1", "provider": "own", "state": "sent", "status": "validating", "lines": 3}

    done = command.run(*files)
    assert done.returncode == 0
    assert "3 of 3 tasks predicted" in seen(done)
    assert all(predictions(tmp_path))
    assert openai.asked.count("POST /v1/batches") == 1
    assert "completed, fetched" in command.run("batches").stdout
    assert "as it was written" in command.run("audit", "verify").stdout


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_the_batch_going(files, openai, tmp_path):
    openai.holds = True
    openai.after = lambda asked: os.kill(os.getpid(), signal.SIGINT) if asked.startswith("GET") else None
    done = command.run(*files)
    assert done.returncode == 130
    assert "batch batch_1 goes on by itself" in seen(done)
    openai.holds, openai.after = False, lambda asked: None
    assert command.run(*files).returncode == 0
    assert set(openai.paid.values()) == {1}


def test_killed_on_its_way_it_pays_nothing_twice(files, openai, tmp_path):
    """The command as users run it, and killed as its batch is made."""
    started: list[subprocess.Popen[bytes]] = []
    openai.after = lambda asked: started[0].kill() if asked == "POST /v1/batches" else None
    command_line = [sys.executable, "-m", "backend.cli", *map(str, files)]
    with subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        started.append(running)
        assert running.wait() == -signal.SIGKILL
    openai.after = lambda asked: None
    done = command.run(*files)
    assert done.returncode == 0
    seen(done)
    assert all(predictions(tmp_path))
    assert openai.asked.count("POST /v1/batches") == 1
    assert list(openai.paid.values()) == [1, 1, 1]
    assert "6 entries" in command.run("audit", "verify").stdout


def test_one_is_ended(files, openai):
    command.run(*files, "--no-wait")
    assert "batch_1: cancelling" in command.run("batches", "--cancel", "batch_1", "--policy", files[5]).stdout
    done = command.run(*files)
    assert done.returncode == 1
    assert "2 tasks got no prediction: batch: provider own: the batch was cancelled" in seen(done)
    done = command.run("batches", "--cancel", "batch_7", "--policy", files[5])
    assert (done.returncode, "batch batch_7: is not known here" in done.stderr) == (2, True)


def test_a_project_is_predicted_straight_in_batches(policy, openai, monkeypatch):
    studio = Studio(range(1, 6))
    studio.text = lambda task: "" if task == 2 else f"{SECRET} came {task} times."
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0123456789abcdef0123456789abcdef01234567")
    with Vendor.running() as running:
        running.respond = studio.respond
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", running.address)
        straight = ["predict", "--project", 12, "--policy", policy, "--batch"]
        done = command.run(*straight, "--no-wait")
        assert done.returncode == 75
        assert not any(studio.stored.values())
        done = command.run(*straight)
    assert done.returncode == 1
    assert "4 of 5 tasks predicted and stored no prediction (task): tasks 2" in seen(done)
    assert [len(versions) for task, versions in sorted(studio.stored.items()) if task != 2] == [1] * 4
    assert set(openai.paid.values()) == {1}


def test_what_means_nothing_is_refused(files):
    done = command.run(*files[:-1], "--no-wait")
    assert done.returncode == 2
    assert "--no-wait means nothing without --batch" in done.stderr
    assert "no batch was sent within thirty days" in command.run("batches").stdout
