"""A breaker opens after failures in a row, is tried by one, and closes as soon as anything is answered."""

from hypothesis import given
from hypothesis import strategies as st

from backend.model.breaker import FAILURES, LONGEST_OPEN_S, OPEN_S, Breaker


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    assert [breaker.failed(now) for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    return breaker


def test_it_opens_after_so_many_in_a_row():
    breaker = opened(3.0)
    assert (breaker.state, breaker.until) == ("open", 3.0 + OPEN_S)


def test_an_answer_in_between_counts_all_anew():
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert not breaker.failed(0.0)
        assert not breaker.answered()
    assert breaker.state == "closed"


def test_by_how_its_trial_ends_it_closes_or_opens_for_twice_as_long():
    breaker = opened()
    for seconds in (2 * OPEN_S, 4 * OPEN_S, LONGEST_OPEN_S, LONGEST_OPEN_S):
        breaker.try_()
        assert breaker.state == "half_open"
        assert breaker.failed(100.0)
        assert (breaker.state, breaker.until) == ("open", 100.0 + seconds)
    breaker.try_()
    assert breaker.answered()
    assert (breaker.state, breaker.failures) == ("closed", 0)
    for _ in range(FAILURES):
        breaker.failed(0.0)
    assert breaker.until == OPEN_S


def test_a_trial_that_told_nothing_leaves_it_open():
    breaker = opened()
    breaker.try_()
    breaker.give_up()
    assert (breaker.state, breaker.until) == ("open", OPEN_S)


def test_failures_of_calls_that_were_under_way_open_it_no_further():
    breaker = opened()
    assert not breaker.failed(5.0)
    assert breaker.until == OPEN_S


@given(st.lists(st.sampled_from(["failed", "answered", "try", "give up"]), max_size=40))
def test_it_is_closed_unless_so_many_failed_since_the_last_answer(steps):
    breaker, failures = Breaker(), 0
    for step in steps:
        was = breaker.state
        match step:
            case "failed":
                breaker.failed(0.0)
                failures += 1
            case "answered":
                assert breaker.answered() == (was != "closed")
                failures = 0
            case "try" if was == "open":
                breaker.try_()
            case "give up" if was == "half_open":
                breaker.give_up()
        assert (breaker.state == "closed") == (failures < FAILURES)
