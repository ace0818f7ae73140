"""What was found for a task → its prediction, with its score, checked."""

from collections.abc import Sequence

from backend.engine.nearest import voted
from backend.engine.prepare import PreparedCalls
from backend.engine.project import ProjectPlan
from backend.labelstudio.types import Prediction
from backend.labelstudio.visibility import shown_results
from backend.results.new_personal_data import CheckedAnswers
from backend.results.regions import ordered
from backend.results.scores import prediction_score, raw_score, with_calibrated
from backend.review.calibration import ScoreCalibration
from backend.system.writing import JSON

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
    answers = [voted(answer, ready.votes, job.calibration) for answer in looked.answers]
    shown = ordered(prepared.plan.controls, shown_results(prepared.plan, answers))
    found = tuple(_calibrated(result, job.calibration) for result in shown)
    prediction = Prediction(found, job.model_version, prediction_score(found, ends))
    job.checker.check(prediction, prepared.plan, prepared.reading.contents, prepared.given_ids)
    return prediction


def _calibrated(result: JSON, calibration: ScoreCalibration | None) -> JSON:
    """Return a result with a calibrated score, if its control's scores are calibrated as they came."""
    raw = raw_score(result) if calibration else None
    if calibration is None or raw is None:
        return result
    source, score = raw
    sample = calibration.samples.get((result.get("from_name", ""), source))
    if sample is None:
        return result
    return with_calibrated(result, sample.probability(score), sample.reviews, is_blind=sample.is_blind)
