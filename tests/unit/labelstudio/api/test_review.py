"""What people and models said, as Label Studio's API tells it, against a stand-in; a real one: tests/label_studio."""

import json

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import calls
from backend.labelstudio.api.review import ReviewApi
from tests.exports import annotation, choice, prediction, task
from tests.seams.providers import http

API = ReviewApi
CANARY = "canary-2085"


def test_names_drafts_and_all_that_is_not_named_are_dropped(vendor, use):
    made = task([annotation(choice("Good"), created_username=CANARY)], [prediction(choice("Bad"), score=0.5)])
    made |= {"drafts": [CANARY], "updated_by": [CANARY], "comments": CANARY}
    vendor.respond = lambda *_: http(200, {"tasks": [made], "total": 1, "total_annotations": 1})
    (found,) = use(lambda api: api.answered(7, [made["id"]]))
    assert CANARY not in str(found.model_dump())
    assert found.annotations[0].completed_by == 1
    assert found.predictions[0].score == 0.5
    assert "Good" not in repr(found)


def test_tasks_that_are_too_long_together_are_read_in_parts(vendor, use, monkeypatch):
    monkeypatch.setattr(calls, "MOST_BYTES", 3_000)
    there = {made["id"]: made for made in (task([annotation(choice("Good"))], text="x" * 1_000) for _ in range(5))}

    def respond(head, _):
        asked = json.loads(_query(head)["query"][0])["selectedItems"]["included"]
        return http(200, {"tasks": [there[number] for number in asked], "total": len(asked)})

    vendor.respond = respond
    found = use(lambda api: api.answered(7, list(there)))
    assert sorted(int(one.id) for one in found) == sorted(there)
    assert len(vendor.requests) > 1


def _query(head):
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(head.split(b" ")[1].decode()).query)


def test_one_task_that_is_too_long(vendor, use, monkeypatch):
    monkeypatch.setattr(calls, "MOST_BYTES", 100)
    vendor.respond = lambda *_: http(200, {"tasks": [task(text=CANARY * 100)], "total": 1})
    with pytest.raises(LabelStudioError) as caught:
        use(lambda api: api.answered(7, [1]))
    assert CANARY not in caught.value.reason


@pytest.mark.parametrize(
    ("there", "method"), [([], b"POST"), ([{"id": 5, "data": {"title": "Wrong", "x": 1}}], b"PATCH")]
)
def test_a_tab_is_made_once(vendor, use, there, method):
    vendor.respond = lambda head, _: http(200, there if head.startswith(b"GET") else {"id": 5, "data": {}})
    assert use(lambda api: api.show_in_tab(7, "Wrong", [3, 4])) == 5
    head, body = vendor.requests[-1]
    assert head.startswith(method)
    data = json.loads(body)["data"]
    assert (data["title"], data["filters"]["conjunction"]) == ("Wrong", "or")
    assert [item["value"] for item in data["filters"]["items"]] == [3, 4]
    assert data.get("x") == (1 if there else None)
