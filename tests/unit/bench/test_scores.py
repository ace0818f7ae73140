"""The measures by which scores are judged, on cases that are counted by hand."""

import numpy as np
import pytest

from backend.labelstudio.types import Prediction
from tests.bench.label_tasks import Task
from tests.bench.scores import (
    Scored,
    auroc,
    calibrated_error,
    calibration_error,
    cross_calibrated,
    error_by_chance,
    measure,
)


def scored(*pairs):
    return Scored([score for score, _ in pairs], [right for _, right in pairs])


def test_auroc_is_how_often_right_is_above_wrong():
    assert auroc(scored((0.9, True), (0.8, True), (0.1, False))) == 1
    assert auroc(scored((0.9, True), (0.2, True), (0.5, False))) == 0.5
    assert auroc(scored((0.5, True), (0.5, False))) == 0.5
    assert auroc(scored((0.9, True))) is auroc(scored()) is None


def test_calibration_error_is_by_how_much_scores_miss_the_share_that_is_right():
    assert calibration_error(scored((1.0, True), (1.0, True))) == 0
    assert calibration_error(scored((0.75, True), (0.75, False))) == pytest.approx(0.25)
    assert calibration_error(scored((0.95, True), (0.05, True))) == pytest.approx(0.5)
    assert calibration_error(scored()) is None


def test_choices_spans_and_whole_tasks_are_judged_apart():
    def result(kind, **value):
        return {"type": kind, "value": value, "score": 0.5}

    choice = Task("sentiments", "tuning", "a", "x", frozenset({(0, 0, "Positive")}))
    spans = Task("texts", "tuning", "b", "y", frozenset({(0, 3, "Person")}))
    found = {
        choice: Prediction((result("choices", choices=["Positive"]),), "v", 0.5),
        spans: Prediction(
            (result("labels", start=0, end=3, labels=["Person"]), result("labels", start=4, end=5, labels=["Person"])),
            "v",
            None,
        ),
    }
    choices, own, whole = (each for _, each in measure(found))
    assert (choices.right, own.right, whole.right, whole.unscored) == ([True], [True, False], [], 1)


def test_calibrated_scores_are_judged_by_others_than_they_were_calibrated_by():
    chance = np.random.default_rng(5)
    raw = np.round(chance.beta(8, 2, 600), 4)
    told = Scored(raw.tolist(), (chance.random(600) < raw**3).tolist())
    calibrated = cross_calibrated(told)
    assert calibrated
    assert sorted(calibrated.right) == sorted(told.right)
    assert (calibration_error(told) or 0) > 0.15
    assert (calibration_error(calibrated) or 1) < 0.06
    assert abs((auroc(calibrated) or 0) - (auroc(told) or 1)) < 0.03
    assert cross_calibrated(Scored([0.9] * 30, [True] * 15 + [False] * 15)) is None


def test_few_true_scores_miss_by_more_than_many():
    assert error_by_chance(Scored([1.0] * 20, [True] * 20)) == 0
    few, many = (error_by_chance(Scored([0.75, 0.35] * count, [True, False] * count)) for count in (10, 1000))
    assert 0.2 > (few or 0) > 4 * (many or 1) > 0
    assert error_by_chance(Scored()) is None


def test_how_well_few_are_calibrated_hangs_on_no_one_way_to_split_them():
    chance = np.random.default_rng(7)
    raw = chance.random(120)
    told = Scored(raw.tolist(), (chance.random(120) < raw).tolist())
    error, by_chance = calibrated_error(told) or (0, 0)
    single = [calibration_error(cross_calibrated(told, split) or told) or 0 for split in range(10)]
    assert error == pytest.approx(np.mean(single))
    assert max(single) > error > min(single)
    assert abs(error - by_chance) < 0.04
    assert calibrated_error(Scored([0.9] * 20, [True] * 10 + [False] * 10)) is None
