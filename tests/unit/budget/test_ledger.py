"""What is spent: exact in many threads and processes, by UTC's days and months, kept through restarts and kills."""

import json
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.budget.amounts import NANO, Use
from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.budget.tables import HELD, SPEND, Spent
from backend.errors import BudgetError, DayBudgetError, MonthBudgetError, PriceError, StoreError
from backend.providers import Price
from backend.store import open_store, reading, writing
from tests.patience import HANGS_S
from tests.spending import book

CENT = NANO // 100
ONE = Price(1, 1)
"""A dollar for a million tokens: 10,000 of them are a cent."""


def use(rule="nurses", project="12", price: Price | None = ONE, size=6_000, max_tokens=4_000) -> Use:
    """A call that may cost a cent."""
    return Use(rule, project, "openai", "gpt-4o-mini", price, size, max_tokens)


def real_now() -> datetime:
    return datetime.now(UTC)


def a_day(dollars: float) -> Limits:
    return Limits(spend_per_day=dollars)


def call(ledger: Ledger, limits: Limits, of: Use | None = None, tokens=(6_000, 4_000)) -> int | None:
    hold = ledger.hold(of or use(), limits).result(HANGS_S)
    return book(ledger, hold, *tokens, failed=False)


def rows(ledger: Ledger, table=SPEND) -> list[dict[str, object]]:
    with reading(ledger.engine) as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_a_call_is_booked_at_what_it_really_took(ledger):
    hold = ledger.hold(use(), a_day(1)).result()
    assert ledger.spent("nurses") == Spent(0, 0, CENT, CENT)
    assert book(ledger, hold, 1_000, 500, failed=False) == CENT * 15 // 100
    assert ledger.spent("nurses") == Spent(CENT * 15 // 100, CENT * 15 // 100, 0, 0)
    assert rows(ledger) == [
        {
            "rule": "nurses",
            "day": date(2026, 11, 25),
            "project": "12",
            "provider": "openai",
            "model": "gpt-4o-mini",
            "requests": 1,
            "failures": 0,
            "tokens_in": 1_000,
            "tokens_out": 500,
            "unpriced": 0,
            "cost": CENT * 15 // 100,
        }
    ]


def test_a_call_that_was_never_made_costs_nothing(ledger):
    ledger.give_back(ledger.hold(use(), a_day(1)).result()).result()
    assert ledger.spent("nurses") == Spent(0, 0, 0, 0)
    assert rows(ledger) == []


def test_what_nobody_knows_is_booked_at_its_worst(ledger):
    hold = ledger.hold(use(), a_day(1)).result()
    assert book(ledger, hold, None, None, failed=True) == CENT
    assert [(row["failures"], row["cost"]) for row in rows(ledger)] == [(1, CENT)]


def test_a_failure_that_took_nothing_costs_nothing(ledger):
    hold = ledger.hold(use(), a_day(1)).result()
    assert book(ledger, hold, 0, 0, failed=True) == 0
    assert [(row["requests"], row["failures"], row["cost"]) for row in rows(ledger)] == [(1, 1, 0)]


def test_the_day_s_budget_refuses_what_might_pass_it(ledger):
    call(ledger, a_day(0.025))
    ledger.hold(use(), a_day(0.025)).result()
    with pytest.raises(DayBudgetError) as caught:
        call(ledger, a_day(0.025))
    assert (caught.value.code, caught.value.status) == ("budget_day", 429)
    assert caught.value.reason == (
        "rule 'nurses': spend_per_day is 0.025 USD: 0.01 are spent, 0.01 held for calls under way, and this call may"
        " cost 0.01 - it begins anew on 2026-11-26 00:00 UTC; or raise limits.spend_per_day"
    )


def test_the_month_s_budget_refuses_what_might_pass_it(ledger, now):
    limits = Limits(spend_per_day=0.01, spend_per_month=0.02)
    for day in ("2026-12-30", "2026-12-31"):
        now.set(day)
        call(ledger, limits)
        with pytest.raises(DayBudgetError):
            call(ledger, limits)
    now.set("2027-01-01", "00:00")
    call(ledger, limits)
    now.set("2026-12-29")
    assert ledger.spent("nurses").month == 2 * CENT
    with pytest.raises(MonthBudgetError, match="begins anew on 2027-01-01 00:00 UTC") as caught:
        call(ledger, limits)
    assert caught.value.code == "budget_month"


def test_a_limit_may_be_used_up_to_the_last_cent(ledger):
    for _ in range(3):
        call(ledger, a_day(0.03))
    with pytest.raises(DayBudgetError):
        call(ledger, a_day(0.03))


def test_the_day_is_that_of_utc_and_of_when_a_call_began(ledger, now):
    now.set("2026-11-30", "23:59")
    hold = ledger.hold(use(), a_day(0.01)).result()
    now.pass_by(minutes=1)
    assert ledger.spent("nurses") == Spent(0, 0, 0, 0)
    call(ledger, a_day(0.01))
    book(ledger, hold, 6_000, 4_000, failed=False)
    assert sorted(str(row["day"]) for row in rows(ledger)) == ["2026-11-30", "2026-12-01"]


def test_what_costs_nothing_passes_where_the_money_is_spent(ledger):
    call(ledger, a_day(0.01))
    assert call(ledger, a_day(0.01), use(price=Price(0, 0))) == 0


def test_a_provider_that_counts_wrongly_gives_no_money_back(ledger):
    assert call(ledger, a_day(1), tokens=(-5_000, -5_000)) == 0
    call(ledger, Limits(), tokens=(10**30, 0))
    assert ledger.spent("nurses").day == 10**9 * 1_000


def test_rules_have_budgets_of_their_own(ledger):
    call(ledger, a_day(0.01))
    call(ledger, a_day(0.01), use(rule="doctors"))
    with pytest.raises(DayBudgetError, match="doctors"):
        call(ledger, a_day(0.01), use(rule="doctors", project="13"))


def test_a_limit_needs_a_price(ledger):
    with pytest.raises(PriceError) as caught:
        call(ledger, a_day(1), use(price=None))
    assert caught.value.reason == (
        "rule 'nurses' limits what is spent, and the price of 'gpt-4o-mini' is not known"
        " - write price: {input: 0.15, output: 0.60} (US dollars a million tokens) at provider openai"
    )


def test_without_a_limit_a_call_needs_no_price(ledger):
    assert call(ledger, Limits(), use(price=None)) is None
    assert [(row["tokens_in"], row["unpriced"], row["cost"]) for row in rows(ledger)] == [(6_000, 1, 0)]


def test_a_refused_call_leaves_what_comes_with_it_alone(ledger):
    """They may stand in one transaction."""
    asked = [ledger.hold(use(rule=rule), a_day(0.01)) for rule in ("a", "a", "b", "a", "c")]
    assert [isinstance(future.exception(30), DayBudgetError) for future in asked] == [False, True, False, True, False]
    assert len(rows(ledger, HELD)) == 3


def test_any_project_s_id_can_be_booked(ledger):
    for project in ("", "12\x00", "\ud800", "x" * 5_000, "\u202e"):
        call(ledger, a_day(1), use(project=project))
    assert sum(int(str(row["requests"])) for row in rows(ledger)) == 5


@pytest.mark.parametrize("seed", range(2))
def test_fifty_threads_never_pass_a_limit(ledger, seed):
    chance = random.Random(seed)
    parts = [chance.choice([0, 0.3, 1]) for _ in range(300)]

    def one(part: float) -> int:
        try:
            return int(call(ledger, a_day(0.5), tokens=(int(6_000 * part), int(4_000 * part))) or 0)
        except DayBudgetError:
            return -1

    with ThreadPoolExecutor(50) as pool:
        costs = list(pool.map(one, parts))
    spent = ledger.spent("nurses")
    assert spent == Spent(sum(c for c in costs if c > 0), spent.day, 0, 0)
    assert 0.25 * NANO < spent.day <= 0.5 * NANO
    assert costs.count(-1) < 300 - 25


CHILD = """
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
from backend.budget.amounts import Use
from backend.budget.ledger import Ledger
from backend.errors import BudgetError
from backend.store import open_store
from backend.budget.limits import Limits
from backend.providers import Price
from tests.spending import book

url, calls, dollars, ends = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
ledger = Ledger(open_store(url))
use = Use("nurses", str(os.getpid()), "openai", "gpt-4o-mini", Price(1, 1), 6_000, 4_000)

def one(_):
    try:
        hold = ledger.hold(use, Limits(spend_per_day=dollars)).result()
    except BudgetError:
        return 0
    if ends == "books":
        book(ledger, hold, 6_000, 4_000, failed=False)
    return 1

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(25) as pool:
    print(json.dumps(sum(pool.map(one, range(calls)))), flush=True)
sys.stdin.readline()
"""


class Child:
    """A process of its own with a ledger."""

    def __init__(self, url: str, calls: int, dollars: float, ends: str = "books") -> None:
        words = [sys.executable, "-c", CHILD, url, str(calls), str(dollars), ends]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.say() == "ready\n"

    def say(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def admitted(self) -> int:
        return int(json.loads(self.say()))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def test_two_processes_never_pass_a_limit_together(store_url, ledger):
    children = [Child(store_url, 200, 1.0) for _ in range(2)]
    for child in children:
        child.go()
    admitted = [child.admitted() for child in children]
    for child in children:
        child.kill()
    assert sum(admitted) == 100
    assert Ledger(ledger.engine).spent("nurses") == Spent(NANO, NANO, 0, 0)
    assert {row["project"]: row["requests"] for row in rows(ledger)} == {
        str(child.process.pid): count for child, count in zip(children, admitted, strict=True) if count
    }


def test_what_is_spent_outlives_the_process(store_url, ledger):
    for left in (10, 0):
        child = Child(store_url, 10, 0.1)
        child.go()
        assert child.admitted() == left
        child.kill()


def test_what_a_killed_process_held_is_spent_after_two_hours(store_url, ledger, now):
    child = Child(store_url, 10, 0.1, ends="holds")
    now.time = real_now()
    child.go()
    assert child.admitted() == 10
    child.kill()
    with pytest.raises(DayBudgetError, match=r"0.00 are spent, 0.10 held"):
        call(ledger, a_day(0.1))
    assert ledger.spent("nurses").day_held == 10 * CENT
    now.pass_by(hours=2, seconds=1)
    assert call(Ledger(ledger.engine, now), a_day(0.2)) == CENT
    booked = {(row["requests"], row["failures"], row["cost"]) for row in rows(ledger)}
    assert booked == {(10, 10, 10 * CENT), (1, 0, CENT)}
    assert rows(ledger, HELD) == []


def test_a_call_that_ends_after_all_is_booked_at_what_it_took(ledger, now):
    hold = ledger.hold(use(), a_day(0.02)).result()
    now.pass_by(hours=3)
    assert call(Ledger(ledger.engine, now), a_day(0.02)) == CENT
    assert book(ledger, hold, 600, 400, failed=False) == CENT // 10
    assert [(row["requests"], row["failures"], row["tokens_in"], row["cost"]) for row in rows(ledger)] == [
        (2, 0, 6_600, CENT + CENT // 10)
    ]


def test_where_the_ledger_cannot_be_written_nothing_may_be_sent(ledger):
    with writing(ledger.engine) as connection:
        HELD.drop(connection)
    with pytest.raises(StoreError):
        ledger.hold(use(), a_day(1)).result(HANGS_S)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), st.integers(0, 20_000), st.integers(1, 20_000)),
        st.tuples(st.just("book"), st.integers(0, 10), st.floats(0, 1)),
        st.tuples(st.just("give_back"), st.integers(0, 10), st.none()),
        st.tuples(st.just("pass"), st.integers(1, 40), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_spent_and_held_never_pass_the_limits(tmp_path_factory, steps):
    from tests.unit.budget.conftest import Now

    now, limits = Now(), Limits(spend_per_day=0.04, spend_per_month=0.1)
    ledger = Ledger(open_store(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/a.db"), now)
    held = []
    for what, number, part in steps:
        match what:
            case "hold":
                asked = ledger.hold(use(size=number, max_tokens=part), limits)
                if not isinstance(asked.exception(), BudgetError):
                    held.append(asked.result())
            case "book" if held:
                hold = held.pop(number % len(held))
                book(ledger, hold, int(hold.use.size * part), int(hold.use.max_tokens * part), failed=False)
            case "give_back" if held:
                ledger.give_back(held.pop(number % len(held))).result()
            case "pass":
                now.pass_by(hours=number)
        spent = ledger.spent("nurses")
        assert spent.day + spent.day_held <= 0.04 * NANO
        assert spent.month + spent.month_held <= 0.1 * NANO
    ledger.close()
