"""The queue: each task is worked on by one at a time, and ends once; what is too much or too old is told."""

import pytest
from sqlalchemy import update

from backend.errors import ProviderDownError
from backend.queue.queue import HOLD_S, REMEMBER_S
from backend.queue.tables import PLANS, TASKS
from backend.store import open_store, writing
from tests.stores import looking
from tests.unit.queue.conftest import CANARY, SECRET


def rows(queues, table=TASKS):
    with looking(queues.url) as connection:
        return list(connection.execute(table.select().order_by(*table.primary_key)).mappings())


def states(queues):
    return sorted((row["task"], row["state"], row["code"]) for row in rows(queues))


def taken(claimed):
    return [queued.task for queued in claimed]


def test_a_task_is_taken_by_one_and_by_another_only_when_its_time_is_over(queues):
    first, second = queues.open(), queues.open()
    assert queues.put(first, 1, 2) == 2
    claimed = first.claim("a", 10)
    assert taken(claimed) == ["1", "2"]
    source, task = claimed[0].content
    assert (task.data, task.id, source.project) == ({"text": f"{CANARY} 1"}, "1", "12")
    assert second.claim("b", 10) == []
    queues.clock += HOLD_S - 1
    first.renew([queued.name for queued in claimed], "a")
    queues.clock += HOLD_S - 1
    assert second.claim("b", 10) == []
    queues.clock += 1
    again = second.claim("b", 10)
    assert [(queued.task, queued.tries) for queued in again] == [("1", 2), ("2", 2)]
    assert not first.finish(again[0].name, "a")
    assert first.storing(again[0].name, "a") == ""
    assert second.finish(again[0].name, "b")
    assert not second.finish(again[0].name, "b")
    assert states(queues) == [("1", "done", ""), ("2", "waiting", "")]


def test_what_is_stored_is_taken_by_nobody_and_ends_once(queues):
    queue = queues.open()
    queues.put(queue, 1, 2)
    first, second = queue.claim("a", 2)
    holder = queue.storing(first.name, "a")
    assert queue.storing(first.name, "a") == ""
    queues.clock += HOLD_S - 1
    queue.renew([first.name, second.name], "a")
    queues.clock += 2
    held = queue.hold([first.name, second.name], "click", 85, before="a")
    assert held.others == {first.name}
    assert queue.storing(second.name, "a") == ""  # the request has it
    assert queue.finish(first.name, holder)
    queue.release("a")
    assert states(queues) == [("1", "done", ""), ("2", "waiting", "")]


def test_projects_go_in_turn(queues):
    queue = queues.open()
    queues.put(queue, *range(100, 110), project="12")
    queues.put(queue, 1, 2, project="13")
    assert sorted(taken(queue.claim("a", 4))) == ["1", "100", "101", "2"]
    assert taken(queue.claim("a", 4)) == ["102", "103", "104", "105"]


def test_what_is_given_back_was_not_tried(queues):
    queue = queues.open()
    queues.put(queue, 1)
    queue.claim("a", 1)
    queue.release("a")
    (queued,) = queue.claim("b", 1)
    assert queued.tries == 1


def test_what_may_pass_waits_for_its_time(queues):
    queue = queues.open()
    queues.put(queue, 1)
    (queued,) = queue.claim("a", 1)
    error = ProviderDownError("own", "failed (500)")
    assert queue.put_off(queued.name, "a", error, 15, counts=False)
    assert queue.claim("a", 1) == []
    queues.clock += 15
    (queued,) = queue.claim("a", 1)
    assert queued.tries == 1
    assert queue.fail(queued.name, "a", error)
    assert states(queues) == [("1", "failed", "provider_down")]
    assert rows(queues)[0]["size"] > 0


def test_a_done_task_has_no_text_and_its_plan_goes_with_the_last(queues):
    queue = queues.open()
    queues.put(queue, 1, 2)
    for queued in queue.claim("a", 2):
        queue.finish(queued.name, "a")
    assert [(row["size"], bytes(row["body"])) for row in rows(queues)] == [(0, b"")] * 2
    assert len(rows(queues, PLANS)) == 1
    queue.purge()
    assert rows(queues, PLANS) == []


def test_what_waits_for_too_long_is_erased_and_ends(queues):
    queue = queues.open(hours=1)
    queues.put(queue, 1)
    queues.put(queue, 2, state="failed", code="provider_down")
    queues.clock += 3600
    assert queue.claim("a", 1) == []
    queue.purge()
    assert states(queues) == [("1", "failed", "expired"), ("2", "failed", "provider_down")]
    assert {row["size"] for row in rows(queues)} == {0}
    queues.clock += REMEMBER_S
    queue.purge()
    assert rows(queues) == []


def test_another_secret_reads_nothing(queues):
    queues.put(queues.open(), 1)
    (queued,) = queues.open(secret=SECRET[::-1]).claim("a", 1)
    assert queued.content is None


@pytest.mark.parametrize(
    "change", [{"project": "13"}, {"task": "2"}, {"version": "other"}, {"expires": 2_000_000_000}, {"body": b"x" * 40}]
)
def test_a_row_that_was_changed_is_not_read(queues, change):
    queue = queues.open()
    queues.put(queue, 1)
    with writing(open_store(queues.url)) as connection:
        connection.execute(update(TASKS).values(change))
    (queued,) = queue.claim("a", 1)
    assert queued.content is None


def test_nothing_in_the_open(queues):
    queue = queues.open()
    queues.put(queue, 1)
    for table in (TASKS, PLANS):
        for row in rows(queues, table):
            assert CANARY not in str({key: bytes(v) if isinstance(v, memoryview) else v for key, v in row.items()})


def test_more_than_the_limits_is_not_queued_and_says_so(queues):
    queue = queues.open(tasks=2)
    assert queues.put(queue, 1, 2, 3) == 2
    assert states(queues) == [("1", "waiting", ""), ("2", "waiting", ""), ("3", "failed", "queue_full")]
    assert queues.put(queue, 1, 2) == 2  # they are there already
    queue.finish(queue.claim("a", 1)[0].name, "a")
    assert queues.put(queue, 4) == 1
    small = queues.open(size=rows(queues)[0]["size"])
    assert queues.put(small, 5) == 0


def test_what_may_not_be_kept_has_a_reason_and_no_text(queues):
    queue = queues.open()
    assert queues.put(queue, 1, keeps=False) == 0
    queues.put(queue, 2, state="failed", code="provider_down", keeps=False)
    assert [(row["task"], row["size"]) for row in rows(queues)] == [("2", 0)]
    assert rows(queues, PLANS) == []


def test_the_same_task_twice_in_a_request_stands_once(queues):
    queue = queues.open()
    assert queues.put(queue, 1, 1) == 2
    assert len(rows(queues)) == 1


def test_a_request_takes_what_waits_and_leaves_what_others_work_on(queues):
    queue = queues.open()
    queues.put(queue, 1, 2)
    (first,) = queue.claim("worker", 1)
    names = queues.names(queue, 1, 2, 3)
    held = queue.hold(names, "click", 85)
    assert (held.known, held.others) == (frozenset(names[:2]), frozenset(names[:1]))
    assert queue.claim("worker", 5) == []
    assert queues.put(queue, 1, 2) == 2  # neither is done: one is given back, one is the worker's
    assert taken(queue.claim("other", 5)) == ["2"]
    assert queue.finish(first.name, "worker")
    assert queue.hold(names, "click", 85).done == frozenset(names[:1])


def test_what_a_request_has_done_waits_no_more(queues):
    queue = queues.open()
    queues.put(queue, 1, state="failed", code="provider_down")
    queues.put(queue, 2)
    queue.hold(queues.names(queue, 1, 2), "click", 85)
    queues.put(queue, 1, 2, state="done")
    assert states(queues) == [("1", "done", ""), ("2", "done", "")]
    assert {row["size"] for row in rows(queues)} == {0}


def test_what_failed_in_a_request_by_what_may_pass_waits_for_its_time(queues):
    queue = queues.open()
    queues.put(queue, 1)  # it waited before, untried
    assert queues.put(queue, 1, code="provider_down", pause=15) == 1
    assert states(queues) == [("1", "waiting", "provider_down")]
    assert queue.claim("a", 1) == []
    queues.clock += 15
    assert taken(queue.claim("a", 1)) == ["1"]
