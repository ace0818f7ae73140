"""Training examples → a small model that answers such calls, and how right it is on what it has not seen."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from backend.engine.training.examples import TrainingExample
from backend.engine.training.figures import DistilledFigures, DistilledSpanFigures
from backend.engine.training.spans import learn_spans
from backend.engine.training.values import LearnedValues, TextMatrix, answer_values
from backend.errors import RequestError
from backend.model.distilled.model import DistilledModel
from backend.system.embedding import Embed, installed_embed, installed_version
from backend.system.writing import JSON


class _Asked(NamedTuple):
    """What an answer has under a key: one of some values, or spans with some labels; as JSON."""

    values: tuple[str, ...]
    spans: bool


@dataclass(frozen=True, slots=True)
class Distilled:
    """A model with what is to be known of it.

    Attributes:
        left_out: examples that ask otherwise than most do, such as with a label that is hidden in them.
    """

    model: DistilledModel = field(repr=False)
    figures: tuple[DistilledFigures | DistilledSpanFigures, ...]
    left_out: int


def distilled(examples: Sequence[TrainingExample]) -> Distilled:
    """Learn a model, whose probabilities are calibrated on examples that it has not seen. Takes long.

    Args:
        examples: all of one project.

    Raises:
        RequestError: there are too few, or something else is asked than one of a few values and spans; names what. Or
            scikit-learn is not installed.
    """
    need_sklearn()
    import sklearn.linear_model  # noqa: F401 - loads BLAS, since of what is not loaded nothing is limited
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - scikit-learn brings it

    offered, fitting = _offered(examples)
    with threadpool_limits(1):  # of BLAS, whose threads wait for each other at every step of so little work
        return Distilled(*_learned(offered, fitting), len(examples) - len(fitting))


def need_sklearn() -> None:
    """See that scikit-learn is there.

    Raises:
        RequestError: says what to install.
    """
    if find_spec("sklearn") is None:
        raise RequestError("scikit-learn is not installed - pip install 'labelguard[distill]'")


def _learned(
    offered: Mapping[str, _Asked], fitting: Sequence[TrainingExample]
) -> tuple[DistilledModel, tuple[DistilledFigures | DistilledSpanFigures, ...]]:
    texts = [example.messages[-1][1] for example in fitting]
    answers = [json.loads(example.answer) for example in fitting]
    of_values = _values_learned(texts, answers, {key: one.values for key, one in offered.items() if not one.spans})
    marked = {
        key: learn_spans(key, one.values, texts, [answer[key] for answer in answers])
        for key, one in offered.items()
        if one.spans
    }
    learned = [marked.get(key) or of_values.by_key[key] for key in offered]
    model = DistilledModel(
        tuple(one.control for one in learned),
        tuple(one.weights for one in learned),
        of_values.matrix.idf,
        installed_version() if of_values.embed else "",
        of_values.embed,
    )
    return model, tuple(one.figures for one in learned)


class _Values(NamedTuple):
    matrix: TextMatrix
    embed: Embed | None
    by_key: Mapping[str, LearnedValues]


def _values_learned(
    texts: Sequence[str], answers: Sequence[Mapping[str, Any]], offered: Mapping[str, Sequence[str]]
) -> _Values:
    """Learn what is one of some values: by words alone, or by what texts mean too, where that is better."""
    found = []
    for embed in dict.fromkeys((None, installed_embed() if offered else None)):
        matrix = TextMatrix(texts, embed)
        by_key = {
            key: matrix.learn(key, values, np.array([values.index(_json(answer[key])) for answer in answers]))
            for key, values in offered.items()
        }
        found.append(_Values(matrix, embed, by_key))
    return min(found, key=lambda one: sum(learned.loss for learned in one.by_key.values()))


def _offered(examples: Sequence[TrainingExample]) -> tuple[dict[str, _Asked], list[TrainingExample]]:
    """Return what may be answered under each key, and the examples that ask for just that."""
    asked = [_asked(example.form.model_json_schema()) for example in examples]
    usual: Counter[tuple[tuple[str, _Asked], ...]] = Counter(tuple(one.items()) for one in asked)
    if not usual:
        raise RequestError("nothing to learn from: no annotation gives an example")
    most, count = usual.most_common(1)[0]
    if 2 * count < len(examples):
        why = "tasks bring labels of their own, are offered some of them (labels: offer), or are asked in pieces"
        raise RequestError(f"cannot be distilled: {why}")
    fitting = [example for example, one in zip(examples, asked, strict=True) if tuple(one.items()) == most]
    return dict(most), fitting


def _asked(schema: JSON) -> dict[str, _Asked]:
    """Return what may stand under each key of an answer.

    Raises:
        RequestError: under one it is neither. Names it.
    """
    found = {key: _asked_of(part, schema) for key, part in schema.get("properties", {}).items()}
    wrong = next((key for key, asked in found.items() if not asked.values), None)
    if wrong is not None or not found:
        what = "neither one of a few values, as a choice or a rating is, nor spans with labels"
        raise RequestError(f"cannot be distilled: {wrong!r} is {what}")
    return found


def _asked_of(part: JSON, schema: JSON) -> _Asked:
    entity = schema.get("$defs", {}).get(str(part.get("items", {}).get("$ref")).rpartition("/")[2], {})
    told = entity.get("properties", {})
    if told.keys() == {"label", "text"}:
        labels = told["label"].get("enum", [told["label"].get("const")])
        return _Asked(tuple(map(_json, labels)), spans=True)
    return _Asked(tuple(map(_json, answer_values(part))), spans=False)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
