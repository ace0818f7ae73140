"""P7, one result a task, in order: one that failed gets `{}`, so that Label Studio keeps all the others.

What cannot be written as JSON is tried in tests/seams/test_server_writing.py, real Label Studio in tests/label_studio/.
"""

import json

from tests.parts import ENTITIES, SENTIMENT, predict_body


def test_p07_one_result_a_task_in_order_and_nothing_for_one_that_failed(serve):
    texts = ["Ann 0", {"other": "x"}, "", "x\ud800", {"text": {"a": 1}}, "y" * 2**20, "Bob 6"]
    body = json.dumps(predict_body(ENTITIES, *texts))
    results = serve().post("/predict", content=body).json()["results"]
    assert [bool(result) for result in results] == [True, False, False, False, False, False, True]
    assert [result["result"][0]["value"]["text"] for result in (results[0], results[6])] == ["Ann", "Bob"]
    assert [result for result in results if not result] == [{}] * 5


def test_p07_tasks_without_data_or_of_a_wrong_shape(serve):
    body = predict_body(SENTIMENT, "Ann") | {"tasks": [{"id": 1}, {"data": 3}, {"data": {"text": "Ann"}}]}
    assert [bool(r) for r in serve().post("/predict", json=body).json()["results"]] == [False, False, True]


def test_p07_a_provider_that_fails_on_one_task_costs_no_other(serve, vendor):
    def answer(request, schema):
        return "nonsense" if "three" in request["messages"][1]["content"] else {"mood": "Bad"}

    vendor.answer = answer
    body = predict_body(SENTIMENT, "one", "two", "three", "four")
    results = serve().post("/predict", json=body).json()["results"]
    assert [bool(result) for result in results] == [True, True, False, True]
