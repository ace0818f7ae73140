"""Why a stretch of a text was found, in words for people: who found it, and by what; without the stretch."""

from backend.privacy.entity_types import LITERAL, WITHHELD
from backend.privacy.listed import ALWAYS

REASONS = {
    LITERAL: "looks like a placeholder of ours, so it is replaced by one",
    WITHHELD: "is the value of a field that the policy withholds",
}


def explain_finding(entity_type: str, recognizer: str) -> tuple[str, str]:
    """Return the recognizer's name, and why it found what it did.

    Args:
        entity_type: what was found.
        recognizer: who found it, and by what, as a `Detection` or a `Placeholder` has it.
    """
    name, _, rule = recognizer.partition(": ")
    if entity_type in REASONS:
        return name, REASONS[entity_type]
    if name == ALWAYS:
        return name, "is listed by the policy"
    if name == "Propagation":
        return name, "the same value, or a part of the same name, was found elsewhere in the task"
    return name, f"fits {rule}" if rule else "was read as such in its context"
