"""What is asked of Label Studio, against a stand-in; with a real one: tests/label_studio/test_straight.py."""

import json

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import LabelStudioApi, NewPrediction, calls, client
from backend.labelstudio.types import Prediction
from tests.seams.providers import http
from tests.studio import CANARY, Studio

API = LabelStudioApi
VERSION = "labelguard-1"


@pytest.fixture
def studio(vendor):
    made = Studio(range(1, 31))
    vendor.respond = made.respond
    return made


def new(*tasks, version=VERSION, text="x"):
    return [NewPrediction(task, Prediction(({"value": {"text": [text]}},), version, 0.5)) for task in tasks]


def calls_of(studio, method):
    return [path for how, path, _ in studio.asked if how == method]


def test_a_project_by_the_fields_that_are_needed(use, vendor):
    told = {"id": 12, "title": "Ward 3", "label_config": "<View/>", "created_at": "2026-11-28T10:20:17.500000Z"}
    vendor.respond = lambda *_: http(200, {**told, "created_by": {"email": CANARY}})
    project = use(lambda api: api.project(12))
    assert (project.id, project.title, project.label_config) == (12, "Ward 3", "<View/>")
    assert project.reference == "12.1795861217"
    assert CANARY not in repr(project)
    assert vendor.requests[0][0].startswith(
        b"GET /api/projects/12/?include=id%2Ctitle%2Clabel_config%2Ccreated_at HTTP"
    )


@pytest.mark.parametrize("answer", [{}, [], {"id": 12, "title": CANARY, "label_config": 3}, None], ids=str)
def test_what_is_no_project(use, vendor, answer):
    vendor.respond = lambda *_: http(200, answer)
    with pytest.raises(LabelStudioError, match="Label Studio gave no answer of its API for project 12") as caught:
        use(lambda api: api.project(12))
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_all_tasks_are_listed_by_number_alone(use, studio, monkeypatch):
    monkeypatch.setattr(client, "IDS_A_PAGE", 8)
    assert use(lambda api: api.task_ids(12)) == list(range(1, 31))
    assert [query["page"] for _, _, query in studio.asked] == ["1", "2", "3", "4"]
    assert {query["include"] for _, _, query in studio.asked} == {"id"}
    assert {query["review"] for _, _, query in studio.asked} == {"true"}  # else its backend is asked to predict


def test_tasks_that_have_a_prediction_of_a_version_are_left_out(use, studio):
    studio.stored[3], studio.stored[4] = [VERSION], ["another"]
    assert 3 not in use(lambda api: api.task_ids(12, without=VERSION))
    assert 4 in use(lambda api: api.task_ids(12, without=VERSION))


def test_a_tab_is_listed_by_its_own_filters(use, studio):
    use(lambda api: api.task_ids(12, tab=5, without=VERSION))
    ((_, _, query),) = studio.asked
    assert query["view"] == "5"
    assert "query" not in query


def test_tasks_that_go_while_they_are_listed(use, studio, monkeypatch):
    monkeypatch.setattr(client, "IDS_A_PAGE", 30)
    listed = studio.listed
    studio.listed = lambda query: listed(query) if query["page"] == "1" else http(404, {})
    studio.row = lambda task: {"id": task}
    studio.stored[31] = []
    assert len(use(lambda api: api.task_ids(12))) == 30


def test_p11_of_a_task_only_its_data_and_meta_are_asked_for_and_kept(use, studio):
    found = use(lambda api: api.tasks(12, [1, 2]))
    assert [(task.id, task.data, task.meta) for task in found] == [("1", {"text": "1"}, {}), ("2", {"text": "2"}, {})]
    assert studio.asked[0][2]["include"] == "id,data,meta,total_predictions,is_labeled"
    assert CANARY not in str([task.model_dump() for task in found])


def test_tasks_that_are_too_long_together_are_read_in_parts(use, studio, monkeypatch):
    monkeypatch.setattr(calls, "MOST_BYTES", 5_000)
    studio.most = 3
    assert [task.id for task in use(lambda api: api.tasks(12, range(1, 9)))] == [str(n) for n in range(1, 9)]


def test_label_studio_that_gives_fewer_at_once_than_are_asked_for(use, studio):
    studio.page_size = 4
    assert use(lambda api: api.task_ids(12)) == list(range(1, 31))
    assert [task.id for task in use(lambda api: api.tasks(12, range(1, 11)))] == [str(n) for n in range(1, 11)]
    use(lambda api: api.write(12, new(*range(1, 11))))
    assert len(use(lambda api: api.predicted(12, range(1, 31), VERSION))) == 10


def test_whether_a_task_has_a_prediction_of_a_version(use, studio):
    studio.store([{"task": 3, "model_version": VERSION}, {"task": 4, "model_version": "another"}])
    assert [use(lambda api, task=task: api.has_prediction(task, VERSION)) for task in (3, 4, 5)] == [True, False, False]


def test_predictions_are_stored_by_one_call(use, studio):
    assert use(lambda api: api.write(12, new(*range(1, 31)))) == {}
    assert all(versions == [VERSION] for versions in studio.stored.values())
    assert calls_of(studio, "POST") == ["/api/projects/12/import/predictions"]


def test_what_is_stored_is_the_whole_prediction(use, vendor, studio):
    use(lambda api: api.write(12, new(1, 2, text="é")))
    sent = json.loads(vendor.requests[-1][1])
    value = {"result": [{"value": {"text": ["é"]}}], "model_version": VERSION, "score": 0.5}
    assert sent == [{"task": 1, **value}, {"task": 2, **value}]
    use(lambda api: api.write(12, new(3, text="é")))
    assert json.loads(vendor.requests[-1][1]) == {"project": 12, "task": 3, **value}


def test_one_alone_does_not_cost_what_an_import_costs(use, studio):
    use(lambda api: api.write(12, new(7)))
    assert calls_of(studio, "POST") == ["/api/predictions/"]


def test_no_call_holds_more_than_it_may(use, studio, monkeypatch):
    monkeypatch.setattr(client, "WRITE_BYTES", 3_000)
    use(lambda api: api.write(12, new(*range(1, 11), text="x" * 1000)))
    assert len(calls_of(studio, "POST")) == 5
    monkeypatch.setattr(client, "AT_ONCE", 5)
    studio.asked.clear()
    use(lambda api: api.write(12, new(*range(11, 21))))
    assert len(calls_of(studio, "POST")) == 2
    assert all(studio.stored[task] == [VERSION] for task in range(1, 21))


def test_what_is_there_already_is_not_stored_again(use, studio):
    use(lambda api: api.write(12, new(1, 2)))
    use(lambda api: api.write(12, new(1, 2, 3)))
    use(lambda api: api.write(12, new(1, 2, 3)))
    assert [studio.stored[task] for task in (1, 2, 3)] == [[VERSION]] * 3
    use(lambda api: api.write(12, [*new(1), *new(2, version="later")]))
    assert [studio.stored[task] for task in (1, 2)] == [[VERSION], [VERSION, "later"]]


def test_a_call_that_failed_after_all_was_stored(use, studio):
    store = studio.store

    def store_and_fail(items):
        store(items)
        studio.store = store
        raise OSError  # the connection ends without an answer

    studio.store = store_and_fail
    assert use(lambda api: api.write(12, new(1, 2, 3))) == {}
    assert [studio.stored[task] for task in (1, 2, 3)] == [[VERSION]] * 3


def test_a_call_that_failed_before_is_made_again(use, studio):
    studio.fails = [None, http(503, {}), None, http(429, {}, "retry-after: 0")]
    assert use(lambda api: api.write(12, new(1, 2))) == {}
    assert [studio.stored[task] for task in (1, 2)] == [[VERSION]] * 2


def test_one_that_is_refused_costs_no_other_its_prediction(use, studio):
    studio.refuses = {4, 9}
    refused = use(lambda api: api.write(12, new(*range(1, 11))))
    assert list(refused) == [4, 9]
    assert refused[4].reason.startswith("Label Studio does not take the prediction of task 4 (400)")
    assert [task for task in range(1, 11) if studio.stored[task] == [VERSION]] == [1, 2, 3, 5, 6, 7, 8, 10]


def test_a_project_that_is_gone(use, studio):
    studio.fails = [None, http(404, {"detail": CANARY})]
    with pytest.raises(LabelStudioError, match="has no predictions of project 12 that the token's user may see"):
        use(lambda api: api.write(12, new(1, 2)))


def test_the_newest_of_several_is_kept(use, studio):
    studio.store([{"task": 1, "model_version": v} for v in (VERSION, "another", VERSION, VERSION)])
    assert use(lambda api: api.keep_newest(1, VERSION)) == 2
    assert [number for number, _ in studio.rows(1)] == [2, 4]
    assert use(lambda api: api.keep_newest(1, VERSION)) == 0


def test_one_that_another_deleted(use, studio):
    studio.store([{"task": 1, "model_version": VERSION}] * 2)
    studio.fails = [None, http(404, {})]
    assert use(lambda api: api.keep_newest(1, VERSION)) == 1
