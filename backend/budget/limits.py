"""Bounds that a rule sets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one task, and on all calls of a rule together.

    Attributes:
        max_characters: of all a task's texts together.
        detection_timeout_s: seconds that detection may take.
        piece_characters: a longer text is split for controls that mark spans.
        task_timeout_s: seconds that a task may take as a whole.
        concurrency: calls at once.
        requests_per_minute, tokens_per_minute: of calls; tokens in and out.
        spend_per_day, spend_per_month: US dollars, by UTC's calendar.
        weight: calls that a project makes in a row when it is its turn at a provider, and tasks that are redacted.
    """

    max_characters: int = 100_000
    detection_timeout_s: float = 30.0
    piece_characters: int = 6_000
    task_timeout_s: float | None = None
    concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    spend_per_day: float | None = None
    spend_per_month: float | None = None
    weight: int = 1
