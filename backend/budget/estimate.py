"""What a batch would cost: by the calls that it would make, each rule's prices, and what answers took so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.budget.amounts import cost, in_dollars, likely_tokens, most_tokens, nanodollars
from backend.budget.limits import Limits
from backend.budget.prices import price_of
from backend.budget.tables import Spent
from backend.budget.usage import Usage
from backend.providers import Provider

SHARE = 8
LEAST = 32
"""Without earlier answers one is taken to have an eighth of the request's tokens, 32 at least."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A call that a task would make.

    Attributes:
        rule: name of the rule that decides.
        limits: the rule's.
        providers: that would be asked, in order.
        size: of the request, in bytes.
    """

    rule: str
    limits: Limits
    providers: tuple[Provider, ...]
    size: int


@dataclass(slots=True)
class Forecast:
    """What a provider would be asked by a rule. Money is in nano-dollars, and None where the price is not known.

    Attributes:
        calls: that go to it first.
        fallbacks: that go to it only if those before it fail.
        tokens_in, tokens_out: of the calls that go to it first, likely.
        most_out: tokens of its answers, if each is as long as it may be and each attempt is used up.
        cost: likely.
        most: what it may cost if every call comes to it and uses up its attempts.
    """

    rule: str
    provider: Provider
    calls: int = 0
    fallbacks: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    most_out: int = 0
    cost: int | None = 0
    most: int | None = 0


def forecast(planned: Iterable[Planned], answers: Mapping[tuple[str, str], int]) -> list[Forecast]:
    """Foretell what calls would cost.

    Args:
        planned: the calls.
        answers: tokens of an answer so far, by provider and model, as `usual_answers` finds them.
    """
    found: dict[tuple[str, str], Forecast] = {}
    for call in planned:
        for place, provider in enumerate(call.providers):
            entry = found.setdefault((call.rule, provider.name), Forecast(call.rule, provider))
            usual = answers.get((provider.name, provider.model))
            _add(entry, call.size, _answer(call.size, provider, usual), is_first=place == 0)
    return sorted(found.values(), key=lambda entry: (entry.rule, -entry.calls))


def usual_answers(history: Sequence[Usage]) -> dict[tuple[str, str], int]:
    """Return the mean tokens of an answer by provider and model, where there were any.

    Args:
        history: sums by provider and model.
    """
    told = [row for row in history if row.requests > row.failures]
    return {(row.of["provider"], row.of["model"]): -(-row.tokens_out // (row.requests - row.failures)) for row in told}


def left(limits: Limits, spent: Spent) -> dict[str, int]:
    """Return what is left of each of a rule's budgets, in nano-dollars, after what is held for calls under way."""
    so_far = {
        "spend_per_day": spent.day + spent.day_held,
        "spend_per_month": spent.month + spent.month_held,
    }
    written = {name: getattr(limits, name) for name in so_far}
    return {name: max(nanodollars(most) - so_far[name], 0) for name, most in written.items() if most is not None}


def minutes(limits: Limits, calls: int, tokens: int) -> int:
    """Return the minutes that a rule's calls take at least, by what it may do in one; 0 if they go at once."""
    shares = [
        -(-amount // most)
        for amount, most in ((calls, limits.requests_per_minute), (tokens, limits.tokens_per_minute))
        if most
    ]
    return max([0, *(share - 1 for share in shares)])


def verdict(rule: str, name: str, remains: int, likely: int | None, most: int | None) -> tuple[bool, str]:
    """Say whether a rule's calls fit into what is left of a budget."""
    start = f"rule {rule!r}: {in_dollars(remains)} USD are left of {name}: "
    if likely is None or most is None:
        return False, start + "it cannot be said whether this fits, since a price is not known - write price"
    if likely > remains:
        return False, start + f"this does not fit, it likely costs {in_dollars(likely)}"
    if most > remains:
        return True, start + f"this likely fits ({in_dollars(likely)}), at worst it does not ({in_dollars(most)})"
    return True, start + f"this fits, at worst too ({in_dollars(most)})"


def total(amounts: Iterable[int | None]) -> int | None:
    """Add amounts up; None if one is not known."""
    found = list(amounts)
    return None if None in found else sum(amount or 0 for amount in found)


def _add(entry: Forecast, size: int, answer: int, *, is_first: bool) -> None:
    """Add a call to what a provider would be asked."""
    provider = entry.provider
    price = price_of(provider)
    written = provider.attempts * provider.max_tokens
    entry.most_out += written
    if price is None:
        entry.most = None
    elif entry.most is not None:
        # an attempt is shown the answers before it, which did not fit
        again = provider.max_tokens * provider.attempts * (provider.attempts - 1) // 2
        entry.most += cost(price, provider.attempts * most_tokens(size) + again, written)
    if not is_first:
        entry.fallbacks += 1
        return
    entry.calls += 1
    entry.tokens_in += likely_tokens(size)
    entry.tokens_out += answer
    entry.cost = None if price is None or entry.cost is None else entry.cost + cost(price, likely_tokens(size), answer)


def _answer(size: int, provider: Provider, usual: int | None) -> int:
    """Return how many tokens an answer likely has."""
    guess = max(likely_tokens(size) // SHARE, LEAST) if usual is None else usual
    return min(guess, provider.max_tokens)
