"""P6, fallback never goes outward: the rule's providers in their order, and no other, whatever fails.

2,000 random tasks under random policies, with every failure, are tried in tests/leak/test_routes.py.
"""

import pytest

from tests.parts import SENTIMENT, predict_body

FAILURES = [(500, ""), (401, ""), (429, ""), (200, "cut"), (200, "nonsense")]


@pytest.mark.parametrize(("status", "fault"), FAILURES)
def test_p06_a_provider_that_the_rule_does_not_name_gets_not_one_byte(serve, own, vendor, status, fault):
    client = serve(providers=["own"])
    assert client.post("/predict", json=predict_body(SENTIMENT, "It rains.")).json()["results"] != [{}]
    own.status, own.fault = status, fault
    assert client.post("/predict", json=predict_body(SENTIMENT, "It pours.")).json()["results"] == [{}]
    assert len(own.requests) > 1
    assert vendor.received == b""


def test_p06_the_next_of_the_list_is_asked_where_one_fails_and_not_before(serve, own, vendor):
    client = serve(providers=["own", "vendor"])
    assert client.post("/predict", json=predict_body(SENTIMENT, "It rains.")).json()["results"] != [{}]
    assert vendor.received == b""
    own.status = 500
    assert client.post("/predict", json=predict_body(SENTIMENT, "It pours.")).json()["results"] != [{}]
    assert len(vendor.requests) == 1


def test_p06_what_is_local_is_not_sent_out_by_a_list_that_names_an_external_provider(serve, own, vendor):
    client = serve(providers=["own", "vendor"], operators={"PERSON": "local"})
    own.status = 500
    results = client.post("/predict", json=predict_body(SENTIMENT, "Ann left.", "It rains.")).json()["results"]
    assert [bool(result) for result in results] == [False, True]
    assert len(vendor.requests) == 1
