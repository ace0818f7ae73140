"""Training examples → a small model that answers such calls, and how right it is on what it has not seen."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from backend.engine.training.examples import TrainingExample
from backend.engine.training.figures import LEAST_OF_EACH, DistilledFigures, DistilledSpanFigures
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
        rare: by key the values and labels that too few examples show for them to be learned, as JSON, with how many do;
            the model never answers them.
        rare_examples: examples that are left out since they show a rare value.
    """

    model: DistilledModel = field(repr=False)
    figures: tuple[DistilledFigures | DistilledSpanFigures, ...]
    left_out: int
    rare: Mapping[str, Mapping[str, int]]
    rare_examples: int


def distilled(examples: Sequence[TrainingExample]) -> Distilled:
    """Learn a model, whose probabilities are calibrated on examples that it has not seen. Takes long.

    Args:
        examples: all of one project.

    Raises:
        RequestError: there are too few for anything, or something else is asked than one of a few values and spans;
            names what. Or scikit-learn is not installed.
    """
    need_sklearn()
    import sklearn.linear_model  # noqa: F401 - loads BLAS, since of what is not loaded nothing is limited
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - scikit-learn brings it

    offered, fitting = _offered(examples)
    texts = [example.messages[-1][1] for example in fitting]
    lessons = [_Lesson(text, json.loads(example.answer)) for text, example in zip(texts, fitting, strict=True)]
    learned, rare = _without_rare(offered, lessons)
    if not learned:
        raise RequestError(f"too few examples to learn from: none shows what {LEAST_OF_EACH} do - annotate more")
    with threadpool_limits(1):  # of BLAS, whose threads wait for each other at every step of so little work
        found = _learned(offered, learned)
    return Distilled(*found, len(examples) - len(fitting), rare, len(fitting) - len(learned))


def need_sklearn() -> None:
    """See that scikit-learn is there.

    Raises:
        RequestError: says what to install.
    """
    if find_spec("sklearn") is None:
        raise RequestError("scikit-learn is not installed - pip install 'labelguard[distill]'")


def _without_rare(
    offered: Mapping[str, _Asked], lessons: Sequence["_Lesson"]
) -> tuple[list["_Lesson"], dict[str, dict[str, int]]]:
    """Return the examples that show no rare value, nor a rare label as one that is marked; and what is rare."""
    rare: dict[str, dict[str, int]] = {}
    left = list(lessons)
    while any((found := {key: _rare(key, one, left) for key, one in offered.items()}).values()):
        for key, counts in found.items():
            if counts:
                rare[key] = rare.get(key, {}) | counts
        left = [lesson.without(found, offered) for lesson in left if not lesson.shows(found, offered)]
    return left, rare  # who left out an example of one may have made another rare


def _rare(key: str, asked: _Asked, lessons: Sequence["_Lesson"]) -> dict[str, int]:
    shown = Counter(value for lesson in lessons for value in lesson.values(key, asked))
    return {value: shown[value] for value in asked.values if 0 < shown[value] < LEAST_OF_EACH}


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What a text is answered with, by key."""

    text: str = field(repr=False)
    answer: Mapping[str, Any] = field(repr=False)

    def values(self, key: str, asked: _Asked) -> set[str]:
        """Return the value that is given under a key, or the labels, as JSON."""
        given = self.answer[key]
        return {_json(entity["label"]) for entity in given} if asked.spans else {_json(given)}

    def shows(self, rare: Mapping[str, Mapping[str, int]], offered: Mapping[str, _Asked]) -> bool:
        """Say whether one of some values is given. Texts with rare labels are of use, for all else that is in them."""
        return any(self.values(key, one) & rare[key].keys() for key, one in offered.items() if not one.spans)

    def without(self, rare: Mapping[str, Mapping[str, int]], offered: Mapping[str, _Asked]) -> "_Lesson":
        """Return it without what is marked with some labels."""
        kept = {
            key: [entity for entity in self.answer[key] if _json(entity["label"]) not in rare[key]]
            for key, one in offered.items()
            if one.spans
        }
        return _Lesson(self.text, {**self.answer, **kept})


def _learned(
    offered: Mapping[str, _Asked], lessons: Sequence[_Lesson]
) -> tuple[DistilledModel, tuple[DistilledFigures | DistilledSpanFigures, ...]]:
    texts, answers = [lesson.text for lesson in lessons], [lesson.answer for lesson in lessons]
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
