"""Texts and what is to be said of each → a classifier, by their words and by what they mean."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.engine.training.figures import (
    FOLDS,
    LEAST_OF_EACH,
    TEMPERATURES,
    DistilledFigures,
    calibration_error,
    shares_of,
)
from backend.errors import RequestError
from backend.model.distilled.features import SIZE, features_of, meanings
from backend.model.distilled.model import DistilledControl
from backend.system.embedding import Embed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

STRENGTHS = (1.0, 10.0, 100.0)
"""By how much training examples are followed; which one is best is told by the folds."""


@dataclass(frozen=True, slots=True)
class LearnedValues:
    """A control that was learned.

    Attributes:
        control: what is known of it.
        weights: of each value: for each feature, and one beside them.
        figures: how right it is.
        loss: how unlikely it took what is right, of what it had not seen.
    """

    control: DistilledControl
    weights: NDArray[np.float32] = field(repr=False)
    figures: DistilledFigures
    loss: float


class TextMatrix:
    """Texts as a classifier looks at them, one a row. It takes long.

    Args:
        texts: those that are learned from.
        embed: makes vectors of what they mean; None to look at their words alone.
    """

    def __init__(self, texts: Sequence[str], embed: Embed | None = None) -> None:
        counted = [features_of(text) for text in texts]
        self.idf = _idf(counted)
        words = _matrix(counted, self.idf)
        used = np.unique(words.indices)  # of a feature that no text has nothing is learned
        self._rows, self._places, self._width = words[:, used], used, SIZE
        if embed is not None:
            from scipy.sparse import csr_matrix, hstack

            vectors = meanings(embed, texts)
            self._rows = hstack([self._rows, csr_matrix(vectors)]).tocsr()
            self._width = SIZE + vectors.shape[1]
            self._places = np.append(used, np.arange(SIZE, self._width))

    def learn(self, key: str, values: Sequence[str], given: NDArray[np.int64]) -> LearnedValues:
        """Learn one control.

        Args:
            key: under which it is answered.
            values: what may be answered, as JSON.
            given: by text, the number of what is right.

        Raises:
            RequestError: there are too few examples.
        """
        counts = Counter(given.tolist())
        if len(counts) < 2 or min(counts.values()) < LEAST_OF_EACH:
            enough = f"{LEAST_OF_EACH} examples of two values at least"
            raise RequestError(f"too few examples to learn {key!r} from: it takes {enough} - annotate more")
        known = np.array(sorted(counts))
        places = np.searchsorted(known, given)
        unseen = {strength: _unseen(self._rows, places, strength) for strength in STRENGTHS}
        best = {strength: _temperature(logits, places) for strength, logits in unseen.items()}
        strength = min(STRENGTHS, key=lambda one: best[one][0])
        loss, temperature = best[strength]
        shares = shares_of(unseen[strength], temperature)
        right = shares.argmax(axis=1) == places
        usual = max(counts.values()) / len(given)
        error = calibration_error(shares.max(axis=1), right)
        figures = DistilledFigures(key, len(given), float(right.mean()), usual, error)
        control = DistilledControl(key, tuple(values[number] for number in known), temperature)
        own = weights_of(_fitted(self._rows, places, strength))
        whole = np.zeros((len(own), self._width + 1), dtype=np.float32)
        whole[:, [*self._places, self._width]] = own
        return LearnedValues(control, whole, figures, loss)


def answer_values(part: Mapping[str, Any]) -> Iterator[Any]:
    """Yield all values of an answer's form; none where they are not counted."""
    options = part.get("anyOf", [part])
    for option in options:
        if "const" in option:
            yield option["const"]
        elif "enum" in option:
            yield from option["enum"]
        elif option.get("type") == "integer" and {"minimum", "maximum"} <= option.keys():
            yield from range(option["minimum"], min(option["maximum"], option["minimum"] + 100) + 1)
        elif option.get("type") == "null":
            yield None


def _idf(counted: Sequence[Mapping[int, float]]) -> NDArray[np.float32]:
    """Return how much each feature tells: the fewer texts have it, the more."""
    having = Counter(place for own in counted for place in own)
    idf = np.full(SIZE, math.log(1 + len(counted)) + 1, dtype=np.float32)
    for place, count in having.items():
        idf[place] = math.log((1 + len(counted)) / (1 + count)) + 1
    return idf


def _matrix(counted: Sequence[Mapping[int, float]], idf: NDArray[np.float32]) -> "csr_matrix":
    """Return the texts as rows of length 1, as `DistilledModel` looks at them."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *map(len, counted)])
    places = np.fromiter((place for own in counted for place in own), dtype=np.int64, count=int(ends[-1]))
    amounts = np.fromiter((n for own in counted for n in own.values()), dtype=np.float32, count=int(ends[-1]))
    amounts *= idf[places]
    for start, end in pairwise(ends):
        amounts[start:end] /= float(np.linalg.norm(amounts[start:end])) or 1.0
    return csr_matrix((amounts, places, ends), shape=(len(counted), SIZE))


def _fitted(matrix: "csr_matrix", places: NDArray[np.int64], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=1000).fit(matrix, places)


def weights_of(fitted: Any) -> NDArray[np.float32]:
    """Return a row for each value; of two values scikit-learn has one for the second alone."""
    rows = np.hstack([fitted.coef_, fitted.intercept_[:, None]]).astype(np.float32)
    return np.vstack([np.zeros_like(rows), rows]) if len(rows) == 1 else rows


def _unseen(matrix: "csr_matrix", places: NDArray[np.int64], strength: float) -> NDArray[np.float64]:
    """Return what a model says of each text that it has not seen, by value."""
    from sklearn.model_selection import StratifiedKFold

    logits = np.zeros((len(places), int(places.max()) + 1))
    for seen, new in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(places, places):
        weights = weights_of(_fitted(matrix[seen], places[seen], strength))
        logits[new] = matrix[new] @ weights[:, :-1].T + weights[:, -1]
    return logits


def _temperature(logits: NDArray[np.float64], places: NDArray[np.int64]) -> tuple[float, float]:
    """Return the temperature at which the right values are likeliest, behind how unlikely they are then.

    As in Platt's scaling nothing is taken for certain: of so many examples one more could have been wrong.
    """
    count, values = logits.shape
    doubt = 1 / (count + 2)
    wanted = np.full(logits.shape, doubt / (values - 1))
    wanted[np.arange(count), places] = 1 - doubt
    return min((-float((wanted * np.log(shares_of(logits, t) + 1e-12)).sum(axis=1).mean()), t) for t in TEMPERATURES)
