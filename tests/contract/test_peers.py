"""Other backends' example configs get valid predictions through our server. `make bench-gallery` asks a real model."""

import pytest
from label_studio_sdk.label_interface import LabelInterface

from tests.parts import build_engine, predict_body, provider, serving, write_policy
from tests.peers import PROMPT, context, peers
from tests.standin import StandIn

PEERS = peers()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with StandIn() as standin:
        policy = write_policy(tmp_path_factory.mktemp("peers"), {"own": provider(standin.address)})
        with serving(build_engine(policy, lambda text: [])) as client:
            yield client, standin


@pytest.mark.parametrize("name", PEERS)
def test_a_peers_config_gets_a_valid_prediction(served, name):
    client, standin = served
    config, data = PEERS[name]
    body = predict_body(config, data)
    body["params"]["context"] = context(config)
    (prediction,) = client.post("/predict", json=body).raise_for_status().json()["results"]
    assert prediction
    assert LabelInterface(config).validate_prediction(prediction, return_errors=True) == []
    told = standin.requests[-1]["messages"]
    assert (PROMPT in told[0]["content"]) is ("interactive" in name)
    assert "<h1>" not in told[1]["content"] or "HyperText" not in name
