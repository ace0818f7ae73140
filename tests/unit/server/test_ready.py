"""While models are loaded the server answers: it plans, says that it is not ready, and lets predictions wait."""

import threading
from concurrent.futures import Future

import httpx
import pytest

from backend.engine.thread import EngineThread
from backend.errors import DetectionError
from backend.server import app as server
from backend.server.http import BasicAuth
from tests.parts import SENTIMENT, build_engine, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S


@pytest.fixture
def loaded():
    return Future()


@pytest.fixture
def client(vendor, tmp_path, loaded):
    def detect(text):
        assert loaded.done()
        return []

    engine = build_engine(write_policy(tmp_path, {"own": provider(vendor.address)}), detect)
    app = server.create_app(EngineThread(engine, loaded), BasicAuth("user", "secret"))
    with (
        server.serving(app) as address,
        httpx.Client(base_url=address, timeout=HANGS_S, trust_env=False, auth=("user", "secret")) as running,
    ):
        yield running


def test_it_answers_and_says_that_it_is_not_ready(client, loaded):
    assert client.get("/health").json()["status"] == "UP"
    assert client.post("/setup", json=setup_body(SENTIMENT)).json()["model_version"]
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["error"] == "loading"
    assert "being loaded" in answer.reason_phrase
    assert int(answer.headers["retry-after"]) > 0
    loaded.set_result(None)
    assert client.get("/ready").json() == {"status": "READY"}
    assert client.head("/ready").status_code == 200


def test_it_tells_without_a_password_and_nothing_else(client, loaded):
    loaded.set_result(None)
    client.auth = None
    assert client.get("/ready").json() == {"status": "READY"}
    assert client.get("/team-a/ready").status_code == 404
    assert client.get("/health").status_code == 401


def test_a_prediction_waits_until_all_is_loaded(client, loaded):
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(client.post("/predict", json=predict_body(SENTIMENT, "It is good.")))
    )
    asking.start()
    assert client.get("/ready").status_code == 503
    loaded.set_result(None)
    asking.join()
    assert answers[0].json()["results"][0]["result"]


def test_what_cannot_be_loaded_is_told(client, loaded):
    loaded.set_exception(DetectionError("a model is not installed - install it"))
    answer = client.get("/ready")
    assert answer.status_code >= 500
    assert answer.json()["detail"] == "a model is not installed - install it"
