"""Token probabilities → a prediction's score."""

import math
import statistics
from collections.abc import Iterable, Sequence

from backend.labelstudio.types import Plan


def answer_probability(plan: Plan, logprobs: Sequence[tuple[str, float]]) -> float | None:
    """Return how sure the model was of the label names that it gave.

    Args:
        plan: whose labels are looked for.
        logprobs: tokens of the answer, in order, with the natural logarithm of their probability.

    Returns:
        The geometric mean, over all label names in the answer, of the probability of a name's tokens: 0 to 1. None
        where the provider gave no probabilities or the answer holds no label.
    """
    names = {f'"{label.name}"' for control in plan.controls for label in control.labels}
    text = "".join(token for token, _ in logprobs)
    sums: list[float] = []
    for name in names:
        start = text.find(name)
        while start >= 0:
            sums.append(_log_probability(logprobs, start + 1, start + len(name) - 1))
            start = text.find(name, start + len(name))
    return math.exp(sum(sums) / len(sums)) if sums else None


def within(logprobs: Sequence[tuple[str, float]], source: str) -> tuple[tuple[str, float], ...]:
    """Return the tokens of an answer alone, without those of thoughts and words around it; none if it is not there.

    Args:
        logprobs: tokens of all that a model wrote.
        source: the answer as it was written.
    """
    text = "".join(token for token, _ in logprobs)
    start = text.rfind(source) if source else -1
    if start < 0:
        return ()
    found, place = [], 0
    for token, logprob in logprobs:
        if place < start + len(source) and place + len(token) > start:
            found.append((token, logprob))
        place += len(token)
    return tuple(found)


def prediction_score(scores: Iterable[float | None]) -> float | None:
    """Return the geometric mean of the scores of a prediction's calls, of those that have one; None if none has."""
    known = [score for score in scores if score is not None]
    return statistics.geometric_mean(known) if known and min(known) > 0 else (0.0 if known else None)


def _log_probability(logprobs: Sequence[tuple[str, float]], start: int, end: int) -> float:
    """Sum the log probabilities of the tokens that reach into the characters `start` to `end`."""
    total, place = 0.0, 0
    for token, logprob in logprobs:
        if place < end and place + len(token) > start:
            total += logprob
        place += len(token)
    return min(total, 0.0)
