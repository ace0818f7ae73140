"""The answer to /predict: one result a task, in order, and what is short is known as such."""

import json

import pytest

from backend.errors import DeadlineError
from backend.labelstudio.types import Prediction
from backend.server.answers import SHORT, are_short, results_body

ONE = Prediction(({"id": "a", "value": {"text": ["tea"]}},), "v1", 0.5)


def test_each_task_has_its_place():
    broken = Prediction(({"value": float("nan")},), "v1")
    assert json.loads(results_body([ONE, DeadlineError(), broken, ONE])) == {
        "results": [ONE.payload(), {}, {}, ONE.payload()],
    }


@pytest.mark.parametrize(
    ("outcomes", "short"),
    [
        ([], True),
        ([ONE], True),
        ([DeadlineError()] * SHORT, True),
        ([DeadlineError()] * (SHORT + 1), False),
        ([Prediction(({},) * SHORT, "v1")], False),
    ],
)
def test_an_answer_is_short_by_its_tasks_and_regions(outcomes, short):
    assert are_short(outcomes) is short
