"""What a recognizer gives is looked at before it is used: one that gives nonsense vouches for nothing (P3)."""

from typing import Any

from presidio_analyzer import EntityRecognizer, RecognizerResult, pattern_recognizer

from backend.errors import DetectionError

# After a minute Presidio would leave a pattern out and let pass what it looks for; our own limit fails closed.
pattern_recognizer.REGEX_TIMEOUT_SECONDS = None  # type: ignore[assignment]


def check_result(text: str, result: RecognizerResult, name: str) -> None:
    """Look at a result.

    Args:
        text: that the recognizer was given.
        result: of it.
        name: the recognizer's.

    Raises:
        DetectionError: its place is not in the text, or its score is none from 0 to 1. No comparison holds of such a
            score, and what was found would be let pass.
    """
    is_placed = 0 <= result.start <= result.end <= len(text)
    if not (is_placed and 0 <= result.score <= 1 and isinstance(result.entity_type, str) and result.entity_type):
        raise DetectionError(f"the recognizer {name!r} gives places outside the text, or scores that are none")


def check_each(recognizer: EntityRecognizer) -> None:
    """Have a recognizer's results looked at before Presidio's own engine, which drops such scores, sees them."""
    analyze, name = recognizer.analyze, str(recognizer.name)  # type: ignore[has-type]

    def checked(text: str, *given: Any, **named: Any) -> list[RecognizerResult]:
        found = list(analyze(text, *given, **named) or ())
        for result in found:
            check_result(text, result, name)
        return found

    recognizer.analyze = checked  # type: ignore[method-assign]
