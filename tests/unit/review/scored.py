"""Scored tasks of which something is learned."""

from backend.review.scores import DETECTED, ScoredAnswer, ScoredTask


def scored_tasks(count: int, *labels: str) -> list[ScoredTask]:
    """Return so many tasks of project 12: three of four moods are right, and of what detection marks nothing is.

    Args:
        count: how many.
        labels: digests of those that detection marks in each.
    """
    return [
        ScoredTask(
            12,
            number,
            number,
            "labelguard-1",
            True,
            (
                ScoredAnswer("mood", "tokens", 0.9, number % 4 > 0),
                *(ScoredAnswer("ner", DETECTED, 0.9, False, label) for label in labels),
            ),
        )
        for number in range(count)
    ]
