"""Training examples → a small classifier that answers such calls, and how right it is on what it has not seen."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.engine.training.examples import TrainingExample
from backend.errors import RequestError
from backend.model.distilled.features import SIZE, features_of
from backend.model.distilled.model import DistilledControl, DistilledModel
from backend.system.writing import JSON

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FOLDS = 5
LEAST_OF_EACH = 5
"""Examples of a value, so that each fold holds one."""
STRENGTHS = (1.0, 10.0, 100.0)
"""By how much training examples are followed; which one is best is told by the folds."""
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


@dataclass(frozen=True, slots=True)
class Distilled:
    """A model with what is to be known of it.

    Attributes:
        left_out: examples that ask otherwise than most do, such as with a label that is hidden in them.
    """

    model: DistilledModel = field(repr=False)
    figures: tuple[DistilledFigures, ...]
    left_out: int


def distilled(examples: Sequence[TrainingExample]) -> Distilled:
    """Learn a classifier, whose probabilities are calibrated on examples that it has not seen. Takes long.

    Args:
        examples: all of one project.

    Raises:
        RequestError: there are too few, or something else is asked than one of a few values; names what. Or
            scikit-learn is not installed.
    """
    need_sklearn()
    offered, fitting = _offered(examples)
    texts = [example.messages[-1][1] for example in fitting]
    answers = [json.loads(example.answer) for example in fitting]
    counted = [features_of(text) for text in texts]
    idf = _idf(counted)
    matrix = _matrix(counted, idf)
    used = np.unique(matrix.indices)  # of a feature that no text has nothing is learned
    matrix = matrix[:, used]
    controls, weights, figures = [], [], []
    for key, values in offered.items():
        given = np.array([values.index(json.dumps(answer[key], ensure_ascii=False)) for answer in answers])
        control, own, how = _learned(key, values, matrix, given)
        controls.append(control)
        whole = np.zeros((len(own), SIZE + 1), dtype=np.float32)
        whole[:, [*used, SIZE]] = own
        weights.append(whole)
        figures.append(how)
    model = DistilledModel(tuple(controls), tuple(weights), idf)
    return Distilled(model, tuple(figures), len(examples) - len(fitting))


def need_sklearn() -> None:
    """See that scikit-learn is there.

    Raises:
        RequestError: says what to install.
    """
    if find_spec("sklearn") is None:
        raise RequestError("scikit-learn is not installed - pip install 'labelguard[distill]'")


def _offered(examples: Sequence[TrainingExample]) -> tuple[dict[str, list[str]], list[TrainingExample]]:
    """Return what may be answered under each key, as JSON, and the examples that ask for just that."""
    asked = [_asked(example.form.model_json_schema()) for example in examples]
    usual: Counter[str] = Counter(map(json.dumps, asked))
    if not usual:
        raise RequestError("nothing to learn from: no annotation gives an example")
    most, count = usual.most_common(1)[0]
    if 2 * count < len(examples):
        why = "tasks bring labels of their own, are offered some of them (labels: offer), or are asked in pieces"
        raise RequestError(f"cannot be distilled: {why}")
    fitting = [example for example, one in zip(examples, asked, strict=True) if json.dumps(one) == most]
    return json.loads(most), fitting


def _asked(schema: JSON) -> dict[str, list[str]]:
    """Return the values that may stand under each key of an answer, as JSON.

    Raises:
        RequestError: under one any other may. Names it.
    """
    found = {key: list(_values(part)) for key, part in schema.get("properties", {}).items()}
    wrong = next((key for key, values in found.items() if not values), None)
    if wrong is not None or not found:
        raise RequestError(f"cannot be distilled: {wrong!r} is not one of a few values, as a choice or a rating is")
    return {key: [json.dumps(value, ensure_ascii=False) for value in values] for key, values in found.items()}


def _values(part: Mapping[str, Any]) -> Iterator[Any]:
    """Yield all values of a form; none where they are not counted."""
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


def _learned(
    key: str, values: Sequence[str], matrix: "csr_matrix", given: NDArray[np.int64]
) -> tuple[DistilledControl, NDArray[np.float32], DistilledFigures]:
    """Learn one control."""
    counts = Counter(given.tolist())
    if len(counts) < 2 or min(counts.values()) < LEAST_OF_EACH:
        enough = f"two values at least, and {LEAST_OF_EACH} examples of each that is given"
        raise RequestError(f"too few examples to learn {key!r} from: it takes {enough} - annotate more")
    known = np.array(sorted(counts))
    places = np.searchsorted(known, given)
    unseen = {strength: _unseen(matrix, places, strength) for strength in STRENGTHS}
    best = {strength: _temperature(logits, places) for strength, logits in unseen.items()}
    strength = min(STRENGTHS, key=lambda one: best[one][0])
    temperature = best[strength][1]
    shares = _shares(unseen[strength], temperature)
    right = shares.argmax(axis=1) == places
    usual = max(counts.values()) / len(given)
    error = _calibration_error(shares.max(axis=1), right)
    figures = DistilledFigures(key, len(given), float(right.mean()), usual, error)
    control = DistilledControl(key, tuple(values[number] for number in known), temperature)
    return control, _weights(_fitted(matrix, places, strength)), figures


def _fitted(matrix: "csr_matrix", places: NDArray[np.int64], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=1000).fit(matrix, places)


def _weights(fitted: Any) -> NDArray[np.float32]:
    """Return a row for each value; of two values scikit-learn has one for the second alone."""
    rows = np.hstack([fitted.coef_, fitted.intercept_[:, None]]).astype(np.float32)
    return np.vstack([np.zeros_like(rows), rows]) if len(rows) == 1 else rows


def _unseen(matrix: "csr_matrix", places: NDArray[np.int64], strength: float) -> NDArray[np.float64]:
    """Return what a model says of each text that it has not seen, by value."""
    from sklearn.model_selection import StratifiedKFold

    logits = np.zeros((len(places), int(places.max()) + 1))
    for seen, new in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(places, places):
        weights = _weights(_fitted(matrix[seen], places[seen], strength))
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
    return min((-float((wanted * np.log(_shares(logits, t) + 1e-12)).sum(axis=1).mean()), t) for t in TEMPERATURES)


def _shares(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _calibration_error(shares: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return how far probabilities are from the share of right answers, over ten bins that hold as many each."""
    bins = np.array_split(np.argsort(shares), 10)
    return float(sum(abs(shares[own].mean() - right[own].mean()) * len(own) for own in bins if len(own)) / len(shares))
