"""Somebody else's benchmark of gateways, pii-leak-benchmark: what reaches the model, and what comes back."""

import pytest
from pii_leak_benchmark.http_profile import capture_session, run_http_conformance
from pii_leak_benchmark.v2_emitter import run_policy

from tests.child import free_port
from tests.seams.openai_gateway import gateway

SEED = "a1b2c3d4e5f60001"


@pytest.mark.parametrize("operators", [{}, {"*": "surrogate"}], ids=["placeholder", "surrogate"])
def test_nothing_reaches_the_model_and_all_comes_back(tmp_path, operators):
    with gateway(tmp_path, operators=operators) as (url, adapter), capture_session(capture_port=0) as session:
        adapter.upstream = f"{session.advertised_base_url}/chat/completions"
        report = run_http_conformance(url.removesuffix("/chat/completions"), session=session, include_credentials=True)
    for check in ("configured_upstream_boundary", "response_fidelity"):
        assert report["checks"][check]["passed"], report["checks"][check]


@pytest.mark.parametrize(("answers", "leaks", "comes_back"), [("drop", 0.0, 0.0), ("flag", 1.0, 1.0)])
def test_what_a_model_makes_up_is_dropped_with_its_answer_or_comes_back_with_it(tmp_path, answers, leaks, comes_back):
    port = free_port()
    with gateway(tmp_path, answers=answers) as (url, adapter):
        adapter.upstream = f"http://127.0.0.1:{port}/v1/chat/completions"
        _, summary = run_policy("labelguard", seed=SEED, gateway_url=url, upstream_port=port)
    assert not adapter.failed
    assert summary["cases_applicable"] == summary["cases_attempted"] == 32
    assert summary["leak_single_chunk"] == summary["leak_adversarial"] == leaks
    assert summary["fidelity_rate"] == comes_back
