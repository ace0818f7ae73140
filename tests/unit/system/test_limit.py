"""A limit: it counts from when the work begins, and not while the work waits for what is loaded."""

import pytest

from backend.errors import DetectionError
from backend.system import limit as module
from backend.system.limit import Limit


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_the_time_counts_from_when_the_work_begins(clock):
    limit = Limit(30)
    clock.now += 1000
    assert limit.remaining() == 30

    def work() -> None:
        clock.now += 20
        assert limit.left() == limit.remaining() == 10
        clock.now += 10
        assert limit.remaining() == 0
        limit.left()

    with pytest.raises(DetectionError, match=r"detection took over 30 s"):
        limit.run(work)


def test_no_time_passes_while_what_detects_is_loaded(clock):
    limit = Limit(30)

    def work() -> None:
        with limit.paused():
            clock.now += 1000
            assert limit.remaining() == 30
        assert limit.left() == limit.remaining() == 30
        clock.now += 25
        assert limit.left() == limit.remaining() == 5

    limit.run(work)


def test_what_nobody_waits_for_is_over_also_after_a_pause(clock):
    limit = Limit(30)

    def work() -> None:
        with limit.paused():
            limit.over()
        limit.left()

    with pytest.raises(DetectionError):
        limit.run(work)
