"""What fails in one task costs no other, and never keeps annotators from opening tasks."""

import pytest

from tests.label_studio.api import JSON
from tests.label_studio.projects import ENTITIES, SUMMARIES, TRIAGE, create_project

pytestmark = pytest.mark.label_studio


def test_p07_failing_tasks_of_a_batch_keep_the_others(label_studio, backend):
    stories = ["One.", "to lose", "", [{"a": "list"}], "Two."]
    data: list[JSON] = [{"story": story} for story in stories]
    project = create_project(label_studio, backend, SUMMARIES, *data)
    tasks = list(project.tasks)
    label_studio.api.change_task(tasks[1], {"title": "a task without the field"})
    label_studio.api.retrieve_predictions(project.id)
    assert sorted(label_studio.api.predictions(project.id)) == [tasks[0], tasks[4]]


def test_a_task_that_failed_opens_without_a_prediction(label_studio, backend):
    project = create_project(label_studio, backend, SUMMARIES, {"story": ""})
    opened = label_studio.api.open_task(project.id, next(iter(project.tasks)))
    assert opened["predictions"] == []


def test_p03_a_broken_provider_leaves_no_predictions_and_tasks_open(label_studio, backend):
    project = create_project(label_studio, backend, ENTITIES)
    backend.own.status = 500
    label_studio.api.retrieve_predictions(project.id)
    assert label_studio.api.predictions(project.id) == {}
    assert label_studio.api.open_task(project.id, next(iter(project.tasks)))["predictions"] == []
    assert not backend.vendor.received
    backend.own.status = 200
    while not label_studio.api.predictions(project.id):  # what failed again and again is left alone for a while
        label_studio.api.retrieve_predictions(project.id)


def test_predictions_come_once_the_provider_is_back(label_studio, backend):
    project = create_project(label_studio, backend, TRIAGE)
    backend.vendor.fault = "nonsense"
    label_studio.api.retrieve_predictions(project.id)
    assert label_studio.api.predictions(project.id) == {}
    backend.vendor.fault = ""
    label_studio.api.retrieve_predictions(project.id)
    assert label_studio.api.predictions(project.id).keys() == project.tasks.keys()
