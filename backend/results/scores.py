"""How sure an answer is → what Label Studio is told of it: a score of each region, and of the prediction.

Scores are raw: by how likely the model's words were, or by how many of its answers agree. They put tasks and regions in
an order; that nine in ten with a score of 0.9 are right, nobody says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import getitem
from typing import Any, Literal

from rapidfuzz import fuzz

from backend.labelstudio.types import Control
from backend.labelstudio.visibility import ResultAbout
from backend.system.writing import JSON

ScoreSource = Literal["tokens", "agreement"]
DIGITS = 4
_BESIDE = frozenset({"score", "meta"})


def with_score(result: JSON, score: float | None, source: ScoreSource) -> JSON:
    """Return a result with its score, as Label Studio shows and sorts it, and with its doubt in its meta.

    Args:
        result: of a prediction.
        score: 0 to 1; None where nobody knows.
        source: how it came.
    """
    if score is None:
        return result
    rounded = round(min(max(score, 0.0), 1.0), DIGITS)
    doubt = {"value": round(1 - rounded, DIGITS), "from": source, "calibrated": False}
    return {**result, "score": rounded, "meta": {**result.get("meta", {}), "uncertainty": doubt}}


def prediction_score(results: Iterable[JSON], ends: Iterable[float]) -> float | None:
    """Return a prediction's score: that of its most doubtful part; None if no part has one.

    Args:
        results: its own.
        ends: how sure it is of each control that nothing else was to be answered.
    """
    known = [*(result["score"] for result in results if "score" in result), *ends]
    return round(min(known), DIGITS) if known else None


def agreed(
    controls: Sequence[Control], first: Sequence[ResultAbout], others: Sequence[Sequence[ResultAbout]]
) -> tuple[list[ResultAbout], list[float]]:
    """Score an answer by how many of all answers, itself included, say the same.

    Args:
        controls: the plan's.
        first: what came of the answer that is taken.
        others: what came of each other answer to the same question.

    Returns:
        The same with scores; and of each control of which another might have answered more, the share that did not.
    """
    if not others:
        return list(first), []
    count = 1 + len(others)
    scored = []
    for answer in first:
        is_asked = answer.is_new and "score" not in answer.result  # detection says itself how sure it is
        share = (1 + sum(_likeness(answer, other) for other in others)) / count if is_asked else None
        scored.append(replace(answer, result=with_score(answer.result, share, "agreement")))
    ends = []
    for control in controls:
        own = [_bare(answer) for answer in first if _is_of(answer, control)]
        if control.per_region or (own and not control.role.gives_regions):
            continue
        same = sum(all(_bare(a) in own for a in other if _is_of(a, control)) for other in others)
        ends.append((1 + same) / count)
    return scored, ends


def _likeness(answer: ResultAbout, others: Sequence[ResultAbout]) -> float:
    """Return how alike a result is to the one of another answer: 1 or 0; of a text, the share that is the same."""
    control = answer.control
    if control is None:
        return 1.0
    own = [other for other in others if _is_of(other, control) and (not control.per_region or other.id == answer.id)]
    if not control.role.words:
        return float(any(_bare(other) == _bare(answer) for other in own))
    text = _written(answer, control.role.words)
    return max((fuzz.ratio(text, _written(other, control.role.words)) / 100 for other in own), default=0.0)


def _is_of(answer: ResultAbout, control: Control) -> bool:
    return answer.is_new and answer.control is not None and answer.control.from_name == control.from_name


def _bare(answer: ResultAbout) -> Mapping[str, Any]:
    return {key: value for key, value in answer.result.items() if key not in _BESIDE}


def _written(answer: ResultAbout, keys: Sequence[str]) -> str:
    value: Any = reduce(getitem, keys, answer.result["value"])
    return value if isinstance(value, str) else "\n".join(map(str, value))
