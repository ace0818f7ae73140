"""All figures as JSON: none of it is text of a task."""

import math
from collections.abc import Mapping
from typing import Any

from backend.evaluate.labels.agreement import AlternativeTest, HumanAgreement
from backend.evaluate.labels.evaluation import ControlFigures, LabelEvaluation
from backend.evaluate.labels.resampling import Estimate
from backend.evaluate.labels.spending import VersionSpending


def evaluation_json(evaluation: LabelEvaluation) -> dict[str, Any]:
    """Return an evaluation as JSON; what cannot be said is null."""
    sample = evaluation.sample
    return {
        "tasks": len(sample.tasks),
        "tasks_without_annotation": sample.unannotated,
        "tasks_with_predictions_not_written_out": sample.unwritten,
        "annotators": sample.annotators,
        "versions": list(sample.versions),
        "not_compared": list(sample.uncompared),
        "human_seconds": dict(evaluation.seconds),
        "human_agreement": {name: _agreement(found) for name, found in evaluation.agreement.items()},
        "spending": None if evaluation.spending is None else {v: _spent(s) for v, s in evaluation.spending.items()},
        "gaps": [
            {"control": g.control, "version": g.version, "first": g.first, "figure": g.figure, "tasks": g.tasks}
            | _estimate(g.gap)
            for g in evaluation.gaps
        ],
        "suspects": [
            {"control": s.control, "task": s.task, "annotation": s.annotation, "given": s.given, "likely": s.likely}
            | {"quality": s.quality}
            for s in evaluation.suspects
        ],
        "figures": [_row(row) for row in evaluation.rows],
    }


def _row(row: ControlFigures) -> dict[str, Any]:
    return {
        "control": row.control,
        "kind": row.kind,
        "version": row.version,
        "sample": {"is": str(row.rests), "count": row.rests.count, "blind": row.rests.blind, "tasks": row.tasks},
        "tasks_without_prediction": row.unpredicted,
        "unanswered": row.unanswered,
        "figures": _estimates(row.figures),
        "labels": {
            label.label: {
                "wanted": label.wanted,
                "given": label.given,
                "precision": json_number(label.precision),
                "recall": json_number(label.recall),
                "f1": _estimate(label.f1),
            }
            for label in row.labels
        },
        "confusion": [{"truth": t, "predicted": p, "count": c} for (t, p), c in sorted(row.confusion.items())],
        "calibration": _estimates(row.calibration),
        "reliability": [
            {"from": b.low, "to": b.high, "count": b.count, "score": b.score, "right": b.right} for b in row.bins
        ],
        "alternative_annotator_test": _alternative(row.alternative) if row.alternative else None,
    }


def _spent(spent: VersionSpending) -> dict[str, Any]:
    return {
        "calls": spent.calls,
        "tasks": spent.tasks,
        "cost_usd": None if spent.unpriced == spent.calls else spent.cost_usd,
        "calls_of_unknown_cost": spent.unpriced,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "seconds_a_call": spent.seconds,
    }


def _alternative(test: AlternativeTest) -> dict[str, Any]:
    return {
        "annotators": test.annotators,
        "winning_rate": test.winning_rate,
        "advantage": test.advantage,
        "fewest_places": test.fewest,
        "passes": test.passes,
    }


def _agreement(found: HumanAgreement) -> dict[str, Any]:
    return {
        "places": found.places,
        "annotators": found.annotators,
        "alpha": json_number(found.alpha),
        "alike": json_number(found.alike),
    }


def _estimates(found: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: _estimate(estimate) for name, estimate in found.items()}


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {"value": json_number(found.value), "low": json_number(found.low), "high": json_number(found.high)}


def json_number(value: float) -> float | None:
    """Return a number, None for nan, of which JSON knows nothing."""
    return None if math.isnan(value) else value
