"""A share of the tasks has no prediction until people have labeled it: quality is measured on what swayed nobody."""

import json
from dataclasses import replace

import pytest

from backend.engine.blind import is_drawn_blind
from backend.errors import BlindError
from backend.policy.types import Decision
from tests.parts import SENTIMENT, build_engine, predict_body, provider, serving, write_policy

ONE_IN_5 = Decision("all", (), blind_one_in=5)
SECRET = b"of one server's"


def blind(decision=ONE_IN_5, project="12", secret=SECRET, numbers=range(1, 101)) -> list[int]:
    return [number for number in numbers if is_drawn_blind(secret, project, str(number), decision)]


def test_of_each_stretch_of_tasks_one_is_blind():
    assert [number // 5 for number in blind(numbers=range(100))] == list(range(20))


def test_which_one_hangs_on_the_secret_and_the_project():
    drawn = {tuple(blind()), tuple(blind(project="13")), tuple(blind(secret=b"of another's"))}
    assert len(drawn) == 3
    assert {number % 5 for number in blind(numbers=range(500))} == set(range(5))
    assert blind() == blind()


@pytest.mark.parametrize("number", ["", "-3", "x", "٣", "9" * 30])
def test_a_task_without_a_number_is_not_blind(number):
    assert not is_drawn_blind(SECRET, "12", number, replace(ONE_IN_5, blind_one_in=1))


@pytest.fixture
def engine(tmp_path, own):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "redact": False, "blind": {"one_in": 5}}
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule])
    return build_engine(policy, lambda text: [])


def ask(engine, said: dict[str, object], context: object = None) -> list[bool]:
    """Ask about ten tasks; return which have no prediction."""
    body = predict_body(SENTIMENT, *[f"It was number {number}." for number in range(10)])
    for task in body["tasks"]:
        task.update(said)
    body["params"]["context"] = context
    with serving(engine) as client:
        return [not result for result in client.post("/predict", json=body).raise_for_status().json()["results"]]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"is_labeled": False, "total_annotations": 0},
        {"is_labeled": False, "total_annotations": 1},  # of two that its project asks for
        {"total_annotations": 0},
        {"is_labeled": "yes", "total_annotations": "many"},
    ],
)
def test_nothing_of_a_blind_task_is_sent(engine, own, said):
    missing = ask(engine, said)
    assert 2 <= sum(missing) <= 3  # ten tasks lie in two or three stretches of five
    sent = json.dumps([request["messages"] for request in own.requests])
    assert [f"number {number}." not in sent for number in range(10)] == missing


@pytest.mark.parametrize("said", [{"is_labeled": True}, {"total_annotations": 1}])
def test_once_it_is_annotated_a_task_has_a_prediction(engine, said):
    assert not any(ask(engine, said))


def test_who_asks_in_the_editor_gets_none_either(engine):
    assert any(ask(engine, {}, {"result": []}))


def test_what_is_told_of_it():
    assert BlindError("all", 5).reason == (
        "rule 'all' has one in 5 tasks labeled without a prediction - it gets one once it is annotated"
    )
