"""`labelguard evaluate` on a project and on exports of real Label Studio."""

import json

import pytest

from tests import command
from tests.exports import choice, span
from tests.label_studio.harness import TOKEN, USER

pytestmark = pytest.mark.label_studio

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>
<Labels name="who" toName="text"><Label value="Person"/></Labels></View>"""
COUNT = 12
CANARY = "canary-3340"


def said(number, mood):
    return [choice(mood, id="c1"), span(0, 4, "Person", "Anna", id=f"s{number}")]


@pytest.fixture(scope="module")
def project(label_studio):
    """Twelve tasks: four annotated before there were predictions, four after; the last four begin with one."""
    api = label_studio.api
    made = api.create_project("Evaluated", CONFIG)
    tasks = api.import_tasks(made, *({"text": f"Anna {CANARY} is well, {number}."} for number in range(COUNT)))
    for task in tasks[:4]:
        api.annotate(task, said(task, "Good"))
    stored = {}
    for number, task in enumerate(tasks):
        mood = "Bad" if number % 4 == 0 else "Good"
        stored[task] = api.store_prediction(task, {"result": said(task, mood), "model_version": "v1", "score": 0.9})
        api.store_prediction(task, {"result": [choice("Good", id="c1")], "model_version": "v2"})
    for task in tasks[4:8]:
        api.annotate(task, said(task, "Good"))
    for task in tasks[8:]:
        api.annotate(task, said(task, "Good"), parent_prediction=stored[task]["id"])
    return made


@pytest.fixture
def evaluate(label_studio, monkeypatch):
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)

    def run(*words):
        done = command.run("evaluate", *words, "--json", "--resamples", 0)
        assert done.returncode == 0, done.stderr
        assert CANARY not in done.stdout + done.stderr
        assert USER not in done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def figures(found):
    """Return the figures of each control, version and sample."""
    return {(row["control"], row["version"], row["sample"]["is"]): row["figures"] for row in found["figures"]}


def check(found):
    assert (found["tasks"], found["versions"]) == (COUNT, ["v1", "v2"])
    rows = figures(found)
    assert rows["mood", "v1", "4 of 12 blind"]["accuracy"]["value"] == 0.75
    assert rows["mood", "v1", "blind"]["accuracy"]["value"] == 0.75
    assert rows["mood", "v2", "4 of 12 blind"]["f1"]["value"] == 1
    assert rows["who", "v1", "4 of 12 blind"]["f1"]["value"] == 1
    assert rows["who", "v2", "4 of 12 blind"]["recall"]["value"] == 0


def test_a_project(evaluate, project):
    check(evaluate("--project", project))


def test_a_snapshot_with_predictions_written_out(label_studio, evaluate, project, tmp_path):
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps(label_studio.api.snapshot(project)))
    check(evaluate(file))


def test_the_export_of_the_interface_has_of_predictions_their_numbers_alone(label_studio, project, tmp_path):
    file = tmp_path / "export.json"
    file.write_text(json.dumps(label_studio.api.export(project)))
    done = command.run("evaluate", file)
    assert done.returncode == 2
    assert "has of predictions their numbers alone - name the project by --project" in done.stderr


def test_the_export_of_the_interface_where_the_project_shows_a_version(label_studio, evaluate, project, tmp_path):
    api = label_studio.api
    api.change_project(project, model_version="v1")
    task = api.import_tasks(project, {"text": f"Anna {CANARY} is here."})[0]
    api.store_prediction(task, {"result": said(task, "Bad"), "model_version": "v1", "score": 0.9})
    api.annotate(task, said(task, "Good"))
    file = tmp_path / "export.json"
    file.write_text(json.dumps([item for item in api.export(project) if item["id"] == task]))
    api.delete_task(task)
    api.change_project(project, model_version="")
    found = evaluate(file)
    assert figures(found)["mood", "v1", "seen"]["accuracy"]["value"] == 0
    assert found["tasks_with_predictions_not_written_out"] == 1


def test_a_page_of_a_project_is_redacted(evaluate, project, tmp_path):
    page = tmp_path / "page.html"
    evaluate("--project", project, "--html", page)
    shown = page.read_text(encoding="utf-8")
    assert "Anna" not in shown
    assert "is well" in shown
    assert page.stat().st_mode & 0o077 == 0
    evaluate("--project", project, "--html", page, "--show-texts")
    assert "Anna" in page.read_text(encoding="utf-8")


def test_a_project_that_is_not_there(evaluate):
    done = command.run("evaluate", "--project", 999_999)
    assert done.returncode == 2
    assert "has no project 999999" in done.stderr


def test_a_tab_with_what_is_probably_annotated_wrong(label_studio, evaluate):
    api = label_studio.api
    made = api.create_project("Suspects", CONFIG)
    moods = ["Good" if number % 2 else "Bad" for number in range(30)]
    said = [{"Good": "Bad", "Bad": "Good"}[mood] if number in (4, 9) else mood for number, mood in enumerate(moods)]
    annotated = [({"text": f"All is well, {number}."}, [choice(mood, id="c1")]) for number, mood in enumerate(said)]
    tasks = api.import_annotated(made, *annotated)
    predicted = [{"result": [choice(mood, id="c1")], "model_version": "v1", "score": 0.97} for mood in moods]
    api.store_predictions(made, dict(zip(tasks, predicted, strict=True)))
    found = evaluate("--project", made, "--suspects-tab", "Probably wrong")
    suspects = {int(suspect["task"]) for suspect in found["suspects"]}
    assert suspects == {tasks[4], tasks[9]}
    evaluate("--project", made, "--suspects-tab", "Probably wrong")
    tabs = [tab for tab in api.tabs(made) if tab["data"].get("title") == "Probably wrong"]
    assert len(tabs) == 1
    assert {task["id"] for task in api.tasks(made, view=str(tabs[0]["id"]))} == suspects
