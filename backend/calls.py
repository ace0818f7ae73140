"""How a task is asked: one call for all its controls, and for a long text one for each piece of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.binding import Given
from backend.errors import TaskError
from backend.ground import pieces
from backend.prompt import Texts
from backend.reading import OBJECT, Reading
from backend.redact import RedactedTask
from backend.schema import Question
from backend.types import Handler, Plan


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model.

    Attributes:
        question: what is asked.
        texts: what is shown.
        pieces: by object, the stretch of its redacted text that is shown.
    """

    question: Question
    texts: Texts
    pieces: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def plan_calls(
    plan: Plan,
    handlers: Mapping[str, Handler],
    reading: Reading,
    task: RedactedTask,
    given: Sequence[Given],
    size: int,
) -> Iterator[Call]:
    """Yield the calls for a task.

    Controls that mark spans are asked for each piece of a long text; all others once, for the whole.

    Args:
        plan: bound to the task.
        handlers: by control tag.
        reading: the task's originals.
        task: its redacted texts.
        given: the regions that are there already.
        size: longest piece, in code points.

    Raises:
        TaskError: there is nothing to ask.
    """
    texts = reading.shown(task)
    items = {name: len(content.ids) for name, content in reading.contents.items()}
    asked = [c for c in plan.asked if handlers[c.tag].answer_type(c, items.get(c.to_name, 0)) is not None]
    long = {name for name, text in texts.documents.items() if len(text) > size}
    spread = [c for c in asked if c.to_name in long and (handlers[c.tag].gives_regions or c.tag == "Relations")]
    rest = tuple(control for control in asked if control not in spread)
    regions = {region.key: str(region.result["to_name"]) for region in given}
    if not asked and not regions:
        raise TaskError(plan.objects[0].name, "leaves nothing to answer", "the conversation is as long as is asked for")
    if rest or regions:
        yield Call(Question(plan, rest, items, regions), texts, _whole(texts))
    for name in sorted({control.to_name for control in spread}):
        own = tuple(control for control in spread if control.to_name == name)
        yield from _pieces(name, Question(plan, own, items, {}), texts, task, size)


def _whole(texts: Texts) -> dict[str, tuple[int, int]]:
    return {name: (0, len(text)) for name, text in texts.documents.items()}


def _pieces(name: str, question: Question, texts: Texts, task: RedactedTask, size: int) -> Iterator[Call]:
    """Yield a call for each piece of an object; other objects stand beside it, unless they are long themselves."""
    redacted = task.fields[OBJECT + name]
    beside = {other: text for other, text in texts.documents.items() if other == name or len(text) <= size}
    for start, end in pieces(redacted.text, size, [(p.start, p.end) for p in redacted.placeholders]):
        shown = replace(texts, documents=beside | {name: redacted.text[start:end]})
        yield Call(question, shown, {name: (start, end)})
