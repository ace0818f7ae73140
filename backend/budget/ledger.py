"""The ledger: what every rule has spent, by UTC's calendar, and what is held for calls under way.

A call's worst case is held before it is made, and its real cost booked after, so that calls together never pass a
limit, in whichever threads and processes they are. A process that was killed could not say how its calls ended. They
were most likely charged: after two hours what was held for them is booked as spent.
"""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine

from backend.budget import tables
from backend.budget.amounts import Use, cost, in_dollars, nanodollars
from backend.budget.clerk import Clerk
from backend.budget.limits import Limits
from backend.budget.permits import PERMITS, Permits
from backend.budget.tables import Spent, UsageDelta
from backend.errors import DayBudgetError, MonthBudgetError, PriceError, SpendError
from backend.store import make_tables, reading

HOLD = timedelta(hours=2)
"""Longer than any call may take."""
SWEEP_S = 300.0
MOST_TOKENS = 10**9
"""More than any call may have."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A call that may be made, and what is held for it.

    Attributes:
        use: the call.
        day: on which it began, and is booked.
        number: of what is held; "" if the rule limits no money, or the call costs none.
    """

    use: Use
    day: date
    number: str


class Ledger:
    """Thread-safe; many processes may share a database.

    Args:
        engine: of `open_store`.
        now: tells the time, in UTC.

    Attributes:
        permits: what of each minute is taken.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.engine = engine
        self._now = now
        self._clerk = Clerk(engine)
        self._swept = float("-inf")
        make_tables(engine, tables.SPEND, tables.HELD, PERMITS)
        self.permits = Permits(self._clerk.submit)

    def hold(self, use: Use, limits: Limits) -> "Future[Hold]":
        """Hold a call's worst case, if the limits of its rule have room for it.

        Returns:
            What is held; or BudgetError if there is no room, or StoreError: the call must not be made.
        """
        if _is_free(use, limits):
            free: Future[Hold] = Future()
            free.set_result(Hold(use, self._now().date(), ""))
            return free
        return self._clerk.submit(lambda connection: self.hold_within(connection, use, limits))

    def give_back(self, hold: Hold) -> "Future[bool]":
        """Give back what was held for a call that was never made."""
        if hold.number:
            return self._clerk.submit(lambda connection: tables.release(connection, hold.number))
        nothing: Future[bool] = Future()
        nothing.set_result(False)
        return nothing

    def spent(self, rule: str) -> Spent:
        """Return what a rule has spent today and this month, and what is held for its calls."""
        with reading(self.engine) as connection:
            return tables.spent(connection, rule, self._now().date())

    def all_spent(self) -> dict[str, Spent]:
        """Return the same of each rule that has spent anything this month, or for whose calls something is held."""
        with reading(self.engine) as connection:
            return tables.all_spent(connection, self._now().date())

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._clerk.close()

    def hold_within(self, connection: Connection, use: Use, limits: Limits, lasts: timedelta = HOLD) -> Hold:
        """Do what `hold` does, within a transaction of somebody else's, who has the lock of `PART`.

        Args:
            connection: the transaction's.
            use: the call.
            limits: its rule's.
            lasts: when nobody waits for its end any more.

        Raises:
            BudgetError: there is no room.
        """
        now = self._now()
        if _is_free(use, limits):
            return Hold(use, now.date(), "")
        if use.price is None:
            raise PriceError(use.rule, use.provider, use.model)
        self._sweep(connection, now)
        check_spend(use, limits, tables.spent(connection, use.rule, now.date()), now.date())
        number = uuid.uuid4().hex
        tables.hold(connection, number, now.date(), use, int((now + lasts).timestamp()))
        return Hold(use, now.date(), number)

    @staticmethod
    def book_within(
        connection: Connection, hold: Hold, tokens: tuple[int | None, int | None], *, failed: bool
    ) -> int | None:
        """Book what a call really took, and give back what was held.

        Args:
            connection: of a transaction of somebody else's, who has the lock of `PART`.
            hold: the call's.
            tokens: in and out; None where nobody knows: then the worst case is booked.
            failed: whether it got no answer.

        Returns:
            Its cost in nano-dollars; None where the price is not known.
        """
        use, (read, written) = hold.use, _taken(hold.use, tokens)
        amount = cost_of(use, tokens)
        entry = UsageDelta(1, int(failed), read, written, int(amount is None), amount or 0)
        if hold.number and not tables.release(connection, hold.number):
            # it had expired, and its worst case was booked: put the real one in its place
            entry = entry.less(UsageDelta(1, 1, use.most_tokens_in, use.max_tokens, 0, use.most_cost))
        tables.add(connection, hold.day, tables.names(use), entry)
        return amount

    def _sweep(self, connection: Connection, now: datetime) -> None:
        """Book what has expired, now and then: until then it counts as held."""
        if time.monotonic() - self._swept >= SWEEP_S:
            tables.book_expired(connection, int(now.timestamp()))
            self._swept = time.monotonic()


def _is_free(use: Use, limits: Limits) -> bool:
    """Say whether nothing needs to be held: the rule limits no money, or the call costs none."""
    is_limited = limits.spend_per_day is not None or limits.spend_per_month is not None
    return not is_limited or (use.price is not None and use.most_cost == 0)


def cost_of(use: Use, tokens: tuple[int | None, int | None]) -> int | None:
    """Return what a call is booked with, in nano-dollars, by what `book_within` is told; None for an unknown price."""
    return cost(use.price, *_taken(use, tokens)) if use.price else None


def _taken(use: Use, tokens: tuple[int | None, int | None]) -> tuple[int, int]:
    tokens_in, tokens_out = tokens
    read = use.most_tokens_in if tokens_in is None else _credible(tokens_in)
    return read, use.max_tokens if tokens_out is None else _credible(tokens_out)


def _credible(tokens: int) -> int:
    """Take a provider's count for a number that can be added up: it must not give money back, or break the table."""
    return min(max(tokens, 0), MOST_TOKENS)


def check_spend(use: Use, limits: Limits, spent: Spent, day: date) -> None:
    """Refuse a call that might pass a limit.

    Raises:
        BudgetError: says which limit, and when it begins anew.
    """
    _check(DayBudgetError, use, limits.spend_per_day, (spent.day, spent.day_held), day + timedelta(days=1))
    _check(MonthBudgetError, use, limits.spend_per_month, (spent.month, spent.month_held), tables.month_of(day)[1])


def _check(error: type[SpendError], use: Use, most: float | None, so_far: tuple[int, int], resets: date) -> None:
    if most is not None and sum(so_far) + use.most_cost > nanodollars(most):
        spent, held = map(in_dollars, so_far)
        wanted = in_dollars(use.most_cost)
        raise error(use.rule, in_dollars(nanodollars(most)), spent, held, wanted, f"{resets} 00:00 UTC")
