"""An annotation → the answer that a model should have given: on the redacted text, in the words of the task's form.

A region within a value that was replaced stands for the whole of what stands in its place. What no answer says the
same of is refused, by a reason without text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from backend.errors import AnnotationError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control, Plan
from backend.privacy.redact import RedactedText
from backend.prompting.answer_form import GIVEN, Answer
from backend.prompting.calls import Call
from backend.prompting.detected_labels import offered_answer
from backend.prompting.task_labels import OBJECT, region_place
from backend.prompting.task_texts import BoundTask
from backend.system.writing import JSON, json_texts

WRITTEN = "written:"
"""What the keys of texts begin with that somebody wrote into an annotation."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What somebody said of a task.

    Attributes:
        results: as Label Studio stores them.
        hidden: what they wrote in words of their own, and the same as a model may say it.
    """

    results: Sequence[JSON] = field(repr=False)
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)


def written_texts(plan: Plan, results: Sequence[JSON]) -> dict[str, str]:
    """Return what somebody wrote in words of their own, to be redacted together with the task, by keys of its own.

    Args:
        plan: of the label config.
        results: of the annotation.
    """
    writing = {control.from_name: control.role.words != () for control in plan.controls}
    own = [result.get("value") for result in results if writing.get(str(result.get("from_name")))]
    found = dict.fromkeys(text for text in json_texts(own) if text.strip())
    return {f"{WRITTEN}{number}": text for number, text in enumerate(found)}


def annotated_answer(call: Call, prepared: BoundTask, handlers: Mapping[str, Handler], annotation: Annotation) -> JSON:
    """Return the answer that says what an annotation says, by the names of controls, as a policy's examples have it.

    `backend.prompting.answer_form.keyed` puts the keys in their place that the call asks for.

    Args:
        call: what is asked, and which stretches of the texts are shown.
        prepared: the task, redacted.
        handlers: by control tag.
        annotation: what was said of it.

    Raises:
        AnnotationError: no answer says the same.
    """
    said = _Annotated(call, prepared, handlers, annotation)
    try:
        return said.answer()
    except (AttributeError, KeyError, TypeError, ValueError):  # anything may stand in a result
        pass
    raise AnnotationError("a result has not the form that Label Studio gives it")


class _Annotated:
    """A task with an annotation."""

    def __init__(
        self, call: Call, prepared: BoundTask, handlers: Mapping[str, Handler], annotation: Annotation
    ) -> None:
        self.call, self.prepared, self.annotation = call, prepared, annotation
        self.controls = {control.from_name: control for control in prepared.plan.controls}
        self._handlers = handlers
        self._marking = [r for r in annotation.results if self._gives_regions(r)]

    def answer(self) -> JSON:
        question, marks = self.call.question, self.prepared.marks
        answer = {control.from_name: self._part(self.controls[control.from_name]) for control in question.controls}
        if marks:
            answer = offered_answer(answer, self.prepared.plan, marks.labels)
        if question.given:
            answer[GIVEN] = {key: self._about_given(key) for key in question.given}
        return answer

    def about(self, region: str, controls: Iterable[Control]) -> dict[str, Any]:
        """Return the answers to controls that are asked about a region, by their names."""
        own = [result for result in self.annotation.results if result.get("id") == region]
        return {control.from_name: self._answered(control, own) for control in controls}

    def place(self, result: JSON) -> tuple[int, int]:
        """Return where a region stands in the redacted text of its object."""
        name = str(result.get("to_name"))
        content = self.prepared.reading.contents.get(name)
        seen = content.seen(*region_place(result["value"])) if content else None
        if seen is None:
            raise AnnotationError("a region does not stand in the text")
        return self.text(name).to_redacted(*seen)

    def text(self, name: str) -> RedactedText:
        return self.prepared.task.fields[OBJECT + name]

    def words(self, result: JSON) -> str:
        start, end = self.place(result)
        words = self.text(str(result["to_name"])).text[start:end].strip()
        if not words:
            raise AnnotationError("a region marks no words")
        return words

    def region(self, identity: str) -> JSON:
        found = next((result for result in self._marking if result.get("id") == identity), None)
        if found is None:
            raise AnnotationError("a relation leads to what is not marked")
        return found

    def _gives_regions(self, result: JSON) -> bool:
        control = self.controls.get(str(result.get("from_name")))
        return control is not None and control.role.gives_regions

    def _part(self, control: Control) -> Any:
        if control.role.relates:
            return self._answered(control, [r for r in self.annotation.results if self._is_related(control, r)])
        if not control.role.gives_regions:
            return self._answered(control, self.annotation.results)
        placed = [(self.place(r), r) for r in self._marking if r.get("from_name") == control.from_name]
        shown = [pair for pair in placed if self._is_shown(control.to_name, pair[0])]
        return self._answered(control, [result for _, result in sorted(shown, key=lambda pair: pair[0])])

    def _is_related(self, control: Control, result: JSON) -> bool:
        """Say whether a result relates regions that are shown."""
        if result.get("type") != self._handlers[control.tag].result_type(control):
            return False
        ends = [self.region(str(result.get(key))) for key in ("from_id", "to_id")]
        return all(self._is_shown(str(end["to_name"]), self.place(end)) for end in ends)

    def _is_shown(self, name: str, place: tuple[int, int]) -> bool:
        start, end = self.call.pieces.get(name, (0, len(self.text(name).text)))
        return start <= place[0] and place[1] <= end

    def _answered(self, control: Control, results: Sequence[JSON]) -> Any:
        own = [r for r in results if control.role.relates or r.get("from_name") == control.from_name]
        if not own and control.conditions:
            return None
        kind = self._handlers[control.tag].result_type(control)
        if not control.role.relates and any(result.get("type") != kind for result in own):
            raise AnnotationError("a result is of another type than its control's")
        return self._handlers[control.tag].answer(control, own, _AnnotatedObject(self, control))

    def _about_given(self, key: str) -> JSON:
        """Return the answers about a region that was there before, by the keys that are asked for."""
        region = next(each.result for each in self.prepared.given if each.key == key)
        inner = self.call.question.plan.per_region(str(region["to_name"]))
        keys = self.call.question.inner_keys(inner, Answer)
        return {keys[name]: said for name, said in self.about(str(region["id"]), inner).items()}


class _AnnotatedObject:
    """What a handler is shown: `backend.labelstudio.handler.AnnotatedDocument`."""

    def __init__(self, said: _Annotated, control: Control) -> None:
        self._said, self._control = said, control

    @property
    def text(self) -> str:
        return self._said.call.texts.documents.get(self._control.to_name, "")

    @property
    def hidden(self) -> Sequence[tuple[str, str]]:
        text = self._said.text(self._control.to_name)
        return [(p.token, text.source[p.source_start : p.source_end]) for p in text.placeholders]

    @property
    def items(self) -> Sequence[str]:
        return self._said.prepared.reading.contents[self._control.to_name].ids

    def words(self, result: JSON) -> str:
        return self._said.words(result)

    def marked(self, region: str) -> str:
        return self._said.words(self._said.region(region))

    def about(self, result: JSON) -> Mapping[str, Any]:
        asked = next(c for c in self._said.call.question.controls if c.from_name == self._control.from_name)
        return self._said.about(str(result.get("id")), self._said.call.question.inner(asked))

    def hide(self, text: str) -> str:
        hidden = self._said.annotation.hidden.get(text)
        return self.refuse("its own words were not redacted") if hidden is None else hidden

    def refuse(self, reason: str) -> NoReturn:
        raise AnnotationError(reason)
