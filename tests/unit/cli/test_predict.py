"""`labelguard predict`, against a stand-in."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.budget.meter import Meter
from backend.cli.predict import PartialOutput
from backend.engine import assemble as assembly
from backend.errors import RequestError
from tests import command
from tests.parts import ENTITIES, provider, write_policy
from tests.standin import StandIn, fitting_answer

RULE = {"name": "all", "match": "everything", "providers": ["vendor"]}


@pytest.fixture
def standin():
    with StandIn() as standin:
        yield standin


@pytest.fixture
def run(tmp_path, standin):
    write_policy(tmp_path, {"vendor": provider(standin.address)})
    (tmp_path / "config.xml").write_text(ENTITIES)

    def run(tasks, run=command.run, file="tasks.json", options=(), **files):
        (tmp_path / "tasks.json").write_text(tasks if isinstance(tasks, str) else json.dumps(tasks))
        paths = {"config": "config.xml", "policy": "policy.yaml", "out": "out.json"} | files
        given = [part for name, place in paths.items() for part in (f"--{name}", str(tmp_path / place))]
        return run("predict", tmp_path / file, *given, *options)

    return run


def test_tasks_come_back_with_predictions_ready_to_import(run, tmp_path):
    done = run([{"id": 7, "data": {"text": "Ask John Smith."}, "annotations": [{"result": ["secret"]}]}])
    assert done.returncode == 0, done.stderr
    assert "1 of 1 tasks predicted" in done.stderr
    (task,) = json.loads((tmp_path / "out.json").read_text())
    assert (task["id"], task["data"]) == (7, {"text": "Ask John Smith."})
    assert "annotations" not in task
    (region,) = task["predictions"][0]["result"]
    assert region["value"] == {"start": 4, "end": 14, "text": "John Smith", "labels": ["PER"]}
    assert task["predictions"][0]["model_version"].startswith("labelguard-")
    assert (tmp_path / "out.json").stat().st_mode & 0o077 == 0


def test_a_task_that_fails_is_kept_without_a_prediction(run, tmp_path):
    done = run([{"text": "Ask John Smith."}, {"text": ""}])
    assert done.returncode == 1
    assert "1 of 2 tasks predicted" in done.stderr
    assert "field 'text' is empty" in done.stderr
    assert [len(task["predictions"]) for task in json.loads((tmp_path / "out.json").read_text())] == [1, 0]


@pytest.mark.parametrize(
    ("tasks", "files", "words"),
    [
        ("[{", {}, "is no valid JSON (line 1)"),
        ("[3]", {}, "entry 1 is no task: each must be an object"),
        ([{"text": "a"}, {"other": "Zed"}, {"data": {}}], {}, "entry 3 is without data"),
        ([{"text": "a"}, {"other": "Zed"}, {}], {}, "entry 3 is without data"),
        ([{"text": "a"}, {"other": "Zed"}], {}, "entry 2 lacks 'text' - the label config shows that"),
        ([{"text": "a"}, {"data": "Zed"}], {}, "entry 2 is no task: its data must be an object"),
        ([], {"config": "nothing.xml"}, "does not exist"),
        ([], {"policy": "nothing.yaml"}, "nothing.yaml"),
    ],
)
def test_bad_files_are_told_in_a_line(run, tmp_path, tasks, files, words):
    done = run(tasks, **files)
    assert done.returncode not in (0, 1) or "Traceback" not in done.stderr
    assert done.returncode
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Zed" not in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_what_is_no_task_is_told_before_anything_is_loaded(run, monkeypatch):
    def load(*_, **__):
        raise AssertionError("loaded")

    monkeypatch.setattr(assembly, "running_engine", load)
    assert "entry 1 lacks 'text'" in run([{"other": "Zed"}]).stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tasks.csv", 'text,from\n"Ask Ann, please.",a\nAsk Bob.,b\n'),
        ("tasks.tsv", "text\tfrom\nAsk Ann, please.\ta\nAsk Bob.\tb\n"),
        ("tasks.jsonl", '{"data": {"text": "Ask Ann, please."}}\n{"text": "Ask Bob."}\n'),
        ("tasks.txt", "Ask Ann, please.\n\nAsk Bob.\n"),
    ],
)
def test_files_as_label_studio_imports_them_are_predicted(run, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    done = run([], file=name)
    assert done.returncode == 0, done.stderr
    texts = [task["data"]["text"] for task in json.loads((tmp_path / "out.json").read_text())]
    assert texts == ["Ask Ann, please.", "Ask Bob."]
    assert predicted(tmp_path) == [True, True]


def test_what_the_output_has_is_not_asked_for_again(run, standin, tmp_path):
    run([{"text": "Ask Ann."}, {"text": "Ask Bob."}])
    before = json.loads((tmp_path / "out.json").read_text())
    standin.requests.clear()
    done = run([{"text": "Ask Ann."}, {"text": "The train left."}, {"text": "Ask Bob."}])
    assert done.returncode == 0
    assert "2 predictions in" in done.stderr
    (request,) = standin.requests
    assert "The train left." in str(request["messages"])
    after = json.loads((tmp_path / "out.json").read_text())
    assert [after[0], after[2]] == before
    assert predicted(tmp_path) == [True] * 3


def test_all_is_asked_for_again_where_that_is_wanted(run, standin, tmp_path):
    write_policy(tmp_path, {"vendor": provider(standin.address)}, [RULE | {"retention": {"answers_hours": 0}}])
    run([{"text": "Ask Ann."}])
    (tmp_path / "out.json.kept").write_text("[]")
    standin.requests.clear()
    done = run([{"text": "Ask Ann."}], options=["--again"])
    assert (done.returncode, len(standin.requests)) == (0, 1)
    assert "not asked for again" not in done.stderr


def predicted(tmp_path):
    return [bool(task["predictions"]) for task in json.loads((tmp_path / "out.json").read_text())]


def test_the_same_command_asks_again_for_what_has_failed_alone(run, standin, tmp_path):
    tasks = [{"text": "Ask Ann."}, {"text": "this one breaks, Bob"}, {"text": "Ask Cy."}]

    def failing(request, schema):
        return "nonsense" if "breaks" in str(request["messages"]) else fitting_answer(request, schema)

    standin.answer = failing
    done = run(tasks)
    assert (done.returncode, predicted(tmp_path)) == (1, [True, False, True])
    assert "the same command asks for the others again" in done.stderr
    kept = tmp_path / "out.json.kept"
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_text(kept.read_text() + '\n["killed as it wro')

    standin.answer = fitting_answer
    standin.requests.clear()
    assert run(tasks).returncode == 0
    (request,) = standin.requests
    assert "breaks" in request["messages"][-1]["content"]
    assert predicted(tmp_path) == [True] * 3
    assert not kept.exists()


def test_what_was_predicted_under_another_policy_is_not_taken(run, standin, tmp_path):
    run([{"text": "Ask Ann."}, {"text": ""}])
    (tmp_path / "p.txt").write_text("Mark it. {text}")
    rule = {"name": "new", "match": "everything", "providers": ["vendor"], "prompt": "p.txt"}
    write_policy(tmp_path, {"vendor": provider(standin.address)}, [rule])
    standin.requests.clear()
    run([{"text": "Ask Ann."}, {"text": ""}])
    assert len(standin.requests) == 1


@pytest.mark.usefixtures("interruptible")
def test_a_batch_that_is_stopped_goes_on_from_there(run, standin, tmp_path):
    tasks = [{"text": f"Ask Ann {number}."} for number in range(60)]
    standin.moods = lambda: (200, "hang" if len(standin.requests) > 20 else "")  # so that it cannot end by itself
    start = lambda *words: subprocess.Popen(  # noqa: E731
        [sys.executable, "-m", "backend.cli", *map(str, words)], stderr=subprocess.PIPE, text=True
    )
    process = run(tasks, start)
    kept = tmp_path / "out.json.kept"
    while process.poll() is None and not (kept.exists() and kept.read_text().count("\n")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert "the same command goes on" in said
    assert not (tmp_path / "out.json").exists()
    done = kept.read_text().count("\n")
    assert 0 < done < 60
    standin.moods = None
    standin.forget()
    assert run(tasks).returncode == 0
    assert 0 < len(standin.requests) <= 60 - done  # what was answered, and not yet written, is kept too
    assert predicted(tmp_path) == [True] * 60


def test_a_batch_waits_for_its_minute_however_long(run, monkeypatch):
    waits = []

    class Noting(Meter):
        def __init__(self, ledger, wait_s, part):
            waits.append(wait_s)
            super().__init__(ledger, wait_s, part)

    monkeypatch.setattr(assembly, "Meter", Noting)
    assert run([{"text": "Ask Ann."}]).returncode == 0
    assert waits == [None]


def test_half_a_character_costs_no_other_task_its_prediction(run, tmp_path):
    run('[{"text": "half \\ud83d"}, {"text": "Ask Ann."}]')
    assert predicted(tmp_path)[1]
    assert json.loads((tmp_path / "out.json").read_text())[0]["data"] == {"text": "half \ud83d"}


def test_a_full_disk_is_told_before_anything_else_is_asked(tmp_path, monkeypatch):
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backend.cli.predict._private", full)
    kept = PartialOutput(tmp_path / "out.json.kept", "v")
    with pytest.raises(RequestError, match=r"kept cannot be written \(no space left on device\) - make room; the same"):
        kept.add({"data": {"text": "Ask John Smith."}}, {"result": []})


def test_an_output_that_cannot_be_written_keeps_what_was_predicted(run, tmp_path, standin):
    (tmp_path / "out.json").mkdir()
    (tmp_path / "out.json" / "file").touch()
    done = run([{"text": "Ask John Smith."}])
    assert done.returncode == 1
    assert "the same command goes on from what is in" in done.stderr
    assert "Traceback" not in done.stderr
    asked = len(standin.requests)
    (tmp_path / "out.json" / "file").unlink()
    (tmp_path / "out.json").rmdir()
    assert run([{"text": "Ask John Smith."}]).returncode == 0
    assert len(standin.requests) == asked == 1
