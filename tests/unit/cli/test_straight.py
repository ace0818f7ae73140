"""`labelguard predict --project`, against stand-ins for Label Studio and the model."""

import io
import os
import signal

import pytest
from rich.console import Console

from backend.cli import straight
from backend.engine.bulk import BulkReport
from backend.errors import StoppingError
from backend.labelstudio.api import calls
from tests import command
from tests.parts import provider, write_policy
from tests.seams.providers import Vendor, http
from tests.studio import CANARY, Studio

LEGACY = "0123456789abcdef0123456789abcdef01234567"
SECRET = "The canary-7710 sang."


@pytest.fixture
def studio(monkeypatch):
    monkeypatch.setattr(calls, "FIRST_S", 0.0)
    made = Studio(range(1, 31))
    made.text = lambda task: "" if task in (3, 4) else f"{SECRET} {task}"
    with Vendor.running() as running:
        running.respond = made.respond
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", running.address)
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", LEGACY)
        yield made


@pytest.fixture
def predict(tmp_path, own):
    rule = {"name": "own", "match": {"project": [12]}, "providers": ["own"], "redact": False}
    write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule])

    def predict(*words):
        done = command.run("predict", "--policy", tmp_path / "policy.yaml", *words)
        for secret in (LEGACY, "canary-7710", CANARY, "127.0.0.1"):
            assert secret not in done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done

    return predict


def test_what_it_says_of_tasks_that_have_no_prediction(predict, studio):
    done = predict("--project", 12)
    assert done.returncode == 1
    assert "28 of 30 tasks predicted and stored\nno prediction (task): tasks 3, 4\n" in done.stderr
    stored = {task for task, versions in studio.stored.items() if versions}
    assert stored == set(range(1, 31)) - {3, 4}


def test_many_numbers_are_not_all_named(monkeypatch):
    monkeypatch.setattr(straight, "NUMBERS_SHOWN", 2)
    report = BulkReport(found=5, predicted=1, stored=1, passed=1, failed=dict.fromkeys((9, 7, 8), StoppingError()))
    said = io.StringIO()
    straight._tell(report, Console(file=said, width=200))
    assert said.getvalue() == (
        "1 of 5 tasks predicted and stored, 1 had a prediction or are gone\n"
        "no prediction (stopping): tasks 7, 8 and 1 more\n"
    )


@pytest.mark.usefixtures("interruptible")
def test_it_may_be_stopped(predict, studio, own):
    studio.text = lambda task: SECRET

    def moods():
        if len(own.requests) == 9:
            os.kill(os.getpid(), signal.SIGINT)
        return 200, "hang" if len(own.requests) > 8 else ""

    own.moods = moods
    done = predict("--project", 12)
    assert done.returncode == 130, done.stderr
    assert "stopped; the same command goes on from there" in done.stderr
    stored = sum(map(len, studio.stored.values()))
    assert stored <= 8
    assert f"{stored} of 30 tasks predicted and stored\n" in done.stderr


def test_without_a_token(predict, monkeypatch):
    monkeypatch.delenv("LABELGUARD_LABEL_STUDIO_URL", raising=False)
    done = predict("--project", 12)
    assert done.returncode == 2
    assert "labelguard: LABELGUARD_LABEL_STUDIO_URL: is not set - set it to Label Studio's base URL" in done.stderr


def test_label_studio_that_refuses(predict, studio):
    studio.fails = [http(403, {"detail": CANARY})]
    done = predict("--project", 12)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "labelguard: Label Studio does not let the token's user at project 12 (403) - let that user into the project\n"
    )


def test_label_studio_that_fails_meanwhile(predict, studio):
    studio.fails = [None, http(502, {}), http(502, {}), http(502, {}), http(502, {})]
    done = predict("--project", 12)
    assert done.returncode == 2
    assert "0 of 0 tasks predicted and stored\nstopped; the same command goes on from there\n" in done.stderr
    assert "labelguard: Label Studio failed for project 12 (502) - see its log, and try again" in done.stderr


def test_p01_a_project_that_no_rule_covers(predict, studio, own):
    done = predict("--project", 13)
    assert done.returncode == 2
    assert "no policy rule matches project 13" in done.stderr
    assert not own.requests


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--project", "twelve"), "--project must be the number of a project"),
        (("--project", "12", "--out", "x.json"), "--out means nothing without a file of tasks."),
        (("--project", "12", "--title", "x"), "--title means nothing without a file of tasks."),
        ((__file__, "--config", __file__, "--out", "x", "--all"), "--all means nothing with a file of tasks."),
        ((__file__, "--config", __file__, "--out", "x", "--tab", "3"), "--tab means nothing with a file of tasks."),
        ((__file__, "--out", "x.json"), "Missing option '--config'."),
        ((__file__, "--config", __file__), "Missing option '--out'."),
        ((), "Missing argument 'TASKS', or --project."),
    ],
)
def test_options_that_do_not_fit(predict, words, said):
    done = predict(*words)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
