"""What is asked about reviews, against a stand-in; with a real Label Studio: tests/label_studio/test_reviews.py."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import AnnotationsApi
from tests.seams.providers import http

CANARY = "canary-7792"
API = AnnotationsApi
REGION = {"id": "c1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["Good"]}}
PERSON = {"id": 5, "email": f"{CANARY}@example.org"}


class Annotated:
    """Tasks with an annotation each, as the API has them; every third was skipped."""

    def __init__(self, tasks):
        self.tasks, self.asked, self.most = list(tasks), [], 1000

    def respond(self, head, _):
        url = urlsplit(head.split(b"\r\n")[0].decode().split(" ")[1])
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked.append(query)
        if url.path.startswith("/api/projects/"):
            return http(200, {"id": 12}) if url.path == "/api/projects/12/" else http(404, {})
        if url.path == "/api/predictions/":
            told = {"id": 7, "result": [REGION], "model_version": "labelguard-1", "created_at": "2026-11-23T07:00:00Z"}
            return (
                http(200, [{**told, "created_by": PERSON}]) if query["task"] in map(str, self.tasks) else http(404, {})
            )
        return self.listed(query)

    def listed(self, query):
        asked = json.loads(query["query"])
        items = asked["filters"]["items"]
        chosen = [task for task in self.tasks if task in asked["selectedItems"].get("included", self.tasks)]
        if items:
            is_skipped = "cancelled" in items[0]["filter"]
            chosen = [task for task in chosen if (task % 3 == 0) is is_skipped]
        size, page = int(query["page_size"]), int(query.get("page", 1))
        part = chosen[(page - 1) * size : page * size]
        if not part and page > 1:
            return http(404, {})
        rows = [self.row(task) if "include" not in query else {"id": task} for task in part[: self.most]]
        return http(200, {"tasks": rows, "total": len(chosen)})

    def row(self, task):
        annotation = {"id": task + 100, "result": [{**REGION, "meta": {"text": [CANARY]}}], "completed_by": PERSON}
        annotation |= {"created_username": CANARY, "created_at": "2026-11-23T07:10:00Z", "was_cancelled": False}
        prediction = {"id": 7, "result": [REGION], "model_version": "labelguard-1", "score": 0.5}
        said = {"annotations": [annotation, CANARY], "predictions": [prediction], "drafts": [{"user": CANARY}]}
        return {"id": task, "data": {"text": f"text {task}"}, **said, "updated_by": [PERSON]}


@pytest.fixture
def studio(vendor):
    made = Annotated(range(1, 31))
    vendor.respond = made.respond
    return made


def test_tasks_that_were_annotated_or_skipped_are_listed_in_order(use, studio, monkeypatch):
    monkeypatch.setattr("backend.labelstudio.api.annotations.IDS_A_PAGE", 7)
    assert use(lambda api: api.annotated(12)) == list(range(1, 31))
    assert all(query["review"] == "true" for query in studio.asked)
    studio.tasks = []
    assert use(lambda api: api.annotated(12)) == []


def test_annotations_come_without_their_users(use, studio):
    tasks = use(lambda api: api.reviewed(12, [1, 2, 99]))
    assert [task.id for task in tasks] == ["1", "2"]
    (annotation,), (prediction,) = tasks[0].annotations, tasks[0].predictions
    assert (annotation.id, annotation.completed_by, annotation.result) == (101, 5, [REGION])
    assert prediction.model_version == "labelguard-1"
    assert CANARY not in "".join(repr(task.model_dump()) for task in tasks)


def test_more_than_are_given_at_once_are_asked_for_in_parts(use, studio):
    studio.most = 3
    assert sorted(int(task.id) for task in use(lambda api: api.reviewed(12, range(1, 21)))) == list(range(1, 21))


def test_predictions_of_a_task(use, studio):
    (prediction,) = use(lambda api: api.predictions(3))
    assert (prediction.id, prediction.result) == (7, [REGION])
    assert use(lambda api: api.predictions(99)) == ()


def test_whether_a_project_is_there(use, studio):
    assert use(lambda api: api.has_project(12))
    assert not use(lambda api: api.has_project(13))


def test_what_is_no_answer_of_the_api(use, studio):
    studio.listed = lambda query: http(200, [CANARY])
    with pytest.raises(LabelStudioError) as foreign:
        use(lambda api: api.annotated(12))
    assert CANARY not in foreign.value.reason
