"""A plan and a task → the plan with what the task brings: labels from its data, and regions that are there already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.errors import TaskError
from backend.labelstudio.config import STEP
from backend.labelstudio.messages import message_region
from backend.labelstudio.objects.html import visible_text
from backend.labelstudio.objects.object_text import Content, check_unicode, others_than
from backend.labelstudio.paths import lookup
from backend.labelstudio.types import Control, Label, Plan
from backend.labelstudio.xml.elements import HINT_ATTRIBUTES
from backend.privacy.redact import RedactedTask
from backend.prompting.answer_keys import make_answer_keys
from backend.system.writing import JSON

MAX_LABELS = 2_000
OBJECT, FIELD, LABELS, TYPED, WORDING = "object:", "field:", "labels:", "typed:", "wording:"
"""What the keys of a task's texts begin with, so that an object and a field of one name are told apart."""


@dataclass(frozen=True, slots=True)
class TaskLabel:
    """A label that a task brings; its words are text of the task, to be redacted before a model is offered them."""

    path: tuple[str, ...] = field(repr=False)
    words: str = field(repr=False)
    hint: str = field(repr=False)
    is_leaf: bool
    attrs: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExistingRegion:
    """A region that is there before the model is asked: a message of a chat, or what the annotator marked.

    Attributes:
        key: its key in the answer.
        result: as Label Studio has it, with id, from_name, to_name, type and value.
        words: what it is, as the model may see it.
    """

    key: str
    result: JSON = field(repr=False)
    words: str = field(repr=False)


def read_labels(control: Control, data: Mapping[str, Any]) -> tuple[TaskLabel, ...]:
    """Take a control's labels out of a task.

    Raises:
        TaskError: names the field.
    """
    value = lookup(data, control.labels_field)
    if value is None:
        there = f"the task has {others_than(control.labels_field, data)}"
        raise TaskError(control.labels_field, "is missing, and holds the labels", there)
    found = tuple(_labels(value, (), control))
    if not found or len(found) > MAX_LABELS:
        problem = f"holds {len(found)} labels" if found else "holds no labels"
        raise TaskError(control.labels_field, problem, f'give 1 to {MAX_LABELS}, such as [{{"value": "A"}}]')
    return found


def _labels(items: Any, path: tuple[str, ...], control: Control) -> Iterator[TaskLabel]:
    for item in items if isinstance(items, list) else ():
        given = item if isinstance(item, Mapping) else {"value": item}
        value = given.get("value")
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            raise TaskError(control.labels_field, "holds a label without a value", 'write each as {"value": "A"}')
        attrs = {str(k).lower(): str(v) for k, v in given.items() if isinstance(v, str | int | float)}
        for text in attrs.values():
            check_unicode(control.labels_field, text)
        own = (*path, attrs.get("alias") or attrs["value"])
        hint = next((attrs[key] for key in HINT_ATTRIBUTES if attrs.get(key)), "") or visible_text(
            attrs.get("html", "")
        )
        below = list(_labels(given.get("children") or (), own, control))
        yield TaskLabel(own, attrs["value"], hint, not below, attrs)
        yield from below


def bind(plan: Plan, labels: Mapping[str, Sequence[tuple[TaskLabel, str, str]]]) -> Plan:
    """Put a task's labels into the plan.

    Args:
        plan: of the label config.
        labels: by control: each label with its words and its hint as a model may see them.
    """
    controls = tuple(
        replace(control, labels=(*control.labels, *_named(labels[control.from_name], control.labels)))
        if control.from_name in labels
        else control
        for control in plan.controls
    )
    return replace(plan, controls=controls)


def _named(labels: Sequence[tuple[TaskLabel, str, str]], others: Sequence[Label]) -> Iterator[Label]:
    """Give each label a name of its own: two that read the same when redacted are told apart by a number."""
    words = {label.path: name for label, name, _ in labels}
    taken = {label.name for label in others}
    for label, _, hint in labels:
        steps = [words.get(label.path[: n + 1], "") for n in range(len(label.path))]
        name = own_name(STEP.join(steps), taken)
        yield Label(name, label.path[-1], hint, label.path, label.is_leaf, label.attrs)


def own_name(wanted: str, taken: set[str]) -> str:
    """Return a name that no label has, and add it to those that are taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    taken.add(name)
    return name


def given_regions(
    plan: Plan, contents: Mapping[str, Content], task: RedactedTask, context: Sequence[JSON] = ()
) -> tuple[ExistingRegion, ...]:
    """Return the regions that are there already and that a control of the plan asks about.

    Args:
        plan: bound to the task.
        contents: by object.
        task: the redacted texts.
        context: regions that the annotator has made, as Label Studio sends them.
    """
    found: list[tuple[JSON, str]] = []
    for obj in plan.objects:
        if obj.is_conversation and obj.name in contents and plan.per_region(obj.name):
            messages = enumerate(contents[obj.name].messages, 1)
            found += [(message_region(obj.name, n, message), f"message {n}") for n, message in messages]
    for region in context:
        words = marked_words(contents, task, region)
        if words and plan.per_region(region["to_name"]):
            found.append((region, f'"{words}"'))
    return tuple(ExistingRegion(str(number), result, words) for number, (result, words) in enumerate(found, 1))


def known_labels(
    plan: Plan, contents: Mapping[str, Content], task: RedactedTask, context: Sequence[JSON], asked: Plan | None = None
) -> tuple[str, ...]:
    """Say what the annotator has labeled already, in words that a model may see: what is no label is left out.

    Args:
        plan, contents, task, context: as `given_regions` takes them.
        asked: the plan as a model is asked it, by whose keys it knows the controls; by default the plan.
    """
    controls = {control.from_name: control for control in plan.controls}
    keys = make_answer_keys(controls) | make_answer_keys(c.from_name for c in (asked or plan).controls)
    lines = []
    for region in context:
        control, value = controls.get(str(region.get("from_name"))), region.get("value")
        if control is None or not isinstance(value, Mapping):
            continue
        given = value.get(str(region.get("type")))
        names = _names(control, given) if isinstance(given, list) else []
        words = marked_words(contents, task, region)
        if names:
            about = f'"{words}"' if words else f'"{keys[control.from_name]}"'
            lines.append(f"{about}: {', '.join(names)}")
        elif control.role.is_scale and type(given) is int:  # other numbers could tell who it is about
            lines.append(f'"{keys[control.from_name]}": {given}')
    return tuple(dict.fromkeys(lines))


def _names(control: Control, given: Sequence[Any]) -> list[str]:
    """Return the names, as the model is offered them, of the labels in a result."""
    paths = {tuple(part) if isinstance(part, list) else (part,) for part in given}
    return [label.name for label in control.labels if label.path in paths or (label.result,) in paths]


def marked_words(contents: Mapping[str, Content], task: RedactedTask, region: JSON) -> str:
    """Return what a region marks as a model may see it; "" if it marks nothing that is there."""
    content, value = contents.get(str(region.get("to_name"))), region.get("value")
    if content is None or not isinstance(value, Mapping) or not isinstance(region.get("id"), str):
        return ""
    try:
        seen = content.seen(*region_place(value))
    except (KeyError, TypeError, ValueError):
        return ""
    if seen is None:
        return ""
    text = task.fields[OBJECT + str(region["to_name"])]
    return text.text[slice(*text.to_redacted(*seen))]


def region_place(value: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Return the item in which a region begins and its start there, the item in which it ends and its end there.

    Raises:
        KeyError, TypeError, ValueError: it has none.
    """
    if "globalOffsets" in value:
        return 0, int(value["globalOffsets"]["start"]), 0, int(value["globalOffsets"]["end"])
    if "startOffset" in value:
        return int(value["start"]), int(value["startOffset"]), int(value["end"]), int(value["endOffset"])
    return 0, int(value["start"]), 0, int(value["end"])
