"""What of an annotated task may be an example, and how much it counts: hashed words and labels, and no text."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.review.entries import KeptAnnotation, Review
from backend.review.facts import in_one_order
from backend.review.similar.marked import NO_MARKS, WordMark, marks_in
from backend.review.similar.words import Words, hashed_words, label_hash, texts_in

CORRECTED, UNSEEN = 1.3, 1.15
"""What an annotation counts that corrects a prediction, and one of which it is not known with what it began."""
TRUE = 1.2
"""What one counts more that is ground truth."""
AGREED, MOST_AGREED = 0.15, 3
"""What each more annotator who says the same adds, and how many of them count."""
DISPUTED = 0.6
"""What one counts where another annotator says otherwise, and neither is in the majority."""


@dataclass(frozen=True, slots=True)
class ShelvedTask:
    """An annotated task.

    Attributes:
        task: its number.
        annotation: the number of the one whose answer is shown.
        words: of its text, hashed.
        labels: hashes of its labels.
        weight: how much it counts.
        expires: until when it is kept, Unix time.
        marks: what it marks.
    """

    task: int
    annotation: int
    words: Words = field(repr=False)
    labels: frozenset[int]
    weight: float
    expires: int
    marks: frozenset[WordMark] = NO_MARKS


def shelved_task(task: int, reviews: Sequence[Review], fields: Iterable[str]) -> ShelvedTask | None:
    """Return what of a task may be an example: its annotation that counts most; None if there is none.

    Args:
        task: its number.
        reviews: all that are known of it.
        fields: of its data, whose texts tell what it is like.
    """
    kept = [(one, one.kept) for one in reviews if one.kept and not one.cancelled and one.expires]
    if not kept:
        return None
    said = {one.annotation: _said(own) if len(kept) > 1 else "" for one, own in kept}
    votes = Counter({said[one.annotation]: 0 for one, _ in kept})
    for key in {(said[one.annotation], own.who or one.annotation) for one, own in kept}:
        votes[key[0]] += 1

    def rank(pair: tuple[Review, KeptAnnotation]) -> tuple[object, ...]:
        one, _ = pair
        return votes[said[one.annotation]], one.ground_truth, _weight(one), one.changed, one.annotation

    best, own = max(kept, key=rank)
    words = hashed_words(texts_in(own.data, fields))
    if not len(words):
        return None
    count = votes[said[best.annotation]]
    is_disputed = any(other >= count for key, other in votes.items() if key != said[best.annotation])
    weight = _weight(best) * (1 + AGREED * min(count - 1, MOST_AGREED)) * (DISPUTED if is_disputed else 1.0)
    marks = NO_MARKS if is_disputed else marks_in(own)
    return ShelvedTask(task, best.annotation, words, frozenset(_labels(own)), weight, best.expires, marks)


def _weight(review: Review) -> float:
    by_verdict = {"kept": 1.0, "unknown": UNSEEN}.get(review.verdict, CORRECTED)
    return by_verdict * (TRUE if review.ground_truth else 1.0)


def _said(kept: KeptAnnotation) -> str:
    """Return what an annotation says, whoever made it: the same for two that agree."""
    regions = []
    for region in kept.result:
        value = region.get("value")
        if isinstance(value, dict) and "start" in value and isinstance(value.get("text"), str):
            value = {key: part for key, part in value.items() if key != "text"}  # hangs on the place
        if isinstance(value, dict):
            value = {key: in_one_order(key, part) for key, part in value.items()}
        regions.append(json.dumps([region.get("from_name"), region.get("type"), value], sort_keys=True, default=str))
    return "\n".join(sorted(regions))


def _labels(kept: KeptAnnotation) -> Iterator[int]:
    """Yield hashes of the labels that an annotation has; a number of a scale is one."""
    for region in kept.result:
        kind, value = str(region.get("type")), region.get("value")
        given: Any = value.get(kind) if isinstance(value, dict) else None
        given = [given] if isinstance(given, int | float) else given
        for label in given if isinstance(given, list) and kind != "textarea" else ():
            yield label_hash(region.get("from_name"), label)
