"""The verdict on chaos tells what it is there to tell: each fault by itself, and none where there is none."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import verdict
from tests.chaos.evidence import Books, Project, Traffic
from tests.chaos.tasks import CARD, SEEN, ChaosTask, number_in, right_answer

VERSION = "labelguard-1"


def prediction(task: int, planted: ChaosTask) -> dict[str, Any]:
    """Return what Label Studio stores of a right answer."""
    answer = right_answer({"messages": [{"role": "user", "content": planted.text}]})
    start = planted.text.index(planted.name)
    span = {"start": start, "end": start + len(planted.name), "text": planted.name, "labels": ["PER"]}
    values = {"mood": {"choices": [answer["mood"]]}, "ner": span, "summary": {"text": [answer["summary"]]}}
    return {
        "task": task,
        "model_version": VERSION,
        "result": [{"from_name": name, "value": value} for name, value in values.items()],
    }


@pytest.fixture
def outside():
    tasks = {101: ChaosTask(0), 102: ChaosTask(1), 103: ChaosTask(2, is_paid=True)}
    predictions = [prediction(task, tasks[task]) for task in (101, 102)]
    return Project("outside", tasks, predictions, {103: "refused"}, set(), {101, 102, 103})


@pytest.fixture
def inside():
    return Project("inside", {201: ChaosTask(3)}, [prediction(201, ChaosTask(3))], {}, set(), {201})


ENTRIES = [
    {"kind": "attempt", "seq": 1, "provider": "vendor", "task": "101"},
    {"kind": "outcome", "seq": 2, "attempt": 1, "code": "", "cost_usd": 0.5},
    {"kind": "attempt", "seq": 3, "provider": "vendor", "task": "102"},
    {"kind": "outcome", "seq": 4, "attempt": 3, "code": "provider_down", "cost_usd": 0.25},
    {"kind": "attempt", "seq": 5, "provider": "vendor", "task": "102"},
]
BOOKS = Books(ENTRIES, booked=2, cost=750_000_000, held=1, held_cost=1, contents={"queue_tasks": b"101"})
SENT = Traffic([0, 1, 1], b"wooden bucket with pears, wooden bucket with nails")


def wrong(invariant: verdict.Invariant) -> list[str]:
    return list(invariant.wrong)


def test_each_task_tells_itself_apart():
    tasks = [ChaosTask(number) for number in range(8000)]
    assert [number_in(task.text) for task in tasks] == list(range(8000))
    assert len({task.surname for task in tasks}) == 8000
    assert all(SEEN.search(task.text) for task in tasks)


def test_nothing_is_wrong_where_nothing_is(outside, inside):
    both = [outside, inside]
    judged = [
        verdict.none_lost_meanwhile(both),
        verdict.each_has_one_prediction(both),
        verdict.none_twofold(both),
        verdict.none_mixed_up(both),
        verdict.nothing_forbidden_left(outside, SENT, [inside]),
        verdict.nobody_in_logs({"server-1": "project 12: asked for 3 tasks"}, BOOKS),
        verdict.each_request_recorded([outside], {"vendor": SENT}, BOOKS),
        verdict.ledger_agrees(BOOKS, 3, 0),
    ]
    assert [str(one) for one in judged if one.wrong] == []


def test_a_task_that_is_nowhere_is_lost(outside):
    outside.failures.clear()
    assert wrong(verdict.none_lost_meanwhile([outside])) == ["task 103 of outside"]
    outside.waiting.add(103)
    assert wrong(verdict.none_lost_meanwhile([outside])) == []


def test_a_task_that_a_click_left_undone_without_a_word(outside):
    outside.left = [101]
    assert len(wrong(verdict.none_lost_meanwhile([outside]))) == 1


@pytest.mark.parametrize("count", [0, 2])
def test_a_prediction_too_few_or_too_many(outside, count):
    outside.predictions[1:] = outside.predictions[1:] * count
    assert wrong(verdict.each_has_one_prediction([outside])) == [f"task 102 of outside has {count} predictions"]


def test_a_refusal_that_nobody_recorded(outside):
    outside.failures.clear()
    (said,) = wrong(verdict.each_has_one_prediction([outside]))
    assert "no failure says so" in said


def test_a_prediction_that_is_a_failure_too(outside):
    outside.failures[101] = "label_studio"
    assert wrong(verdict.none_twofold([outside])) == ["task 101 of outside: label_studio"]


def test_predictions_that_were_mixed_up(outside):
    first, second = outside.predictions
    first["result"], second["result"] = second["result"], first["result"]
    assert {said.partition(": ")[2] for said in wrong(verdict.none_mixed_up([outside]))} == {
        "another's choice",
        "another's text",
        "another's name",
        "a region in a wrong place",
    }


@pytest.mark.parametrize(
    "received",
    [ChaosTask(0).surname.lower(), CARD, ChaosTask(2).thing, ChaosTask(3).thing, ChaosTask(1).phone],
    ids=["a name", "a card", "a refused task", "another project's task", "a number"],
)
def test_what_must_not_have_left(outside, inside, received):
    sent = replace(SENT, received=SENT.received + f", {received}".encode())
    assert len(wrong(verdict.nothing_forbidden_left(outside, sent, [inside]))) == 1


@pytest.mark.parametrize("text", [ChaosTask(7).name, CARD, ChaosTask(7).thing])
def test_text_where_nobody_may_read_it(text):
    assert wrong(verdict.nobody_in_logs({"log": f"WARNING: {text}"}, BOOKS))
    open_table = replace(BOOKS, contents={"queue_tasks": text.encode()})
    assert wrong(verdict.nobody_in_logs({}, open_table))


@pytest.mark.parametrize("requests", [[0, 1, 1, 1], [1, 1]], ids=["one more", "one less"])
def test_a_request_that_does_not_stand_in_the_record(outside, requests):
    traffic = {"vendor": replace(SENT, requests=requests)}
    assert len(wrong(verdict.each_request_recorded([outside], traffic, BOOKS))) == 1


def test_an_attempt_that_ended_twice(outside):
    books = replace(BOOKS, entries=[*ENTRIES, ENTRIES[1] | {"seq": 6}])
    assert "attempt 1 has 2 outcomes" in wrong(verdict.each_request_recorded([outside], {"vendor": SENT}, books))


@pytest.mark.parametrize("change", [{"booked": 1}, {"held": 0}, {"held": 2}, {"cost": 1}])
def test_a_ledger_that_says_otherwise(change):
    assert wrong(verdict.ledger_agrees(replace(BOOKS, **change), 3, 0))


def test_a_chain_and_servers():
    assert wrong(verdict.chain_holds(1, "entry 3 was changed"))
    assert not wrong(verdict.chain_holds(0, "3 entries (1 to 3): as it was written"))
    assert wrong(verdict.nobody_fell(1, 0, 3))
    assert wrong(verdict.nobody_fell(0, 1, 3))
    assert wrong(verdict.nothing_elsewhere(b"POST"))
