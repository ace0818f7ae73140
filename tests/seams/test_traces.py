"""Traces of a task's way, at a real receiver: whole, without a word of a task, and at no cost to whoever asks."""

import signal
import socket
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from backend.errors import SettingsError
from backend.settings import Settings
from backend.system.spans import KEYS, Spans
from backend.tracing import open_spans
from tests.child import labelguard
from tests.parts import ALL, predict_body, provider, write_policy
from tests.patience import HANGS_S, until
from tests.receiver import Receiver

TEXT = "Emily Watson wrote canary-6614 to emily.watson@example.org."
SAID = ("canary-6614", "Emily", "Watson", "example.org", "mood", "summary", "Good", "canary-answer", "canary-field")
TOKEN = "token-of-the-collector-31"
FOREIGN = {
    "OTEL_EXPORTER_OTLP_HEADERS": "x-foreign=canary-6614",
    "OTEL_RESOURCE_ATTRIBUTES": "deployment=canary-6614",
    "OTEL_SERVICE_NAME": "canary-6614",
    "OTEL_TRACES_SAMPLER": "always_off",
    "OTEL_ATTRIBUTE_COUNT_LIMIT": "none",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "0",
    "OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider",
    "OTEL_PYTHON_METER_PROVIDER": "sdk_meter_provider",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_BSP_SCHEDULE_DELAY": "86400000",
}


@contextmanager
def asked(folder, model, **environment):
    """Run a server; yields what asks it for predictions of texts."""
    model.answer = lambda request, schema: {"mood": "Good", "ner": [], "summary": "canary-answer"}
    policy = write_policy(folder, {"vendor": provider(model.address, attempts=1)})
    with (
        labelguard(policy.file, folder, **environment) as (url, child),
        httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
    ):

        def ask(*texts):
            body = predict_body(ALL, *({"text": text, "canary-field": text} for text in texts), project="12.7")
            return client.post("/predict", json=body).raise_for_status().json()["results"]

        yield ask, child


def about(span):
    """Return what a span says."""
    found = {one.key.removeprefix("labelguard."): one.value for one in span.attributes}
    return {key: value.int_value if value.HasField("int_value") else value.string_value for key, value in found.items()}


def test_a_task_is_traced_whole_and_without_a_word_of_it(tmp_path, vendor):
    with Receiver.running() as receiver:
        settings = {"LABELGUARD_TRACES_URL": receiver.traces_url, "LABELGUARD_TRACES_TOKEN": TOKEN}
        with asked(tmp_path, vendor, **settings, **FOREIGN) as (ask, _):
            assert ask(TEXT)[0]["result"]
            vendor.status = 500
            assert ask(TEXT.replace("wrote", "sent")) == [{}]
            until(lambda: sum(span.name == "request" for span in receiver.spans) == 2)
        first = [span for span in receiver.spans if span.trace_id == receiver.spans[0].trace_id]
        received = bytes(receiver.received).decode("utf-8", "replace")
        services, spans, headers = receiver.services, list(receiver.spans), receiver.headers
    names = {span.span_id: span.name for span in first}
    assert {(span.name, names.get(span.parent_span_id, "")) for span in first} == {
        ("request", ""),
        ("task", "request"),
        ("rule", "task"),
        ("redact", "task"),
        ("detect", "redact"),
        ("ask", "task"),
        ("attempt", "ask"),
        ("check", "task"),
        ("detect", "check"),  # of what the model wrote
    }
    told = {span.name: about(span) for span in first}
    assert told["request"] == {"project": "12", "tasks": 1, "predicted": 1, "ended": "delivered"}
    assert told["task"] == {"project": "12", "task": "1", "code": "predicted"}
    assert told["attempt"] == {
        "rule": "all",
        "provider": "vendor",
        "model": "openai/stand-in",
        "code": "answered",
        "tokens_in": 10,
        "tokens_out": 5,
    }
    failed = [span for span in spans if about(span).get("code") == "provider_down"]
    assert {span.name for span in failed} == {"task", "attempt"}
    assert all(span.status.code == 2 and not span.status.message and not span.events for span in failed)
    assert services == {"labelguard"}
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert "x-foreign" not in received
    assert [word for word in SAID if word in received] == []
    assert {key for span in spans for key in about(span)} <= KEYS


def test_nothing_is_sent_unless_our_settings_say_so(tmp_path, vendor):
    with Receiver.running() as receiver:
        address = receiver.url.removesuffix("/v1/logs")
        environment = FOREIGN | {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_LOGS_EXPORTER": "otlp"}
        environment |= {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": receiver.traces_url, "OTEL_METRICS_EXPORTER": "otlp"}
        with asked(tmp_path, vendor, **environment) as (ask, _):
            assert ask(TEXT)[0]["result"]
        assert receiver.received == b""


def test_a_collector_that_answers_nothing_costs_nothing(tmp_path, vendor):
    with Receiver.running() as receiver:
        receiver.gate.clear()
        try:
            with asked(tmp_path, vendor, LABELGUARD_TRACES_URL=receiver.traces_url) as (ask, child):
                assert ask(TEXT)[0]["result"]
                until(lambda: b"application/x-protobuf" in receiver.received)  # which waits for its answer
                assert ask(TEXT.replace("wrote", "sent"))[0]["result"]
                child.stop()
                assert child.status == -signal.SIGTERM
        finally:
            receiver.gate.set()


def test_a_collector_that_is_away_costs_nothing_and_is_told_once(tmp_path, vendor):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/traces"
        with asked(tmp_path, vendor, LABELGUARD_TRACES_URL=url) as (ask, child):
            assert ask(TEXT)[0]["result"]
            until(lambda: "takes no traces" in child.output())
            assert ask(TEXT.replace("wrote", "sent"))[0]["result"]
        assert child.output().count("takes no traces") == 1


class _Elsewhere(ThreadingHTTPServer):
    """Sends whoever asks to another address."""

    def __init__(self, elsewhere):
        super().__init__(("127.0.0.1", 0), _Sending)
        self.elsewhere, self.asked = elsewhere, threading.Event()


class _Sending(BaseHTTPRequestHandler):
    server: _Elsewhere

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.set()
        self.send_response(307)
        self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *args):  # noqa: A002 - the base class calls it that
        """Stay silent."""


def test_no_proxy_and_no_redirect_gets_a_span(tmp_path, vendor):
    with Receiver.running() as receiver, _Elsewhere(receiver.traces_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
        proxy = receiver.url.removesuffix("/v1/logs")
        environment = {"HTTP_PROXY": proxy, "http_proxy": proxy, "ALL_PROXY": proxy, "NO_PROXY": "", "no_proxy": ""}
        with asked(tmp_path, vendor, LABELGUARD_TRACES_URL=url, **environment) as (ask, child):
            ask(TEXT)
            until(lambda: "it answers 307" in child.output() or receiver.received)
            assert server.asked.is_set()
        server.shutdown()
        assert receiver.received == b""


def test_what_is_not_on_the_list_is_not_said():
    with pytest.raises(TypeError, match="no span may say text"):
        Spans().start("task", text=TEXT)


@pytest.mark.parametrize("project", ["Emily", "١٢", ""])
def test_a_project_that_is_no_number_is_not_said(project):
    said = {}

    class Kept:
        def note(self, key, value):
            said[key] = value

        def end(self):
            """End."""

    with Spans(lambda name, within: Kept()).span("task", project=project, task="7"):
        pass
    assert said == {"task": "7"}


def test_without_the_sdk_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    settings = Settings(traces_url="http://127.0.0.1:1/v1/traces")
    with pytest.raises(SettingsError, match="labelguard\\[otlp\\]"), open_spans(settings):
        pass
