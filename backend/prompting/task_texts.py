"""A job and a task's data → all texts that a prompt may need, ready to be redacted together."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.errors import TaskError
from backend.labelstudio.objects.object_text import Content, check_length, check_unicode, read_content, read_object_text
from backend.labelstudio.paths import canonical_path, is_within
from backend.labelstudio.types import ObjectTag, Plan
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask
from backend.prompting.detected_labels import DetectedMarks, offered_plan
from backend.prompting.hide_in_labels import offer
from backend.prompting.task_labels import (
    FIELD,
    LABELS,
    OBJECT,
    TYPED,
    WORDING,
    ExistingRegion,
    TaskLabel,
    bind,
    given_regions,
    known_labels,
    read_labels,
)
from backend.prompting.templates import Texts
from backend.prompting.wording import Wording, read_wording
from backend.system.writing import JSON


@dataclass(frozen=True, slots=True)
class TaskTexts:
    """A task's texts.

    Attributes:
        contents: by object.
        labels: by control, those that the task brings.
        fields: by field, those that a prompt template names.
        withheld: values that must not leave.
        typed: by prompt box, what the annotator typed.
        wordings: by control, what it asks in words of the task's.
    """

    contents: Mapping[str, Content]
    labels: Mapping[str, Sequence[TaskLabel]] = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    withheld: Mapping[str, str] = field(repr=False)
    typed: Mapping[str, str] = field(repr=False)
    wordings: Mapping[str, Wording] = field(repr=False)

    @property
    def unasked(self) -> frozenset[str]:
        """The names of the controls that ask nothing in this task."""
        return frozenset(name for name, wording in self.wordings.items() if wording.unasked)

    def texts(self) -> dict[str, str]:
        """Return all texts, to be redacted together."""
        texts = {OBJECT + name: content.text for name, content in self.contents.items()}
        texts |= {FIELD + name: text for name, text in self.fields.items()}
        texts |= {TYPED + name: text for name, text in self.typed.items()}
        return texts | {name: "\n".join(lines) for name, lines in self._lines()}

    def _lines(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield, by its key, each text that is made of lines of their own."""
        yield from ((LABELS + name, _lines(labels)) for name, labels in self.labels.items())
        yield from ((WORDING + name, wording.lines) for name, wording in self.wordings.items())

    def borders(self) -> dict[str, Sequence[int]]:
        """Return, by the same keys, the places that no value may cross."""
        borders: dict[str, Sequence[int]] = {OBJECT + n: content.borders for n, content in self.contents.items()}
        for name, lines in self._lines():
            borders[name] = [place for start, end in _places(lines) for place in (start, end)]
        return borders

    def bind(self, plan: Plan, task: RedactedTask) -> Plan:
        """Put the task's labels and words, redacted, into the plan, without what asks nothing in it.

        It is the plan itself where the task brings none, so that what is made of a plan is made once.
        """
        if not self.labels and not self.wordings:
            return plan
        redacted = {
            name: [task.fields[name].text[slice(*task.fields[name].to_redacted(*p))] for p in _places(lines)]
            for name, lines in self._lines()
        }
        controls = (
            wording.bind(control, redacted[WORDING + control.from_name])
            if (wording := self.wordings.get(control.from_name))
            else control
            for control in plan.controls
            if control.from_name not in self.unasked
        )
        bound = {}
        for name, labels in self.labels.items():
            lines = redacted[LABELS + name]
            bound[name] = list(zip(labels, lines[::2], lines[1::2], strict=True))
        return bind(replace(plan, controls=tuple(controls)), bound)

    def shown(self, task: RedactedTask, known: Sequence[str] = ()) -> Texts:
        """Return the redacted texts, as a prompt needs them, with what the annotator has labeled already."""
        return Texts(
            documents={name: task.fields[OBJECT + name].text for name in self.contents},
            fields={name: task.fields[FIELD + name].text for name in self.fields},
            typed="\n".join(task.fields[TYPED + name].text for name in self.typed),
            known=tuple(known),
            redacted=task.has_placeholders,
        )


@dataclass(frozen=True, slots=True)
class BoundTask:
    """A task that was read and redacted: all that a call of a model may need.

    Attributes:
        plan: bound to the task, and as a model may be offered it.
        reading: its originals.
        task: its redacted texts.
        texts: those of them that are shown.
        given: the regions that are there already.
        context: all regions that the annotator has in the editor.
        offered: the plan without what detection knows.
        marks: what detection found for the labels that it marks; None if it marks none.
    """

    plan: Plan
    reading: TaskTexts
    task: RedactedTask
    texts: Texts
    given: tuple[ExistingRegion, ...]
    context: Sequence[JSON] = field(repr=False)
    offered: Plan
    marks: DetectedMarks | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        plan: Plan,
        reading: TaskTexts,
        task: RedactedTask,
        context: Sequence[JSON] = (),
        marks: DetectedMarks | None = None,
    ) -> "BoundTask":
        """Put the redacted texts into their places."""
        bound, contents = reading.bind(offer(plan, task), task), reading.contents
        offered = bound
        if marks:
            offered = marks.asked.offered if bound is plan else offered_plan(bound, marks.labels)
        texts = reading.shown(task, known_labels(bound, contents, task, context, offered))
        given = given_regions(bound, contents, task, context)
        return cls(bound, reading, task, texts, given, context, offered, marks)

    @property
    def wanted(self) -> frozenset[str]:
        """The names of the controls to answer: to an annotator who typed no prompt, those alone marked as smart."""
        smart = [control for control in self.plan.asked if control.flag("smart")]
        is_click = bool(smart and self.context and not self.reading.typed)
        return frozenset(control.from_name for control in (smart if is_click else self.plan.asked))

    @property
    def given_ids(self) -> tuple[str, ...]:
        """The ids of the regions that are there already."""
        return tuple(str(region.result["id"]) for region in self.given)


def read_task(
    plan: Plan,
    decision: Decision,
    fields: Sequence[str],
    data: Mapping[str, Any],
    boxes: Collection[str] = (),
    context: Sequence[JSON] = (),
) -> TaskTexts:
    """Take the texts that a prompt needs out of a task, and the values that must not leave.

    Args:
        plan: of the label config.
        decision: the policy's.
        fields: that a prompt template names.
        data: the task's.
        boxes: names of the TextAreas that an annotator types a prompt into.
        context: what the annotator has in the editor, if they ask.

    Raises:
        TaskError: a field is missing, of a wrong shape, empty, broken or too long.
    """
    limit = decision.limits.max_characters
    shown = (*plan.headers, *plan.objects)
    contents = {obj.name: content for obj in shown if (content := _content(obj, decision, data))}
    reading = TaskTexts(
        contents=contents,
        labels={c.from_name: read_labels(c, data) for c in plan.controls if c.labels_field},
        fields={name: read_object_text(name, data, limit) for name in fields},
        withheld=_withheld_values(data, decision),
        typed=dict(_typed(boxes, context)),
        wordings={c.from_name: w for c in plan.controls if (w := read_wording(c, data, decision.withholds, limit))},
    )
    if plan.controls and reading.unasked.issuperset(control.from_name for control in plan.controls):
        name = reading.wordings[plan.controls[0].from_name].unasked
        raise TaskError(name, "is missing or empty, and it says what is asked", "fill it in")
    texts = reading.texts()
    length = sum(map(len, texts.values()))
    check_length(max(texts, key=lambda key: len(texts[key]), default="").partition(":")[2], length, limit)
    return reading


def read_texts(texts: Mapping[str, str], decision: Decision, data: Mapping[str, Any]) -> TaskTexts:
    """Take texts as if each were a Text's, named as its place: of a task whose label config nobody knows.

    Args:
        texts: by their places in the data; those of withheld fields are left out.
        decision: the policy's.
        data: the task's.

    Raises:
        TaskError: a text is broken, or all together are too long.
    """
    shown = {place: text for place, text in texts.items() if not decision.withholds(place)}
    for place, text in shown.items():
        check_unicode(place, text)
    longest = max(shown, key=lambda place: len(shown[place]), default="")
    check_length(longest, sum(map(len, shown.values())), decision.limits.max_characters)
    contents = {place: Content("Text", text, (), (text,)) for place, text in shown.items()}
    return TaskTexts(contents, {}, {}, _withheld_values(data, decision), {}, {})


def _typed(boxes: Collection[str], context: Sequence[JSON]) -> Iterator[tuple[str, str]]:
    """Yield what the annotator typed into each prompt box."""
    for region in context:
        texts = region["value"].get("text") if isinstance(region.get("value"), Mapping) else None
        lines = [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
        if region.get("from_name") in boxes and any(line.strip() for line in lines):
            check_unicode(str(region["from_name"]), "\n".join(lines))
            yield str(region["from_name"]), "\n".join(lines)


def _content(obj: ObjectTag, decision: Decision, data: Mapping[str, Any]) -> Content | None:
    """Return an object's content; None for context that is missing or withheld."""
    if obj.is_labeled:
        return read_content(obj, data, decision.limits.max_characters)
    if any(map(decision.withholds, obj.fields)):
        return None
    try:
        return read_content(obj, data, decision.limits.max_characters)
    except TaskError:
        return None


def _withheld_values(data: Mapping[str, Any], decision: Decision) -> dict[str, str]:
    return dict(_withheld(data, (), tuple(map(canonical_path, decision.withhold))))


def _withheld(value: Any, path: tuple[str, ...], fields: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield all texts and numbers at or below withheld fields, each under a name of its own.

    A task may call a field by other spellings than the policy, so that its keys are looked through.
    """
    if not any(is_within(path, field) or is_within(field, path) for field in fields):
        return
    if isinstance(value, Mapping | list):
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for number, (key, part) in enumerate(parts):
            for name, text in _withheld(part, (*path, *canonical_path(str(key))), fields):
                yield f"{number}.{name}", text
    elif _is_scalar(value) and any(is_within(path, field) for field in fields):
        yield ".".join(path), str(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _lines(labels: Sequence[TaskLabel]) -> list[str]:
    """Return each label's words and its hint, as they are redacted in one text."""
    return [text for label in labels for text in (label.words, label.hint)]


def _places(lines: Sequence[str]) -> list[tuple[int, int]]:
    places, start = [], 0
    for line in lines:
        places.append((start, start + len(line)))
        start += len(line) + 1
    return places
