"""What was found for a task → its prediction, with its score, checked."""

from collections.abc import Sequence

from backend.engine.ask import AskResult
from backend.engine.prepare import PreparedCalls
from backend.engine.project import ProjectPlan
from backend.labelstudio.types import Prediction
from backend.labelstudio.visibility import shown_results
from backend.model.answer.score import answer_probability, prediction_score
from backend.results.new_personal_data import CheckedAnswers
from backend.results.regions import ordered

DETECTION_ALONE = "detection alone"
"""Stands where a provider's name does, of a task about which no model was asked."""


def put_together(
    job: ProjectPlan, ready: PreparedCalls, looked: CheckedAnswers, asked: Sequence[AskResult]
) -> Prediction:
    """Make a prediction of what was found, and check it; its score is the model's, or detection's where none was asked.

    Raises:
        AnswerError: it does not fit the label config.
    """
    prepared = ready.prepared
    found = tuple(ordered(prepared.plan.controls, shown_results(prepared.plan, looked.answers)))
    scores = (answer_probability(prepared.plan, one.reply.logprobs) for one in asked)
    score = prediction_score(scores if asked else (result.get("score") for result in found))
    prediction = Prediction(found, job.model_version, score)
    job.checker.check(prediction, prepared.plan, prepared.reading.contents, prepared.given_ids)
    return prediction
