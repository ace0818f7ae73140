"""A click never times out: what is not done in time goes on behind, is done once, and outlives the server."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from backend.errors import LabelStudioError
from backend.labelstudio.api import NewPrediction
from backend.labelstudio.types import Prediction
from backend.queue import clicks
from backend.queue.delivery import Delivery
from backend.queue.queue import STORES, QueueLimits
from backend.queue.tables import TASKS
from backend.server.ending import RequestLimits
from backend.store import open_store, writing
from tests.parts import SENTIMENT, build_engine, finds, open_worker, predict_body, provider, serving, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn
from tests.stores import looking

CANARY = "canary-4417"
NAMES = finds("Ann", CANARY)
AT_ONCE = 2
RULE: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["own"]}


def click(client: httpx.Client, count: int, project: str = "12.1795417599") -> list[dict[str, Any]]:
    texts = (f"Ann came {number} times. {CANARY}" for number in range(count))
    return list(client.post("/predict", json=predict_body(SENTIMENT, *texts, project=project)).json()["results"])


def states(url: str) -> list[tuple[str, str]]:
    """Return state and code of all tasks that the queue knows, in their order."""
    with looking(url) as connection:
        rows = connection.execute(TASKS.select().order_by(TASKS.c.place))
        return [(row.state, row.code) for row in rows]


def holders(url: str) -> list[str]:
    """Return who holds each task that the queue knows."""
    with looking(url) as connection:
        return [row.holder for row in connection.execute(TASKS.select())]


def jobs(client: httpx.Client) -> dict[str, tuple[int, int, int, int]]:
    """Return how many tasks of each project are queued, running, done and failed."""
    found = client.get("/jobs").raise_for_status().json()["jobs"]
    return {job["project"]: (job["queued"], job["running"], job["done"], job["failed"]) for job in found}


def all_end(url: str, count: int) -> None:
    """Wait until the queue knows so many tasks, and none of them waits."""
    until(lambda: [state for state, _ in states(url)].count("waiting") == 0 and len(states(url)) == count)


@pytest.fixture
def url(store_url):
    return store_url


@pytest.fixture
def engines(tmp_path, own):
    """Give engines on one record and its kept answers, as processes would be; their model answers two at once."""

    def made(**rule: Any) -> Any:
        providers = {"own": provider(own.address, external=False, concurrency=AT_ONCE)}
        said = {key: value for key, value in (RULE | rule).items() if value is not None}
        return build_engine(write_policy(tmp_path, providers, [said]), NAMES, keeps=True)

    return made


def test_a_click_that_takes_too_long_goes_on_behind(engines, url, own, tmp_path, caplog):
    caplog.set_level("INFO", "labelguard")
    engine = engines()
    with serving(engine, limits=RequestLimits(predict=1.0), worker=open_worker(engine, url)) as client:
        own.gate = threading.Semaphore(0)
        assert click(client, 7) == [{}] * 7
        assert states(url) == [("waiting", "")] * 7
        assert "7 go on behind" in caplog.text
        until(lambda: jobs(client) == {"12": (3, 4, 0, 0)})
        assert 'labelguard_queue_tasks{project="12",state="running"} 4.0' in client.get("/metrics").text
        own.gate = None
        all_end(url, 7)
        assert states(url) == [("done", "")] * 7
        assert jobs(client) == {"12": (0, 0, 7, 0)}
        assert len(own.requests) == 7
        results = click(client, 7)
    assert {} not in results
    assert len(own.requests) == 7
    until(lambda: "7 tasks done behind" in caplog.text)
    assert CANARY not in caplog.text


def left_waiting(engine: Any, url: str, own: StandIn, count: int, **worker: Any) -> None:
    """Leave tasks in the queue of a server that has ended."""
    own.gate = threading.Semaphore(0)
    asked = RequestLimits(predict=0.1, stop=0.2)  # nothing is answered in any time
    with serving(engine, limits=asked, worker=open_worker(engine, url, **worker)) as client:
        assert click(client, count) == [{}] * count
    own.gate = None
    own.forget()


def test_no_text_stands_in_the_database_in_the_open(engines, own, tmp_path):
    url = f"sqlite:///{tmp_path / 'queue.db'}"
    left_waiting(engines(), url, own, 3)
    assert states(url) == [("waiting", "")] * 3
    content = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))
    assert b"labelguard-" in content  # the model version stands there
    for text in (CANARY, "Ann came", "Choices", "Choice value", "Good"):
        assert text.encode() not in content


def test_servers_that_share_a_database_do_each_task_once(engines, url, own):
    left_waiting(engines(), url, own, 40)
    first, second = engines(), engines()
    with serving(first, worker=open_worker(first, url)), serving(second, worker=open_worker(second, url)):
        all_end(url, 40)
    assert [state for state, _ in states(url)] == ["done"] * 40
    asked = [request["messages"][-1]["content"] for request in own.requests]
    assert len(asked) == len(set(asked)) == 40


def test_a_policy_that_forbids_by_now_ends_what_waits(engines, url, own):
    left_waiting(engines(), url, own, 3)
    engine = engines(providers=None, refuse="no more")
    with serving(engine, worker=open_worker(engine, url)):
        all_end(url, 3)
    assert states(url) == [("failed", "refused")] * 3
    assert own.requests == []


def test_a_policy_that_lets_nothing_be_kept_by_now_ends_what_waits(engines, url, own):
    left_waiting(engines(), url, own, 3)
    engine = engines(retention={"answers_hours": 0})
    with serving(engine, worker=open_worker(engine, url)):
        all_end(url, 3)
    assert states(url) == [("failed", "refused")] * 3
    assert own.requests == []


@pytest.mark.parametrize("rule", [{"retention": {"answers_hours": 0}}, {"operators": {"CVV": "block"}}])
def test_where_no_answer_is_kept_or_what_is_found_is_blocked_nothing_is_queued(engines, url, own, rule):
    left_waiting(engines(**rule), url, own, 3)
    assert states(url) == []


def test_what_is_more_than_the_queue_holds_fails_with_a_reason(engines, url, own, caplog):
    left_waiting(engines(), url, own, 5, limits=QueueLimits(tasks=2))
    assert states(url) == [("waiting", "")] * 2 + [("failed", "queue_full")] * 3
    assert "2 go on behind, 3 not done - ask again" in caplog.text


def test_bytes_are_bounded_too(engines, url, own):
    left_waiting(engines(), url, own, 5, limits=QueueLimits(size=200))
    assert states(url).count(("failed", "queue_full")) in (3, 4)


def test_a_task_that_fails_is_told_with_its_reason(engines, url, own):
    own.status = 400
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)) as client:
        assert click(client, 2) == [{}] * 2
        assert states(url) == [("failed", "provider_refusal")] * 2
        own.status = 200
        assert {} not in click(client, 2)
        assert states(url) == [("done", "")] * 2


def test_a_click_takes_over_what_waits(engines, url, own):
    """What a click does is done by nobody else, and waits no more when the click has it."""
    left_waiting(engines(), url, own, 3)
    engine = engines()
    worker = open_worker(engine, url)
    worker.wind_up()  # nobody but clicks takes anything
    with serving(engine, worker=worker) as client:
        assert {} not in click(client, 3)
        assert states(url) == [("done", "")] * 3


def change(url: str, **values: Any) -> None:
    """Change all rows of the queue, as time or somebody else would."""
    with writing(open_store(url)) as connection:
        connection.execute(TASKS.update().values(values))


def hurried(url: str, count: int) -> None:
    """Wait until so many tasks are done, and let none wait for its time: a provider may be left alone meanwhile."""

    def have_ended() -> bool:
        with writing(open_store(url)) as connection:
            connection.execute(TASKS.update().where(TASKS.c.holder == "").values(free_at=0, tries=0))
        return [state for state, _ in states(url)] == ["done"] * count

    until(have_ended)


def test_what_may_pass_is_tried_again(engines, url, own):
    left_waiting(engines(), url, own, 1)
    own.status = 500
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)):
        until(lambda: states(url) == [("waiting", "provider_down")])
        own.status = 200
        hurried(url, 1)


def test_what_may_pass_costs_a_click_its_predictions_and_nothing_more(engines, url, own, caplog):
    caplog.set_level("INFO", "labelguard")
    own.status = 500
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)) as client:
        assert click(client, 1) == [{}]
        assert states(url) == [("waiting", "provider_down")]
        own.status = 200
        hurried(url, 1)
        asked = len(own.requests)
        assert {} not in click(client, 1)
    assert len(own.requests) == asked
    assert "0 of 1 tasks predicted, 1 go on behind" in caplog.text
    assert "1 tasks are tried again behind: provider_down: " in caplog.text


def test_a_task_that_ends_whoever_takes_it_is_given_up(engines, url, own):
    left_waiting(engines(), url, own, 1)
    change(url, tries=99)
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)):
        all_end(url, 1)
    assert states(url) == [("failed", "abandoned")]
    assert own.requests == []


def test_a_task_that_was_changed_is_not_asked_about(engines, url, own):
    left_waiting(engines(), url, own, 1)
    change(url, project="13")
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)):
        all_end(url, 1)
    assert states(url) == [("failed", "unreadable")]
    assert own.requests == []


def rename(url: str, was: str, becomes: str) -> None:
    with writing(open_store(url)) as connection:
        connection.exec_driver_sql(f"ALTER TABLE {was} RENAME TO {becomes}")


def test_a_queue_that_cannot_be_asked_costs_no_prediction(engines, own, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(clicks, "PATIENCE_S", 0.0)
    url = f"sqlite:///{tmp_path / 'queue.db'}"
    engine = engines()
    worker = open_worker(engine, url)
    with writing(open_store(url)) as connection:
        TASKS.drop(connection)
    with serving(engine, worker=worker) as client:
        assert {} not in click(client, 2)
    assert "project 12: nothing goes on behind" in caplog.text
    assert "the queue does not go on" in caplog.text


@pytest.mark.parametrize("comes", [True, False], ids=["when a click comes", "when it is answered"])
def test_a_database_that_is_away_for_a_moment_loses_no_task(engines, url, own, monkeypatch, caplog, comes):
    monkeypatch.setattr(clicks, "PATIENCE_S", HANGS_S)
    engine = engines()
    worker = open_worker(engine, url)
    worker.wind_up()  # nobody but the click asks
    refused = threading.Event()
    event.listen(worker._queue._store, "handle_error", lambda _: refused.set())
    own.status, own.gate = 400, threading.Semaphore(0)

    with serving(engine, worker=worker) as client, ThreadPoolExecutor(1) as clicking:
        if comes:
            rename(url, "queue_tasks", "away")
        results = clicking.submit(click, client, 3)
        if not comes:
            until(lambda: bool(own.requests))
            rename(url, "queue_tasks", "away")
            own.gate = None
        assert refused.wait(HANGS_S)
        rename(url, "away", "queue_tasks")
        own.gate = None
        assert results.result() == [{}] * 3
    assert states(url) == [("failed", "provider_refusal")] * 3
    assert "nothing goes on behind" not in caplog.text


def test_a_request_that_is_answered_while_the_database_is_away_loses_no_task(engines, url, own, monkeypatch, caplog):
    monkeypatch.setattr(clicks, "PATIENCE_S", 0.0)
    engine = engines()
    worker = open_worker(engine, url)
    worker.wind_up()  # nobody but the click asks
    own.status, own.gate = 503, threading.Semaphore(0)
    with serving(engine, worker=worker) as client, ThreadPoolExecutor(1) as clicking:
        results = clicking.submit(click, client, 3)
        until(lambda: bool(own.requests))
        rename(url, "queue_tasks", "away")
        own.gate = None
        assert results.result() == [{}] * 3
        assert "project 12: goes on behind once it can be written down" in caplog.text
        rename(url, "away", "queue_tasks")
        until(lambda: len(states(url)) == 3)
    assert {state for state, _ in states(url)} == {"waiting"}
    assert "nothing goes on behind" not in caplog.text


def test_no_more_requests_wait_for_the_database_than_there_is_room_for(engines, url, own, monkeypatch, caplog):
    monkeypatch.setattr(clicks, "PATIENCE_S", 0.0)
    monkeypatch.setattr(clicks, "MOST_LATE", 0)
    engine = engines()
    own.status = 503
    worker = open_worker(engine, url)
    worker.wind_up()
    with serving(engine, worker=worker) as client:
        rename(url, "queue_tasks", "away")
        assert click(client, 1) == [{}]
    assert "project 12: nothing goes on behind" in caplog.text


def test_a_server_that_ends_as_it_takes_tasks_begins_none_and_holds_none(engines, url, own, monkeypatch, caplog):
    left_waiting(engines(), url, own, 3)
    engine, is_taking, may_take = engines(), threading.Event(), threading.Event()
    worker = open_worker(engine, url)
    claim = worker._queue.claim

    def late(*asked: Any) -> Any:
        is_taking.set()
        may_take.wait(HANGS_S)
        return claim(*asked)

    monkeypatch.setattr(worker._queue, "claim", late)
    with serving(engine, worker=worker, limits=RequestLimits(stop=0.1)):
        assert is_taking.wait(HANGS_S)
        wind_up = worker.wind_up

        def wound_up() -> None:
            wind_up()
            threading.Timer(0.3, may_take.set).start()

        monkeypatch.setattr(worker, "wind_up", wound_up)
    assert states(url) == [("waiting", "")] * 3
    assert not any(holders(url))
    assert own.requests == []
    assert "does not go on" not in caplog.text


def test_somebody_who_opens_a_task_waits_for_no_other_behind(engines, url, own):
    """What waits is taken by the request, goes before all that is behind, and is not asked for twice."""
    left_waiting(engines(), url, own, 8)
    own.gate = threading.Semaphore(0)
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)) as client:
        until(lambda: len(own.requests) == AT_ONCE)
        (slots,) = (sender.throttle for sender, _ in engine.gateway._ways.values())
        until(lambda: slots.waiting == AT_ONCE)
        body = predict_body(SENTIMENT, *(f"Ann came {number} times. {CANARY}" for number in range(8)))
        body |= {"tasks": body["tasks"][-1:], "project": "12.1795417599"}
        opened: list[Any] = []
        opening = threading.Thread(target=lambda: opened.extend(client.post("/predict", json=body).json()["results"]))
        opening.start()
        until(lambda: slots.waiting == AT_ONCE + 1)
        own.gate.release()
        until(lambda: len(own.requests) == AT_ONCE + 1)
        assert "came 7 times" in own.requests[-1]["messages"][-1]["content"]
        own.gate = None
        opening.join()
        assert opened[0]["result"]
        all_end(url, 8)
    asked = [request["messages"][-1]["content"] for request in own.requests]
    assert len(asked) == len(set(asked)) == 8


class Stored:
    """Stands for Label Studio's API, which stores nothing twice."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.stored: dict[tuple[int, int], Prediction] = {}
        self.calls: list[int] = []
        self.refuses: dict[int, LabelStudioError] = {}

    async def write(self, project: int, predictions: Sequence[NewPrediction]) -> dict[int, LabelStudioError]:
        await asyncio.to_thread(self.gate.wait)
        self.calls.append(len(predictions))
        for new in predictions:
            assert (project, new.task) not in self.stored
            self.stored[project, new.task] = new.prediction
        return {new.task: self.refuses[new.task] for new in predictions if new.task in self.refuses}

    async def has_prediction(self, task: int, model_version: str) -> bool:
        return any(stored == task for _, stored in self.stored)

    async def aclose(self) -> None:
        self.gate.set()


def test_what_is_done_behind_is_stored_once_and_a_click_meanwhile_waits_for_it(engines, url, own):
    left_waiting(engines(), url, own, 3)
    engine, label_studio = engines(), Stored()
    worker = open_worker(engine, url, delivery=Delivery(label_studio))
    with serving(engine, worker=worker) as client:
        until(lambda: [holder.endswith(STORES) for holder in holders(url)] == [True] * 3)
        results: list[Any] = []
        clicking = threading.Thread(target=lambda: results.extend(click(client, 4)))
        clicking.start()
        label_studio.gate.set()
        all_end(url, 3)
        clicking.join()
    assert sorted(label_studio.stored) == [(12, 1), (12, 2), (12, 3)]
    assert [result != {} for result in results] == [False, False, False, True]


def test_a_slow_label_studio_keeps_no_provider_waiting(engines, url, own):
    """What waits to be stored goes together, and takes no place of what is to be predicted."""
    left_waiting(engines(), url, own, 20)
    engine, label_studio = engines(), Stored()
    with serving(engine, worker=open_worker(engine, url, delivery=Delivery(label_studio))):
        until(lambda: len(own.requests) == 20)
        until(lambda: [holder.endswith(STORES) for holder in holders(url)] == [True] * 20)
        label_studio.gate.set()
        all_end(url, 20)
    assert len(label_studio.stored) == 20
    assert len(label_studio.calls) == 2


def test_of_many_predictions_most_are_stored_behind(engines, url, own, monkeypatch, caplog):
    """Label Studio takes long to store those of an answer: its page would not wait so long."""
    monkeypatch.setattr(clicks, "MOST_ANSWERED", 2)
    caplog.set_level("INFO", "labelguard")
    engine, label_studio = engines(), Stored()
    label_studio.gate.set()
    with serving(engine, worker=open_worker(engine, url, delivery=Delivery(label_studio))) as client:
        assert [result != {} for result in click(client, 5)] == [True] * 2 + [False] * 3
        all_end(url, 3)
    assert sorted(label_studio.stored) == [(12, 3), (12, 4), (12, 5)]
    assert len(own.requests) == 5
    assert "2 of 5 tasks predicted (own 5), 3 go on behind" in caplog.text


def test_all_predictions_are_answered_where_nobody_stores_them(engines, url, monkeypatch):
    monkeypatch.setattr(clicks, "MOST_ANSWERED", 2)
    engine = engines()
    with serving(engine, worker=open_worker(engine, url)) as client:
        assert {} not in click(client, 5)
    assert states(url) == []


def test_who_stored_a_prediction_and_was_killed_is_not_followed_by_a_click_that_waited(engines, url, own):
    """It held the task, of which it could not say any more that it is done."""
    left_waiting(engines(), url, own, 2)
    engine, label_studio = engines(), Stored()
    label_studio.stored[12, 1] = Prediction((), "v")
    change(url, holder=f"worker-killed{STORES}", free_at=int(time.time() + HANGS_S))
    worker = open_worker(engine, url, delivery=Delivery(label_studio))
    worker.wind_up()  # nobody but the click takes anything
    with serving(engine, worker=worker) as client, ThreadPoolExecutor(1) as clicking:
        results = clicking.submit(click, client, 3)
        until(lambda: bool(own.requests))  # about the third task: the click knows who holds the others
        change(url, free_at=0)
        assert [result != {} for result in results.result()] == [False, True, True]


def test_what_label_studio_refuses_is_a_failure_with_its_reason(engines, url, own):
    left_waiting(engines(), url, own, 3)
    engine, label_studio = engines(), Stored()
    label_studio.refuses[2] = LabelStudioError("does not take the prediction of task 2 (400)", "see its log")
    label_studio.gate.set()
    with serving(engine, worker=open_worker(engine, url, delivery=Delivery(label_studio))):
        all_end(url, 3)
    assert states(url) == [("done", ""), ("failed", "label_studio"), ("done", "")]
