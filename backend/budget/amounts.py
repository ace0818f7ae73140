"""What a call uses. Money is counted in whole nano-dollars, so that sums are exact."""

import json
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from backend.providers import Price

NANO = 10**9
BYTES_PER_TOKEN = 3
"""What a token of a prompt holds, about: 4 bytes of English or Russian, 2.5 of placeholders, 1.5 of dates."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a call is about to use.

    Attributes:
        rule, project, provider, model: for whom, and of what.
        price: what the model costs; None where nobody knows.
        size: of the request, in bytes, as `request_size` measures it.
        max_tokens: longest answer.
    """

    rule: str
    project: str
    provider: str
    model: str
    price: Price | None
    size: int
    max_tokens: int

    @property
    def likely_tokens(self) -> int:
        """Return how many tokens the call takes, in and out, if the answer is as long as it may be."""
        return likely_tokens(self.size) + self.max_tokens

    @property
    def most_tokens_in(self) -> int:
        """Return how many tokens the request may have."""
        return most_tokens(self.size)

    @property
    def most_cost(self) -> int:
        """Return what the call may cost, in nano-dollars; 0 where nobody knows."""
        return cost(self.price, self.most_tokens_in, self.max_tokens) if self.price else 0


def request_size(request: object) -> int:
    """Measure all that is about to be sent, in bytes of its JSON: messages, and the form of the answer."""
    return len(json.dumps(request, ensure_ascii=False, default=_plain).encode("utf-8", "replace"))


def _plain(value: object) -> object:
    """Write a pydantic class, which libraries turn into its schema as they send it."""
    schema = getattr(value, "model_json_schema", None)
    return schema() if schema else str(value)


def most_tokens(size: int) -> int:
    """Return how many tokens a request of some bytes may have: no tokenizer makes more than one of a byte."""
    return size


def likely_tokens(size: int) -> int:
    """Estimate the tokens of a request without a tokenizer."""
    return -(-size // BYTES_PER_TOKEN)


def cost(price: Price, tokens_in: int, tokens_out: int) -> int:
    """Return what a call costs, in nano-dollars, rounded up."""
    # a dollar for a million tokens is a thousand nano-dollars for one
    exact = (tokens_in * Decimal(str(price.input)) + tokens_out * Decimal(str(price.output))) * 1000
    return int(exact.to_integral_value(ROUND_CEILING))


def nanodollars(dollars: float) -> int:
    """Return a limit in nano-dollars, rounded down."""
    return int((Decimal(str(dollars)) * NANO).to_integral_value(ROUND_FLOOR))


def in_dollars(nano: int) -> str:
    """Write an amount in dollars: at least cents, and as many digits as a small one needs."""
    text = f"{Decimal(nano) / NANO:.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"
