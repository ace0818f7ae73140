"""A group worker: what comes alone is done at once, what comes together goes together, nothing is lost at the end."""

import threading

import pytest

from backend.system.group import GroupWorker
from tests.patience import HANGS_S

LONG_S = 3600.0


class Groups:
    """Keeps what was done, group by group; may be held up."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.may_go, self.changed = threading.Event(), threading.Condition()
        self.may_go.set()

    def work(self, group) -> None:
        self.may_go.wait(HANGS_S)
        with self.changed:
            self.done.append(list(group))
            self.changed.notify_all()

    def wait(self, number: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.done) >= number, HANGS_S)


@pytest.fixture
def groups():
    return Groups()


def test_what_comes_alone_is_done_at_once(groups):
    worker = GroupWorker[int](groups.work, "alone", most=10)
    for number in range(3):
        worker.put(number)
        groups.wait(number + 1)
    worker.close()
    assert groups.done == [[0], [1], [2]]


def test_what_comes_while_something_is_done_goes_together_in_order_and_bounded(groups):
    worker = GroupWorker[int](groups.work, "together", most=4)
    groups.may_go.clear()
    for number in range(10):
        worker.put(number)
    groups.may_go.set()
    worker.close()
    assert [number for group in groups.done for number in group] == list(range(10))
    assert max(map(len, groups.done)) == 4
    assert len(groups.done) <= 4


def test_where_nobody_waits_it_waits_for_more_and_closing_ends_that(groups):
    worker = GroupWorker[int](groups.work, "lingering", most=100, gap_s=LONG_S)
    for number in range(20):
        worker.put(number)
        if not number:
            groups.wait(1)
    worker.close()
    assert groups.done == [[0], list(range(1, 20))]


def test_what_may_wait_goes_with_what_may_not(groups):
    worker = GroupWorker[int](groups.work, "patient", most=100)
    for number in range(5):
        worker.put(number, patience_s=LONG_S)
    worker.put(5)
    groups.wait(1)
    worker.put(6, patience_s=0.01)
    groups.wait(2)
    worker.put(7, patience_s=LONG_S)
    worker.close()
    assert groups.done == [[0, 1, 2, 3, 4, 5], [6], [7]]


def test_it_is_called_with_nothing_where_nothing_comes(groups):
    worker = GroupWorker[int](groups.work, "idle", most=10, idle_s=0.01)
    groups.wait(2)
    worker.close()
    assert not any(groups.done)


def test_closed_it_takes_nothing_and_may_be_closed_again(groups):
    worker = GroupWorker[int](groups.work, "closed", most=10)
    worker.put(1)
    worker.close()
    worker.close()
    with pytest.raises(RuntimeError):
        worker.put(2)
    assert groups.done == [[1]]
