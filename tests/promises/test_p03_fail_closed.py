"""P3, fail closed: where detection fails or runs out of time, a task gets no prediction and nothing is sent.

That no server starts where detection cannot be loaded is tried in tests/seams/test_missing_model.py, failures of each
part of detection in tests/unit/privacy/detect/.
"""

import json
import logging
import threading

import pytest

from backend.errors import DetectionError, LanguageError
from backend.privacy.types import Detection
from tests.parts import SENTIMENT, SUMMARY, detector, predict_body
from tests.patience import HANGS_S

CANARY = "canary-3307"
LIMITS = {"max_characters": 2_000_000}
CHOICES = (
    '<View><Text name="text" value="$text"/><Choices name="who" toName="text" value="$options"/>'
    '<TextArea name="prompt" toName="text" smart="true"/></View>'
)


OVER = threading.Event()


@pytest.fixture(autouse=True)
def ends():
    """End with the test what hangs in it."""
    OVER.clear()
    yield
    OVER.set()


def found(text):
    """Detect nothing."""
    return list[Detection]()


def raises(text):
    """Fail as a recognizer would that quotes the text."""
    raise RuntimeError(f"cannot read {text}")


def hangs(text):
    """Take longer than the policy allows."""
    OVER.wait(HANGS_S)
    return found(text)


def refuses_length(text):
    """Fail as spaCy does on more than a million characters."""
    if len(text) > 1_000_000:
        raise ValueError(f"[E088] Text of length {len(text)} exceeds maximum of 1000000: {text[:9]}")
    return found(text)


def refuses_language(text):
    """Refuse the text as our detector does by policy."""
    raise LanguageError("de")


def reports_failure(text):
    """Fail as our detector does."""
    raise DetectionError("detection failed: internal error IndexError at spans.py:7 - please report it")


LONG = f"{CANARY} " + "x" * 1_000_000
FAILURES = {
    "a recognizer raises": (raises, CANARY, "internal: internal error RuntimeError at test_p03_fail_closed.py"),
    "the detector says that one did": (reports_failure, CANARY, "detection: detection failed: internal error IndexEr"),
    "a time-out": (hangs, CANARY, "detection: detection took over 0.3 s - raise limits.detection_timeout_s or split"),
    "a million characters": (refuses_length, LONG, "internal: internal error ValueError at test_p03_fail_closed.py"),
    "a lone surrogate": (found, f"{CANARY} \ud800", "task: field 'text' has half a surrogate pair at character 12"),
    "an unknown language": (
        refuses_language,
        CANARY,
        "language: unknown language de - add it to detection.languages, or set detection.unknown_language: patterns",
    ),
}


def predict(client, body):
    """Send a body; returns its results."""
    return client.post("/predict", content=json.dumps(body)).raise_for_status().json()["results"]


def test_p03_a_task_that_fails_is_not_sent_and_costs_no_other(serve, vendor):
    def detect(text):
        if "slow" in text:
            return hangs(text)
        return raises(text) if "broken" in text else found(text)

    client = serve(detect, limits={"detection_timeout_s": 5})
    results = predict(client, predict_body(SENTIMENT, "broken", "slow", "Ann"))
    assert [bool(result) for result in results] == [False, False, True]
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("failure", FAILURES)
def test_p03_a_task_whose_text_cannot_be_vouched_for_is_not_sent(serve, vendor, caplog, failure):
    caplog.set_level(logging.DEBUG)
    detect, text, reason = FAILURES[failure]
    limits = LIMITS | ({"detection_timeout_s": 0.3} if detect is hangs else {})
    assert predict(serve(detect, limits=limits), predict_body(SUMMARY, text)) == [{}]
    assert vendor.received == b""
    assert f"project 1: 1 tasks got no prediction: {reason}" in caplog.text
    assert CANARY not in caplog.text


def test_p03_a_million_characters_are_refused_before_anything_reads_them(serve, vendor, caplog):
    read: list[str] = []

    def detect(text):
        read.append(text)
        return found(text)

    assert predict(serve(detect), predict_body(SUMMARY, "x" * 1_000_000)) == [{}]
    assert (read, bytes(vendor.received)) == ([], b"")
    assert "makes the task 1000000 characters long, and 100000 are allowed" in caplog.text


@pytest.mark.parametrize("place", ["a label", "what the annotator typed", "a field beside"])
def test_p03_a_lone_surrogate_is_refused_wherever_it_stands(serve, vendor, tmp_path, caplog, place):
    broken = f"{CANARY} \udfff"
    data = {"text": "It rains.", "options": [{"value": "A"}], "note": "short"}
    body = predict_body(CHOICES, data)
    (tmp_path / "my.txt").write_text("{text} {note}")
    if place == "a label":
        data["options"] = [{"value": "A"}, {"value": broken}]
    elif place == "a field beside":
        data["note"] = broken
    else:
        region = {"from_name": "prompt", "to_name": "text", "type": "textarea", "value": {"text": [broken]}}
        body["params"]["context"] = {"result": [region]}
    assert predict(serve(found, prompt="my.txt"), body) == [{}]
    assert vendor.received == b""
    assert "half a surrogate pair" in caplog.text
    assert CANARY not in caplog.text


def test_p03_the_real_detector_runs_out_of_time(serve, vendor, caplog):
    detector()
    text = "Ann Smith wrote to Bob Jones about the garden and the sea. " * 150
    limits = {"detection_timeout_s": 0.05}
    assert predict(serve(detector().detect, limits=limits), predict_body(SUMMARY, text)) == [{}]
    assert vendor.received == b""
    assert "detection took over 0.05 s" in caplog.text
