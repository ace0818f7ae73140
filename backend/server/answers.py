"""What came of tasks → the answer to /predict."""

from collections.abc import Sequence

from backend.engine.engine import Outcome
from backend.labelstudio.types import Prediction
from backend.system.writing import to_json

SHORT = 50
"""Regions and tasks of an answer that is written in less time than it takes to hand it to a thread, more or less."""


def are_short(outcomes: Sequence[Outcome]) -> bool:
    """Say whether an answer is written so quickly that no event loop is kept by it."""
    return sum(1 + len(one.result) if isinstance(one, Prediction) else 1 for one in outcomes[: SHORT + 1]) <= SHORT


def results_body(outcomes: Sequence[Outcome]) -> bytes:
    """Write the answer, each prediction by itself, so that none can cost the others theirs (P7)."""
    return b'{"results":[%b]}' % b",".join(map(_result, outcomes))


def _result(outcome: Outcome) -> bytes:
    try:
        return to_json(outcome.payload()) if isinstance(outcome, Prediction) else b"{}"
    except ValueError:  # never shown: the check refuses it before
        return b"{}"
