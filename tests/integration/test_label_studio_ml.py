"""Our class under label-studio-ml's own server, the real package, as a child process."""

import os
import sys

import httpx
import pytest

from tests.child import ROOT, Child, free_port
from tests.parts import ALL, ENTITIES, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

SERVER = """
import sys
from label_studio_ml.api import init_app
from backend.ml import LabelguardModel
init_app(LabelguardModel, model_dir=sys.argv[1]).run(host="127.0.0.1", port=int(sys.argv[2]), threaded=True)
"""


@pytest.fixture(scope="module")
def standin():
    with StandIn() as server:
        yield server


@pytest.fixture(scope="module")
def client(standin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ml")
    write_policy(folder, {"vendor": provider(standin.address)})
    port = free_port()
    environment = dict(os.environ) | {"LABELGUARD_POLICY": str(folder / "policy.yaml")}
    command = [sys.executable, "-c", SERVER, str(folder / "models"), str(port)]
    with Child(command, environment, ROOT, folder / "ml.log") as child:
        child.wait_for(f"http://127.0.0.1:{port}/health", HANGS_S)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANGS_S, trust_env=False) as client:
            yield client


def predict(client, config, *texts):
    client.post("/setup", json=setup_body(config)).raise_for_status()
    return client.post("/predict", json=predict_body(config, *texts)).raise_for_status().json()["results"]


def test_p09_predictions_through_its_server_are_ours(client, standin):
    (result,) = predict(client, ALL, "John Smith called from Paris. John Smith was happy.")
    kinds = {region["type"] for region in result["result"]}
    assert kinds == {"choices", "labels", "textarea"}
    people = [region["value"] for region in result["result"] if region["value"].get("text") == "John Smith"]
    assert [(value["start"], value["end"]) for value in people] == [(0, 10), (30, 40)]
    assert b"[PERSON_1] called from [LOCATION_1]" in standin.received
    assert b"Smith" not in standin.received


def test_p07_a_task_that_fails_costs_no_other(client):
    results = predict(client, ENTITIES, "John Smith", "", {"nothing": 1}, "Maria Lopez")
    assert [bool(result) for result in results] == [True, False, False, True]


def test_a_second_project_gets_its_own_config(client):
    assert predict(client, ENTITIES, "John Smith")[0]["result"][0]["type"] == "labels"
    assert {region["type"] for region in predict(client, ALL, "John Smith")[0]["result"]} >= {"textarea"}
