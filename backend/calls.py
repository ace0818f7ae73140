"""How a task is asked: one call for all its controls, and for a long text one for each piece of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.binding import OBJECT
from backend.errors import TaskError
from backend.ground import pieces
from backend.handler import Handler
from backend.prompt import Texts
from backend.reading import Prepared
from backend.schema import About, Question
from backend.types import Control


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


def plan_calls(prepared: Prepared, handlers: Mapping[str, Handler], size: int) -> Iterator[Call]:
    """Yield the calls for a task.

    Controls that mark spans are asked for each piece of a long text; all others once, for the whole.

    Args:
        prepared: the task.
        handlers: by control tag.
        size: longest piece, in code points.

    Raises:
        TaskError: there is nothing to ask.
    """
    plan, texts = prepared.plan, prepared.texts
    items = {name: len(content.ids) for name, content in prepared.reading.contents.items()}
    asked = [c for c in _wanted(prepared) if handlers[c.tag].answer_type(c, items.get(c.to_name, 0)) is not None]
    long = {name for name, text in texts.documents.items() if len(text) > size}
    spread = [c for c in asked if c.to_name in long and (handlers[c.tag].gives_regions or c.tag == "Relations")]
    rest = tuple(control for control in asked if control not in spread)
    regions = {region.key: About(str(region.result["to_name"]), region.words) for region in prepared.given}
    if not asked and not regions:
        raise TaskError(plan.objects[0].name, "leaves nothing to answer", "the conversation is as long as is asked for")
    if rest or regions:
        whole = {name: (0, len(text)) for name, text in texts.documents.items()}
        yield Call(Question(plan, rest, items, regions), texts, whole)
    for name in sorted({control.to_name for control in spread}):
        own = tuple(control for control in spread if control.to_name == name)
        yield from _pieces(name, Question(plan, own, items, {}), prepared, size)


def _wanted(prepared: Prepared) -> Sequence[Control]:
    """Return the controls to ask: of an annotator who typed no prompt, those alone that are marked as smart."""
    asked = prepared.plan.asked
    smart = [control for control in asked if control.flag("smart")]
    return smart if smart and prepared.context and not prepared.reading.typed else asked


def _pieces(name: str, question: Question, prepared: Prepared, size: int) -> Iterator[Call]:
    """Yield a call for each piece of an object; other objects stand beside it, unless they are long themselves."""
    redacted, texts = prepared.task.fields[OBJECT + name], prepared.texts
    beside = {other: text for other, text in texts.documents.items() if other == name or len(text) <= size}
    for start, end in pieces(redacted.text, size, [(p.start, p.end) for p in redacted.placeholders]):
        shown = replace(texts, documents=beside | {name: redacted.text[start:end]})
        yield Call(question, shown, {name: (start, end)})
