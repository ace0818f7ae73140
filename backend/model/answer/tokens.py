"""An answer's tokens with their probabilities, as a provider tells them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MOST_OTHERS = 20
"""Other tokens in one's place that are read; no provider gives more."""
ASKED_OTHERS = 5
"""Other tokens that are asked for: all providers that give any give so many."""


class Token(NamedTuple):
    """A token.

    Attributes:
        text: as it stands in the answer.
        logprob: the natural logarithm of its probability.
        others: the likeliest tokens in its place, itself left out, each with the logarithm of its probability; empty
            where the provider tells none.
    """

    text: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()


def read_tokens(said: Iterable[tuple[str, float, Iterable[tuple[str, float]]]]) -> tuple[Token, ...]:
    """Return tokens that were written as JSON.

    Raises:
        TypeError, ValueError: they were not.
    """
    return tuple(Token(text, logprob, tuple((o, number) for o, number in others)) for text, logprob, others in said)


def within(tokens: Sequence[Token], source: str) -> tuple[Token, ...]:
    """Return the tokens of an answer alone, without those of thoughts and words around it; none if it is not there.

    Args:
        tokens: of all that a model wrote.
        source: the answer as it was written.
    """
    text = "".join(token.text for token in tokens)
    start = text.rfind(source) if source else -1
    if start < 0:
        return ()
    found, place = [], 0
    for token in tokens:
        if place < start + len(source) and place + len(token.text) > start:
            found.append(token)
        place += len(token.text)
    return tuple(found)
