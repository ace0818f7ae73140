"""Whatever an export holds: it is evaluated or refused by a reason, and no text of it is told."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import RequestError
from backend.evaluate.labels.answers import KINDS
from backend.evaluate.labels.evaluation import evaluate_sample
from backend.evaluate.labels.figures_json import evaluation_json
from backend.evaluate.labels.page import write_page
from backend.evaluate.labels.resampling import Resampling
from backend.evaluate.labels.sample import make_sample
from backend.evaluate.labels.tasks import BadTaskError, read_answered_task
from tests.exports import annotation, choice, prediction, rating, task

LEAF = st.none() | st.booleans() | st.integers(-2, 9) | st.floats(0, 9) | st.sampled_from(["", "a", "b", "canary-77"])
ANYTHING = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)
)
KEYS = st.sampled_from(
    "choices taxonomy labels text start end rating number selected ranker datetime globalOffsets startOffset".split()
)
VALUE = st.dictionaries(KEYS, ANYTHING | st.lists(st.sampled_from("ab"), min_size=1, max_size=2), max_size=5)
RESULT = ANYTHING | st.fixed_dictionaries(
    {"type": st.sampled_from([*KINDS, "relation"]), "from_name": st.sampled_from("xy"), "value": ANYTHING | VALUE},
    optional={"score": ANYTHING, "origin": ANYTHING, "to_name": ANYTHING},
)
RESULTS = st.lists(RESULT, max_size=4)


@pytest.mark.property
@given(st.lists(st.tuples(RESULTS, RESULTS, RESULTS), min_size=1, max_size=4), ANYTHING)
def test_any_results(said, other):
    tasks = []
    for first, second, predicted in said:
        made = [annotation(*first), annotation(*second, by=2, created_at=other)]
        tasks.append(task(made, [prediction(*predicted, score=other)]) | {"data": {"text": "t", "others": other}})
    read = [read_answered_task(json.loads(json.dumps(item))) for item in tasks]
    with suppress(RequestError):
        evaluation = evaluate_sample(make_sample({"here": read}), Resampling(5))
        assert json.dumps(evaluation_json(evaluation), allow_nan=False)
        assert write_page(evaluation, dict, "")


@pytest.mark.property
@given(ANYTHING, ANYTHING, ANYTHING)
def test_any_task(annotations, predictions, data):
    told = []
    for item in (data, {"data": data}, {"data": {}, "annotations": annotations, "predictions": predictions}):
        try:
            read_answered_task(item)
        except BadTaskError as error:
            told.append(str(error))
    assert "canary" not in "".join(told)


def test_a_control_that_one_side_alone_answers():
    sample = make_sample({"here": [read_answered_task(task([annotation(rating(3))], [prediction(choice("Good"))]))]})
    rows = {row.control: row for row in evaluate_sample(sample, Resampling(5)).rows}
    assert (rows["stars"].unanswered, rows["stars"].rests.count) == (1, 1)
    assert rows["mood"].figures["accuracy"].value == 0
