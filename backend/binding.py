"""A plan and a task → the plan with what the task brings: labels from its data, and regions that are there already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.content import Content, lookup
from backend.errors import TaskError
from backend.hypertext import visible_text
from backend.plan import HINT_ATTRIBUTES, STEP
from backend.types import JSON, Control, Label, Plan

MAX_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class TaskLabel:
    """A label that a task brings; its words are text of the task, to be redacted before a model is offered them."""

    path: tuple[str, ...] = field(repr=False)
    words: str = field(repr=False)
    hint: str = field(repr=False)
    is_leaf: bool
    attrs: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """A region that is there before the model is asked: a message of a chat, or what the annotator marked.

    Attributes:
        key: its key in the answer.
        result: as Label Studio has it, with id, from_name, to_name, type and value.
    """

    key: str
    result: JSON = field(repr=False)


def read_labels(control: Control, data: Mapping[str, Any]) -> tuple[TaskLabel, ...]:
    """Take a control's labels out of a task.

    Raises:
        TaskError: names the field.
    """
    value = lookup(data, control.labels_field)
    if value is None:
        there = f"the task has: {', '.join(sorted(data)) or 'no fields'}"
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
        replace(control, labels=(*control.labels, *_named(labels[control.from_name])))
        if control.from_name in labels
        else control
        for control in plan.controls
    )
    return replace(plan, controls=controls)


def _named(labels: Sequence[tuple[TaskLabel, str, str]]) -> Iterator[Label]:
    """Give each label a name of its own: two that read the same when redacted are told apart by a number."""
    words = {label.path: name for label, name, _ in labels}
    taken: set[str] = set()
    for label, _, hint in labels:
        steps = [words.get(label.path[: n + 1], "") for n in range(len(label.path))]
        name = STEP.join(steps)
        number = 1
        while name in taken:
            number += 1
            name = f"{STEP.join(steps)} ({number})"
        taken.add(name)
        yield Label(name, label.path[-1], hint, label.path, label.is_leaf, label.attrs)


def given_regions(plan: Plan, contents: Mapping[str, Content], context: Sequence[JSON] = ()) -> tuple[Given, ...]:
    """Return the regions that are there already and that a control of the plan asks about.

    Args:
        plan: of the label config.
        contents: by object.
        context: regions that the annotator has made, as Label Studio sends them.
    """
    found: list[JSON] = []
    for obj in plan.objects:
        if obj.tag == "Chat" and obj.name in contents and plan.per_region(obj.name):
            found += [
                {
                    "id": f"message-{number}",
                    "from_name": obj.name,
                    "to_name": obj.name,
                    "type": "chatmessage",
                    "value": {
                        "chatmessage": {key: message[key] for key in ("role", "content", "createdAt") if key in message}
                    },
                }
                for number, message in enumerate(contents[obj.name].messages, 1)
            ]
    found += [region for region in context if plan.per_region(str(region.get("to_name", "")))]
    return tuple(Given(str(number), result) for number, result in enumerate(found, 1))
