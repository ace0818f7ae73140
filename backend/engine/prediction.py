"""What was found for a task → its prediction, with its score, checked."""

from collections.abc import Sequence

from backend.engine.prepare import PreparedCalls
from backend.engine.project import ProjectPlan
from backend.labelstudio.types import Prediction
from backend.labelstudio.visibility import shown_results
from backend.results.new_personal_data import CheckedAnswers
from backend.results.regions import ordered
from backend.results.scores import prediction_score

DETECTION_ALONE = "detection alone"
"""Stands where a provider's name does, of a task about which no model was asked."""


def put_together(
    job: ProjectPlan, ready: PreparedCalls, looked: CheckedAnswers, ends: Sequence[float] = ()
) -> Prediction:
    """Make a prediction of what was found, and check it.

    Args:
        job: the project's.
        ready: the task.
        looked: what was found.
        ends: how sure it is of each control that nothing else was to be answered.

    Raises:
        AnswerError: it does not fit the label config.
    """
    prepared = ready.prepared
    found = tuple(ordered(prepared.plan.controls, shown_results(prepared.plan, looked.answers)))
    prediction = Prediction(found, job.model_version, prediction_score(found, ends))
    job.checker.check(prediction, prepared.plan, prepared.reading.contents, prepared.given_ids)
    return prediction
