"""`labelguard tune`: an export's annotations → a new prompt beside the old one, and a report."""

import itertools
import json
import os
import signal

import pytest
import yaml

from backend.engine.tuning.trials import AT_ONCE
from tests.command import run
from tests.parts import SENTIMENT, provider
from tests.standin import StandIn
from tests.unit.engine.training.parts import mood
from tests.unit.engine.tuning.parts import HINT, NAMES, OLD, HintedModel, text_of

NAMED = {word for name in NAMES for word in name.split()}


@pytest.fixture
def model(monkeypatch):
    with StandIn(HintedModel()) as server:
        yield server


@pytest.fixture
def folder(tmp_path, monkeypatch, model):
    """Write a policy with a prompt, and an export of 60 annotated tasks."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "surrogate.key").write_text("of these tests: 32 bytes or more")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mood.txt").write_text(OLD + "\n")
    rule = {"name": "mails", "match": "everything", "providers": ["it"], "prompt": "prompts/mood.txt"}
    it = provider(model.address, "openai", price={"input": 1.0, "output": 1.0})
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump({"version": 1, "providers": {"it": it}, "rules": [rule]}))
    (tmp_path / "config.xml").write_text(SENTIMENT)
    write_export(tmp_path, 60)
    return tmp_path


def write_export(folder, count):
    tasks = [
        {"id": n, "data": {"text": text_of(n)}, "annotations": [{"id": n, "result": mood("Bad" if n % 2 else "Good")}]}
        for n in range(1, count + 1)
    ]
    (folder / "export.json").write_text(json.dumps(tasks))


def tune(folder, *more):
    source = ("--tasks", folder / "export.json", "--config", folder / "config.xml", "--policy", folder / "policy.yaml")
    return run("tune", *source, "--proposals", 3, *more)


def test_the_winner_is_written_beside_the_old_prompt_with_a_report_and_put_into_force_by_nobody(folder, model):
    before = {file: file.read_bytes() for file in (folder / "policy.yaml", folder / "prompts" / "mood.txt")}
    done = tune(folder, "--json")
    assert done.returncode == 0, done.stderr
    told, new = json.loads(done.stdout), folder / "prompts" / "mood.tuned.txt"
    assert told["files"] == [str(new), str(new.with_suffix(".html"))]
    assert (told["written"], told["tested"]["new"]["value"], told["stopped"]) == (True, 1.0, "")
    assert told["calls"] == len(model.requests)
    assert new.read_text() == f"{HINT} {OLD}\n"
    assert {file: file.read_bytes() for file in before} == before
    page = new.with_suffix(".html").read_text()
    assert "prompt: prompts/mood.tuned.txt" in page
    assert f"<mark>{HINT}</mark>" in page
    assert new.with_suffix(".html").stat().st_mode & 0o77 == 0
    held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != "export.json")
    shown = done.stdout + done.stderr + page
    assert not [word for word in NAMED if word.encode() in held + bytes(model.received) or word in shown]
    (folder / "policy.yaml").write_text((folder / "policy.yaml").read_text().replace("mood.txt", "mood.tuned.txt"))
    assert run("policy", "check", folder / "policy.yaml").returncode == 0

    # A repeat takes the answers that are kept.
    asked = len(model.requests)
    (folder / "policy.yaml").write_bytes(before[folder / "policy.yaml"])
    again = tune(folder, "--force")
    assert again.returncode == 0, again.stderr
    assert len(model.requests) == asked
    assert "A proposal is better, on tasks that neither prompt was made or chosen by." in again.stdout
    assert "calls: 0, cost" in again.stdout


class Interrupting:
    """Has Ctrl-C pressed as a request comes.

    Attributes:
        at: which one, counted from 1; 0 for none.
    """

    def __init__(self, model, at=0):
        self.model, self.at, self.count = model, at, itertools.count(1)

    def __call__(self, request, schema):
        if next(self.count) == self.at:
            os.kill(os.getpid(), signal.SIGINT)
        return self.model(request, schema)


def figures(done):
    """Return what came of it, without what it cost."""
    told = json.loads(done.stdout)
    return {name: value for name, value in told.items() if name not in ("calls", "cost")}


def forget_answers(folder, monkeypatch):
    """Go on as a deployment that has asked nothing."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{folder / 'another.db'}")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("is_tested", [False, True])
def test_after_ctrl_c_the_same_command_goes_on_from_there(folder, model, monkeypatch, is_tested):
    whole = figures(tune(folder, "--json"))
    asked, held = len(model.requests), whole["tasks"]["test"]
    forget_answers(folder, monkeypatch)
    for file in folder.glob("prompts/*.tuned.*"):
        file.unlink()
    model.answer = Interrupting(HintedModel(), asked - held // 2 if is_tested else 15)
    done = tune(folder, "--json")
    assert done.returncode == 130, done.stderr
    told = json.loads(done.stdout)
    assert (told["stopped"], told["tested"], told["written"]) == ("it was interrupted", None, is_tested)
    assert told["calls"] < asked

    there = len(model.requests)
    again = tune(folder, "--json")
    assert (again.returncode, len(model.requests)) == (2, there)
    assert "mood.tuned.html is there already - --force writes over it" in again.stderr
    done = tune(folder, "--json", "--force")
    assert figures(done) == whole
    more = len(model.requests) - there
    assert asked - told["calls"] <= more <= asked - told["calls"] + AT_ONCE  # those under way are asked again
    assert json.loads(done.stdout)["calls"] == more


def test_a_new_prompt_of_a_run_before_is_not_taken_for_this_ones(folder, model, monkeypatch):
    assert "written: " in tune(folder).stdout
    forget_answers(folder, monkeypatch)
    model.answer = HintedModel([f"Think twice. {OLD}"])
    done = tune(folder, "--force")
    assert "No proposal is better than the prompt that is there" in done.stdout
    assert "the prompt that is there, on the tasks to choose by: 0." in done.stdout
    assert f"{folder / 'prompts' / 'mood.tuned.txt'} is of a run before: this one wrote no prompt" in done.stdout


def test_too_few_annotations_say_how_many_it_takes(folder, model):
    write_export(folder, 6)
    done = tune(folder)
    assert (done.returncode, model.requests) == (2, [])
    assert "too few annotated tasks: 6, and it takes 25 at least" in done.stderr


def test_gepa_is_asked_for_where_it_is_missing(folder, monkeypatch):
    monkeypatch.setattr("backend.engine.tuning.tuning.find_spec", lambda name: None)
    done = tune(folder)
    assert done.returncode == 2
    assert "gepa is not installed - pip install 'labelguard[tune]'" in done.stderr
