"""Reviews in real Label Studio: connected in one go, told by webhooks or fetched, known, and forgotten."""

import asyncio
import json
from contextlib import aclosing

import httpx
import pytest

from backend.labelstudio.api import ConnectionsApi
from backend.labelstudio.fetch.account import LabelStudioAccess
from tests import command
from tests.label_studio.backend import PASSWORD
from tests.label_studio.harness import TOKEN
from tests.label_studio.reviewing import Reviewing, expect_verdicts, verdicts
from tests.parts import SENTIMENT
from tests.patience import until
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

CANARY = "canary-6627"
TEXTS = tuple({"text": f"{CANARY} case {number}"} for number in range(6))


def choice(label):
    return [{"id": "c1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [label]}}]


@pytest.fixture(scope="module")
def reviewing(label_studio, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviewing")
    with (
        StandIn(lambda request, schema: {"mood": "Good"}) as model,
        pytest.MonkeyPatch.context() as patch,
        Reviewing.running(label_studio, model.address, folder, patch, annotations="keep") as running,
    ):
        yield running


@pytest.fixture
def project(label_studio):
    return label_studio.api.create_project("Reviewed", SENTIMENT)


def test_a_project_is_connected_in_one_go_again_and_undone(label_studio, reviewing, project):
    assert reviewing.connect(project) == f"project {project}: backend connected, webhook given its secret\n"
    (backend,) = label_studio.api.backends(project)
    assert (backend["readable_state"], backend["auth_method"]) == ("Connected", "BASIC_AUTH")
    (hook,) = label_studio.api.webhooks(project)
    assert hook["url"] == f"{reviewing.url}/webhook"
    assert reviewing.connect(project) == f"project {project}: nothing to change\n"
    done = command.run("connect", "--url", reviewing.url, "--project", project, "--interactive")
    assert done.stdout == f"project {project}: backend changed\n"
    done = command.run("disconnect", "--url", reviewing.url, "--project", project)
    assert done.stdout == f"project {project}: backend removed, webhook removed\n"
    assert (label_studio.api.backends(project), label_studio.api.webhooks(project)) == ([], [])
    done = command.run("disconnect", "--url", reviewing.url, "--project", project)
    assert done.stdout == f"project {project}: nothing to change\n"


def test_all_projects_are_those_that_the_tokens_user_sees(label_studio, project):
    async def listed():
        async with aclosing(ConnectionsApi(LabelStudioAccess(label_studio.url, TOKEN))) as api:
            return await api.projects()

    found = asyncio.run(listed())
    assert project in found
    assert len(found) == len(set(found))


def test_what_label_studio_refuses_is_told_and_the_others_are_connected(reviewing, project, monkeypatch):
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", "wrong")
    done = command.run("connect", "--url", reviewing.url, "--project", project, "--project", 99_999)
    assert done.returncode == 1
    assert f"project {project}: Label Studio does not take the backend {reviewing.url}" in done.stderr
    assert "project 99999: Label Studio" in done.stderr
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", PASSWORD)
    done = command.run("connect", "--url", reviewing.url, "--project", 99_999, "--project", project)
    assert (done.returncode, done.stdout) == (1, f"project {project}: backend connected, webhook given its secret\n")


def test_reviews_arrive_count_and_go(label_studio, reviewing, project):
    api = label_studio.api
    reviewing.connect(project)
    tasks = api.import_tasks(project, *TEXTS)
    api.retrieve_predictions(project)
    predictions = api.predictions(project)
    assert len(predictions) == len(tasks)
    kept = api.annotate(tasks[0], predictions[tasks[0]]["result"])
    api.annotate(tasks[1], choice("Bad"))
    api.annotate(tasks[2], [])
    expect_verdicts(project, kept=1, changed=1, thrown=1)
    api.update_annotation(kept["id"], choice("Bad"))
    expect_verdicts(project, changed=2, thrown=1)
    (told,) = json.loads(command.run("quality", "--project", project, "--json").stdout)["quality"]
    assert told["model_version"] == predictions[tasks[0]]["model_version"]
    assert told["labels"][0] == {
        "control": "mood",
        "label": "Good",
        "predicted": 3,
        "corrected": 3,
        "missed": 0,
        "became": {"Bad": 2},
    }
    api.delete_task(tasks[2])
    expect_verdicts(project, changed=2)
    beside = (*reviewing.folder.glob("state.db*"), *reviewing.folder.glob("state.db*/*"))
    stored = b"".join(file.read_bytes() for file in beside if file.is_file())
    assert CANARY.encode() not in stored
    done = command.run("forget", "--text", f"{CANARY} CASE 0")
    assert done.stdout.startswith("forgotten: 1 annotations")
    assert verdicts(project) == {"changed": 1}
    command.run("forget", "--project", project)
    assert verdicts(project) == {}
    assert CANARY not in reviewing.child.output()


def test_a_webhook_without_the_secret_changes_nothing(reviewing, project):
    reviewing.connect(project)
    event = {"action": "ANNOTATION_CREATED", "project": {"id": project}, "annotation": {"id": 1, "task": 1}}
    answer = httpx.post(f"{reviewing.url}/webhook", json=event, trust_env=False)
    assert answer.status_code == 401
    assert verdicts(project) == {}


def test_what_was_annotated_before_is_fetched(label_studio, reviewing, project):
    api = label_studio.api
    tasks = api.import_tasks(project, *TEXTS)
    reviewing.connect(project)
    api.retrieve_predictions(project)
    predictions = api.predictions(project)
    command.run("disconnect", "--url", reviewing.url, "--project", project)
    kept = api.annotate(tasks[0], predictions[tasks[0]]["result"])
    api.annotate(tasks[1], choice("Bad"))
    assert verdicts(project) == {}
    done = command.run("annotations", "sync", "--project", project)
    assert done.stdout == "2 annotations read, kept for 90 days; 0 forgotten\n", done.stderr
    assert verdicts(project) == {"kept": 1, "changed": 1}
    api.update_annotation(kept["id"], choice("Bad"))
    api.delete_task(tasks[1])
    done = command.run("annotations", "sync", "--project", project)
    assert done.stdout == "1 annotations read, kept for 90 days; 1 forgotten\n"
    assert verdicts(project) == {"changed": 1}


def test_by_default_nothing_is_kept_but_what_became_of_predictions(label_studio, own, tmp_path, monkeypatch, project):
    own.answer = lambda request, schema: {"mood": "Good"}
    with Reviewing.running(label_studio, own.address, tmp_path, monkeypatch) as reviewing:
        reviewing.connect(project)
        (task,) = label_studio.api.import_tasks(project, TEXTS[0])
        label_studio.api.open_task(project, task)
        until(lambda: label_studio.api.predictions(project))
        label_studio.api.annotate(task, choice("Bad"))
        expect_verdicts(project, changed=1)
        assert command.run("forget", "--text", CANARY).stdout.startswith("forgotten: 0 annotations")
