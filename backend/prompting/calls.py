"""How a task is asked: one call for all its controls, and for a long text one for each piece of it.

A call whose answer turns out too long is asked in parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from backend.errors import TaskError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control
from backend.prompting.answer_form import About, Question
from backend.prompting.pieces import pieces
from backend.prompting.task_labels import OBJECT
from backend.prompting.task_texts import BoundTask
from backend.prompting.templates import Texts

LEAST = 400
"""Code points of a text that is not halved any more."""
HALF = 0.56
"""Share of a text that its halves have, since they overlap."""


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


def plan_calls(prepared: BoundTask, handlers: Mapping[str, Handler], size: int) -> Iterator[Call]:
    """Yield the calls for a task; none where detection knows all that is wanted.

    Controls that mark spans are asked for each piece of a long text; all others once, for the whole.

    Args:
        prepared: the task.
        handlers: by control tag.
        size: longest piece, in code points.

    Raises:
        TaskError: there is nothing to ask.
    """
    plan, texts = prepared.offered, prepared.texts
    items = {name: len(content.ids) for name, content in prepared.reading.contents.items()}
    wanted = (control for control in plan.asked if control.from_name in prepared.wanted)
    asked = [c for c in wanted if handlers[c.tag].answer_type(c, items.get(c.to_name, 0)) is not None]
    long = {name for name, text in texts.documents.items() if len(text) > size}
    spread = [c for c in asked if c.to_name in long and _marks(c)]
    rest = tuple(control for control in asked if control not in spread)
    regions = {region.key: About(str(region.result["to_name"]), region.words) for region in prepared.given}
    if not asked and not regions:
        if _is_marked(prepared):
            return
        raise TaskError(plan.objects[0].name, "leaves nothing to answer", "the conversation is as long as is asked for")
    if rest or regions:
        whole = {name: (0, len(text)) for name, text in texts.documents.items()}
        yield Call(Question(plan, rest, items, regions), texts, whole)
    for name in sorted({control.to_name for control in spread}):
        own = tuple(control for control in spread if control.to_name == name)
        beside = {other: text for other, text in texts.documents.items() if other == name or other not in long}
        question = Question(plan, own, items, {}, is_part=True)
        places = _pieces(prepared, name, (0, len(texts.documents[name])), size)
        yield from _parts(Call(question, replace(texts, documents=beside)), prepared, name, places)


def halves(call: Call, prepared: BoundTask) -> Sequence[Call]:
    """Return a call in parts that have shorter answers; none if no text of it is long enough.

    What marks spans is asked for each half of its text, all else apart from it.

    Args:
        call: whose answer is too long.
        prepared: its task.
    """
    question = call.question
    marked = {control.to_name for control in question.controls if _marks(control)}
    places = {
        name: _pieces(prepared, name, place, ceil((place[1] - place[0]) * HALF))
        for name, place in call.pieces.items()
        if name in marked and place[1] - place[0] > LEAST
    }
    halved = {name: split for name, split in places.items() if len(split) > 1}
    if not halved:
        return ()
    rest = tuple(c for c in question.controls if c.to_name not in halved or not _marks(c))
    found = [replace(call, question=replace(question, controls=rest))] if rest or question.given else []
    for name, split in halved.items():
        own = tuple(c for c in question.controls if c.to_name == name and _marks(c))
        part = replace(call, question=replace(question, controls=own, given={}, is_part=True))
        found += _parts(part, prepared, name, split)
    return found


def _marks(control: Control) -> bool:
    """Say whether a control marks spans, or relates them: its answer is as long as its text has such."""
    return control.role.gives_regions or control.role.relates


def _is_marked(prepared: BoundTask) -> bool:
    """Say whether detection answers something of a task."""
    return prepared.marks is not None and not prepared.wanted.isdisjoint(prepared.marks.labels)


def _pieces(prepared: BoundTask, name: str, place: tuple[int, int], size: int) -> list[tuple[int, int]]:
    """Return the pieces of a stretch of an object's redacted text, none of which cuts what stands for a value."""
    redacted, (first, last) = prepared.task.fields[OBJECT + name], place
    whole = [(p.start - first, p.end - first) for p in redacted.placeholders if first <= p.start < last]
    return [(first + start, first + end) for start, end in pieces(redacted.text[first:last], size, whole)]


def _parts(call: Call, prepared: BoundTask, name: str, places: Iterable[tuple[int, int]]) -> Iterator[Call]:
    """Yield a call for each of some stretches of an object's redacted text."""
    text = prepared.task.fields[OBJECT + name].text
    for start, end in places:
        shown = replace(call.texts, documents={**call.texts.documents, name: text[start:end]})
        yield Call(call.question, shown, {**call.pieces, name: (start, end)})
