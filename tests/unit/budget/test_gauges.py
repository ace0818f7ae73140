"""What rules may spend and have spent, as the metrics tell it."""

from backend.budget.gauges import budget_metrics
from backend.budget.limits import Limits
from tests.spending import book
from tests.unit.budget.test_ledger import a_day, use


def test_what_was_spent_and_is_held_is_told_by_day_and_month(ledger, now):
    both = Limits(spend_per_day=1, spend_per_month=20)
    now.set("2026-11-24")
    book(ledger, ledger.hold(use(), both).result(), 6_000, 4_000, failed=False)
    now.set("2026-11-25")
    book(ledger, ledger.hold(use(project="13"), both).result(), 6_000, 4_000, failed=False)
    ledger.hold(use(), both).result()
    told = budget_metrics(ledger, {"nurses": both, "doctors": a_day(3), "free": Limits()}).decode()
    assert 'labelguard_budget_usd{period="day",rule="nurses"} 1.0' in told
    assert 'labelguard_budget_usd{period="month",rule="nurses"} 20.0' in told
    assert 'labelguard_budget_used_usd{period="day",rule="nurses"} 0.02' in told
    assert 'labelguard_budget_used_usd{period="month",rule="nurses"} 0.03' in told
    assert 'labelguard_budget_used_usd{period="day",rule="doctors"} 0.0' in told
    assert "free" not in told
    assert ledger.all_spent() == {"nurses": ledger.spent("nurses")}
    now.set("2026-12-01")
    assert ledger.all_spent() == {}


def test_nothing_is_told_where_no_rule_limits_money(ledger):
    assert budget_metrics(ledger, {"free": Limits(max_characters=7)}) == b""
