"""`labelguard predict`, against a stand-in."""

import json

import pytest

from tests import command
from tests.parts import ENTITIES, provider, write_policy
from tests.standin import StandIn


@pytest.fixture
def run(tmp_path):
    with StandIn() as standin:
        write_policy(tmp_path, {"vendor": provider(standin.address)})
        (tmp_path / "config.xml").write_text(ENTITIES)

        def run(tasks, **files):
            (tmp_path / "tasks.json").write_text(tasks if isinstance(tasks, str) else json.dumps(tasks))
            paths = {"config": "config.xml", "policy": "policy.yaml", "out": "out.json"} | files
            options = [part for name, file in paths.items() for part in (f"--{name}", str(tmp_path / file))]
            return command.run("predict", tmp_path / "tasks.json", *options)

        yield run


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
    done = run([{"text": "Ask John Smith."}, {"text": ""}, {"other": "Zed"}])
    assert done.returncode == 1
    assert "1 of 3 tasks predicted" in done.stderr
    assert "field 'text' is empty" in done.stderr
    assert "Zed" not in done.stderr
    assert [len(task["predictions"]) for task in json.loads((tmp_path / "out.json").read_text())] == [1, 0, 0]


@pytest.mark.parametrize(
    ("tasks", "files", "words"),
    [
        ("[{", {}, "is no valid JSON (line 1)"),
        ("[3]", {}, "holds something that is no task"),
        ([], {"config": "nothing.xml"}, "does not exist"),
        ([], {"policy": "nothing.yaml"}, "nothing.yaml"),
    ],
)
def test_bad_files_are_told_in_a_line(run, tmp_path, tasks, files, words):
    done = run(tasks, **files)
    assert done.returncode not in (0, 1) or "Traceback" not in done.stderr
    assert done.returncode
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "out.json").exists()
