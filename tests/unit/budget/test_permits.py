"""What of the minute is taken, in a real store: by whom ever, and for how long."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.budget.permits import AHEAD_S, COUNTS_S, PERMITS, Permit, _room
from backend.store import open_store, reading, writing

ONE = Limits(requests_per_minute=1)


@given(
    parts=st.lists(st.tuples(st.floats(0.1, 61), st.integers(0, 40)), max_size=20).map(sorted),
    limit=st.integers(1, 7_000),
    amount=st.integers(1, 50),
)
def test_what_is_taken_fits_and_who_waits_waits_no_longer_than_it_must(parts, limit, amount):
    amount = min(amount, limit)
    taken, seconds = _room(parts, limit, amount)
    if not seconds:
        assert amount <= taken <= limit - sum(part for _, part in parts)
        return
    assert taken == 0
    assert sum(part for left, part in parts if left > seconds) + amount <= limit
    assert sum(part for left, part in parts if left >= seconds) + amount > limit


@pytest.fixture
def ledgers(store_url, ledger):
    """Two on one store, as two processes have them."""
    engine = open_store(store_url)
    with ExitStack() as closing:
        other = Ledger(engine)
        closing.callback(engine.dispose)
        closing.callback(other.close)
        yield ledger, other


def take(ledger, limits, tokens=0, before=None):
    return ledger.permits.take("nurses", limits, tokens, before).result()


def test_processes_share_the_minute(ledgers):
    first, second = ledgers
    assert isinstance(take(first, ONE), Permit)
    refused = take(second, ONE)
    assert 0 < refused["requests_per_minute"] <= COUNTS_S
    assert isinstance(second.permits.take("doctors", ONE, 0).result(), Permit)


def test_what_is_given_back_is_another_processs(ledgers):
    first, second = ledgers
    permit = take(first, Limits(tokens_per_minute=100), 100)
    first.permits.correct(permit.number, 0, -60).result()
    assert take(second, Limits(tokens_per_minute=100), 50).tokens == 50
    assert isinstance(take(second, Limits(tokens_per_minute=100), 50), dict)


def test_what_was_left_makes_room_for_what_is_taken_next(ledgers):
    permit = take(ledgers[0], Limits(requests_per_minute=120))
    assert permit.requests == 2
    assert permit.use(1, 0)
    permit = take(ledgers[0], Limits(requests_per_minute=120), before=permit)
    assert isinstance(take(ledgers[1], Limits(requests_per_minute=3)), dict)
    ledgers[0].permits.correct(permit.number, -1, 0).result()
    assert isinstance(take(ledgers[1], Limits(requests_per_minute=3)), Permit)


def expire(ledger, seconds):
    with writing(ledger.engine) as connection:
        connection.execute(PERMITS.update().values(expires=PERMITS.c.expires + seconds))


def test_who_ends_without_a_word_keeps_nothing_beyond_its_minute(ledgers):
    take(ledgers[0], ONE)
    expire(ledgers[0], -COUNTS_S)
    assert isinstance(take(ledgers[1], ONE), Permit)
    with reading(ledgers[0].engine) as connection:
        assert len(connection.execute(PERMITS.select()).all()) == 1


def test_what_was_taken_before_the_clock_was_set_back_does_not_count_for_ever(ledgers):
    take(ledgers[0], ONE)
    expire(ledgers[0], 3_600)
    assert isinstance(take(ledgers[1], ONE), Permit)


def test_it_counts_for_a_minute_from_when_the_last_of_it_may_be_used():
    assert COUNTS_S == 60 + AHEAD_S
