"""Predictions straight into real Label Studio: read by its API, predicted, stored, and none twice."""

import asyncio
import json
from contextlib import aclosing, suppress

import pytest

from backend.engine import bulk
from backend.engine.bulk import BulkRun, Selection
from backend.engine.thread import EngineThread
from backend.errors import LabelStudioError
from backend.labelstudio.api import LabelStudioApi, NewPrediction
from backend.labelstudio.fetch.account import LabelStudioAccess
from backend.labelstudio.types import Prediction
from tests import command
from tests.label_studio.harness import TOKEN
from tests.label_studio.projects import TRIAGE, create_project
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.seams.providers import Vendor, http
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

COUNT = 30


@pytest.fixture
def model():
    with StandIn() as running:
        yield running


@pytest.fixture
def engine(request, tmp_path, model):
    rule = {"name": "all", "match": "everything", "providers": ["own"], **getattr(request, "param", {})}
    policy = write_policy(tmp_path, {"own": provider(model.address, external=False)}, [rule])
    with EngineThread(build_engine(policy, lambda text: [])) as running:
        yield running


@pytest.fixture
def project(label_studio):
    """A project with tasks, of which every third is about a pump."""
    project = label_studio.api.create_project("Straight", SENTIMENT)
    texts = [f"The {'pump' if number % 3 == 0 else 'bed'} {number} is new." for number in range(COUNT)]
    return project, label_studio.api.import_tasks(project, *({"text": text} for text in texts))


@pytest.fixture
def straight(label_studio, engine):
    """Predict a project as the command does; returns the report."""

    def straight(project, token=TOKEN, runs=1, **selection):
        async def one():
            async with aclosing(LabelStudioApi(LabelStudioAccess(label_studio.url, token))) as api:
                running = BulkRun(engine.engine, api, await api.project(project))
                await running.run(Selection(**selection))
                return running.report

        async def all_of_them():
            return await asyncio.gather(*(one() for _ in range(runs)))

        return engine.submit(all_of_them()).result()[-1]

    return straight


@pytest.fixture
def ask(label_studio):
    """Ask Label Studio's API by a token."""

    def ask(work, token=TOKEN):
        async def run():
            async with aclosing(LabelStudioApi(LabelStudioAccess(label_studio.url, token))) as api:
                return await work(api)

        return asyncio.run(run())

    return ask


def test_all_tasks_are_predicted_and_none_twice(label_studio, straight, model, project):
    number, tasks = project
    assert straight(number).stored == COUNT
    stored = label_studio.api.predictions(number)
    assert sorted(stored) == tasks
    assert all(prediction["result"] and prediction["score"] is None for prediction in stored.values())
    again = straight(number)
    assert (again.found, len(model.requests)) == (0, COUNT)
    assert label_studio.api.predictions(number) == stored


def test_a_personal_token(label_studio, straight, project):
    number, tasks = project
    token = label_studio.api.personal_token()
    assert len(token) > 40
    assert straight(number, token).stored == COUNT
    assert sorted(label_studio.api.predictions(number)) == tasks


@pytest.mark.parametrize("engine", [{"blind": {"one_in": 5}}], indirect=True)
def test_some_are_labeled_by_people_first(label_studio, straight, project):
    number, tasks = project
    report = straight(number)
    blind = set(tasks) - set(label_studio.api.predictions(number))
    assert COUNT // 5 - 1 <= len(blind) <= COUNT // 5 + 1
    assert report.stored == COUNT - len(blind)
    for task in sorted(blind)[1:]:
        label_studio.api.annotate(task, [])
    assert straight(number).stored == len(blind) - 1
    assert set(tasks) - set(label_studio.api.predictions(number)) == {min(blind)}


def test_the_tasks_of_a_tab_alone(label_studio, straight, project):
    number, tasks = project
    tab = label_studio.api.create_tab(number, "Pumps", "data.text", "pump")
    report = straight(number, tab=tab)
    assert (report.found, report.stored) == (COUNT // 3, COUNT // 3)
    assert sorted(label_studio.api.predictions(number)) == tasks[::3]
    assert straight(number, tab=tab).passed == COUNT // 3
    assert straight(number).stored == COUNT - COUNT // 3


def test_predictions_of_this_version_are_replaced_if_all_are_asked_for(label_studio, straight, project):
    number, tasks = project
    straight(number)
    before = label_studio.api.predictions(number)
    label_studio.api.store_prediction(tasks[0], {"result": [], "model_version": "another"})
    assert straight(number, every=True).stored == COUNT
    with pytest.raises(AssertionError, match="a task has several"):
        label_studio.api.predictions(number)  # ours and the other, which stays
    ours = label_studio.api.versions(number, next(iter(before.values()))["model_version"])
    assert sorted(ours) == tasks
    assert set(ours.values()).isdisjoint(prediction["id"] for prediction in before.values())


def test_it_may_be_stopped_and_goes_on(label_studio, straight, engine, model, project, monkeypatch):
    number, tasks = project
    monkeypatch.setattr(bulk, "PAGE", 5)
    monkeypatch.setattr(bulk, "PAGES_AT_ONCE", 1)
    model.moods = lambda: (200, "hang" if len(model.requests) > 8 else "")

    async def run():
        async with aclosing(LabelStudioApi(LabelStudioAccess(label_studio.url, TOKEN))) as api:
            running = BulkRun(engine.engine, api, await api.project(number))
            working = asyncio.create_task(running.run(Selection()))

            def stop():
                if running.report.predicted == 8 and not working.cancelling():
                    working.cancel()

            running.on_progress = stop
            with suppress(asyncio.CancelledError):
                await working

    engine.submit(run()).result()
    stored = set(label_studio.api.predictions(number))
    assert len(stored) == 8
    model.moods = None
    model.requests.clear()
    assert straight(number).stored == COUNT - 8
    assert sorted(label_studio.api.predictions(number)) == tasks


def test_two_runs_at_once_leave_one_prediction(label_studio, straight, project):
    number, tasks = project
    straight(number, runs=2)
    assert sorted(label_studio.api.predictions(number)) == tasks


def test_a_task_that_fails_costs_no_other_its_prediction(label_studio, straight, project):
    number, tasks = project
    label_studio.api.change_task(tasks[3], {"title": "a task without the field"})
    report = straight(number)
    assert dict(report.reasons()) == {"task": [tasks[3]]}
    assert len(label_studio.api.predictions(number)) == COUNT - 1


def test_a_task_that_is_deleted_meanwhile_costs_no_other_its_prediction(label_studio, ask, project):
    number, tasks = project
    label_studio.api.delete_task(tasks[1])
    choice = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["Good"]}}
    new = [NewPrediction(task, Prediction((choice,), "labelguard-x")) for task in tasks[:4]]
    refused = ask(lambda api: api.write(number, new))
    assert {task: error.code for task, error in refused.items()} == {tasks[1]: "label_studio"}
    assert sorted(label_studio.api.predictions(number)) == [tasks[0], tasks[2], tasks[3]]
    assert ask(lambda api: api.has_prediction(tasks[0], "labelguard-x"))
    assert not ask(lambda api: api.has_prediction(tasks[0], "labelguard-y"))
    with pytest.raises(LabelStudioError, match=f"predictions of task {tasks[1]} .400. - see whether it is still there"):
        ask(lambda api: api.has_prediction(tasks[1], "labelguard-x"))


def test_a_project_as_its_calls_name_it(label_studio, ask, project):
    with Vendor.running() as backend:
        backend.respond = lambda *_: http(200, {"status": "UP", "model_version": "1"})
        label_studio.api.connect(project[0], backend.address, "user", "password")
    bodies = [json.loads(body) for head, body in backend.requests if b"/setup" in head]
    found = ask(lambda api: api.project(project[0]))
    assert {(body["project"], body["schema"]) for body in bodies} == {(found.reference, found.label_config)}


def test_what_a_click_has_stored_is_what_the_command_finds(label_studio, backend, monkeypatch):
    project = create_project(label_studio, backend, TRIAGE)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)
    words = ("predict", "--project", project.id, "--policy", backend.policy, "--path", TRIAGE.profile)
    done = command.run(*words)
    assert done.returncode == 0, done.stderr
    assert f"{len(project.tasks)} of {len(project.tasks)} tasks predicted and stored" in done.stderr
    assert "Maria" not in done.stderr + backend.vendor.received.decode()
    label_studio.api.retrieve_predictions(project.id)
    assert len(backend.vendor.requests) == len(project.tasks)
    assert label_studio.api.predictions(project.id).keys() == project.tasks.keys()


def test_p11_of_human_labels_and_names_of_users_nothing_comes(label_studio, straight, model, project):
    number, tasks = project
    label = {"id": "c1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["canary-81"]}}
    label_studio.api.annotate(tasks[0], [label])
    label_studio.api.draft(tasks[1], [label])
    listed = label_studio.api.tasks(number, include="id,data,meta,total_predictions", review="true")
    assert {key for task in listed for key in task} == {"id", "data", "meta", "total_predictions"}
    assert "canary-81" not in str(listed)
    assert straight(number).stored == COUNT
    assert b"The bed 1 is new." in model.received  # else the next line would show nothing
    assert b"canary-81" not in model.received


def test_a_listing_has_no_backend_predict(label_studio, ask, backend):
    project = create_project(label_studio, backend, TRIAGE)
    label_studio.api.change_project(project.id, evaluate_predictions_automatically=True)
    ids = ask(lambda api: api.task_ids(project.id))
    assert len(ask(lambda api: api.tasks(project.id, ids))) == len(ids) == len(project.tasks)
    assert not backend.vendor.requests


@pytest.mark.parametrize(
    ("token", "number", "words"),
    [
        ("0" * 40, 0, "Label Studio does not take the token (401) - set LABELGUARD_LABEL_STUDIO_TOKEN"),
        ("head.body.signed", 0, "Label Studio does not take the token (401) - set LABELGUARD_LABEL_STUDIO_TOKEN"),
        (TOKEN, 999_999, "Label Studio has no project 999999 that the token's user may see (404)"),
    ],
    ids=["legacy", "personal", "no project"],
)
def test_what_is_told(ask, project, token, number, words):
    with pytest.raises(LabelStudioError) as caught:
        ask(lambda api: api.project(number or project[0]), token)
    assert caught.value.reason.startswith(words)
    assert token not in caught.value.reason


def test_a_project_that_is_deleted(label_studio, ask, project):
    label_studio.api.delete_project(project[0])
    with pytest.raises(LabelStudioError, match=f"has no project {project[0]} that"):
        ask(lambda api: api.task_ids(project[0]))


def test_a_tab_of_another_project(label_studio, ask, project):
    other = label_studio.api.create_project("Another", SENTIMENT)
    tab = label_studio.api.create_tab(other, "All", "data.text", "x")
    with pytest.raises(LabelStudioError, match=f"tab {tab}"):
        ask(lambda api: api.task_ids(project[0], tab))
