"""What a batch would cost: by its calls, the providers in their order, and how long answers have been."""

from backend.budget.amounts import NANO
from backend.budget.estimate import Planned, forecast, left, minutes, total, usual_answers, verdict
from backend.budget.limits import Limits
from backend.budget.tables import Spent
from backend.budget.usage import Usage
from backend.providers import Price, Provider

FIRST = Provider("first", "openai", "m", True, attempts=2, max_tokens=1_000, price=Price(1, 10))
SECOND = Provider("second", "openai", "m", True, attempts=1, max_tokens=500, price=Price(2, 20))
OWN = Provider("own", "embedded", "m", False, max_tokens=100)
NEW = Provider("new", "openai", "nobody-knows", True)


def plan(*providers: Provider, size: int = 3_000, rule: str = "nurses") -> Planned:
    return Planned(rule, Limits(), providers, size)


def test_a_call_goes_to_the_first_and_at_worst_to_all():
    first, second = forecast([plan(FIRST, SECOND), plan(FIRST, SECOND)], {})
    assert (first.calls, first.fallbacks, first.tokens_in, first.tokens_out) == (2, 0, 2_000, 250)
    assert first.cost == 2 * (1_000 * 1_000 + 125 * 10_000)
    # two attempts, the second of which is shown the first one's answer
    assert first.most == 2 * ((2 * 3_000 + 1_000) * 1_000 + 2 * 1_000 * 10_000)
    assert first.most_out == 2 * 2 * 1_000
    assert (second.calls, second.fallbacks, second.cost) == (0, 2, 0)
    assert second.most == 2 * (3_000 * 2_000 + 500 * 20_000)


def test_earlier_answers_tell_how_long_the_next_are():
    history = [
        Usage({"provider": "first", "model": "m"}, 12, 2, 5_000, 4_001, 0, 1.0),
        Usage({"provider": "second", "model": "m"}, 2, 2, 5_000, 0, 0, 1.0),
    ]
    answers = usual_answers(history)
    assert answers == {("first", "m"): 401}
    assert forecast([plan(FIRST)], answers)[0].tokens_out == 401


def test_no_answer_is_longer_than_it_may_be():
    assert forecast([plan(OWN, size=30_000)], {("own", "m"): 900})[0].tokens_out == 100


def test_what_costs_nothing_and_what_nobody_knows_are_told_apart():
    own, new = forecast([plan(OWN, rule="a"), plan(NEW, rule="b")], {})
    assert (own.cost, own.most) == (0, 0)
    assert (new.cost, new.most) == (None, None)
    assert total([1, None]) is None
    assert total([1, 2]) == 3


def test_what_is_left_is_after_what_is_held():
    limits = Limits(spend_per_day=1, spend_per_month=10)
    assert left(limits, Spent(NANO // 2, NANO * 3, NANO // 4, NANO)) == {
        "spend_per_day": NANO // 4,
        "spend_per_month": 6 * NANO,
    }
    assert left(limits, Spent(2 * NANO, 2 * NANO, 0, 0))["spend_per_day"] == 0
    assert left(Limits(), Spent(0, 0, 0, 0)) == {}


def test_the_limits_by_the_minute_tell_how_long_it_takes():
    assert minutes(Limits(requests_per_minute=10), 10, 0) == 0
    assert minutes(Limits(requests_per_minute=10), 11, 0) == 1
    assert minutes(Limits(requests_per_minute=10, tokens_per_minute=100), 11, 500) == 4
    assert minutes(Limits(), 10_000, 10_000) == 0


def test_a_verdict_tells_the_likely_from_the_worst():
    assert verdict("r", "spend_per_day", 10, 1, 9)[0]
    fits, words = verdict("r", "spend_per_day", NANO, NANO // 2, 2 * NANO)
    assert fits
    assert words == "rule 'r': 1.00 USD are left of spend_per_day: this likely fits (0.50), at worst it does not (2.00)"
    assert not verdict("r", "spend_per_day", 10, 11, 12)[0]
    assert not verdict("r", "spend_per_day", 10, None, None)[0]
