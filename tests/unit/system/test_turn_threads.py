"""Threads take the most urgent work themselves, and are told of nothing by who handed it in."""

import threading
from concurrent.futures import CancelledError, Future
from contextvars import copy_context

import pytest

from backend.system import turn_threads
from backend.system.lines import TURN, Turn
from backend.system.part import ProcessPart
from backend.system.shared_places import SharedPlaces
from backend.system.turn_threads import TurnThreads
from tests.patience import HANGS_S, until


@pytest.fixture
def begun():
    """Give what begins threads, which are ended with the test."""
    all_threads: list[TurnThreads] = []

    def begin(most: int, alone: int = 0, shared: SharedPlaces | None = None) -> TurnThreads:
        all_threads.append(TurnThreads(most, "tested", alone, shared))
        return all_threads[-1]

    yield begin
    for threads in all_threads:
        threads.close()
    until(lambda: not any(thread.name.startswith("tested") for thread in threading.enumerate()))


class Gate:
    """A thread, which is kept until the gate opens; what was done since, by name."""

    def __init__(self, threads: TurnThreads) -> None:
        self.threads = threads
        self.done: list[str] = []
        self._opened = threading.Event()
        self._is_begun = threading.Event()
        self.first = threads.submit(self._wait)
        assert self._is_begun.wait(HANGS_S)

    def _wait(self) -> None:
        self._is_begun.set()
        self._opened.wait(HANGS_S)

    def submit(self, name: str, turn: Turn | None = None, weight: int = 1) -> "Future[None]":
        context = copy_context()
        context.run(TURN.set, turn or Turn(name))
        return context.run(self.threads.submit, lambda: self.done.append(name), weight)

    def open(self, *waited: "Future[None]") -> list[str]:
        self._opened.set()
        for future in waited:
            future.result(HANGS_S)
        return self.done


def test_what_somebody_waits_for_is_next_then_each_key_in_turn_then_what_nobody_waits_for(begun):
    gate = Gate(begun(1))
    turns = [Turn("behind", is_batch=True), *[Turn("a")] * 3, *[Turn("b")] * 2, Turn("opened", is_urgent=True)]
    assert gate.open(*[gate.submit(turn.key, turn) for turn in turns]) == ["opened", "a", "b", "a", "b", "a", "behind"]


def test_what_somebody_waits_for_is_done_while_all_else_takes_long(begun):
    gate = Gate(begun(1))
    other = gate.submit("other")
    for name in ("opened", "another"):
        gate.submit(name, Turn(name, is_urgent=True)).result(HANGS_S)
    assert (gate.done, other.done()) == (["opened", "another"], False)
    assert gate.open(other) == ["opened", "another", "other"]


def test_one_more_is_at_work_for_all_who_wait_and_ends_when_nobody_does(begun):
    threads = begun(1)
    first = Gate(threads)
    context = copy_context()
    context.run(TURN.set, Turn("opened", is_urgent=True))
    second = context.run(Gate, threads)
    third = first.submit("third", Turn("third", is_urgent=True))
    assert not third.done()
    second.open(third)
    until(lambda: not any(thread.name == "tested_spare" for thread in threading.enumerate()))
    assert first.open(first.first) == ["third"]


def test_a_work_has_the_turn_of_who_asks(begun):
    threads, turns = begun(1), [Turn("a"), Turn("b", is_urgent=True), Turn("c", is_batch=True)]

    def ask(turn):
        TURN.set(turn)
        return threads.submit(TURN.get)

    assert [copy_context().run(ask, turn).result(HANGS_S) for turn in turns] == turns


def test_a_key_that_is_alone_has_more_at_work_until_somebody_else_asks(begun, monkeypatch):
    monkeypatch.setattr(turn_threads, "COMPANY_S", 10 * HANGS_S)
    threads = begun(1, alone=2)
    first, second = Gate(threads), Gate(threads)
    first.submit("opened", Turn("opened", is_urgent=True)).result(HANGS_S)
    second.open(second.first)
    third = first.submit("third")
    first.submit("another", Turn("another", is_urgent=True)).result(HANGS_S)
    assert (first.done, third.done()) == (["opened", "another"], False)
    assert first.open(third)[-1] == "third"


def test_two_keys_share_what_one_alone_has_not(begun, monkeypatch):
    monkeypatch.setattr(turn_threads, "COMPANY_S", 10 * HANGS_S)
    threads = begun(1, alone=2)
    gate = Gate(threads)
    other = gate.submit("other")
    until(lambda: threads.waiting == 1)
    assert not other.done()
    gate.open(other)


def test_a_key_that_is_left_alone_has_more_at_work_again(begun, monkeypatch):
    monkeypatch.setattr(turn_threads, "COMPANY_S", 0.01)
    threads = begun(1, alone=2)
    gate = Gate(threads)
    gate.submit("opened", Turn("opened", is_urgent=True)).result(HANGS_S)
    gate.submit("next", Turn("")).result(HANGS_S)
    gate.open(gate.first)


def test_a_key_is_served_as_often_in_a_row_as_its_weight_says(begun):
    gate = Gate(begun(1))
    works = [gate.submit("a", weight=2) for _ in range(4)] + [gate.submit("b") for _ in range(2)]
    assert "".join(gate.open(*works)) == "aabaab"


def test_all_is_done_while_who_handed_it_in_does_nothing(begun):
    threads = begun(2)
    done = threading.Semaphore(0)
    for _ in range(100):
        threads.submit(done.release)
    assert all(done.acquire(timeout=HANGS_S) for _ in range(100))


def test_as_many_are_at_work_as_there_are_threads_also_when_all_comes_at_once(begun):
    threads = begun(3)
    threads.submit(lambda: None).result(HANGS_S)
    together = threading.Barrier(3)
    works = [threads.submit(lambda: together.wait(HANGS_S)) for _ in range(3)]
    assert {work.result(HANGS_S) for work in works} == {0, 1, 2}


def test_what_was_cancelled_is_passed_over(begun):
    gate = Gate(begun(1))
    gone, other = gate.submit("gone"), gate.submit("other")
    assert gone.cancel()
    assert gate.open(other) == ["other"]
    assert gate.threads.waiting == 0


def test_an_error_is_its_own_works_alone(begun):
    def fail() -> None:
        raise SystemExit("not the thread's")

    threads = begun(1)
    with pytest.raises(SystemExit):
        threads.submit(fail).result(HANGS_S)
    assert threads.submit(lambda: "goes on").result(HANGS_S) == "goes on"


def test_closed_it_ends_what_is_at_work_and_cancels_the_rest(begun):
    gate = Gate(begun(1))
    waits = gate.submit("waits")
    assert gate.threads.waiting == 1
    gate.threads.close()
    with pytest.raises(CancelledError):
        waits.result(HANGS_S)
    gate.open(gate.first)
    assert gate.done == []
    with pytest.raises(RuntimeError):
        gate.submit("late")


def test_processes_do_as_many_works_at_once_together(begun, tmp_path):
    first, second = (begun(2, shared=ProcessPart(number, 2, tmp_path).places("works", 2)) for number in range(2))
    gates = [Gate(first), Gate(first)]  # all, since the other does nothing
    other = copy_context().run(second.submit, lambda: "done")
    assert gates[0].submit("opened", Turn("opened", is_urgent=True)).result(HANGS_S) is None
    assert not other.done()
    gates[0].open(gates[0].first)
    assert other.result(HANGS_S) == "done"
    gates += [Gate(second)]
    for gate in gates[1:]:
        gate.open(gate.first)


def test_what_somebody_waits_for_is_done_while_other_processes_are_at_work(begun, tmp_path):
    first, second = (begun(1, shared=ProcessPart(number, 2, tmp_path).places("works", 1)) for number in range(2))
    gate = Gate(first)
    context = copy_context()
    context.run(TURN.set, Turn("opened", is_urgent=True))
    assert context.run(second.submit, lambda: "done").result(HANGS_S) == "done"
    gate.open(gate.first)
