"""P8: every prediction is valid for its config; an answer that fits no label is a failure, never the nearest label.

Each handler's own cases are tried in tests/contract/test_handlers.py, what label-studio-sdk misses in
tests/contract/test_sdk_gaps.py, answers of any shape in tests/seams/test_any_answer.py.
"""

from typing import Any

import pytest
from label_studio_sdk.label_interface import LabelInterface

from tests.parts import SUMMARY, predict_body

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/>'
    '<Choice value="Bad"/></Choices><Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<Rating name="stars" toName="text" maxRating="5"/></View>'
)
RIGHT = {"mood": "Good", "ner": [{"label": "PER", "text": "[PERSON_1]"}], "stars": 4}
WRONG: dict[str, dict[str, Any]] = {
    "a label that is nearly one": {"mood": "Goood"},
    "a word for a label": {"mood": "Excellent"},
    "a label of another control": {"mood": "PER"},
    "a span's label": {"ner": [{"label": "PERSON", "text": "[PERSON_1]"}]},
    "a rating beyond the last": {"stars": 6},
    "a rating between two": {"stars": 4.5},
}


def predicted(client, config, text):
    """Return a task's prediction, or `{}`."""
    return client.post("/predict", json=predict_body(config, text)).raise_for_status().json()["results"][0]


def test_p08_a_prediction_is_what_label_studio_takes(serve, vendor):
    vendor.answer = lambda request, schema: RIGHT
    prediction = predicted(serve(known_labels="off"), CONFIG, "Ann smiled.")
    values = [result["value"] for result in prediction["result"]]
    assert [next(iter(v[key] for key in ("choices", "labels", "rating") if key in v)) for v in values] == [
        ["Good"],
        ["PER"],
        4,
    ]
    assert LabelInterface(CONFIG).validate_prediction(prediction, return_errors=True) == []


def test_p08_what_detection_marks_is_what_label_studio_takes(serve, vendor):
    vendor.answer = lambda request, schema: RIGHT | {"ner": []}
    prediction = predicted(serve(), CONFIG, "Ann smiled at Bob.")
    marked = [result["value"]["labels"] for result in prediction["result"] if result["type"] == "labels"]
    assert marked == [["PER"], ["PER"]]
    assert LabelInterface(CONFIG).validate_prediction(prediction, return_errors=True) == []


@pytest.mark.parametrize("kind", WRONG)
def test_p08_an_answer_that_fits_no_label_is_a_failure_with_a_reason(serve, vendor, caplog, kind):
    vendor.answer = lambda request, schema: RIGHT | WRONG[kind]
    assert predicted(serve(), CONFIG, "Ann smiled.") == {}
    assert vendor.requests
    assert "1 tasks got no prediction: invalid_answer: " in caplog.text


def test_p08_an_invented_placeholder_is_a_failure(serve, vendor):
    vendor.answer = lambda request, schema: {"summary": "[PERSON_9] left."}
    assert predicted(serve(), SUMMARY, "Ann") == {}
