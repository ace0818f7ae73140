"""What a rule may use."""

from typing import ClassVar

from backend.errors.base import LabelguardError


class BudgetError(LabelguardError):
    """A call was not made, since it would exceed what its rule may use."""

    status = 429
    code = "budget"


class RateLimitError(BudgetError):
    """Requests or tokens a minute are used up, and did not become free in time.

    Args:
        rule: its name.
        limit: the limit's key in the policy.
        most: its value.
        problem: what stands against it.
    """

    code = "rate_limit"

    def __init__(self, rule: str, limit: str, most: int, problem: str) -> None:
        super().__init__(f"rule {rule!r}: {limit} is {most}: {problem} - try later, or raise limits.{limit}")
        self.rule, self.limit = rule, limit


class SpendError(BudgetError):
    """Base of what would exceed a limit of money.

    Args:
        rule: its name.
        most, spent, held, wanted: US dollars: the limit, what calls have cost, what calls under way may yet cost,
            and what this one may.
        resets: when the budget begins anew, such as `2026-12-01 00:00 UTC`.
    """

    limit: ClassVar[str] = ""

    def __init__(self, rule: str, most: str, spent: str, held: str, wanted: str, resets: str) -> None:
        super().__init__(
            f"rule {rule!r}: {self.limit} is {most} USD: {spent} are spent, {held} held for calls under way, and this"
            f" call may cost {wanted} - it begins anew on {resets}; or raise limits.{self.limit}"
        )
        self.rule = rule


class DayBudgetError(SpendError):
    """The day's budget is used up."""

    code = "budget_day"
    limit = "spend_per_day"


class MonthBudgetError(SpendError):
    """The month's budget is used up."""

    code = "budget_month"
    limit = "spend_per_month"


class PriceError(BudgetError):
    """Money is limited, and what the model costs is not known.

    Args:
        rule: its name.
        provider: its name.
        model: its name.
    """

    code = "budget_price"

    def __init__(self, rule: str, provider: str, model: str) -> None:
        super().__init__(
            f"rule {rule!r} limits what is spent, and the price of {model!r} is not known"
            f" - write price: {{input: 0.15, output: 0.60}} (US dollars a million tokens) at provider {provider}"
        )
        self.rule = rule


class TuningSpentError(BudgetError):
    """As much was spent on tuning a prompt as may be."""

    code = "tuning_spent"

    def __init__(self) -> None:
        super().__init__("what may be spent is spent - raise --most-calls or --most-money")
