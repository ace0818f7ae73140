"""200 documents through three handlers to a provider that records every byte: what stood in them stays here."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.privacy.redact import Redactor
from tests.child import labelguard
from tests.parts import ENTITIES, SENTIMENT, SUMMARY, detector, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

DATA = Path(__file__).parents[1] / "data" / "synth_dataset_v2_200.json"
ASKED = SENTIMENT.replace("<Choices", '<Header value="$text"/><Choices')
CONFIGS = {"choices": ASKED, "labels": ENTITIES, "textarea": SUMMARY}
PROJECTS = ("1.1795417599", "2.1795417599", "3.1795417599")
CANARIES = {
    place: f"{place}-canary-{number}"
    for number, place in enumerate(
        ("annotation", "draft", "prediction", "user", "login", "context", "token", "meta", "unused", "extra"), 7301
    )
}
IN_TEXT = "text-canary-7399@example.org"
OURS = re.compile(r"[\d-]+ [\d:,]+ [A-Z]+ (labelguard\.|uvicorn\.error: )")
ENOUGH = 0.95


@dataclass
class Sent:
    """One task's call: its text, our answer, and every byte that the provider got for it."""

    kind: str
    text: str
    result: dict[str, Any]
    received: bytes


@dataclass
class Traces:
    """All that the run left anywhere."""

    sent: list[Sent] = field(default_factory=list)
    failed_calls: bytes = b""
    errors: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    contacted: str = ""


def body_of(config: str, text: str, project: str = "1.1795417599") -> dict[str, Any]:
    """Return a request with a canary in every place that holds human labels, people or secrets."""
    body = predict_body(config, {"text": text, "ward": CANARIES["unused"]}, project=project)
    task = body["tasks"][0]
    label = [{"from_name": "ner", "to_name": "text", "type": "labels", "value": {"text": CANARIES["annotation"]}}]
    task["meta"] = {"note": CANARIES["meta"]}
    task["annotations"] = [{"result": label, "completed_by": {"email": f"{CANARIES['user']}@example.org"}}]
    task["drafts"] = [{"user": CANARIES["user"], "result": [{"value": {"text": [CANARIES["draft"]]}}]}]
    task["predictions"] = [{"result": [{"value": {"choices": [CANARIES["prediction"]]}}]}]
    body["params"] = {
        "login": CANARIES["login"],
        "password": CANARIES["login"],
        "context": {"result": [{"value": {"text": [CANARIES["context"]]}}]},
    }
    return body


def fail_on_purpose(client: httpx.Client, standin: StandIn, texts: list[str]) -> Iterator[httpx.Response]:
    """Make every kind of error that a request can lead to, in a project whose answers are not kept from before."""
    other = "4.1795417599"
    for config in CONFIGS.values():
        for standin.status, standin.fault in ((401, ""), (429, ""), (500, ""), (200, "nonsense"), (200, "cut")):
            yield client.post("/predict", json=body_of(config, texts[0], other))
    standin.status, standin.fault = 200, ""
    standin.answer = lambda request, schema: {"mood": request["messages"][-1]["content"], "summary": "[PERSON_77]"}
    for config, text in zip(CONFIGS.values(), texts, strict=False):
        yield client.post("/predict", json=body_of(config, text, other))
    for text in texts:
        yield client.post("/predict", content=json.dumps(body_of(SUMMARY, text))[:-2])
        yield client.post("/predict", json={"tasks": text, "label_config": SUMMARY, "project": text})
        yield client.post("/predict", json=body_of(f"<View>{text}", text))
        yield client.post("/predict", json=body_of(f'<View><Text name="{CANARIES["extra"]}"/></View>', text))
        yield client.post("/setup", json=setup_body(f"<View>{text}") | {"access_token": CANARIES["token"]})
        yield client.post("/webhook", json={"action": text, "annotation": body_of(SUMMARY, text)["tasks"][0]})


@pytest.fixture(scope="module")
def documents():
    return [f"{item['full_text']} Mail: {IN_TEXT}" for item in json.loads(DATA.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def traces(documents, tmp_path_factory):
    """Run it all once: the real server as a child process, at DEBUG, with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    seen = Traces()
    with StandIn() as standin:
        rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["vendor"]}
        rule["detection"] = {"unknown_language": "patterns"}  # some texts are an address in Greek, and nothing else
        write_policy(home, {"vendor": provider(standin.address, attempts=1)}, [rule])
        folders = {name: str(home) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
        watched = ("tests.watched", str(home / "contacted.txt"))
        with (
            labelguard(home / "policy.yaml", home, None, watched, LABELGUARD_LOG_LEVEL="debug", **folders) as (url, _),
            httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
        ):
            for project, config in zip(PROJECTS, CONFIGS.values(), strict=True):
                client.post("/setup", json=setup_body(config, project) | {"access_token": CANARIES["token"]})
            for text in documents:
                for project, (kind, config) in zip(PROJECTS, CONFIGS.items(), strict=True):
                    before = len(standin.received)
                    answer = client.post("/predict", json=body_of(config, text, project)).raise_for_status()
                    sent = bytes(standin.received[before:])
                    seen.sent.append(Sent(kind, text, answer.json()["results"][0], sent))
            before = len(standin.received)
            for answer in fail_on_purpose(client, standin, documents[:8]):
                seen.errors.append(answer.reason_phrase + answer.text)
            seen.failed_calls = bytes(standin.received[before:])
    seen.files = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    seen.contacted = seen.files.pop("contacted.txt").decode()
    return seen


@cache
def detected(text: str) -> set[str]:
    """Return the values that are redacted in a text."""
    redacted = Redactor(detector().detect).redact({"text": text}).fields["text"]
    found = {text[p.source_start : p.source_end].strip() for p in redacted.placeholders}
    return {value for value in found if any(map(str.isalnum, value))}


def strings(value: Any) -> Iterator[str]:
    """Yield all strings of a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def read(received: bytes) -> str:
    """Return all that stands in recorded HTTP requests, JSON strings unescaped, beside the raw bytes."""
    bodies = [json.loads(body) for body in re.findall(rb"\r\n\r\n(\{.*?\})(?=POST |$)", received, re.DOTALL)]
    return "\n".join([received.decode(), *strings(bodies)])


def stands_in(value: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def test_the_run_shows_something(traces, documents):
    assert len(documents) == 200
    for kind in CONFIGS:
        predicted = [bool(sent.result) for sent in traces.sent if sent.kind == kind]
        assert sum(predicted) >= ENOUGH * len(predicted)
    assert sum(len(detected(text)) for text in documents) > 500
    assert sum(b"[PERSON_1]" in sent.received for sent in traces.sent) > 200
    assert b"[EMAIL_ADDRESS_1]" in traces.failed_calls
    assert any("invalid JSON" in error or "no valid JSON" in error for error in traces.errors)
    assert "labelguard.log" in traces.files


def test_p04_nothing_that_was_detected_left(traces):
    leaks = []
    for number, sent in enumerate(traces.sent):
        left = read(sent.received)
        leaks += [(number // 3, sent.kind) for value in detected(sent.text) if stands_in(value, left)]
    assert leaks == []  # the numbers of documents and the handlers


def test_p11_no_canary_left(traces):
    left = traces.failed_calls + b"".join(sent.received for sent in traces.sent)
    assert [place for place, canary in CANARIES.items() if canary.encode() in left] == []
    assert IN_TEXT.encode() not in left


def test_p05_nothing_stands_in_logs_errors_and_files(traces, documents):
    """Neither a canary, nor four words in a row of any document, nor any annotated value of some length."""
    values = {s["entity_value"] for item in json.loads(DATA.read_text(encoding="utf-8")) for s in item["spans"]}
    values = {value for value in values if len(value) >= 8}
    rows = {" ".join(words[i : i + 4]) for words in map(str.split, documents) for i in range(len(words) - 3)}
    places = {name: content.decode("utf-8", "replace") for name, content in traces.files.items()}
    places |= {f"error {number}": error for number, error in enumerate(traces.errors)}
    for name, content in places.items():
        assert [place for place, canary in CANARIES.items() if canary in content] == [], name
        assert IN_TEXT not in content, name
        flat = " ".join(content.split())
        assert not any(row in flat for row in rows), name
        assert not any(value in content for value in values), name


def test_p05_every_line_of_the_log_is_ours(traces):
    lines = traces.files["labelguard.log"].decode().splitlines()
    assert len(lines) > len(traces.sent)
    assert [line for line in lines if not OURS.match(line)] == []


def test_no_other_machine_was_contacted(traces):
    assert traces.contacted == ""


def test_p09_what_came_back_is_exact(traces):
    regions = [(sent.text, r["value"]) for sent in traces.sent for r in sent.result.get("result", ())]
    spans = [(text, value) for text, value in regions if "labels" in value]
    assert len(spans) > 200
    assert all(text[value["start"] : value["end"]] == value["text"] for text, value in spans)
    assert not [value for _, value in regions if re.search(r"\[[A-Z_]+_\d+\]", json.dumps(value))]
