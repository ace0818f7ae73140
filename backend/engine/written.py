"""What somebody wrote into an annotation → the same as a model may say it: redacted together with the task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backend.engine.redact_options import redact_options
from backend.engine.rule_choice import TaskUnderRule
from backend.errors import AnnotationError
from backend.policy import restrict
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask


@dataclass(frozen=True, slots=True)
class HiddenWords:
    """Words of an annotator's, redacted.

    Attributes:
        by_words: what a model may say in the place of each text.
        decision: with the providers alone that may see what was found in them.
        task: the task, redacted together with them.
    """

    by_words: Mapping[str, str] = field(repr=False)
    decision: Decision
    task: RedactedTask


def hide_written(
    seen: TaskUnderRule, decision: Decision, task: RedactedTask, key: bytes, written: Mapping[str, str]
) -> HiddenWords:
    """Redact what somebody wrote about a task, so that each value has what stands in its place in the task. Takes long.

    Args:
        seen: the task, whose guard was asked about its texts.
        decision: with the providers alone that may see what was found in the task.
        task: the task, redacted.
        key: the secret on which surrogates hang.
        written: the texts, by keys that no text of the task has.

    Raises:
        AnnotationError: with these words the task would be redacted otherwise, or they hold a value that it has not.
        BlockedError: something was found in them that may not be sent.
        DetectionError: detection failed, or asks for a guard's look.
    """
    if not written:
        return HiddenWords({}, decision, task)
    redactor = seen.redactor.guarded(seen.guarded) if seen.guarded else seen.redactor
    found = {**seen.found(), **redactor.find(written)}
    decision = restrict(decision, found)
    both = seen.redactor.redact({**seen.reading.texts(), **written}, redact_options(seen, key), detected=found)
    if any(both.fields[name].text != text.text for name, text in task.fields.items()):
        raise AnnotationError("with its own words the task would be redacted otherwise")
    if not set(_tokens(both, written)) <= set(_tokens(task, task.fields)):
        raise AnnotationError("its own words hold a hidden value that does not stand in the task")
    return HiddenWords({text: both.fields[name].text for name, text in written.items()}, decision, both)


def _tokens(task: RedactedTask, names: Mapping[str, object]) -> Iterator[str]:
    """Yield what stands in the place of values in some of a task's texts."""
    yield from (placeholder.token for name in names for placeholder in task.fields[name].placeholders)
