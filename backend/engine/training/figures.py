"""How right a distilled model is on what it has not seen, and how its doubts are calibrated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
LEAST_OF_EACH = 5
"""Examples of a value or label, so that each fold holds one."""
TEMPERATURES = tuple(2.0 ** (n / 8) for n in range(-24, 25))


@dataclass(frozen=True, slots=True)
class DistilledFigures:
    """How a control's answers were, each by a model that had not seen its example.

    Attributes:
        key: under which it is answered.
        examples: how many it was learned from.
        accuracy: share of right answers; that of always giving the most frequent one beside it.
        usual: the latter.
        calibration_error: how far the probabilities are from the share of right answers (ECE, ten bins of equal size).
    """

    key: str
    examples: int
    accuracy: float
    usual: float
    calibration_error: float

    def told(self) -> str:
        """Say it in words."""
        return f"{self.accuracy:.1%} of {self.examples:,} right ({self.usual:.1%} by always giving the most frequent)"


@dataclass(frozen=True, slots=True)
class DistilledSpanFigures:
    """How the spans of a control were, each marked by a model that had not seen its text.

    Attributes:
        key: under which it is answered.
        examples: how many texts it was learned from.
        precision: share of what was marked that is right, to the letter.
        recall: share of what was to be marked.
        f1: of both.
        calibration_error: how far the probabilities are from the share of right spans (ECE, ten bins of equal size).
    """

    key: str
    examples: int
    precision: float
    recall: float
    f1: float
    calibration_error: float

    def told(self) -> str:
        """Say it in words."""
        how = f"precision {self.precision:.1%}, recall {self.recall:.1%}, F1 {self.f1:.1%}"
        return f"{how} of spans in {self.examples:,} texts"


def shares_of(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return the probability of each value, by row."""
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def calibration_error(shares: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return how far probabilities are from the share of right answers, over ten bins that hold as many each."""
    bins = np.array_split(np.argsort(shares), 10)
    return float(sum(abs(shares[own].mean() - right[own].mean()) * len(own) for own in bins if len(own)) / len(shares))
