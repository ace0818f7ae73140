"""Limits before work: what a caller sends is bounded before anything is built of it, and /health goes on."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from backend.engine.thread import EngineThread
from backend.errors import RequestError, TooManyValuesError
from backend.labelstudio import reduce
from backend.labelstudio.requests import PredictRequest, SetupRequest
from backend.server import app as server
from backend.server import parsing
from backend.server.app import create_app
from backend.server.connections import RECEIVED_AT_ONCE, BoundedProtocol, ConnectionLimits
from backend.server.http import BasicAuth
from backend.server.parsing import LARGE, read_request
from tests.parts import SENTIMENT, build_engine, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S, until

PASSWORD = b"authorization: Basic dXNlcjp3b3Jk\r\n"
MIB = 2**20
SOON = ConnectionLimits(
    connections=8, reserve=2, header_s=0.4, body_s=0.4, body_bytes=1000, whole_body_s=1, linger_s=0.4
)
FEW = ConnectionLimits(connections=8, reserve=2, header_s=HANGS_S, body_s=HANGS_S)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    own = provider("http://127.0.0.1:9/v1", "openai", external=False)
    return build_engine(write_policy(tmp_path_factory.mktemp("limits"), {"own": own}), lambda text: [])


@contextmanager
def running(tmp_path_factory, limits, auth=None):
    own = provider("http://127.0.0.1:9/v1", "openai", external=False)
    engine = build_engine(write_policy(tmp_path_factory.mktemp("limits"), {"own": own}), lambda text: [])
    with server.serving(create_app(EngineThread(engine), auth), limits) as address:
        yield httpx.URL(address)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server with a password, under the usual limits."""
    with running(tmp_path_factory, ConnectionLimits(), BasicAuth("user", "word")) as url:
        yield url


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A server under limits that are soon reached."""
    with running(tmp_path_factory, SOON) as url:
        yield url


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A server that is soon full, and in no haste."""
    with running(tmp_path_factory, FEW) as url:
        yield url


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, auth=("user", "word"), trust_env=False, timeout=HANGS_S) as client:
        yield client


def raw(url, sent=b""):
    connection = socket.create_connection((url.host, url.port), timeout=HANGS_S)
    connection.sendall(sent)
    return connection


def once(url, path):
    """Ask on a connection of its own."""
    return httpx.get(url.join(path), trust_env=False, timeout=HANGS_S)


def heard(connection):
    """Return all that comes until the server closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@contextmanager
def held(monkeypatch):
    """Hold back what a body's own process found, until a test lets it go on; yields what says so, after its begin."""
    has_begun, may_end, parse = threading.Event(), threading.Event(), parsing._in_process

    def late(body):
        found = parse(body)
        has_begun.set()
        assert may_end.wait(HANGS_S)
        return found

    monkeypatch.setattr(parsing, "_in_process", late)
    try:
        yield lambda: has_begun.wait(HANGS_S), may_end.set
    finally:
        may_end.set()


def healthy_meanwhile(client, monkeypatch, path, body):
    """Post a body, and ask for /health while it is parsed; returns the answer to it."""
    with held(monkeypatch) as (has_begun, let_end), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, path, content=body)
        assert has_begun()
        for _ in range(10):
            assert client.get("/health").status_code == 200
        assert not answer.done()
        let_end()
        return answer.result()


# --- bodies


def test_a_webhook_without_a_password_is_not_read(address, monkeypatch):
    seen: list[object] = []
    monkeypatch.setattr(reduce, "parse", seen.append)
    brackets = b'{"x":[' + b"[]," * (2 * MIB) + b"0]}"
    with httpx.Client(base_url=address, trust_env=False, timeout=HANGS_S) as stranger:
        assert stranger.post("/webhook", content=brackets).status_code == 401
        assert stranger.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 401
    assert seen == []


def test_p12_health_is_answered_while_a_large_webhook_is_parsed(client, monkeypatch):
    brackets = b'{"x":[' + b"[]," * (MIB // 2) + b"0]}"
    assert healthy_meanwhile(client, monkeypatch, "/webhook", brackets).status_code == 200
    assert client.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 200
    assert client.post("/webhook", content=b"[" * 50_000).status_code == 400
    assert client.post("/webhook", content=b"0" * (9 * MIB)).status_code == 413


def test_p12_health_is_answered_while_a_large_body_is_parsed(client, monkeypatch):
    region = {"id": "abc", "type": "labels", "value": {"start": 1, "end": 2, "text": "abc", "labels": ["X"]}}
    body = predict_body(SENTIMENT, *({"other": "x" * 5000} for _ in range(1500)))
    for task in body["tasks"]:
        task["annotations"] = [{"result": [region] * 200}]
    content = json.dumps(body).encode()
    assert len(content) > 20 * MIB
    assert healthy_meanwhile(client, monkeypatch, "/predict", content).json() == {"results": [{}] * 1500}


@pytest.mark.parametrize("size", [10, 2 * LARGE])
def test_small_and_large_bodies_are_read_alike(size):
    text = "ä\ud83d" + "x" * size
    body = {
        "project": 7,
        "label_config": "<View/>",
        "secret": "s",
        "tasks": [{"id": 1, "data": {"text": text, "n": [1.5, None]}, "annotations": ["s"]}, {"id": "x", "data": 3}],
        "params": {"login": "s", "context": {"result": [{"id": "a"}, {"id": "\ud800"}, 5]}},
    }
    read = read_request(PredictRequest, json.dumps(body).encode())
    assert (read.project, read.label_config) == ("7", "<View/>")
    assert [(task.id, task.data) for task in read.tasks] == [("1", {"text": text, "n": [1.5, None]}), ("", {})]
    assert read.params.context
    assert read.params.context.result == [{"id": "a"}, {"id": "\ud800"}]


@pytest.mark.parametrize("filling", ["", "x" * 2 * LARGE])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"schema": ' + "[" * 101 + "]" * 101 + ', "x": "{}"}', "deeper than 100"),
        ('{"schema": "a", "x": "{}"', "no valid JSON"),
        ('{"schema": NO, "x": "{}"}', "no valid JSON"),
        ('{"project": "1", "x": "{}"}', "schema: missing"),
        ('["{}"]', "the body"),
        ('{"schema": {"a": 1}, "x": "{}"}', "schema: string type"),
    ],
)
def test_small_and_large_bodies_are_refused_alike(body, words, filling):
    with pytest.raises(RequestError, match=words):
        read_request(SetupRequest, body.replace("{}", filling).encode())


def test_what_a_body_holds_is_counted_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(reduce, "MAX_VALUES", 1000)
    monkeypatch.setattr(json, "loads", lambda *_: pytest.fail("parsed"))
    for body in (b"[" + b"[]," * 1000 + b"0]", b"[" + b"1," * 2000 + b"0]", b"[" * 3000):
        with pytest.raises(reduce.TooManyError):
            reduce.parse(body)
    with pytest.raises(reduce.TooDeepError):
        reduce.parse(b"[" * 101 + b"]" * 101)


@pytest.mark.parametrize(
    "text", ["[" * 5000, '"[' * 5000, "\\" * 4999, '\\"[{' * 3000, "," * 5000, "[" * reduce.PIECE + '"' + "[" * 500]
)
def test_brackets_within_strings_count_for_nothing(text, monkeypatch):
    monkeypatch.setattr(reduce, "MAX_VALUES", 20)
    assert reduce.parse(json.dumps({"a": text, text: [1, {"b": text}]}).encode()) == {"a": text, text: [1, {"b": text}]}


def test_a_large_body_with_too_many_values_is_refused_by_its_process():
    body = b'{"schema":"","x":[' + b"[]," * (reduce.MAX_VALUES) + b"0]}"
    with pytest.raises(TooManyValuesError):
        read_request(SetupRequest, body)


@pytest.mark.parametrize("task", ["{}", '{"data":{"text":"some words that make the body a large one"}}'])
def test_more_tasks_than_are_taken_are_refused(task):
    body = '{"label_config":"","tasks":[' + ",".join([task] * 10_001) + "]}"
    assert (len(body) > LARGE) == (len(task) > 9)
    with pytest.raises(TooManyValuesError, match="more than 10000 tasks"):
        read_request(PredictRequest, body.encode())


def test_a_task_that_no_policy_allows_costs_no_other():
    tasks = [{"id": 1, "data": {"text": "a" * (reduce.MAX_TASK_BYTES + 1)}}, {"id": 2, "data": {"text": "b"}}]
    read = read_request(PredictRequest, json.dumps({"tasks": tasks, "label_config": ""}).encode())
    assert [(task.id, task.data, task.large) for task in read.tasks] == [("1", {}, True), ("2", {"text": "b"}, False)]


# --- connections


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b""),
        (b"GET /health HTTP/1.1\r\nhost: x\r\n", b"HTTP/1.1 408 "),
        (b"POST /setup HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{", b"HTTP/1.1 408 "),
        (b"POST /setup HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n", b"HTTP/1.1 408 "),
        (b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{", b"HTTP/1.1 404 "),
        (b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /he", b"HTTP/1.1 200 "),
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST /setup HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{\r\n", b"HTTP/1.1 400 "),
        (b"GET /" + b"x" * 300_000, b"HTTP/1.1 400 "),
    ],
)
def test_a_request_that_is_never_whole_is_ended(hasty, sent, status):
    with raw(hasty, sent) as connection:
        answer = heard(connection)
    assert answer.startswith(status)
    if status[9:12] in (b"408", b"400", b"404"):
        assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) == {"error", "detail"}


def test_a_body_that_trickles_is_ended(hasty):
    with raw(hasty, b"POST /setup HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n") as connection:
        connection.settimeout(0.05)
        got = b""
        while True:
            try:
                connection.sendall(b" ")
                if part := connection.recv(4096):
                    got += part
                    continue
            except TimeoutError:
                continue
            except OSError:
                pass
            break
    assert got.startswith(b"HTTP/1.1 408 ")


def test_connections_that_wait_make_room_for_others(full):
    waiting = [raw(full, b"GET /health HTTP/1.1\r\n") for _ in range(FEW.connections * 3)]
    assert once(full, "/health").status_code == 200
    for connection in waiting[: FEW.connections]:  # there is room for no more than the others
        assert heard(connection) == b""
    for connection in waiting:
        connection.close()


def test_where_all_connections_are_at_work_health_alone_is_answered(full, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(reduce, "reduced", lambda asked: go_on.wait(HANGS_S) and asked)
    body = json.dumps(setup_body(SENTIMENT)).encode()
    request = b"POST /setup HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    at_work: list[object] = []
    read = parsing.Parser.read

    def reading(*asked):
        at_work.append(asked)
        return read(*asked)

    monkeypatch.setattr(parsing.Parser, "read", reading)
    working = [raw(full, request) for _ in range(FEW.connections)]
    try:
        until(lambda: len(at_work) == FEW.connections)
        refused = once(full, "/versions")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert once(full, "/health").status_code == 200
    finally:
        go_on.set()
    for connection in working:
        assert heard(connection).startswith(b"HTTP/1.1 200 ")
        connection.close()


def test_a_caller_that_sends_in_tiny_chunks_leaves_others_their_turns(address, monkeypatch):
    """Between two calls of the protocol the loop serves the others, so what one call is given bounds their waiting."""
    taken: list[int] = []
    take = BoundedProtocol.data_received

    def counted(protocol, data):
        taken.append(len(data))
        take(protocol, data)

    monkeypatch.setattr(BoundedProtocol, "data_received", counted)
    chunks = b"1\r\n \r\n" * 100_000 + b"0\r\n\r\n"
    head = b"POST /webhook HTTP/1.1\r\n%bhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n" % PASSWORD
    with raw(address, head) as connection:
        connection.sendall(chunks)
        assert heard(connection).startswith(b"HTTP/1.1 400 ")  # it says nothing
    assert sum(taken) == len(head) + len(chunks)
    assert max(taken) <= RECEIVED_AT_ONCE


def test_several_requests_at_once_and_continue(address):
    ask = b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with raw(address, ask * 5 + last) as connection:
        assert heard(connection).count(b"HTTP/1.1 404 ") == 6
    head = b"POST /webhook HTTP/1.1\r\n%bhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n" % PASSWORD
    head += b"content-length: 2\r\n\r\n"
    with raw(address, head) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert heard(connection).startswith(b"HTTP/1.1 200 ")


# --- paths


def test_no_path_leads_elsewhere(client):
    for method, path in (("POST", "/team-a/predict/"), ("GET", "/health/"), ("POST", "/predict/")):
        answer = client.request(method, path, headers={"host": "elsewhere.example"}, auth=None)
        assert answer.status_code == 404
        assert "location" not in answer.headers


@pytest.mark.parametrize("length", range(278, 302))
def test_a_long_reason_may_be_cut_anywhere(client, length):
    reason = "Config not supported: "
    config = f'<View><Text name="t" value="$t"/><{"M" * (length - len(reason))} name="m" toName="t"/></View>'
    answer = client.post("/setup", json=setup_body(config))
    assert answer.status_code == 422
    assert answer.reason_phrase.startswith(reason)


def test_errors_of_paths_and_methods_are_json(client):
    assert client.head("/health").status_code == 200
    for method, path, status in (("GET", "/x", 404), ("DELETE", "/predict", 405), ("BREW", "/a/setup", 405)):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["detail"] == answer.reason_phrase


def test_each_path_is_described(client, engine):
    described = client.get("/openapi.json").json()
    served = {str(getattr(route, "path", "")).replace(":str", "") for route in create_app(EngineThread(engine)).routes}
    assert set(described["paths"]) == served
    for path, methods in described["paths"].items():
        (method,) = methods
        answer = client.request(method, path.replace("{path}", "team"), content=b"{}")
        assert str(answer.status_code) in methods[method]["responses"]
