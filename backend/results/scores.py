"""How sure an answer is → what Label Studio is told of it: a score of each region, and of the prediction.

Scores are raw at first: by how likely the model's words were, or by how many of its answers agree. They put tasks and
regions in an order; that nine in ten with a score of 0.9 are right, nobody says. Calibrated ones say it.
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

ScoreSource = Literal["tokens", "agreement", "nearest"]
DIGITS, CALIBRATED_DIGITS = 4, 6
TIE = 0.01
"""Share of the raw score in a calibrated one, so that what had different scores has different ones still."""
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


def raw_score(result: JSON) -> tuple[ScoreSource, float] | None:
    """Return how a result's score came, and the score; None where no model told, or it is calibrated already."""
    doubt = result.get("meta", {}).get("uncertainty") if "score" in result else None
    return (doubt["from"], result["score"]) if doubt and not doubt["calibrated"] else None


def with_calibrated(result: JSON, probability: float, reviews: int, *, is_blind: bool) -> JSON:
    """Return a result with a calibrated score in place of its raw one, which stands in its meta then.

    Args:
        result: has a raw score.
        probability: how likely it is that what has such a score is right.
        reviews: tasks on which that rests.
        is_blind: whether they were annotated without a prediction to see.
    """
    raw, meta = result["score"], result["meta"]
    score = round((1 - TIE) * probability + TIE * raw, CALIBRATED_DIGITS)
    doubt = {**meta["uncertainty"], "value": round(1 - score, CALIBRATED_DIGITS), "calibrated": True}
    doubt |= {"reviews": reviews, "blind": is_blind, "raw": raw}
    return {**result, "score": score, "meta": {**meta, "uncertainty": doubt}}


def prediction_score(results: Iterable[JSON], ends: Iterable[float]) -> float | None:
    """Return a prediction's score: that of its most doubtful part; None if no part has one.

    Args:
        results: its own.
        ends: how sure it is of each control that nothing else was to be answered.
    """
    known = [*(result["score"] for result in results if "score" in result), *(round(end, DIGITS) for end in ends)]
    return min(known, default=None)


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
