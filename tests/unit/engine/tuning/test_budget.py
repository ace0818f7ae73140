"""What tuning may spend."""

import asyncio

import pytest

from backend.engine.tuning.budget import TuningBudget
from backend.errors import TuningSpentError
from backend.evaluate.labels.spending import VersionSpending


def budget(most, money=None, **found):
    return TuningBudget(most, money, lambda versions: VersionSpending(**found))


def test_calls_are_counted_and_answers_that_were_there_are_not():
    made = budget(3)
    for was_made in (True, False, True):
        with made.call() as told:
            told(was_made)
    assert made.begun == 2
    with made.call():
        pass
    with pytest.raises(TuningSpentError, match="raise --most-calls or --most-money"), made.call():
        pytest.fail("no other may be begun")


def test_a_call_that_fails_counts():
    made = budget(1)
    with pytest.raises(ZeroDivisionError), made.call():
        _ = 1 / 0
    assert made.begun == 1


def test_what_is_kept_back_is_not_begun_until_it_is_free():
    made = budget(4)
    made.kept_back = 3
    with made.call():
        pass
    with pytest.raises(TuningSpentError), made.call():
        pass
    made.kept_back = 0
    with made.call():
        pass
    assert made.begun == 2


@pytest.mark.parametrize(("kept_back", "is_over"), [(0, False), (8, False), (10, True)])
def test_money_is_kept_back_for_what_the_test_will_likely_cost(kept_back, is_over):
    made = budget(1000, 2.0, calls=10, cost_usd=1.0)
    made.kept_back = kept_back
    if is_over:
        with pytest.raises(TuningSpentError):
            asyncio.run(made.check())
    else:
        asyncio.run(made.check())
    assert made.begun == 10  # attempts that were repeated count


def test_only_what_stands_under_its_own_versions_is_its_own():
    asked = []

    def spent(versions):
        asked.append(versions)
        return VersionSpending()

    made = TuningBudget(9, None, spent)
    assert made.named("tune-1") == made.named("tune-1") == "tune-1"
    made.spending()
    assert asked == [{"tune-1"}]
